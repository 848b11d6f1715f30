//! The files that all linters read: copies without what is psql's own, and the way back from a place in them to a statement.

use super::rivals::{At, Told};
use crate::demo::migrations::Migration;
use anyhow::{Context, Result};
use harness::Statement;
use std::fs;
use std::path::{Path, PathBuf};

/// A migration, and its copy.
pub struct File<'a> {
    pub migration: &'a Migration,
    pub copy: PathBuf,
}

/// Copies a history: `0001.sql`, `0002.sql`, in their order.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy<'a>(history: &Path, migrations: &'a [Migration], into: &Path) -> Result<Vec<File<'a>>> {
    fs::create_dir_all(into)?;
    let mut files = Vec::new();
    for (number, migration) in (1..).zip(migrations) {
        let path = history.join(&migration.name);
        let inner = ["up.sql", "migration.sql"].map(|name| path.join(name)).into_iter().find(|path| path.is_file());
        let path = inner.unwrap_or(path);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let copy = into.join(format!("{number:04}.sql"));
        fs::write(&copy, without_psql(&String::from_utf8_lossy(&bytes)))?;
        files.push(File { migration, copy });
    }
    Ok(files)
}

/// Blank lines for psql's commands and for the rows of COPY, so that the others stay where they are.
fn without_psql(text: &str) -> String {
    let mut rows = false;
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end();
        let ends = rows && plain == "\\.";
        if rows || plain.starts_with('\\') {
            result.push_str(&line[plain.len()..]);
        } else {
            result.push_str(line);
            let lower = plain.to_lowercase();
            rows = lower.starts_with("copy ") && lower.contains(" from stdin") && lower.ends_with(';');
        }
        rows &= !ends;
    }
    result
}

impl File<'_> {
    /// The statements (by their lines) that a finding is in: none for the whole file, or where it cannot be found.
    #[must_use]
    pub fn lines(&self, told: &Told) -> Vec<usize> {
        let statements = &self.migration.statements;
        match &told.at {
            At::File => Vec::new(),
            At::Line(line) => statement_line(statements, *line).into_iter().collect(),
            At::Text(text) => {
                // The same statement twice in a file: what is said of one holds for the other.
                let text = words(after_comments(text));
                let same = statements.iter().filter(|statement| words(after_comments(&statement.text)) == text);
                same.map(|statement| statement.line).collect()
            }
        }
    }
}

/// The line of the statement in which a line lies.
fn statement_line(statements: &[Statement], line: usize) -> Option<usize> {
    let lines = statements.iter().map(|statement| statement.line);
    lines.clone().filter(|start| *start <= line).max().or_else(|| lines.min())
}

fn after_comments(text: &str) -> &str {
    let mut text = text.trim_start();
    loop {
        if text.starts_with("--") {
            text = text.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        } else if text.starts_with("/*") {
            let (mut depth, mut at) = (0, 0);
            loop {
                let rest = &text[at..];
                let Some(next) = rest.find(['/', '*']) else { return "" };
                let mark = rest.get(next..next + 2).unwrap_or_default();
                depth += match mark {
                    "/*" => 1,
                    "*/" => -1,
                    _ => 0,
                };
                at += next + if mark == "/*" || mark == "*/" { 2 } else { 1 };
                if depth == 0 {
                    break;
                }
            }
            text = text[at..].trim_start();
        } else {
            return text;
        }
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::split;

    #[test]
    fn lines_stay_where_they_are() {
        let text = "\\set ON_ERROR_STOP 1\nSELECT 1;\nCOPY t (a) FROM stdin;\n1\n2\n\\.\nSELECT 2;\n";
        assert_eq!(without_psql(text), "\nSELECT 1;\nCOPY t (a) FROM stdin;\n\n\n\nSELECT 2;\n");
    }

    #[test]
    fn from_a_place_to_its_statement() {
        let text =
            "-- é\n\nCREATE INDEX i ON t (a);\n/* a /* b */ */ ALTER TABLE t\n  ALTER a\n  TYPE bigint;\nSELECT 1;";
        let migration = Migration {
            name: "x".to_owned(),
            statements: split(text),
            transaction: true,
            may_fail: false,
            expected_to_fail: false,
            fills: Vec::new(),
        };
        let file = File { migration: &migration, copy: PathBuf::new() };
        let lines = |at: At| file.lines(&Told { file: String::new(), at, rule: String::new() });
        assert_eq!(lines(At::Line(3)), [3]);
        assert_eq!(lines(At::Line(6)), [4]);
        // Before the first statement: a linter may count the comment as its beginning.
        assert_eq!(lines(At::Line(1)), [3]);
        assert_eq!(lines(At::Text("-- é\n\nCREATE INDEX i ON t (a)".to_owned())), [3]);
        assert_eq!(lines(At::Text("/* a /* b */ */ ALTER TABLE t\n  ALTER a TYPE bigint".to_owned())), [4]);
        assert!(lines(At::Text("ALTER TABLE u".to_owned())).is_empty());
        assert!(lines(At::File).is_empty());
    }
}
