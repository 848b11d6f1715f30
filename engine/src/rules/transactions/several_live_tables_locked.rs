//! One transaction collects strong locks on several tables.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "several-live-tables-locked",
    category: Transactions,
    severity: Warning,
    title: "one transaction locks several tables that are in use",
    why: "Locks are kept until the transaction ends. A migration that takes strong locks on two tables one after the \
          other waits for the second while it blocks the first; ordinary transactions that use both in the other \
          order deadlock with it, and a lock_timeout then throws away the work on both.",
    remedy: "Change one table per transaction, each with a short lock_timeout, and run again what was cancelled.",
    parameters: &[],
    sources: &[Guide("S-192"), Manual("explicit-locking", "Deadlocks")],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ADD COLUMN comment text;\n\
             ALTER TABLE events ADD COLUMN source text;\n\
             COMMIT;")
            .given(with!(ORDERS, EVENTS))
            .advice(),
        bad("BEGIN;\n\
             ALTER TABLE events ADD COLUMN source text;\n\
             CREATE TABLE refunds (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 order_id bigint NOT NULL UNIQUE REFERENCES orders (id) ON DELETE RESTRICT\n\
             );\n\
             COMMIT;")
            .title("a new table locks the one that its foreign key refers to")
            .given(with!(ORDERS, EVENTS))
            .advice(),
        good("ALTER TABLE orders ADD COLUMN comment text;\nALTER TABLE events ADD COLUMN source text;")
            .title("two transactions")
            .given(with!(ORDERS, EVENTS)),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              ALTER TABLE orders ADD COLUMN source text;\n\
              COMMIT;")
            .title("the same table twice")
            .given(ORDERS),
        good("BEGIN;\n\
              ALTER TABLE events ADD COLUMN source text;\n\
              ALTER TABLE events ADD COLUMN region text;\n\
              COMMIT;")
            .title("a partitioned table with its partitions")
            .given(EVENTS),
        good("ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;")
            .title("the two tables of one foreign key")
            .given(with!(
                ORDERS,
                "CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL UNIQUE);\n\
                 INSERT INTO payments (order_id) SELECT id FROM orders; ANALYZE payments;"
            )),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              ALTER TABLE customers ADD COLUMN email text;\n\
              COMMIT;")
            .title("the other table is small")
            .given(ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let touches = &statement.impact.touches;
    // The relations of this statement itself (a foreign key's pair, a partitioned tree) are one step.
    let held: Vec<&HeldLock> = cx
        .transaction
        .held
        .iter()
        .filter(|held| held.mode.blocks_writes() && cx.live(&held.relation))
        .filter(|held| touches.iter().all(|touch| touch.relation.oid != held.relation.oid))
        .collect();
    if held.is_empty() {
        return;
    }
    let has = |touch: &Touch| {
        cx.transaction.held.iter().any(|held| held.relation.oid == touch.relation.oid && held.mode >= touch.lock)
    };
    let next = touches
        .iter()
        .filter(|touch| touch.lock.blocks_writes() && cx.live(&touch.relation) && !has(touch))
        .max_by_key(|touch| (touch.lock, touch.role == Role::Target));
    let Some(next) = next else { return };
    let relation = &next.relation;
    let mut roots: Vec<&&HeldLock> = held.iter().filter(|held| !held.relation.is_partition).collect();
    if roots.is_empty() {
        roots = held.iter().collect();
    }
    let names: Vec<String> = roots.iter().map(|held| format!("{} on {}", held.mode, held.relation.display())).collect();
    let message = format!(
        "{} takes {} on {} while {} is locked too",
        statement.tag,
        next.lock,
        relation.display(),
        roots[0].relation.display()
    );
    out.relation(relation, message)
        .detail(format!(
            "The transaction already holds {}. It now also waits for {}, and transactions that use these tables in another \
             order can deadlock with it.",
            list(&names, 5),
            cx.sized(relation)
        ))
        .advice("COMMIT before this statement: one table per transaction, each with a short lock_timeout.")
        .evidence("lock", next.lock.as_str())
        .evidence("held", names.join(", "))
        .discriminator(statement.tag.as_str());
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::facts::*;
    use crate::rules::testing::{alter, found, held, names, relation, table, touch, transaction};

    fn orders() -> Statement {
        alter(table(1, "orders", 5000, &[]), Vec::new(), LockMode::AccessExclusive)
    }

    #[test]
    fn a_second_live_table_is_found_and_a_small_one_is_not() {
        let mut transaction = transaction();
        transaction.held = vec![held(&relation(2, "events", 5000), LockMode::AccessExclusive)];
        assert_eq!(names(&found(&orders(), &transaction, 15)), [RULE.name]);
        transaction.held = vec![held(&relation(2, "events", 50), LockMode::AccessExclusive)];
        assert!(found(&orders(), &transaction, 15).is_empty());
    }

    #[test]
    fn the_tables_of_one_statement_are_one_step() {
        let mut statement = orders();
        let customers = relation(2, "customers", 5000);
        statement.impact.touches.push(touch(&customers, Role::Referenced, LockMode::ShareRowExclusive));
        let mut transaction = transaction();
        transaction.held = vec![held(&relation(1, "orders", 5000), LockMode::AccessExclusive)];
        assert!(found(&statement, &transaction, 15).is_empty());
    }

    #[test]
    fn a_lock_that_is_raised_while_another_table_is_held_is_found() {
        let mut transaction = transaction();
        transaction.held = vec![
            held(&relation(1, "orders", 5000), LockMode::ShareRowExclusive),
            held(&relation(2, "customers", 5000), LockMode::ShareRowExclusive),
        ];
        assert_eq!(names(&found(&orders(), &transaction, 15)), [RULE.name]);
    }
}
