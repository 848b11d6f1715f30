//! The tokens of a SQL text, cut as PostgreSQL's scanner cuts them (`src/backend/parser/scan.l`): enough to tell code from
//! comments and strings, and to know where everything stands. It refuses nothing: the server's parser does that.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `-- to the end of the line` or `/* nested */`.
    Comment,
    /// A string constant in quotes.
    String {
        /// Backslashes escape: `E'...'`.
        escapes: bool,
        /// A form whose text is not what is written: `U&'...'`, `B'...'`, `X'...'`.
        encoded: bool,
        /// It goes on where the string before it ended: 'a' line feed 'b'.
        continues: bool,
    },
    /// A string constant in dollar quotes.
    Dollar,
    /// A quoted name.
    QuotedName,
    /// A name or key word.
    Word,
    /// A number, or a parameter like `$1`.
    Number,
    /// One other character.
    Symbol,
}

/// A token: where it begins and ends, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
}

impl Token {
    /// Its text.
    #[must_use]
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is this key word; `word` is in small letters.
    #[must_use]
    pub fn is(&self, source: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    /// Whether it is this character.
    #[must_use]
    pub fn is_symbol(&self, source: &str, symbol: char) -> bool {
        self.kind == Kind::Symbol && self.text(source).starts_with(symbol)
    }

    /// Whether it is a string constant of any form.
    #[must_use]
    pub fn is_string(&self) -> bool {
        matches!(self.kind, Kind::String { .. } | Kind::Dollar)
    }
}

/// How a string that has just ended may go on.
#[derive(Clone, Copy)]
struct Ended {
    escapes: bool,
    encoded: bool,
    line_feed: bool,
}

/// The tokens of a text, in their order; blanks are left out.
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    backslashes: bool,
    ended: Option<Ended>,
}

impl<'a> Lexer<'a> {
    /// Those of a text from a byte offset on. `backslashes`: they escape in plain strings too (`standard_conforming_strings` is
    /// off).
    #[must_use]
    pub fn new(text: &'a str, at: usize, backslashes: bool) -> Lexer<'a> {
        Lexer { text, at, backslashes, ended: None }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The end of what begins at `at` and goes on while the bytes are of this sort.
    fn run(&self, from: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes();
        bytes[from.min(bytes.len())..]
            .iter()
            .position(|byte| !wanted(*byte))
            .map_or(bytes.len(), |length| from + length)
    }

    /// The end of a quoted piece whose quote stands at `open`.
    fn quoted(&self, open: usize, escapes: bool) -> usize {
        let bytes = self.text.as_bytes();
        let quote = bytes[open];
        let mut at = open + 1;
        while at < bytes.len() {
            if escapes && bytes[at] == b'\\' {
                at += 2;
            } else if bytes[at] != quote {
                at += 1;
            } else if bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return at + 1;
            }
        }
        bytes.len()
    }

    fn block_comment(&self) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (self.at, 0usize);
        while at < bytes.len() {
            if bytes[at..].starts_with(b"/*") {
                depth += 1;
                at += 2;
            } else if bytes[at..].starts_with(b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            } else {
                at += 1;
            }
        }
        bytes.len()
    }

    /// The end of a dollar-quoted string that begins here; none where none does.
    fn dollar(&self) -> Option<usize> {
        let name = self.at + 1;
        let end = self.run(name, |byte| is_in_word(byte) && byte != b'$');
        let bytes = self.text.as_bytes();
        if bytes.get(end) != Some(&b'$') || bytes[name].is_ascii_digit() {
            return None;
        }
        let delimiter = &self.text[self.at..=end];
        let body = end + 1;
        Some(self.text[body..].find(delimiter).map_or(self.text.len(), |found| body + found + delimiter.len()))
    }

