//! NOT ENFORCED is a comment in the form of a constraint.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "constraint-not-enforced",
    category: Design,
    severity: Warning,
    title: "a constraint is NOT ENFORCED",
    why: "From PostgreSQL 18 a CHECK or FOREIGN KEY may be NOT ENFORCED: it stands in the catalog and no row \
          is ever checked. People and tools that read the schema take it for a promise. It has its uses while \
          data is loaded; forgotten, it is worse than no constraint.",
    remedy: "Enforce it: a foreign key by ALTER CONSTRAINT ... ENFORCED, or without a scan under lock by adding \
          it again NOT VALID and validating it; a CHECK by adding it again. Where it is only documentation, a \
          COMMENT says so more honestly.",
    parameters: &[],
    sources: &[Manual("sql-createtable", "NOT ENFORCED"), Guide("S-071")],
    examples: &[
        bad("CREATE TABLE orders (id bigint PRIMARY KEY, amount integer NOT NULL CONSTRAINT orders_amount_check CHECK (amount >= 0) NOT ENFORCED);")
        .since(18),
        bad("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers NOT ENFORCED);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("a foreign key")
        .since(18),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, amount integer NOT NULL CHECK (amount >= 0));"),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::CONSTRAINTS, check_new)],
    enabled: true,
};

/// What a transaction adds; a full check judges by its own.
fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    if cx.database.is_none() && cx.major() >= 18 {
        judge(table, table.touched_constraints(), out);
    }
}

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    judge(table, table.constraints.iter(), out);
}

fn judge<'a>(table: &Table, constraints: impl Iterator<Item = &'a Constraint>, out: &mut Findings) {
    let relation = &table.relation;
    for constraint in constraints.filter(|c| !c.enforced && !c.inherited) {
        let name = sql::ident(&constraint.name);
        let finding = out.constraint(
            relation,
            &constraint.name,
            format!("constraint {name} of {} is NOT ENFORCED", relation.display()),
        );
        finding.detail("It stands in the catalog, and no row was or is checked.");
        let enforced = Constraint { enforced: true, ..constraint.clone() };
        match recipes::definition(table, &enforced) {
            Some(definition) if relation.kind == RelationKind::Table => {
                finding.advice("Put an enforced one in its place; VALIDATE names the rows that break it:").remedy(
                    format!(
                        "BEGIN;\n\
                     ALTER TABLE {table} DROP CONSTRAINT {name};\n\
                     ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID;\n\
                     COMMIT;\n\
                     ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                        table = relation.sql()
                    ),
                );
            }
            _ => {
                finding.advice("Drop it and add it again enforced.");
            }
        }
    }
}
