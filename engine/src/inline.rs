//! `-- architect: allow <rule>[, <rule>] <reason>`: findings that the author of a text knows of and accepts.
//!
//! Only `architect.lint` reads comments. What the guard judges is the statement: its text is the client's to choose, and a comment
//! in it must loosen nothing.

use crate::facts::{InlineRule, InlineSuppression};
use crate::finding::Finding;
use crate::judge;
use crate::lexer::{Embedded, Kind, Lexer};
use crate::policy::Policy;
use crate::rule::Category;
use crate::rules::RULES;
use crate::text::closest;
use std::ops::Range;

/// A comment that allows something, and the part of the text for which it does.
struct Scoped {
    comment: InlineSuppression,
    range: Range<usize>,
}

/// Everything that the comments of a text allow.
#[derive(Default)]
pub struct Allowed {
    list: Vec<Scoped>,
    /// The first and last place of each statement.
    statements: Vec<Range<usize>>,
    /// By statement: which of the list are about it or a part of it.
    by_statement: Vec<Vec<usize>>,
    whole_text: Vec<usize>,
}

impl Allowed {
    /// Reads the comments of a text. `statements`: where each begins and ends, in order. `backslashes`: they escape in plain strings.
    #[must_use]
    pub fn read(text: &str, statements: Vec<Range<usize>>, backslashes: bool) -> Allowed {
        let mut allowed =
            Allowed { by_statement: vec![Vec::new(); statements.len()], statements, ..Allowed::default() };
        for (position, comment) in comments(text, backslashes) {
            let Some(comment) = parse(comment, position) else { continue };
            let range = if comment.whole_text { 0..usize::MAX } else { about(text, &allowed.statements, position) };
            allowed.add(comment, range);
        }
        allowed
    }

    /// Reads the comments of code inside a statement (the body of a DO block); `parts` are its own statements.
    pub fn read_inside(&mut self, body: &Embedded, parts: &[Range<usize>], backslashes: bool) {
        for (position, comment) in comments(&body.text, backslashes) {
            let Some(comment) = parse(comment, position) else { continue };
            let part = about(&body.text, parts, position);
            let range = if comment.whole_text { 0..usize::MAX } else { body.at(part.start)..body.at(part.end) };
            self.add(InlineSuppression { position: body.at(position), ..comment }, range);
        }
    }

    fn add(&mut self, comment: InlineSuppression, range: Range<usize>) {
        let number = self.list.len();
        if comment.whole_text {
            self.whole_text.push(number);
        } else if let Some(statement) = self.statement_at(range.start).filter(|_| !range.is_empty()) {
            self.by_statement[statement].push(number);
        }
        self.list.push(Scoped { comment, range });
    }

    fn statement_at(&self, position: usize) -> Option<usize> {
        let after = self.statements.partition_point(|statement| statement.start <= position);
        after.checked_sub(1).filter(|at| position < self.statements[*at].end)
    }

    /// Whether a comment allows the finding; the comment is used then.
    pub fn covers(&mut self, finding: &Finding) -> bool {
        if finding.rule.category == Category::Policy {
            return false;
        }
        let about = finding.position.and_then(|position| Some((position, self.statement_at(position)?)));
        let near = about.map(|(_, statement)| self.by_statement[statement].as_slice()).unwrap_or_default();
        let mut covered = false;
        for number in near.iter().chain(&self.whole_text) {
            let Scoped { comment, range } = &mut self.list[*number];
            let there = comment.whole_text || about.is_some_and(|(position, _)| range.contains(&position));
            // Without a reason nothing is allowed: nobody could tell later whether it still holds.
            if !there || comment.reason.is_empty() {
                continue;
            }
            for rule in comment.rules.iter_mut().filter(|rule| rule.name == finding.rule.name) {
                rule.used = true;
                covered = true;
            }
        }
        covered
    }

    /// The comments, when all findings have been seen; `policy` tells which rules could have found anything.
    #[must_use]
    pub fn into_suppressions(self, policy: &Policy) -> Vec<InlineSuppression> {
        let mut list: Vec<InlineSuppression> = self.list.into_iter().map(|scoped| scoped.comment).collect();
        for rule in list.iter_mut().flat_map(|comment| &mut comment.rules) {
            rule.off = judge::rule(&rule.name).is_some_and(|rule| !policy.may_be_on(rule));
        }
        list
    }
}

