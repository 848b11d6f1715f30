//! A constraint that was added NOT VALID says nothing about the rows that were there.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "constraint-not-validated",
    category: Design,
    severity: Warning,
    title: "a constraint was never validated",
    why: "NOT VALID adds a constraint without looking at the rows that exist: it is the right first half, and \
          the second half is easily forgotten. Until VALIDATE CONSTRAINT has run, old rows may break the rule, \
          the planner does not use the constraint, and an upgrade or a copy of the data fails on rows that \
          nobody knows of.",
    remedy: "Run ALTER TABLE ... VALIDATE CONSTRAINT. It reads the table and lets writes go on. Where it fails, \
          mend the rows that it names first.",
    parameters: &[],
    sources: &[Guide("S-056"), Manual("sql-altertable", "VALIDATE CONSTRAINT")],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT orders_amount_check CHECK (amount >= 0) NOT VALID;")
        .given("CREATE TABLE orders (id bigint PRIMARY KEY, amount integer NOT NULL);"),
        bad("ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE);")
        .title("a foreign key"),
        bad("ALTER TABLE orders ADD CONSTRAINT orders_note_not_null NOT NULL note NOT VALID;")
        .given("CREATE TABLE orders (id bigint PRIMARY KEY, note text);")
        .title("NOT NULL")
        .since(18),
        bad("ALTER TABLE events ADD CONSTRAINT events_note_check CHECK (note <> '') NOT VALID;")
        .given("CREATE TABLE events (id bigint PRIMARY KEY, note text NOT NULL) PARTITION BY HASH (id);\n\
             CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 1, REMAINDER 0);")
        .title("a partitioned table: one finding for the tree"),
        good("ALTER TABLE orders ADD CONSTRAINT orders_amount_check CHECK (amount >= 0) NOT VALID;\n\
             ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_check;")
        .given("CREATE TABLE orders (id bigint PRIMARY KEY, amount integer NOT NULL);"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for constraint in table.constraints.iter().filter(|c| !c.validated && c.enforced && !c.inherited) {
        let kind = match constraint.kind {
            ConstraintKind::Check => "CHECK",
            ConstraintKind::ForeignKey => "FOREIGN KEY",
            ConstraintKind::NotNull => "NOT NULL",
            _ => continue,
        };
        let name = sql::ident(&constraint.name);
        out.constraint(
            relation,
            &constraint.name,
            format!("constraint {name} of {} is not validated", relation.display()),
        )
        .detail(format!(
            "{kind}: the rows that were there before it in {} were never looked at.",
            if relation.size.is_empty() { relation.display() } else { cx.sized(relation) }
        ))
        .advice("Validate it; writes go on meanwhile:")
        .remedy(format!("ALTER TABLE {} VALIDATE CONSTRAINT {name};", relation.sql()))
        .evidence("kind", kind);
    }
}