    fn string(&mut self, prefix: usize, escapes: bool, encoded: bool, continues: bool) -> (Kind, usize) {
        let end = self.quoted(self.at + prefix, escapes);
        self.ended = Some(Ended { escapes, encoded, line_feed: false });
        (Kind::String { escapes, encoded, continues }, end)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_in_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        let start = self.run(self.at, is_blank);
        if let Some(ended) = &mut self.ended {
            ended.line_feed |= bytes[self.at.min(start)..start].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        }
        self.at = start;
        let first = *bytes.get(start)?;
        let next = self.byte(1);
        let before = self.ended.take();
        let (kind, end) = match first {
            b'-' if next == b'-' => {
                // A string may go on behind it.
                self.ended = before;
                (Kind::Comment, self.run(start, |byte| !matches!(byte, b'\n' | b'\r')))
            }
            b'/' if next == b'*' => (Kind::Comment, self.block_comment()),
            b'\'' => match before.filter(|ended| ended.line_feed) {
                Some(Ended { escapes, encoded, .. }) => self.string(0, escapes, encoded, true),
                None => self.string(0, self.backslashes, false, false),
            },
            b'e' | b'E' if next == b'\'' => self.string(1, true, false, false),
            b'n' | b'N' if next == b'\'' => self.string(1, self.backslashes, false, false),
            b'b' | b'B' | b'x' | b'X' if next == b'\'' => self.string(1, false, true, false),
            b'u' | b'U' if next == b'&' && self.byte(2) == b'\'' => self.string(2, false, true, false),
            b'u' | b'U' if next == b'&' && self.byte(2) == b'"' => (Kind::QuotedName, self.quoted(start + 2, false)),
            b'"' => (Kind::QuotedName, self.quoted(start, false)),
            b'$' if next.is_ascii_digit() => (Kind::Number, self.run(start + 1, |byte| byte.is_ascii_digit())),
            b'$' => self.dollar().map_or((Kind::Symbol, start + 1), |end| (Kind::Dollar, end)),
            byte if byte.is_ascii_digit() => {
                (Kind::Number, self.run(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            }
            byte if begins_word(byte) => (Kind::Word, self.run(start, is_in_word)),
            _ => (Kind::Symbol, start + 1),
        };
        // An escape at the very end of the text reaches behind it.
        let end = end.min(bytes.len());
        self.at = end;
        Some(Token { kind, start, end })
    }
}

/// A text that stands inside another one (a body, a string constant), and where each byte of it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The text.
    pub text: String,
    origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    /// The byte 0 stands here, and the others follow.
    Shifted(usize),
    /// Each byte by itself.
    Mapped(Vec<usize>),
    /// All at one place.
    Fixed(usize),
}

impl Embedded {
    /// A text that stands as it is from an offset on.
    #[must_use]
    pub fn shifted(text: impl Into<String>, start: usize) -> Embedded {
        Embedded { text: text.into(), origin: Origin::Shifted(start) }
    }

    /// A text of which only the place as a whole is known.
    #[must_use]
    pub fn fixed(text: impl Into<String>, place: usize) -> Embedded {
        Embedded { text: text.into(), origin: Origin::Fixed(place) }
    }

    /// Where a byte of it stands in the other text.
    #[must_use]
    pub fn at(&self, offset: usize) -> usize {
        match &self.origin {
            Origin::Shifted(start) => start + offset,
            Origin::Mapped(places) => places.get(offset).or(places.last()).copied().unwrap_or(0),
            Origin::Fixed(place) => *place,
        }
    }

    /// The same, with places in the text around the other one.
    #[must_use]
    pub fn inside(self, outer: &Embedded) -> Embedded {
        let origin = match (self.origin, &outer.origin) {
            (Origin::Shifted(start), Origin::Shifted(outer)) => Origin::Shifted(start + outer),
            (Origin::Fixed(place), _) => Origin::Fixed(outer.at(place)),
            (_, Origin::Fixed(place)) => Origin::Fixed(*place),
            (Origin::Shifted(start), _) => {
                Origin::Mapped((0..=self.text.len()).map(|offset| outer.at(start + offset)).collect())
            }
            (Origin::Mapped(places), _) => Origin::Mapped(places.into_iter().map(|place| outer.at(place)).collect()),
        };
        Embedded { text: self.text, origin }
    }

