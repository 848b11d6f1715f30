//! A strong lock is requested without a limit to the wait.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "lock-timeout-missing",
    category: Locks,
    severity: Warning,
    title: "a strong lock is requested without a lock_timeout",
    why: "A statement that waits for a lock stands in a queue, and everybody who comes later and conflicts with it \
          stands behind it. With lock_timeout = 0 one forgotten transaction is enough: ALTER TABLE waits for it \
          without end, and all reads and writes of the table wait for ALTER TABLE. The statement itself may need \
          only a millisecond.",
    remedy: "SET lock_timeout = '2s' at the start of the migration (SET LOCAL inside a transaction) and run it again \
             when it is cancelled; or give the role that migrates a default with ALTER ROLE ... SET lock_timeout. Where \
             architect.auto_lock_timeout is set, the guard does it for the statement.",
    parameters: &[Parameter {
        name: "max_lock_timeout",
        default: Integer(0),
        what: "a longer lock_timeout counts as none: milliseconds, 0 for no limit",
    }],
    sources: &[
        Guide("S-191"),
        Manual("runtime-config-client", "lock_timeout"),
        Manual("explicit-locking", "Table-Level Locks"),
    ],
    examples: &[
        bad("SET lock_timeout = 0;\nALTER TABLE orders ADD COLUMN comment text;").given(ORDERS),
        bad("SET lock_timeout = 0;\n\
             CREATE TABLE refunds (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 order_id bigint NOT NULL UNIQUE REFERENCES orders (id) ON DELETE RESTRICT\n\
             );")
            .title("a new table locks the one that its foreign key refers to")
            .given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN comment text;").title("lock_timeout is set").given(ORDERS),
        good("SET lock_timeout = 0;\nBEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN comment text;\nCOMMIT;")
            .title("for this transaction")
            .given(ORDERS),
        good("SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("CONCURRENTLY waits without stopping others")
            .given(ORDERS),
        good("SET lock_timeout = 0;\nALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500;")
            .title("a lock that stops neither reads nor writes")
            .given(ORDERS),
        good("SET lock_timeout = 0;\nSET architect.auto_lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN comment text;")
            .title("architect.auto_lock_timeout gives the statement one")
            .given(ORDERS),
        good("SET lock_timeout = 0;\nALTER TABLE orders ADD COLUMN comment text;")
            .title("an empty table")
            .given(EMPTY_ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let strong = awaited_locks(statement, cx);
    let Some((first, rest)) = strong.split_first() else { return };
    let relation = &first.relation;
    let timeout = match cx.transaction.lock_timeout_ms {
        0 if fires_event_trigger(statement, cx) => cx.transaction.auto_lock_timeout_ms,
        given => given,
    };
    let limit = u64::try_from(cx.integer("max_lock_timeout", relation)).unwrap_or(0);
    let state = match timeout {
        0 => "no lock_timeout".to_owned(),
        _ if limit > 0 && timeout > limit => format!("a lock_timeout of {}", duration(timeout)),
        _ => return,
    };
    let message = format!("{} takes {} on {} with {state}", statement.tag, first.lock, relation.display());
    let others: Vec<String> =
        rest.iter().map(|touch| format!("{} on {}", touch.lock, touch.relation.display())).collect();
    let others = if others.is_empty() { String::new() } else { format!("It also takes {}.", list(&others, 5)) };
    let set = if cx.transaction.in_block { "SET LOCAL" } else { "SET" };
    out.relation(relation, message)
        .detail(recipes::sentences(&[
            format!(
                "As long as it waits for the lock on {}, all {} behind it wait too.",
                cx.sized(relation),
                first.lock.blocks()
            ),
            cx.in_the_way(first),
            others,
        ]))
        .advice("Limit the wait before the statement, and run it again when it is cancelled:")
        .remedy(format!("{set} lock_timeout = '2s';"))
        .evidence("lock", first.lock.as_str())
        .evidence("lock_timeout_ms", timeout)
        .discriminator(statement.tag.as_str());
}

/// The locks on live tables that the statement may have to wait for while reads or writes queue behind it; the strongest first.
/// None for what commits in several transactions: CONCURRENTLY waits without stopping others.
pub fn awaited_locks<'s>(statement: &'s Statement, cx: &Context) -> Vec<&'s Touch> {
    if statement.impact.several_transactions {
        return Vec::new();
    }
    // A lock that the transaction holds already is not waited for.
    let held = |touch: &Touch| {
        cx.transaction.held.iter().any(|held| held.relation.oid == touch.relation.oid && held.mode >= touch.lock)
    };
    let touches = statement.impact.touches.iter();
    let mut strong: Vec<&Touch> =
        touches.filter(|touch| touch.lock.blocks_writes() && cx.live(&touch.relation) && !held(touch)).collect();
    strong.sort_by_key(|touch| (std::cmp::Reverse(touch.lock), touch.role != Role::Target));
    strong
}

