//! A domain's CHECK that existing values may violate.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "domain-check-not-validated",
    category: Types,
    severity: Warning,
    title: "a CHECK of a domain was never validated",
    why: "NOT VALID checks new values only: what was stored before may violate the constraint, and fails when the row is written or cast \
          again, perhaps years later.",
    remedy: "Validate it. ALTER DOMAIN ... VALIDATE CONSTRAINT reads every table that has a column of the domain, under SHARE locks: in a quiet hour.",
    parameters: &[],
    sources: &[Manual("sql-alterdomain", "VALIDATE CONSTRAINT")],
    examples: &[
        bad(
            "CREATE DOMAIN email AS text;\nALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID;",
        ),
        good(
            "CREATE DOMAIN email AS text;\nALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID;\nALTER DOMAIN email VALIDATE CONSTRAINT email_has_at;",
        ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for domain in database.types.iter().filter(|known| !known.exempt) {
        for constraint in domain.checks.iter().filter(|constraint| !constraint.validated) {
            let name = sql::ident(&constraint.name);
            out.object(
                "domain",
                &domain.schema,
                &domain.name,
                format!("constraint {name} of domain {} was never validated", domain.sql()),
            )
            .detail(format!("Values that were there before it may violate {}.", constraint.expression))
            .advice("Validate it in a quiet hour; it reads every table with a column of the domain:")
            .remedy(format!("ALTER DOMAIN {} VALIDATE CONSTRAINT {name};", domain.sql()))
            .discriminator(constraint.name.as_str());
        }
    }
}
