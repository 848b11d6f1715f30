//! Splits a script into statements, as psql does.
//!
//! The extension itself parses with the server's parser. Here, outside the server, the text only has to be cut at the right
//! semicolons: those outside quotes, comments, parentheses (`CREATE RULE ... DO (a; b)`) and SQL-standard function bodies
//! (`BEGIN ATOMIC a; b; END`).

/// One statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement without its semicolon, comments before it left out.
    pub text: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The lines that follow `COPY ... FROM stdin;`, without the closing `\.`.
    pub copy_data: Option<String>,
}

impl Statement {
    /// The first words in lower case, to tell what kind of statement it is.
    #[must_use]
    pub fn words(&self, count: usize) -> Vec<String> {
        self.text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .take(count)
            .map(str::to_lowercase)
            .collect()
    }

    /// Whether it opens a transaction block.
    #[must_use]
    pub fn opens_transaction(&self) -> bool {
        let words = self.words(2);
        match words.first().map(String::as_str) {
            Some("begin") => true,
            Some("start") => words.get(1).is_some_and(|word| word == "transaction"),
            _ => false,
        }
    }

    /// Whether it ends one.
    #[must_use]
    pub fn ends_transaction(&self) -> bool {
        let words = self.words(2);
        match words.first().map(String::as_str) {
            Some("commit" | "end" | "abort") => true,
            // ROLLBACK TO a savepoint stays in the transaction.
            Some("rollback") => words.get(1).is_none_or(|word| word != "to"),
            Some("prepare") => words.get(1).is_some_and(|word| word == "transaction"),
            _ => false,
        }
    }
}

/// Splits a script. Lines of psql's own (`\set`, `\connect`) are left out; what is not closed runs to the end of the text.
#[must_use]
pub fn split(script: &str) -> Vec<Statement> {
    Splitter { text: script, bytes: script.as_bytes(), at: 0 }.run()
}

