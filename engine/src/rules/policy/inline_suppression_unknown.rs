//! A comment that names no rule allows nothing.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "inline-suppression-unknown",
    category: Policy,
    severity: Warning,
    title: "a comment for pg_architect names no rule that exists, or says something else than allow",
    why: "Its author thinks that a finding is accepted, and it is not: the name is misspelt, or the rule has another name. Several rules are separated by commas; what follows the last one is the reason.",
    remedy: "Correct the name: SELECT name, title FROM architect.rules. The forms are -- architect: allow <rule>[, <rule>] <reason> for the statement, and allow-file for the whole text.",
    parameters: &[],
    sources: &[Guide("S-756")],
    examples: &[
        bad("-- architect: allow table-droped nobody reads it\nSELECT 1;").title("misspelt").lint().advice(),
        bad("-- architect: ignore table-dropped nobody reads it\nSELECT 1;").title("another word").lint().advice(),
        bad("-- architect: allow\nSELECT 1;").title("no rule").lint().advice(),
        good("-- architect: allow table-dropped nobody reads it since 2024\nDROP TABLE orders;").given(ORDERS).lint(),
        good("-- the architect said: allow all\nSELECT 1;").title("another comment").lint(),
    ],
    check: Check::Comment(check),
    also: &[],
    enabled: true,
};

fn check(comment: &InlineSuppression, _: &Context, out: &mut Findings) {
    if !comment.understood {
        out.object("comment", "", "", "the comment for pg_architect cannot be read")
            .detail("It says neither allow nor allow-file with the name of a rule.")
            .advice("Write -- architect: allow <rule>[, <rule>] <reason>.");
        return;
    }
    for rule in comment.rules.iter().filter(|rule| !rule.known) {
        let finding = out.object(
            "comment",
            "",
            &rule.name,
            format!("the comment allows {}, and there is no such rule", rule.name),
        );
        finding.detail("It allows nothing under this name.");
        match rule.meant {
            Some(meant) => finding.advice(format!("Perhaps {meant} was meant.")),
            None => finding.advice("All rules: SELECT name, title FROM architect.rules."),
        };
    }
}