    /// The value of a string constant, or of several that go on in one another or are joined by `||`. None for what cannot be
    /// decoded here.
    #[must_use]
    pub fn constant(source: &str, tokens: &[Token]) -> Option<Embedded> {
        if let [token] = tokens
            && token.kind == Kind::Dollar
        {
            let text = token.text(source);
            let delimiter = text[1..].find('$')? + 2;
            return Some(Embedded::shifted(
                text.get(delimiter..text.len().checked_sub(delimiter)?)?,
                token.start + delimiter,
            ));
        }
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for token in tokens {
            match token.kind {
                Kind::String { encoded: false, escapes, .. } => {
                    decode(source, token, escapes, &mut bytes, &mut places)?;
                }
                Kind::Dollar => {
                    let inner = Embedded::constant(source, std::slice::from_ref(token))?;
                    places.extend((0..inner.text.len()).map(|offset| inner.at(offset)));
                    bytes.extend_from_slice(inner.text.as_bytes());
                }
                _ => return None,
            }
        }
        places.push(tokens.last()?.end);
        Some(Embedded { text: String::from_utf8(bytes).ok()?, origin: Origin::Mapped(places) })
    }
}

/// The bytes of a string in quotes, and where each was written.
fn decode(source: &str, token: &Token, escapes: bool, bytes: &mut Vec<u8>, places: &mut Vec<usize>) -> Option<()> {
    let written = source.as_bytes();
    let mut at = token.start + token.text(source).find('\'')? + 1;
    let end = token.end.checked_sub(1)?;
    while at < end {
        let here = at;
        let mut buffer = [0; 4];
        let mut plain = [written[at]];
        let decoded: &[u8] = if written[at] == b'\'' {
            at += 2;
            &plain
        } else if escapes && written[at] == b'\\' {
            let code = *written.get(at + 1)?;
            at += 2;
            // The number that begins here and its digits; none where there are none (only in a text that the server refuses).
            let number = |from: usize, most: usize, radix: u32| -> Option<(u32, usize)> {
                let rest = written.get(from..end)?;
                let digits = rest.iter().take(most).take_while(|b| (**b as char).is_digit(radix)).count();
                let text = std::str::from_utf8(&rest[..digits]).ok()?;
                Some((u32::from_str_radix(text, radix).ok()?, digits))
            };
            match code {
                b'x' if written.get(at).is_some_and(u8::is_ascii_hexdigit) => {
                    let (value, digits) = number(at, 2, 16)?;
                    at += digits;
                    plain = [u8::try_from(value).ok()?];
                    &plain
                }
                b'0'..=b'7' => {
                    let (value, digits) = number(at - 1, 3, 8)?;
                    at += digits - 1;
                    plain = [(value & 0xff) as u8];
                    &plain
                }
                b'u' | b'U' => {
                    let length = if code == b'u' { 4 } else { 8 };
                    let (value, digits) = number(at, length, 16)?;
                    if digits != length {
                        return None;
                    }
                    at += digits;
                    // Halves of a surrogate pair are no characters: left to the server.
                    char::from_u32(value)?.encode_utf8(&mut buffer).as_bytes()
                }
                other => {
                    plain = [match other {
                        b'b' => 0x08,
                        b'f' => 0x0c,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'v' => 0x0b,
                        other => other,
                    }];
                    &plain
                }
            }
        } else {
            at += 1;
            &plain
        };
        bytes.extend_from_slice(decoded);
        places.extend(std::iter::repeat_n(here, decoded.len()));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a text: everything but comments, strings and blanks.
    fn code(text: &str) -> Vec<&str> {
        Lexer::new(text, 0, false)
            .filter(|token| token.kind != Kind::Comment && !token.is_string())
            .map(|token| token.text(text))
            .collect()
    }

    fn comments(text: &str) -> Vec<&str> {
        Lexer::new(text, 0, false).filter(|token| token.kind == Kind::Comment).map(|token| token.text(text)).collect()
    }

    fn constant(text: &str) -> Option<Embedded> {
        let tokens: Vec<Token> = Lexer::new(text, 0, false).filter(Token::is_string).collect();
        Embedded::constant(text, &tokens)
    }

    #[test]
    fn comments_and_strings_are_told_apart() {
        for (text, expected) in [
            ("SELECT 1 -- one\n-- two", vec!["-- one", "-- two"]),
            ("SELECT 1--one\rFROM", vec!["--one"]),
            ("SELECT '-- no' -- yes", vec!["-- yes"]),
            ("SELECT 'it''s -- no' /* yes */", vec!["/* yes */"]),
            ("SELECT E'it\\'s -- no' -- yes", vec!["-- yes"]),
            ("SELECT 'no escape \\' -- yes", vec!["-- yes"]),
            ("SELECT \"-- no\"\"-- no\" -- yes", vec!["-- yes"]),
            ("SELECT $$ -- no $$, $a$ -- no $$ -- no $a$ -- yes", vec!["-- yes"]),
            ("SELECT a$$b -- yes\n$$", vec!["-- yes"]),
            ("SELECT $1$$ -- no $$ -- yes", vec!["-- yes"]),
            ("/* a /* b */ -- c */ SELECT /**/ 1", vec!["/* a /* b */ -- c */", "/**/"]),
            ("SELECT 1 +-- yes\n 2 */* yes */ 3", vec!["-- yes", "/* yes */"]),
            ("SELECT U&'-- no', B'01', x'-- no' -- yes", vec!["-- yes"]),
            // A string that goes on in the next line keeps its escapes.
            ("SELECT E'a'\n'it\\'s -- no' -- yes", vec!["-- yes"]),
            ("SELECT E'a' -- yes\n'it\\'s -- no'", vec!["-- yes"]),
            ("SELECT E'a' 'b\\' -- yes", vec!["-- yes"]),
        ] {
            assert_eq!(comments(text), expected, "{text}");
        }
        assert_eq!(
            code("SELECT é$1, $2 /* x */ FROM \"a b\" WHERE a<>1.5"),
            ["SELECT", "é$1", ",", "$2", "FROM", "\"a b\"", "WHERE", "a", "<", ">", "1", ".", "5"]
        );
        let off: Vec<Token> = Lexer::new("SELECT 'it\\'s -- no' -- yes", 0, true).collect();
        assert_eq!(off.iter().filter(|token| token.kind == Kind::Comment).count(), 1);
    }

    #[test]
    fn tokens_cover_the_text_whatever_it_is() {
        // Every piece of every text of these parts, in all orders: no panic, and nothing is lost but blanks.
        let parts = ["'", "\"", "$$", "$a$", "--", "/*", "*/", "\n", "\\", "E'", "é", "a", "1", "$", " ", "U&'", "||"];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts.iter().flat_map(|text| parts.iter().map(move |part| format!("{text}{part}"))).collect();
            for text in &texts {
                let mut at = 0;
                for token in Lexer::new(text, 0, text.len() % 2 == 0) {
                    assert!(token.start >= at && token.end > token.start, "{text:?} {token:?}");
                    assert!(text[at..token.start].bytes().all(is_blank), "{text:?}");
                    assert!(text.is_char_boundary(token.end), "{text:?}");
                    let _ = Embedded::constant(text, &[token]);
                    at = token.end;
                }
                assert!(text[at..].bytes().all(is_blank), "{text:?}");
            }
        }
    }

    #[test]
    fn constants_know_where_they_were_written() {
        for (text, value) in [
            ("'it''s'", "it's"),
            ("E'a\\'b\\n\\x41\\101\\u00e9\\\\'", "a'b\nAAé\\"),
            ("$x$ $$ 'a' $x$", " $$ 'a' "),
            ("'DROP '\n  'TABLE t'", "DROP TABLE t"),
            ("'DROP ' || 'TABLE t'", "DROP TABLE t"),
            ("'é'", "é"),
            ("''", ""),
            ("$$$$", ""),
        ] {
            assert_eq!(constant(text).map(|constant| constant.text).as_deref(), Some(value), "{text}");
        }
        assert_eq!(constant("U&'a'"), None);
        let text = "EXECUTE 'it''s TABLE' || 't'";
        let constant = constant(text).expect("a constant");
        let table = constant.text.find("TABLE").expect("the word");
        assert_eq!(&text[constant.at(table)..][..5], "TABLE");
        assert_eq!(constant.at(constant.text.find("Et").expect("the end") + 1), text.len() - 2);
        let inside = Embedded::shifted("TABLE", table).inside(&constant);
        assert_eq!(&text[inside.at(0)..][..5], "TABLE");
    }
}
