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
    match only {
        Only::Lint if finding.in_text() && !finding.at_commit() => {
            Some("what no event trigger sees is judged in text alone")
        }
        Only::Lint if finding.rule.name == "idempotence-missing" => {
            Some("that a script may be run twice is a matter of the whole text")
        }
        Only::Lint if finding.rule.name == "constraint-left-not-valid" && known.several() => {
            Some("that no VALIDATE follows is seen in a text, and not at the commit of a statement by itself")
        }
        // The guard told it at the commit that made it so, by the name of that time.
        Only::Lint if finding.at_commit() && known.told_by_another_name(finding) => {
            Some("lint gives the name at the end of the text, the guard that at each commit")
        }
        // What its parent answers for is no matter of the partition's, until it is a table of its own.
        Only::Lint if finding.at_commit() && known.detached_later(finding) => {
            Some("the guard judges each commit, lint the end of the text")
        }
        Only::Guard if finding.at_start() && known.made_before(finding) => {
            Some("what an earlier transaction of the text made is new to lint, as one that is deployed as a whole")
        }
        _ if finding.rule.name == "lock-timeout-missing" && known.statement(finding).starts_with("DROP SCHEMA") => {
            Some("which of the tables of a schema is named first")
        }
        Only::Guard if finding.at_commit() && known.several() && !known.is_last(finding) => {
            Some("the guard judges each commit, lint the end of the text")
        }
        _ => None,
    }
}

/// Why they say it in other words, where that may be.
pub fn allowed_words(known: &Known, what: &str, lint: &Finding, guard: &Finding) -> Option<&'static str> {
    if without_sizes(&lint.message) == without_sizes(&guard.message)
        && without_sizes(&lint.detail) == without_sizes(&guard.detail)
        && lint.hint == guard.hint
    {
        return Some("sizes are those of the moment: work that is done changes them");
    }
    if guard.at_commit() && known.renamed_after(guard) {
        return Some("lint gives the name at the end of the text, the guard that at each commit");
    }
    if what == "hint" && lint.rule.name == "partition-attach-scan" && !lint.hint.contains('\n') {
        return Some("the bounds of partitions that the text itself made or took away are not known");
    }
    if same_words(&lint.detail, &guard.detail) && lint.message == guard.message && lint.hint == guard.hint {
        return Some("the order in which dependent objects are listed");
    }
    if lint.rule.name == "domain-constraint-validates" && known.fills_any() {
        return Some("a table that the text fills by CREATE TABLE AS has the domain, too");
    }
    if matches!(what, "detail" | "hint") && known.fills(guard) {
        return Some("how many rows CREATE TABLE AS puts into a table is known when it has run");
    }
    None
}

/// The same words in another order.
fn same_words(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(|w| w.trim_matches([',', '.']).to_owned()).collect();
        words.retain(|word| word != "and");
        words.sort_unstable();
        words
    };
    sorted(one) == sorted(other)
}

/// A text without `400 rows`, `(400 rows, 40 kB)` and their like.
fn without_sizes(text: &str) -> String {
    let mut kept = String::new();
    for (n, part) in text.split('(').enumerate() {
        let size = part.split_once(')').filter(|(inside, _)| inside.contains("row") && inside.ends_with('B'));
        match size {
            Some((_, after)) => kept.push_str(after.trim_start()),
            None if n == 0 => kept.push_str(part),
            None => {
                kept.push('(');
                kept.push_str(part);
            }
        }
    }
    // `loses 400 rows`, `the 400 rows`.
    let words: Vec<&str> = kept.split_whitespace().collect();
    let number = |word: &str| word.chars().next().is_some_and(|c| c.is_ascii_digit());
    let counts = |n: usize| number(words[n]) && words.get(n + 1).is_some_and(|next| next.starts_with("row"));
    let rest: Vec<&str> = (0..words.len()).filter(|n| !counts(*n)).map(|n| words[n]).collect();
    rest.join(" ")
}
