//! A strong lock on a live table was held for long: measured, not predicted.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "long-lock",
    category: Transactions,
    severity: Warning,
    title: "a strong lock on a table was held for long",
    why: "The other rules say what a statement will do; this one says what it cost. From the statement that asked for the lock until \
          the commit nobody could write to the table, or not even read it: those sessions waited, and whoever has a limit to its \
          wait failed. What is measured includes the time in which the statement itself waited for the lock, since everybody \
          behind it waited then, too.",
    remedy: "Before the next migration of this kind: commit behind each statement that takes a strong lock, do long work by itself \
             (CONCURRENTLY, NOT VALID and VALIDATE, batches), and limit the wait with lock_timeout. What has been done stays \
             done: rolling back would not give the time back.",
    parameters: &[Parameter {
        name: "held_ms",
        default: Integer(1000),
        what: "a lock that was held for this long is told of: milliseconds, at least 100",
    }],
    sources: &[Guide("S-192"), Manual("explicit-locking", "Table-Level Locks")],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ADD COLUMN comment text;\n\
             SELECT pg_sleep(1.2);\n\
             COMMIT;")
        .title("something else takes its time")
        .given(ORDERS)
        .advice(),
        bad("BEGIN;\n\
             CREATE TRIGGER note_changes BEFORE UPDATE ON orders\n    \
                 FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION suppress_redundant_updates_trigger();\n\
             SELECT pg_sleep(1.2);\n\
             COMMIT;")
        .title("a lock that stops writes only")
        .given(ORDERS)
        .advice(),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN comment text;\nCOMMIT;\nSELECT pg_sleep(1.2);")
            .title("the commit comes first")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500;\n\
              SELECT pg_sleep(1.2);\n\
              COMMIT;")
            .title("a lock that stops neither reads nor writes")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              SELECT pg_sleep(1.2);\n\
              COMMIT;")
            .title("an empty table")
            .given(EMPTY_ORDERS),
        good("BEGIN;\n\
              SAVEPOINT before;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              ROLLBACK TO before;\n\
              SELECT pg_sleep(1.2);\n\
              CREATE TABLE carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
              COMMIT;")
            .title("the lock was given back with the savepoint")
            .given(ORDERS),
        good("BEGIN;\n\
              CREATE TABLE old_orders AS SELECT * FROM orders;\n\
              ALTER TABLE old_orders ADD PRIMARY KEY (id);\n\
              SELECT pg_sleep(1.2);\n\
              COMMIT;")
            .title("a table that this transaction made")
            .given(ORDERS),
    ],
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

fn check(_: &Aftermath, cx: &Context, out: &mut Findings) {
    let mut told: Vec<Oid> = Vec::new();
    for held in &cx.transaction.held {
        let relation = &held.relation;
        let limit = u64::try_from(cx.integer("held_ms", relation)).unwrap_or(0);
        if held.held_ms < limit || !held.mode.blocks_writes() || !cx.live(relation) {
            continue;
        }
        // The strongest comes first.
        if told.contains(&relation.oid) {
            continue;
        }
        told.push(relation.oid);
        let waited = held.mode.blocks();
        out.relation(
            relation,
            format!("{waited} of {} had to wait for up to {}", relation.display(), duration(held.held_ms)),
        )
        .detail(format!(
            "{} asked for {} on {} {} before this commit, and the transaction kept it.",
            held.taken_by,
            held.mode,
            cx.sized(relation),
            duration(held.held_ms)
        ))
        .advice(
            "Next time, commit behind each statement with a strong lock and do what takes long in other transactions; \
             lock_timeout limits the wait for the lock itself.",
        )
        .past()
        .evidence("held_ms", held.held_ms)
        .evidence("lock", held.mode.as_str())
        .evidence("taken_by", held.taken_by.as_str());
    }
}
