//! ALTER DOMAIN reads every table that uses the domain.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "domain-constraint-validates",
    category: Locks,
    severity: Warning,
    title: "a constraint of a domain is checked in every table that uses it while their writes wait",
    why: "ALTER DOMAIN ... ADD CONSTRAINT, SET NOT NULL and VALIDATE CONSTRAINT read every table with a column of the domain (or of a domain over it) under SHARE: writes to all of them wait, and the locks are kept until the transaction ends. The statement names none of the tables. ADD ... NOT VALID reads nothing and checks new values at once; but up to 18 VALIDATE takes the same locks, and NOT NULL has no NOT VALID form.",
    remedy: "Add the constraint to the domain NOT VALID, so that new values are checked. For the old rows add a CHECK to each table, NOT VALID, and validate that: it reads under SHARE UPDATE EXCLUSIVE while writes go on.",
    parameters: &[],
    sources: &[Manual("sql-alterdomain", "Notes"), Code("src/backend/commands/typecmds.c", "get_rels_with_domain")],
    examples: &[
        bad("ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE >= 0);").given(PAYMENTS).advice(),
        bad("ALTER DOMAIN cents SET NOT NULL;").title("NOT NULL").given(PAYMENTS).advice(),
        bad("ALTER DOMAIN cents VALIDATE CONSTRAINT positive;")
            .title("VALIDATE takes the same locks")
            .given(with!(PAYMENTS, "ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE >= 0) NOT VALID;"))
            .advice(),
        bad("ALTER DOMAIN money_cents ADD CONSTRAINT positive CHECK (VALUE >= 0);")
            .title("by way of a domain over it")
            .given(with!(
                "CREATE DOMAIN money_cents AS bigint;",
                "CREATE DOMAIN cents AS money_cents;\n\
                 CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount cents);\n\
                 INSERT INTO payments (amount) SELECT g FROM generate_series(1, 5000) AS g; ANALYZE payments;"
            ))
            .advice(),
        good("ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE >= 0) NOT VALID;").given(PAYMENTS),
        good("ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE >= 0);")
            .title("its tables are empty")
            .given(with!(PAYMENTS, "TRUNCATE payments;")),
        good("ALTER DOMAIN cents SET DEFAULT 0;").title("a default reads nothing").given(PAYMENTS),
        good("ALTER DOMAIN cents ADD CONSTRAINT positive CHECK (VALUE >= 0);")
            .title("nobody uses it")
            .given("CREATE DOMAIN cents AS bigint;"),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

/// `shop.payments`, live, with a column of the domain `shop.cents`.
const PAYMENTS: &str = "\
CREATE DOMAIN cents AS bigint;
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount cents
);
INSERT INTO payments (amount) SELECT g FROM generate_series(1, 5000) AS g;
ANALYZE payments;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::AlterDomain { domain, action } = &statement.ddl else { return };
    let tables: Vec<&Relation> = statement
        .impact
        .effects
        .iter()
        .filter(|effect| matches!(effect.work, Work::Scan(Scan::Domain { .. })))
        .map(|effect| &effect.relation)
        .collect();
    let live: Vec<&Relation> = tables.iter().copied().filter(|relation| cx.live(relation)).collect();
    let Some(first) = live.first() else { return };
    let what = match action {
        DomainAction::SetNotNull => "SET NOT NULL",
        DomainAction::Validate(_) => "VALIDATE CONSTRAINT",
        _ => "ADD CONSTRAINT",
    };
    let names: Vec<String> = tables.iter().map(|relation| relation.display()).collect();
    let sizes: Vec<String> = tables.iter().map(|relation| cx.sized(relation)).collect();
    let finding = out.object(
        "domain",
        domain.schema.as_deref().unwrap_or_default(),
        &domain.name,
        format!("{what} of domain {} reads {} while writes to them wait", domain.sql(), list(&names, 3)),
    );
    finding
        .detail(recipes::sentences(&[
            format!("Every table with a column of the domain is locked SHARE until the transaction ends: {}.", list(&sizes, 10)),
            recipes::holds(statement, cx, first, "while all of them are read"),
        ]))
        .advice(match action {
            DomainAction::AddConstraint(def) if def.kind == ConstraintKind::Check => {
                "Add it NOT VALID: new values are checked at once and no table is read. For the old rows add a CHECK to each table, \
                 NOT VALID, and VALIDATE that, while writes go on."
            }
            _ => {
                "Add a CHECK to each of these tables instead, NOT VALID, and VALIDATE it: that reads them while writes go on."
            }
        })
        .impact(tables.iter().map(|r| r.size.bytes).sum(), tables.iter().map(|r| r.size.rows).sum(), 0)
        .evidence("tables", names)
        .evidence("lock", "SHARE");
}
