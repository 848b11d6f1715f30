//! Finds migrations in a folder, in the order in which they are applied.

use anyhow::{Context, Result, ensure};
use harness::{Statement, split};
use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The name to show.
    pub name: String,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// It runs as one transaction.
    pub transaction: bool,
    /// The project's own tool goes on when it fails.
    pub may_fail: bool,
    /// The file says that the server refuses it: `-- expected to fail: ...`.
    pub expected_to_fail: bool,
    /// Rows to generate after it: table and number.
    pub fills: Vec<(String, u64)>,
}

/// The migrations of a folder.
///
/// # Errors
/// When a file cannot be read.
pub fn discover(folder: &Path) -> Result<Vec<Migration>> {
    ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    let manifest = folder.join("MANIFEST.tsv");
    if manifest.is_file() {
        return from_manifest(folder, &manifest);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // diesel and prisma: a folder per migration.
            let inner = ["up.sql", "migration.sql"].map(|file| path.join(file)).into_iter().find(|file| file.is_file());
            files.extend(inner.map(|file| (name, file)));
        } else if name.ends_with(".sql") && !name.ends_with(".down.sql") {
            files.push((name, path));
        }
    }
    files.sort_by(|a, b| natural(&a.0, &b.0));
    files.into_iter().map(|(name, path)| read(name, &path, None, false)).collect()
}

/// Columns: file, tx (yes, no), may_fail (yes, no), the path in the source repository.
fn from_manifest(folder: &Path, manifest: &Path) -> Result<Vec<Migration>> {
    let text = fs::read_to_string(manifest)?;
    let mut migrations = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut fields = line.split('\t');
        let file = fields.next().unwrap_or_default();
        let transaction = fields.next().map(|field| field == "yes");
        let may_fail = fields.next() == Some("yes");
        migrations.push(read(file.to_owned(), &folder.join(file), transaction, may_fail)?);
    }
    Ok(migrations)
}

fn read(name: String, path: &PathBuf, transaction: Option<bool>, may_fail: bool) -> Result<Migration> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let transaction = transaction.unwrap_or_else(|| {
        let diesel = path.parent().map(|folder| folder.join("metadata.toml"));
        let switched_off = diesel.and_then(|file| fs::read_to_string(file).ok()).is_some_and(|metadata| {
            metadata.lines().any(|line| line.replace(' ', "").starts_with("run_in_transaction=false"))
        });
        !switched_off
    });
    let mut migration = parse(name, &text);
    migration.transaction &= transaction;
    migration.may_fail |= may_fail;
    Ok(migration)
}

fn parse(name: String, text: &str) -> Migration {
    let statements = split(text);
    let first_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let told = comment(first_line).is_some_and(|words| words.eq_ignore_ascii_case("no transaction"));
    let transaction = !told && !statements.iter().any(stands_alone);
    let fills =
        text.lines().filter_map(comment).filter_map(|words| words.strip_prefix("rows:")).flat_map(fills).collect();
    let expected_to_fail = text.lines().filter_map(comment).any(|words| words.starts_with("expected to fail"));
    Migration { name, statements, transaction, may_fail: expected_to_fail, expected_to_fail, fills }
}

fn comment(line: &str) -> Option<&str> {
    line.trim().strip_prefix("--").map(str::trim)
}

/// `orders=120000, customers=5_000`.
fn fills(words: &str) -> Vec<(String, u64)> {
    words
        .split(',')
        .filter_map(|word| word.split_once('='))
        .filter_map(|(table, rows)| Some((table.trim().to_owned(), rows.trim().replace('_', "").parse().ok()?)))
        .collect()
}

/// Whether the statement cannot run in a transaction block, or manages one itself.
fn stands_alone(statement: &Statement) -> bool {
    if statement.opens_transaction() || statement.ends_transaction() {
        return true;
    }
    let words = statement.words(14);
    let first: Vec<&str> = words.iter().take(2).map(String::as_str).collect();
    match first.as_slice() {
        // REFRESH MATERIALIZED VIEW CONCURRENTLY may run in a transaction, and a function may hold the word.
        ["create", "index" | "unique"] | ["drop", "index"] | ["reindex", _] | ["alter", "table"]
            if words.iter().any(|word| word == "concurrently") =>
        {
            true
        }
        ["vacuum", ..] | ["create" | "drop", "database" | "tablespace" | "subscription"] | ["alter", "system"] => true,
        _ => false,
    }
}