/// Whether the guard sees the statement when it runs, and can give it a lock_timeout then.
fn fires_event_trigger(statement: &Statement, cx: &Context) -> bool {
    match &statement.ddl {
        Ddl::Truncate { .. } | Ddl::Vacuum { .. } | Ddl::Cluster { .. } | Ddl::LockTable { .. } | Ddl::Dml(_) => false,
        Ddl::Reindex { .. } | Ddl::ReindexAll { .. } => cx.major() >= 17,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::context::Moment;
    use crate::facts::*;
    use crate::judge::{Surroundings, statement as judge};
    use crate::policy::{Policy, RuleSetting};
    use crate::rules::testing::{alter, found, held, names, table, transaction};

    fn add_column() -> Statement {
        alter(table(1, "orders", 5000, &[]), vec![AlterCommand::Other("x".to_owned())], LockMode::AccessExclusive)
    }

    #[test]
    fn a_lock_that_is_held_already_is_not_waited_for() {
        let statement = add_column();
        let mut transaction = Transaction { lock_timeout_ms: 0, ..transaction() };
        assert_eq!(names(&found(&statement, &transaction, 15)), [RULE.name]);
        let orders = statement.target.as_ref().expect("a target").relation.clone();
        transaction.held = vec![held(&orders, LockMode::ShareRowExclusive)];
        assert_eq!(names(&found(&statement, &transaction, 15)), [RULE.name], "a weaker lock is raised: that waits");
        transaction.held = vec![held(&orders, LockMode::AccessExclusive)];
        assert!(found(&statement, &transaction, 15).is_empty());
    }

    #[test]
    fn what_auto_lock_timeout_covers_is_not_missing() {
        let covered = Transaction { lock_timeout_ms: 0, auto_lock_timeout_ms: 2_000, ..transaction() };
        assert!(found(&add_column(), &covered, 15).is_empty());
        // No event trigger fires for TRUNCATE, and for REINDEX only since 17.
        let mut truncate = add_column();
        truncate.ddl = Ddl::Truncate { tables: Vec::new(), cascade: false };
        assert!(names(&found(&truncate, &covered, 18)).contains(&RULE.name));
        let mut reindex = add_column();
        reindex.ddl = Ddl::Reindex { target: Name::bare("orders"), is_index: false, concurrently: false };
        assert!(names(&found(&reindex, &covered, 16)).contains(&RULE.name));
        assert!(!names(&found(&reindex, &covered, 17)).contains(&RULE.name));
    }

    #[test]
    fn a_timeout_above_the_limit_counts_as_none() {
        let statement = add_column();
        let transaction = Transaction { lock_timeout_ms: 3_600_000, ..transaction() };
        assert!(found(&statement, &transaction, 15).is_empty());
        let parameters = serde_json::json!({ "max_lock_timeout": 10_000 });
        let setting = RuleSetting {
            rule: RULE.name.to_owned(),
            schema_pattern: "%".to_owned(),
            table_pattern: "%".to_owned(),
            severity: None,
            parameters: parameters.as_object().expect("an object").clone(),
        };
        let policy = Policy { settings: vec![setting], ..Policy::default() };
        let findings = judge(
            &statement,
            &Surroundings {
                moment: Moment::Start,
                server_version_num: 150_000,
                transaction: &transaction,
                policy: &policy,
            },
        );
        assert_eq!(names(&findings), [RULE.name]);
        assert!(findings[0].message.ends_with("with a lock_timeout of 60 min"), "{}", findings[0].message);
    }
}