struct Splitter<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Splitter<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(mut self) -> Vec<Statement> {
        let mut out = Vec::new();
        while let Some(start) = self.skip_to_statement() {
            let end = self.statement();
            let text = self.text[start..end].trim_end().to_owned();
            if text.is_empty() {
                continue;
            }
            let line = 1 + self.bytes[..start].iter().filter(|byte| **byte == b'\n').count();
            let mut statement = Statement { text, line, copy_data: None };
            if statement.words(1) == ["copy"] && reads_stdin(&statement.text) {
                statement.copy_data = Some(self.copy_data());
            }
            out.push(statement);
        }
        out
    }

    /// Skips blanks, comments, empty statements and lines of psql's own.
    fn skip_to_statement(&mut self) -> Option<usize> {
        loop {
            match self.peek(0) {
                0 if self.at >= self.bytes.len() => return None,
                b';' => self.at += 1,
                b'\\' => self.line(),
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ if self.text[self.at..].starts_with('\u{feff}') => self.at += '\u{feff}'.len_utf8(),
                _ if self.comment() => {}
                _ => return Some(self.at),
            }
        }
    }

    /// Moves behind the semicolon that ends the statement; gives the semicolon's place, or the end of the text.
    fn statement(&mut self) -> usize {
        let mut parentheses = 0usize;
        // As psql: a BEGIN nests only in CREATE [OR REPLACE] FUNCTION or PROCEDURE, and CASE ... END nests in that.
        let mut words: Vec<String> = Vec::new();
        let mut blocks = 0usize;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b';' if parentheses == 0 && blocks == 0 => {
                    self.at += 1;
                    return self.at - 1;
                }
                b'(' => {
                    parentheses += 1;
                    self.at += 1;
                }
                b')' => {
                    parentheses = parentheses.saturating_sub(1);
                    self.at += 1;
                }
                b'\'' => self.quoted(b'\'', false),
                b'"' => self.quoted(b'"', false),
                b'$' if self.dollar_quoted() => {}
                b'-' | b'/' if self.comment() => {}
                byte if is_word_start(byte) => {
                    let start = self.at;
                    while is_word_part(self.peek(0)) {
                        self.at += 1;
                    }
                    let word = self.text[start..self.at].to_ascii_lowercase();
                    if word == "e" && self.peek(0) == b'\'' {
                        self.quoted(b'\'', true);
                        continue;
                    }
                    let routine = in_routine(&words);
                    match word.as_str() {
                        "begin" if routine => blocks += 1,
                        "case" if blocks > 0 => blocks += 1,
                        "end" if blocks > 0 => blocks -= 1,
                        _ => {}
                    }
                    if words.len() < 4 {
                        words.push(word);
                    }
                }
                byte if byte.is_ascii_digit() => {
                    // A number's letters (1e5, 0xff) begin no word, and `1$` no dollar quote.
                    while is_word_part(self.peek(0)) {
                        self.at += 1;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.bytes.len()
    }

    fn line(&mut self) {
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    /// Skips a comment, if one begins here. Block comments nest.
    fn comment(&mut self) -> bool {
        match (self.peek(0), self.peek(1)) {
            (b'-', b'-') => {
                self.line();
                true
            }
            (b'/', b'*') => {
                let mut depth = 0usize;
                while self.at < self.bytes.len() {
                    match (self.peek(0), self.peek(1)) {
                        (b'/', b'*') => {
                            depth += 1;
                            self.at += 2;
                        }
                        (b'*', b'/') => {
                            depth -= 1;
                            self.at += 2;
                            if depth == 0 {
                                break;
                            }
                        }
                        _ => self.at += 1,
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// Skips a literal or a quoted identifier; a doubled quote reads as the end of one and the start of the next.
    fn quoted(&mut self, quote: u8, backslashes: bool) {
        self.at += 1;
        while self.at < self.bytes.len() && self.peek(0) != quote {
            self.at += if backslashes && self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.bytes.len());
        if backslashes && self.peek(0) == quote {
            // E'a''\'b': the second part has backslashes too.
            self.quoted(quote, true);
        }
    }

    /// Skips `$tag$ ... $tag$`, if one begins here.
    fn dollar_quoted(&mut self) -> bool {
        let mut end = self.at + 1;
        while end < self.bytes.len() && (is_word_start(self.bytes[end]) || self.bytes[end].is_ascii_digit()) {
            end += 1;
        }
        let tag_starts_with_digit = self.peek(1).is_ascii_digit();
        if self.bytes.get(end) != Some(&b'$') || tag_starts_with_digit {
            return false;
        }
        let tag = &self.text[self.at..=end];
        self.at = match self.text[end + 1..].find(tag) {
            Some(found) => end + 1 + found + tag.len(),
            None => self.bytes.len(),
        };
        true
    }

    fn copy_data(&mut self) -> String {
        self.line();
        self.at = (self.at + 1).min(self.bytes.len());
        let rest = &self.text[self.at..];
        let mut data = String::new();
        for line in rest.split_inclusive('\n') {
            self.at += line.len();
            if line.trim_end() == "\\." {
                break;
            }
            data.push_str(line);
        }
        data
    }
}

fn reads_stdin(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().windows(2).any(|pair| pair == ["from", "stdin"])
}

fn in_routine(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
    )
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<String> {
        split(script).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn cuts_at_semicolons_only() {
        assert_eq!(texts("SELECT 1; SELECT 2"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts(";;\n -- nothing;\n /* none /* at */ all; */ ;"), Vec::<String>::new());
        assert_eq!(texts("SELECT ';', \"a;b\"; SELECT 'it''s;'"), ["SELECT ';', \"a;b\"", "SELECT 'it''s;'"]);
        assert_eq!(texts(r"SELECT E'\';', 'a\'; SELECT 2"), [r"SELECT E'\';', 'a\'", "SELECT 2"]);
        assert_eq!(texts(r"SELECT E'a''\';b'; SELECT 2"), [r"SELECT E'a''\';b'", "SELECT 2"]);
        assert_eq!(texts("SELECT 1 -- a;b\n, 2; SELECT 3"), ["SELECT 1 -- a;b\n, 2", "SELECT 3"]);
        assert_eq!(texts("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3").len(), 2);
        assert_eq!(texts("\u{feff}SELECT 'ü;'; SELECT ä;"), ["SELECT 'ü;'", "SELECT ä"]);
    }

    #[test]
    fn dollar_quotes() {
        assert_eq!(texts("DO $$ BEGIN; END $$; SELECT 2"), ["DO $$ BEGIN; END $$", "SELECT 2"]);
        assert_eq!(texts("DO $a$ $b$; $$; $a$; SELECT 2"), ["DO $a$ $b$; $$; $a$", "SELECT 2"]);
        // Neither a parameter nor an identifier with a dollar begins one.
        assert_eq!(
            texts("SELECT $1; SELECT a$b; SELECT 2$; SELECT 3"),
            ["SELECT $1", "SELECT a$b", "SELECT 2$", "SELECT 3"]
        );
        assert_eq!(texts("SELECT $$ never closed; "), ["SELECT $$ never closed;"]);
    }

    #[test]
    fn sql_bodies() {
        let body =
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
        assert_eq!(texts(&format!("{body}; SELECT 3")), [body, "SELECT 3"]);
        assert_eq!(texts("BEGIN; SELECT 1; END; SELECT 2").len(), 4);
        assert_eq!(texts("CREATE TABLE function (a int); BEGIN; COMMIT").len(), 3);
    }

    #[test]
    fn lines_and_copy_data() {
        let script = "\\set x 1\n-- first\nSELECT 1;\n\nCOPY t FROM stdin;\n1\ta;b\n2\tc\n\\.\nSELECT 2;\n";
        let statements = split(script);
        assert_eq!(statements.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 5, 9]);
        assert_eq!(statements[1].copy_data.as_deref(), Some("1\ta;b\n2\tc\n"));
        assert_eq!(statements[2].text, "SELECT 2");
    }

    #[test]
    fn transaction_commands() {
        let kind = |text: &str| {
            let statement = &split(text)[0];
            (statement.opens_transaction(), statement.ends_transaction())
        };
        assert_eq!(kind("BEGIN ISOLATION LEVEL SERIALIZABLE"), (true, false));
        assert_eq!(kind("start transaction"), (true, false));
        assert_eq!(kind("ROLLBACK TO SAVEPOINT a"), (false, false));
        assert_eq!(kind("ROLLBACK"), (false, true));
        assert_eq!(kind("PREPARE TRANSACTION 'x'"), (false, true));
        assert_eq!(kind("PREPARE x AS SELECT 1"), (false, false));
        assert_eq!(kind("END"), (false, true));
    }
}
