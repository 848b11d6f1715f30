//! One table, rewritten or read as a whole by one ALTER TABLE after the other.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rewrite-repeated",
    category: Transactions,
    severity: Warning,
    title: "a table is rewritten or read as a whole more than once in one transaction",
    why: "Each ALTER TABLE makes its own pass over the table: two statements that rewrite it copy all rows twice, write twice the \
          WAL and need twice the disk, while the lock of the first stops everybody until the end. PostgreSQL makes one pass for \
          all sub-commands of one statement.",
    remedy: "Write the changes as sub-commands of one ALTER TABLE, separated by commas: one pass serves them all. Where each can be \
             done without a pass (NOT VALID and VALIDATE, a new column that is filled in batches), that is better still.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "Notes"),
        Code("src/backend/commands/tablecmds.c", "ATRewriteTables"),
    ],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
             ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();\n\
             COMMIT;")
        .title("two rewrites")
        .given(with!(ORDERS, TOLERANT))
        .advice(),
        bad("BEGIN;\n\
             ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n\
             ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);\n\
             COMMIT;")
        .title("two scans")
        .given(with!(ORDERS, TOLERANT))
        .advice(),
        bad("BEGIN;\n\
             ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n\
             ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
             COMMIT;")
        .title("in a text")
        .given(with!(ORDERS, TOLERANT))
        .lint()
        .advice(),
        good("ALTER TABLE orders ALTER COLUMN amount TYPE bigint, ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();")
            .title("one statement")
            .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n\
              ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);")
            .title("two transactions: nobody waits for both")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
              ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;\n\
              COMMIT;")
            .title("a foreign key is checked in a pass of its own, in one statement too")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
              COMMIT;")
            .title("only one of them makes a pass")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
              ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n\
              COMMIT;")
            .title("an empty table")
            .given(EMPTY_ORDERS),
        good("BEGIN;\n\
              SAVEPOINT before;\n\
              ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;\n\
              ROLLBACK TO before;\n\
              ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
              COMMIT;")
            .title("the first was taken back")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_note;\n\
              COMMIT;")
            .title("validations, which let reads and writes go on")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID, ADD CONSTRAINT valid_note CHECK (note <> '') NOT VALID;"
            )),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// Each single pass has rules of its own; here they are switched off.
const TOLERANT: &str = "\
SELECT architect.configure(rule, 'off') FROM unnest(ARRAY['type-change-rewrite', 'column-default-rewrite', 'not-null-scan',
    'check-validates']) AS rule;";

/// The earlier work of the transaction on a live table that this statement works on again, and this work in a word.
pub(super) fn repeated<'a>(
    statement: &'a Statement,
    cx: &'a Context,
) -> Option<(&'a Relation, &'a Worked, &'static str)> {
    statement.impact.effects.iter().find_map(|effect| {
        let now = match &effect.work {
            Work::Rewrite(Rewrite::Refresh | Rewrite::Compaction) => return None,
            Work::Rewrite(_) => "rewrites",
            // A foreign key has a pass of its own in every case: no other sub-command can share it.
            Work::Scan(Scan::Validate { .. } | Scan::Refresh | Scan::ForeignKey { .. }) => return None,
            Work::Scan(_) => "reads all of",
            _ => return None,
        };
        let before = cx.transaction.worked.iter().find(|worked| worked.relation == effect.relation.oid)?;
        cx.live(&effect.relation).then_some((&effect.relation, before, now))
    })
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some((relation, before, now)) = repeated(statement, cx) else { return };
    let first = if before.rewrote { "wrote it anew" } else { "read all of it" };
    let times = cx.transaction.worked.iter().filter(|worked| worked.relation == relation.oid).count() + 1;
    out.relation(relation, format!("{} {now} {} once more in this transaction", statement.tag, relation.display()))
        .detail(format!(
            "{} {first} before in this transaction: all of {} is gone through {times} times.",
            before.tag,
            cx.sized(relation)
        ))
        .advice("Write the changes as sub-commands of one ALTER TABLE: PostgreSQL makes one pass for all of them.")
        .evidence("passes", times as u64)
        .discriminator(format!("{} {times}", statement.tag));
}
