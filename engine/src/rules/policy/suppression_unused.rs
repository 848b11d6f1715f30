//! A suppression that covers nothing any more hides the next real finding.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "suppression-unused",
    category: Policy,
    severity: Info,
    title: "a suppression covers no finding",
    why: "A suppression says that one finding on one object is known and accepted. When the finding is gone (the object was \
          mended, renamed or dropped), the suppression stays behind, and hides the same mistake when somebody makes it again.",
    remedy: "Remove it with architect.unsuppress(). Only a check of everything reports this: a check of one schema or category \
             cannot know.",
    parameters: &[],
    sources: &[Guide("S-756")],
    examples: &[
        bad("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
             SELECT architect.suppress('primary-key-missing', 'shop.orders', 'staging');")
        .title("the table got its key"),
        bad("SELECT architect.suppress('primary-key-missing', 'shop.gone', 'staging');")
            .title("there is no such table"),
        good(
            "CREATE TABLE staging_rows (note text);\n\
              SELECT architect.suppress('primary-key-missing', 'shop.staging_rows', 'staging');",
        )
        .title("it covers a finding"),
        good("SELECT architect.suppress('table-dropped', 'shop.orders', 'known');")
            .title("a rule that judges statements: a check cannot know"),
    ],
    check: Check::Unused(check),
    also: &[],
    enabled: true,
};

fn check(unused: &[&Suppression], _: &Context, out: &mut Findings) {
    for suppression in unused {
        let Suppression { rule, object } = suppression;
        out.object("suppression", "architect", object, format!("suppression of {rule} on {object} covers no finding"))
            .detail("The object has no such finding now, or there is no such object.")
            .advice("Remove it:")
            .remedy(format!("SELECT architect.unsuppress({}, {});", sql::literal(rule), sql::literal(object)))
            .evidence("rule", rule.as_str())
            .discriminator(format!("{rule} {object}"));
    }
}
