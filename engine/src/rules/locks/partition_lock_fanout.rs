//! One statement locks more relations than the server has room for.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-lock-fanout",
    category: Locks,
    severity: Warning,
    title: "one statement locks so many partitions that the lock table may run out",
    why: "DDL on a partitioned table locks every partition, and the indexes that it touches, until the transaction ends. The server has room for max_locks_per_transaction locks per connection, shared by all. When it runs out, the statement fails with 'out of shared memory', and so do those of everybody else who needs a lock at that moment.",
    remedy: "Change the partitions one by one, each in its own transaction, and the parent last (ONLY, ATTACH), or raise max_locks_per_transaction, which needs a restart.",
    parameters: &[Parameter {
        name: "percent",
        default: Integer(25),
        what: "the share of all lock slots from which on it is many: percent",
    }],
    sources: &[
        Manual("runtime-config-locks", "max_locks_per_transaction"),
        Code("src/backend/storage/lmgr/lock.c", "NLOCKENTS"),
    ],
    examples: &[
        bad("ALTER TABLE events ADD COLUMN source text;")
            .title("(here more than none is many)")
            .given(with!(
                EVENTS,
                "SELECT architect.configure('partition-lock-fanout', parameters => '{\"percent\": 0}');"
            ))
            .advice(),
        good("ALTER TABLE events ADD COLUMN source text;").title("three tables").given(EVENTS),
        good("ALTER TABLE orders ADD COLUMN discount integer;").title("a table without partitions").given(with!(
            ORDERS,
            "SELECT architect.configure('partition-lock-fanout', parameters => '{\"percent\": 0}');"
        )),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    let slots = cx.transaction.lock_slots;
    let touches = &statement.impact.touches;
    if slots == 0 || !touches.iter().any(|touch| touch.role == Role::Child) || !cx.live(relation) {
        return;
    }
    let percent = u64::try_from(cx.integer("percent", relation)).unwrap_or(25);
    let locks = touches.len() as u64;
    if locks * 100 <= slots * percent {
        return;
    }
    out.relation(relation, format!("{} on {} locks {} relations at once", statement.tag, relation.display(), count(locks)))
        .detail(format!(
            "The server has room for about {} locks of all sessions together (max_locks_per_transaction for each connection).",
            count(slots)
        ))
        .advice("Change the partitions one by one, each in its own transaction, and the parent last; or raise max_locks_per_transaction.")
        .evidence("locks", locks)
        .evidence("lock_slots", slots)
        .discriminator(statement.tag.as_str());
}
