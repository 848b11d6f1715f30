//! NOT NULL on a domain does not keep NULL out.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "domain-not-null",
    category: Types,
    severity: Info,
    title: "a domain is NOT NULL",
    why: "A domain's constraints are checked when a value is converted to the domain, and an outer join or a subquery that finds no row makes a \
          NULL without converting anything: a column of such a domain can hold NULL after all. The manual advises against it.",
    remedy: "Let the domain take NULL, and declare the columns NOT NULL.",
    parameters: &[],
    sources: &[Manual("sql-createdomain", "Notes")],
    examples: &[
        bad("CREATE DOMAIN email AS text NOT NULL CHECK (VALUE LIKE '%@%');"),
        good("CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for domain in
        database.types.iter().filter(|known| known.kind == TypeKind::Domain && known.not_null && !known.exempt)
    {
        out.object(
            "domain",
            &domain.schema,
            &domain.name,
            format!("domain {} is NOT NULL, which does not keep NULL out", domain.sql()),
        )
        .detail("INSERT INTO t VALUES ((SELECT d FROM u WHERE false)) stores a NULL in a column of it.")
        .advice("Declare its columns NOT NULL, then take it off the domain:")
        .remedy(format!("ALTER DOMAIN {} DROP NOT NULL;", domain.sql()));
    }
}