/// Compares names with numbers as numbers: `V2__b` before `V10__a`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, rest_a) = number(a);
                let (y, rest_b) = number(b);
                let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
        }
    }
}

/// The digits at the start without leading zeros, and what follows.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let start = text[..end].iter().position(|byte| *byte != b'0').unwrap_or(end);
    (&text[start..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_natural_order() {
        let mut names = ["V10__c.sql", "V2__b.sql", "010_x", "9_x", "V1__a.sql", "000012_y", "11_z"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["9_x", "010_x", "11_z", "000012_y", "V1__a.sql", "V2__b.sql", "V10__c.sql"]);
    }

    #[test]
    fn transactions() {
        let one = |text: &str| parse("x".to_owned(), text).transaction;
        assert!(one("CREATE TABLE t (a int); CREATE INDEX ON t (a);"));
        assert!(!one("CREATE INDEX CONCURRENTLY i ON t (a);"));
        assert!(!one("ALTER TABLE p DETACH PARTITION q CONCURRENTLY;"));
        assert!(one("REFRESH MATERIALIZED VIEW CONCURRENTLY v;"));
        assert!(one(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN REFRESH MATERIALIZED VIEW CONCURRENTLY v; END $$;"
        ));
        assert!(!one("REINDEX TABLE CONCURRENTLY t;"));
        assert!(!one("DROP INDEX CONCURRENTLY i;"));
        assert!(one("-- a comment that says CONCURRENTLY and BEGIN;\nSELECT 1;"));
        assert!(!one("BEGIN; SELECT 1; COMMIT;"));
        assert!(!one("\n-- no transaction\nALTER TYPE mood ADD VALUE 'so-so';"));
        assert!(!one("VACUUM orders;"));
    }

    #[test]
    fn rows_that_a_file_asks_for() {
        let text = "CREATE TABLE a (i int);\n-- rows: shop.a=120_000, b=5\n  -- rows: c=1\n";
        let wanted = [("shop.a".to_owned(), 120_000), ("b".to_owned(), 5), ("c".to_owned(), 1)];
        assert_eq!(parse("x".to_owned(), text).fills, wanted);
    }

    #[test]
    fn files_that_the_server_refuses() {
        let migration = parse("x".to_owned(), "-- no transaction\n-- expected to fail: rows are there\nSELECT 1/0;");
        assert!(migration.expected_to_fail && migration.may_fail && !migration.transaction);
        assert!(!parse("x".to_owned(), "SELECT 'expected to fail'").may_fail);
    }

    #[test]
    fn folders_of_other_tools() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        };
        put("2024_a/up.sql", "SELECT 1;");
        put("2024_a/down.sql", "SELECT 2;");
        put("2024_a/metadata.toml", "run_in_transaction = false\n");
        put("2025_b/migration.sql", "SELECT 3;");
        put("000010_x.up.sql", "SELECT 4;");
        put("000010_x.down.sql", "SELECT 5;");
        put("notes.txt", "no");
        put("empty/readme", "no");
        let found = discover(folder.path()).expect("found");
        let names: Vec<(&str, bool)> = found.iter().map(|m| (m.name.as_str(), m.transaction)).collect();
        assert_eq!(names, [("000010_x.up.sql", true), ("2024_a", false), ("2025_b", true)]);

        put("MANIFEST.tsv", "2025_b/migration.sql\tno\tyes\tsrc\n000010_x.up.sql\tyes\tno\tsrc\n");
        let found = discover(folder.path()).expect("found");
        let rows: Vec<(bool, bool)> = found.iter().map(|m| (m.transaction, m.may_fail)).collect();
        assert_eq!(rows, [(false, true), (true, false)]);
    }
}