fn comments(text: &str, backslashes: bool) -> impl Iterator<Item = (usize, &str)> {
    // Most texts have none: they are not cut into tokens at all.
    let any = text.contains("architect") || text.to_ascii_lowercase().contains("architect");
    let tokens = Lexer::new(if any { text } else { "" }, 0, backslashes);
    tokens.filter(|token| token.kind == Kind::Comment).map(|token| (token.start, token.text(text)))
}

/// The statement that a comment is about: the one that it stands in, the one that ends on its line, or else the next.
fn about(text: &str, statements: &[Range<usize>], position: usize) -> Range<usize> {
    let next = statements.partition_point(|statement| statement.start <= position);
    if let Some(before) = next.checked_sub(1).map(|at| &statements[at]) {
        let same_line = || !text.as_bytes()[before.end.min(position)..position].contains(&b'\n');
        if position < before.end || same_line() {
            return before.clone();
        }
    }
    statements.get(next).cloned().unwrap_or(0..0)
}

/// What a comment allows; none for a comment that is about something else.
#[must_use]
pub fn parse(comment: &str, position: usize) -> Option<InlineSuppression> {
    let inner = match comment.strip_prefix("--") {
        Some(line) => line.trim_start_matches('-'),
        None => comment.strip_prefix("/*")?.trim_end_matches("*/").trim_start_matches('*'),
    };
    let (name, rest) = inner.trim().split_once(':')?;
    if !name.trim_end().eq_ignore_ascii_case("architect") {
        return None;
    }
    let (verb, mut rest) = word(rest);
    let mut found = InlineSuppression {
        position,
        whole_text: verb.eq_ignore_ascii_case("allow-file"),
        understood: verb.eq_ignore_ascii_case("allow") || verb.eq_ignore_ascii_case("allow-file"),
        ..InlineSuppression::default()
    };
    if !found.understood {
        return Some(found);
    }
    loop {
        let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches([':', ';']).to_ascii_lowercase();
        rest = rest[end..].trim_start();
        if !name.is_empty() {
            found.rules.push(inline_rule(name));
        }
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => break,
        }
    }
    found.understood = !found.rules.is_empty();
    // `allow a - because` and `allow a: because` are read like `allow a because`.
    rest.trim_start_matches(['-', '–', '—', ':']).trim().clone_into(&mut found.reason);
    Some(found)
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

