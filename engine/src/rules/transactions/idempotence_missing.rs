//! A text that commits statement by statement, and cannot be run once more.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "idempotence-missing",
    category: Transactions,
    severity: Info,
    title: "a text that commits statement by statement fails when it is run once more",
    why: "A text with CONCURRENTLY (or another statement that PostgreSQL refuses in a transaction block) commits statement by \
          statement. When one of them fails, those before it are done, and a second run stops at the first of them: 'already \
          exists'. Somebody must find out by hand how far it came. Only texts that cannot be run in one transaction are judged, and \
          the last statement is left alone: if it fails, it has not committed.",
    remedy: "Give the statements that have it IF [NOT] EXISTS or OR REPLACE; or put what can be rolled back into a transaction of its \
             own and each CONCURRENTLY into a file of its own. IF NOT EXISTS looks at the name alone: `if-not-exists-differs` and \
             `invalid-index-kept` watch what it finds.",
    parameters: &[],
    sources: &[Manual("sql-createindex", "Building Indexes Concurrently"), Manual("sql-createtable", "IF NOT EXISTS")],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN comment text;\n\
             CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
        .given(ORDERS)
        .lint()
        .advice(),
        bad("CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);\n\
             CREATE INDEX CONCURRENTLY idx_orders_placed_at ON orders (placed_at);")
        .title("two indexes")
        .given(ORDERS)
        .lint()
        .advice(),
        good("ALTER TABLE orders ADD COLUMN IF NOT EXISTS comment text;\n\
              CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("the last one need not")
            .given(ORDERS)
            .lint(),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN comment text;\nCOMMIT;\n\
              CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("in a transaction of its own")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD COLUMN comment text;\nALTER TABLE customers ADD COLUMN email text;")
            .title("whoever runs it may put it into one transaction")
            .given(ORDERS)
            .lint(),
        good("SET lock_timeout = '2s';\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("only one statement changes something")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders DROP CONSTRAINT IF EXISTS valid_amount, ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
              DROP INDEX CONCURRENTLY IF EXISTS idx_orders_amount;\n\
              CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("every statement can be repeated")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);"))
            .lint(),
    ],
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

fn check(aftermath: &Aftermath, _: &Context, out: &mut Findings) {
    let Some(first) = aftermath.fail_again.first() else { return };
    let shown: Vec<String> =
        aftermath.fail_again.iter().map(|f| format!("{} {} ({})", f.tag, f.object.sql(), f.instead)).collect();
    let what = match aftermath.fail_again.len() {
        1 => format!("{} {} fails", first.tag, first.object.sql()),
        n => format!("{n} statements fail"),
    };
    let object = &first.object;
    let finding = out.object(
        "statement",
        object.schema.as_deref().unwrap_or_default(),
        &object.name,
        format!("{what} when this text is run once more"),
    );
    finding
        .detail(format!(
            "The text cannot run in one transaction, so that a failure leaves what came before it done. What fails then, and what \
             would help: {}.",
            list(&shown, 10)
        ))
        .advice("Let these statements look before they act, or put what can be rolled back into a transaction of its own.")
        .evidence("statements", shown);
    finding.position = Some(first.position);
}
