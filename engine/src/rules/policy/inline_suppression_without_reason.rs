//! A comment that allows something must say why.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "inline-suppression-without-reason",
    category: Policy,
    severity: Warning,
    title: "a comment in the text allows a finding and does not say why",
    why: "Who reads the text later cannot tell whether the reason still holds, or whether there ever was one. A comment without a reason allows nothing: the finding stays.",
    remedy: "Write the reason behind the rule's name: -- architect: allow table-dropped nobody reads it since 2024.",
    parameters: &[],
    sources: &[Guide("S-756")],
    examples: &[
        bad("-- architect: allow index-not-concurrent\nSELECT 1;").lint().advice(),
        bad("/* architect: allow-file table-dropped, truncate */\nSELECT 1;")
            .title("for the whole text")
            .lint()
            .advice(),
        good("-- architect: allow table-dropped nobody reads it since 2024\nDROP TABLE orders;").given(ORDERS).lint(),
    ],
    check: Check::Comment(check),
    also: &[],
    enabled: true,
};

fn check(comment: &InlineSuppression, _: &Context, out: &mut Findings) {
    if !comment.understood || !comment.reason.is_empty() {
        return;
    }
    let names: Vec<&str> = comment.rules.iter().map(|rule| rule.name.as_str()).collect();
    let names = list(&names, 3);
    out.object("comment", "", &names, format!("the comment allows {names} and does not say why"))
        .detail("Without a reason it allows nothing.")
        .advice("Write the reason behind the rule's name.");
}