fn inline_rule(name: String) -> InlineRule {
    let known = judge::rule(&name);
    let names = || RULES.iter().map(|rule| rule.name).collect::<Vec<_>>();
    InlineRule {
        known: known.is_some(),
        full_checks_only: known.is_some_and(|rule| rule.checks().all(|check| check.moment() == "check")),
        meant: if known.is_some() { None } else { closest(&name, &names()) },
        used: false,
        off: false,
        name: known.map_or(name, |rule| rule.name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;

    fn finding(rule: &str, position: Option<usize>) -> Finding {
        let mut findings = Findings::new(judge::rule(rule).expect("a rule"), position);
        findings.object("table", "", "orders", "x");
        findings.take().remove(0)
    }

    #[test]
    fn a_comment_is_read() {
        let of = |comment: &str| {
            let found = parse(comment, 7)?;
            let rules: Vec<&str> = found.rules.iter().map(|rule| rule.name.as_str()).collect();
            Some((rules.join("+"), found.reason.clone(), found.whole_text, found.understood))
        };
        let read = |rules: &str, reason: &str, whole: bool| Some((rules.to_owned(), reason.to_owned(), whole, true));
        for (comment, expected) in [
            ("-- architect: allow table-dropped nobody reads it", read("table-dropped", "nobody reads it", false)),
            ("--architect:allow table-dropped, truncate ok", read("table-dropped+truncate", "ok", false)),
            ("-- Architect: Allow Table-Dropped ,truncate - ok", read("table-dropped+truncate", "ok", false)),
            ("/* architect: allow table-dropped ok */", read("table-dropped", "ok", false)),
            ("/* architect: allow table-dropped\n   two lines */", read("table-dropped", "two lines", false)),
            ("-- architect: allow-file table-dropped: ok", read("table-dropped", "ok", true)),
            ("-- architect: allow table-dropped", read("table-dropped", "", false)),
            ("-- architect: allow table-dropped,", read("table-dropped", "", false)),
            ("-- architect allow table-dropped ok", None),
            ("-- the architect: allow table-dropped ok", None),
            ("-- nothing", None),
        ] {
            assert_eq!(of(comment), expected, "{comment}");
        }
        for comment in ["-- architect: alow table-dropped ok", "-- architect:", "-- architect: allow"] {
            assert!(!parse(comment, 0).expect("an attempt").understood, "{comment}");
        }
        let unknown = parse("-- architect: allow table-droped ok", 0).expect("a comment");
        assert_eq!((unknown.rules[0].known, unknown.rules[0].meant), (false, Some("table-dropped")));
    }

    /// The statements of a text that ends each with a semicolon and has none elsewhere.
    fn statements(text: &str) -> Vec<Range<usize>> {
        let mut from = 0;
        let mut found = Vec::new();
        for (end, _) in text.match_indices(';') {
            let start = Lexer::new(text, from, false).find(|token| token.kind != Kind::Comment).expect("a word").start;
            found.push(start..end + 1);
            from = end + 1;
        }
        found
    }

    #[test]
    fn a_comment_is_about_one_statement() {
        const ALLOW: &str = "-- architect: allow table-dropped ok\n";
        for (text, expected) in [
            (format!("{ALLOW}DROP A;\nDROP B;"), [true, false]),
            (format!("DROP A;\n{ALLOW}DROP B;"), [false, true]),
            (format!("DROP A; {ALLOW}DROP B;"), [true, false]),
            (format!("DROP\n{ALLOW} A; DROP B;"), [true, false]),
            (format!("DROP A; DROP B; {ALLOW}"), [false, true]),
            (format!("DROP A;\nDROP B;\n{ALLOW}"), [false, false]),
            (format!("{ALLOW}-- more\n\n/* x */ DROP A;\nDROP B;"), [true, false]),
            (format!("DROP A;\nDROP B;\n{}", ALLOW.replace("allow", "allow-file")), [true, true]),
            (format!("DROP '{ALLOW}' A;\nDROP $$\n{ALLOW}$$ B;"), [false, false]),
            (format!("DROP /* /* */ {ALLOW} */ A; DROP B;"), [false, false]),
        ] {
            let list = statements(&text.replace("-- more;", ""));
            let mut allowed = Allowed::read(&text, list.clone(), false);
            for (statement, expected) in list.iter().zip(expected) {
                assert_eq!(allowed.covers(&finding("table-dropped", Some(statement.start))), expected, "{text}");
                assert!(!allowed.covers(&finding("truncate", Some(statement.start))), "{text}");
            }
            let used = expected.contains(&true);
            let left = allowed.into_suppressions(&Policy::default());
            assert!(left.iter().flat_map(|comment| &comment.rules).all(|rule| rule.used == used), "{text}");
        }
    }

    #[test]
    fn without_a_reason_nothing_is_allowed() {
        let text = "-- architect: allow table-dropped\nDROP A;";
        let mut allowed = Allowed::read(text, statements(text), false);
        assert!(!allowed.covers(&finding("table-dropped", Some(34))));
        let text = "-- architect: allow-file primary-key-missing ok\nSELECT 1;";
        let mut allowed = Allowed::read(text, statements(text), false);
        assert!(allowed.covers(&finding("primary-key-missing", None)), "what has no place is of the whole text");
    }

    #[test]
    fn comments_inside_a_body_are_about_its_parts() {
        let text = "DO $$ BEGIN\n-- architect: allow table-dropped ok\nDROP A;\nDROP B; END $$;";
        let whole = Range { start: 0, end: text.len() };
        let mut allowed = Allowed::read(text, vec![whole], false);
        let body = Embedded::shifted(&text[5..text.len() - 3], 5);
        let parts: Vec<Range<usize>> = ["DROP A;", "DROP B;"]
            .iter()
            .map(|part| {
                let start = body.text.find(part).expect("a part");
                start..start + part.len()
            })
            .collect();
        allowed.read_inside(&body, &parts, false);
        let place = |part: &str| text.find(part);
        assert!(allowed.covers(&finding("table-dropped", place("DROP A"))));
        assert!(!allowed.covers(&finding("table-dropped", place("DROP B"))));
    }
}
