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
    /// The table had no rows, or one: nothing can be seen.
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
pub fn of(kind: &Kind, truth: Option<&Truth>) -> Verdict {
    if kind.evidence.is_empty() {
        return Verdict::Opinion;
    }
    let Some(truth) = truth else { return Verdict::NotRun };
    let failed = truth.failed && kind.evidence.contains(&FAILED);
    if failed || kind.evidence.iter().any(|fact| truth.happened.contains(*fact)) {
        return Verdict::Did;
    }
    if truth.failed {
        return Verdict::NotRun;
    }
    // What is dropped or renamed is so without rows too.
    let needs_rows = kind.evidence.iter().any(|fact| ["rewritten", "rows read", "index built", FAILED].contains(fact));
    match truth.filled {
        None => Verdict::New,
        Some(false) if needs_rows => Verdict::FewRows,
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
        assert_eq!(of(types, Some(&truth(Some(true), &["rewritten"], false))), Verdict::Did);
        assert_eq!(of(types, Some(&truth(Some(true), &[], false))), Verdict::DidNot);
        assert_eq!(of(types, Some(&truth(Some(false), &[], false))), Verdict::FewRows);
        assert_eq!(of(types, Some(&truth(None, &[], false))), Verdict::New);
        assert_eq!(of(types, Some(&truth(Some(true), &[], true))), Verdict::NotRun);
        assert_eq!(of(types, None), Verdict::NotRun);
        assert_eq!(of(kind("required column"), Some(&truth(Some(true), &[], true))), Verdict::Did);
        assert_eq!(of(kind("column dropped"), Some(&truth(Some(false), &[], false))), Verdict::DidNot);
        assert_eq!(of(kind("trigger made"), Some(&truth(Some(true), &[], false))), Verdict::Opinion);
    }
}
