//! A comment that allows what is not there hides the next real finding.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "inline-suppression-unused",
    category: Policy,
    severity: Info,
    title: "a comment in the text allows a finding that is not there",
    why: "`-- architect: allow` says that one finding on one statement is known and accepted. When the statement is mended, or the comment stands at another statement than was meant, it covers nothing: it misleads who reads it, and hides the finding when somebody brings it back.",
    remedy: "Remove the comment, or put it directly before its statement.",
    parameters: &[],
    sources: &[Guide("S-756")],
    examples: &[
        bad("-- architect: allow index-not-concurrent the table is small\n\
             CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
        .title("the statement was mended")
        .given(ORDERS)
        .lint()
        .advice(),
        bad("-- architect: allow-file table-dropped old tables go\nSELECT 1;")
            .title("for the whole text")
            .given(ORDERS)
            .lint()
            .advice(),
        bad("-- architect: allow durability-off we know\nSELECT 1;")
            .title("a rule that judges no text")
            .lint()
            .advice(),
        good("-- architect: allow table-dropped nobody reads it since 2024\nDROP TABLE orders;").given(ORDERS).lint(),
        good("DROP TABLE\n  orders -- architect: allow table-dropped nobody reads it\n;")
            .title("on its line")
            .given(ORDERS)
            .lint(),
        good("-- architect: allow-file table-dropped nobody reads them\nDROP TABLE orders;").given(ORDERS).lint(),
        good("SELECT '-- architect: allow table-dropped x', $$ -- architect: allow table-dropped x $$;")
            .title("no comment, but a string")
            .lint(),
    ],
    check: Check::Comment(check),
    also: &[],
    enabled: true,
};

fn check(comment: &InlineSuppression, _: &Context, out: &mut Findings) {
    // What it says by mistake is another finding.
    if !comment.understood || comment.reason.is_empty() {
        return;
    }
    for rule in comment.rules.iter().filter(|rule| rule.known && !rule.used && !rule.off) {
        let detail = match (rule.full_checks_only, comment.whole_text) {
            (true, _) => "The rule judges what exists, in full checks, and no text: architect.suppress() is for that.",
            (false, true) => "The text has no such finding.",
            (false, false) => "The statement at which it stands has no such finding.",
        };
        out.object(
            "comment",
            "",
            &rule.name,
            format!("the comment allows {}, and there is no such finding", rule.name),
        )
        .detail(detail)
        .advice("Remove the comment.")
        .evidence("rule", rule.name.as_str())
        .discriminator(comment.reason.as_str());
    }
}
