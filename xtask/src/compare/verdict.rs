//! Who is right where two differ: the server's own account of the statement.

use super::kinds::{FAILED, Kind};
use crate::replay::history::Truth;

/// What the server did with a statement on which only one speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// What the finding is about.
    Did,
    /// Not that, to a table that was there and had rows.
    DidNot,
    /// It names no table or index that was there before the file: nobody waits for it, and nothing is lost.
    New,
    /// The table had no rows, or one: nothing can be seen, and pg_architect does not speak of empty tables.
    FewRows,
    /// The statement did not run to its end.
    NotRun,
    /// No server can tell.
    Opinion,
}

impl Verdict {
    pub const ALL: [Verdict; 6] =
        [Verdict::Did, Verdict::DidNot, Verdict::New, Verdict::FewRows, Verdict::NotRun, Verdict::Opinion];

    /// The heading of a column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Did => "server did",
            Verdict::DidNot => "did not",
            Verdict::New => "not there before",
            Verdict::FewRows => "few rows",
            Verdict::NotRun => "not run",
            Verdict::Opinion => "cannot tell",
        }
    }
}

/// What the server says about a finding of a kind.
#[must_use]
pub fn of(kind: &Kind, statement: &str, truth: Option<&Truth>) -> Verdict {
    if kind.evidence.is_empty() {
        return Verdict::Opinion;
    }
    let Some(truth) = truth else { return Verdict::NotRun };
    let statement = statement.to_lowercase();
    let mut words = statement.split_whitespace();
    // What an ALTER TABLE reads of others (the other end of a key) is not about its table.
    if truth.filled.is_none() && words.next() == Some("alter") {
        return Verdict::New;
    }
    let failed = truth.failed && kind.evidence.contains(&FAILED);
    if truth.filled == Some(false) && !failed {
        return Verdict::FewRows;
    }
    let shows = |fact: &&str| {
        // Rows may be read for another part of the statement.
        let other = *fact == "rows read" && kind.evidence.len() > 1 && statement.contains("set not null");
        !other && truth.happened.contains(*fact)
    };
    if failed || kind.evidence.iter().any(shows) {
        return Verdict::Did;
    }
    match truth.filled {
        _ if truth.failed => Verdict::NotRun,
        None => Verdict::New,
        Some(_) => Verdict::DidNot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::kinds::KINDS;

    #[test]
    fn the_server_decides() {
        let kind = |title: &str| KINDS.iter().find(|kind| kind.title.starts_with(title)).expect("a kind");
        let truth = |filled, happened: &[&str], failed| Truth {
            filled,
            happened: happened.iter().map(|fact| (*fact).to_owned()).collect(),
            failed,
        };
        let types = kind("type changed");
        assert_eq!(of(types, "ALTER TABLE t", Some(&truth(Some(true), &["rewritten"], false))), Verdict::Did);
        assert_eq!(of(types, "ALTER TABLE t", Some(&truth(Some(true), &[], false))), Verdict::DidNot);
        assert_eq!(of(types, "ALTER TABLE t", Some(&truth(Some(false), &[], false))), Verdict::FewRows);
        assert_eq!(of(types, "ALTER TABLE t", Some(&truth(None, &[], false))), Verdict::New);
        assert_eq!(of(types, "ALTER TABLE t", Some(&truth(Some(true), &[], true))), Verdict::NotRun);
        assert_eq!(of(types, "ALTER TABLE t", None), Verdict::NotRun);
        assert_eq!(of(kind("required column"), "ALTER TABLE t", Some(&truth(Some(true), &[], true))), Verdict::Did);
        assert_eq!(of(kind("column dropped"), "ALTER TABLE t", Some(&truth(Some(true), &[], false))), Verdict::DidNot);
        let both = "ALTER TABLE t ALTER a TYPE text, ALTER a SET NOT NULL";
        assert_eq!(of(types, both, Some(&truth(Some(true), &["rows read"], false))), Verdict::DidNot);
        assert_eq!(of(types, "DO $$ ... $$", Some(&truth(None, &["rewritten"], false))), Verdict::Did);
        assert_eq!(of(kind("table renamed"), "ALTER TABLE t", Some(&truth(Some(true), &[], false))), Verdict::Opinion);
    }
}
