//! A constraint is committed NOT VALID, and somebody must remember the second half.

use crate::context::Moment;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "constraint-left-not-valid",
    category: Transactions,
    severity: Info,
    title: "a constraint is left NOT VALID",
    why: "NOT VALID is the right first half: new rows are checked, and nobody waits while old ones are read. Until VALIDATE CONSTRAINT \
          has run in another transaction, old rows may break the constraint, and the planner does not use it. The rule reminds at \
          the commit of a transaction block and at the end of a text. A statement by itself is left alone: it is one step of a \
          recipe, and `constraint-not-validated` finds in full checks what was forgotten.",
    remedy: "ALTER TABLE ... VALIDATE CONSTRAINT in a later transaction: it reads the table, and reads and writes go on meanwhile.",
    parameters: &[],
    sources: &[Guide("S-056"), Manual("sql-altertable", "VALIDATE CONSTRAINT")],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
             COMMIT;")
        .given(ORDERS),
        bad("BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE RESTRICT NOT VALID;\n\
             COMMIT;")
        .title("a foreign key")
        .given(with!(ORDERS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);")),
        bad("BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT known_note NOT NULL note NOT VALID;\n\
             COMMIT;")
        .title("NOT NULL")
        .given(ORDERS)
        .since(18),
        bad("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;")
            .title("a text that ends without the second half")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;")
            .title("a text with both halves")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount > -1) NOT VALID;")
            .title("a statement by itself: the next one validates")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              COMMIT;")
            .title("it was NOT VALID before")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;")),
        good("BEGIN;\n\
              ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT ENFORCED;\n\
              COMMIT;")
            .title("NOT ENFORCED: there is nothing to validate")
            .given(ORDERS)
            .since(18),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let asked = cx.moment == Moment::Lint || cx.moment == Moment::Commit && cx.transaction.in_block;
    if !asked || relation.size.is_empty() {
        return;
    }
    for constraint in table.touched_constraints().filter(|c| !c.validated && c.enforced && !c.inherited) {
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
            format!("{kind} {name} of {} is left NOT VALID", relation.display()),
        )
        .detail(format!("The {} of {} are not checked yet.", rows(relation.size.rows), relation.display()))
        .advice("Validate it in a transaction of its own; reads and writes go on meanwhile:")
        .remedy(format!("ALTER TABLE {} VALIDATE CONSTRAINT {name};", relation.sql()))
        .evidence("kind", kind);
    }
}
