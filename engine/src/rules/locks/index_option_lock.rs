//! A change of an index stops every query of its table.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-option-lock",
    category: Locks,
    severity: Warning,
    title: "a change of an index locks it, and every query of its table waits",
    why: "Some forms of ALTER INDEX (SET of options other than fillfactor, and any form that goes through ALTER TABLE) take ACCESS EXCLUSIVE on the index. The planner opens every index of a table for every query, so one long query is enough to make this statement wait, and then all queries of the table wait behind it. ALTER INDEX RENAME, SET (fillfactor) and SET STATISTICS take a weaker lock.",
    remedy: "Set lock_timeout before it and run it again when it is cancelled. Rename an index with ALTER INDEX, not with ALTER TABLE.",
    parameters: &[],
    sources: &[
        Manual("sql-alterindex", "Notes"),
        Code("src/backend/access/common/reloptions.c", "AlterTableGetRelOptionsLockLevel"),
    ],
    examples: &[
        bad("SET lock_timeout = 0;\nALTER INDEX idx_orders_note SET (fastupdate = off);").given(with!(ORDERS, GIN)),
        bad("SET lock_timeout = 0;\nALTER TABLE idx_orders_note RENAME TO idx_orders_words;")
            .title("renamed through ALTER TABLE")
            .given(with!(ORDERS, GIN)),
        good("ALTER INDEX idx_orders_note SET (fastupdate = off);")
            .title("lock_timeout is set")
            .given(with!(ORDERS, GIN)),
        good("SET lock_timeout = 0;\nALTER INDEX idx_orders_amount SET (fillfactor = 80);")
            .title("fillfactor")
            .given(ORDERS_WITH_INDEX),
        good("SET lock_timeout = 0;\nALTER INDEX idx_orders_note RENAME TO idx_orders_words;")
            .title("ALTER INDEX RENAME")
            .given(with!(ORDERS, GIN)),
        good("SET lock_timeout = 0;\nALTER INDEX idx_orders_note SET (fastupdate = off);")
            .title("an empty table")
            .given(with!(EMPTY_ORDERS, GIN)),
    ],
    check: Check::On(Kinds::RENAME.or(Kinds::OTHER), check),
    also: &[],
    enabled: true,
};

/// A GIN index on `shop.orders`.
const GIN: &str = "CREATE INDEX idx_orders_note ON orders USING gin (to_tsvector('simple', note));";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Some(table), Some(index)) = (&statement.target, &statement.index) else { return };
    let changes = matches!(&statement.ddl, Ddl::Rename(_))
        || statement
            .commands()
            .any(|(_, command)| matches!(command, AlterCommand::SetOptions(_) | AlterCommand::Other(_)));
    let lock = statement.impact.lock_on(index.oid);
    if !changes || cx.transaction.lock_timeout_ms > 0 || !lock.blocks_reads() || !cx.live(&table.relation) {
        return;
    }
    let set = if cx.transaction.in_block { "SET LOCAL" } else { "SET" };
    out.index(
        &index.schema,
        &index.name,
        index.oid,
        format!("{} takes {lock} on index {} without a lock_timeout", statement.tag, index.sql()),
    )
    .detail(format!(
        "As long as it waits for the lock, all queries of {} wait behind it: the planner opens all its indexes.",
        cx.sized(&table.relation)
    ))
    .advice("Limit the wait before the statement, and run it again when it is cancelled:")
    .remedy(format!("{set} lock_timeout = '2s';"))
    .evidence("lock", lock.as_str());
}
