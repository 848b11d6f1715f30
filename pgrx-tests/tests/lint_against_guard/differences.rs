//! What may differ between a text that is judged and a script that is run, and why.

use crate::findings::Finding;
use crate::script::Known;

/// Who says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// `architect.lint`.
    Lint,
    /// The guard.
    Guard,
}

/// Why only one of them says it, where that may be.
pub fn allowed(known: &Known, only: Only, finding: &Finding) -> Option<&'static str> {
    if only == Only::Lint && finding.in_text() && !finding.at_commit() {
        return Some("what no event trigger sees is judged in text alone");
    }
    if only == Only::Guard && !known.one_block && finding.at_commit() && !finding.at_start() && known.transactions[finding.step] < known.transactions[known.last] {
        return Some("the guard judges each commit, lint the end of the text");
    }
    None
}

/// Why they say it in other words, where that may be.
pub fn allowed_words(_: &Known, _: &str, _: &Finding, _: &Finding) -> Option<&'static str> {
    None
}
