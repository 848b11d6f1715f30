//! SET TABLESPACE copies files under ACCESS EXCLUSIVE.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "tablespace-move",
    category: Locks,
    severity: Error,
    title: "a move to another tablespace copies the files while nobody can read them",
    why: "SET TABLESPACE copies every file of the table or index block by block, through the WAL, and holds ACCESS \
          EXCLUSIVE meanwhile. On an index that lock stops every query of its table too: the planner opens all \
          indexes of a table. The indexes of a table do not move with it. On a partitioned table only the catalog \
          changes.",
    remedy: "Move an index with REINDEX (TABLESPACE ...) INDEX CONCURRENTLY. Move a table with pg_repack, or copy it \
             into a new table in batches and swap the names.",
    parameters: &[],
    sources: &[
        Guide("S-162"),
        Manual("sql-altertable", "SET TABLESPACE"),
        Manual("sql-reindex", "TABLESPACE"),
    ],
    examples: &[
        bad("ALTER TABLE orders SET TABLESPACE side_disk_1;")
            .given(with!(
                "SET allow_in_place_tablespaces = on;\nDROP TABLESPACE IF EXISTS side_disk_1;\nCREATE TABLESPACE side_disk_1 LOCATION '';",
                ORDERS
            ))
            .advice(),
        bad("ALTER INDEX idx_orders_amount SET TABLESPACE side_disk_2;").title("an index").given(with!(
            "SET allow_in_place_tablespaces = on;\nDROP TABLESPACE IF EXISTS side_disk_2;\nCREATE TABLESPACE side_disk_2 LOCATION '';",
            with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")
        )),
        good("ALTER TABLE orders SET TABLESPACE pg_default;").title("it is there already").given(ORDERS),
        good("ALTER TABLE orders SET TABLESPACE side_disk_3;").title("an empty table").given(with!(
            "SET allow_in_place_tablespaces = on;\nDROP TABLESPACE IF EXISTS side_disk_3;\nCREATE TABLESPACE side_disk_3 LOCATION '';",
            EMPTY_ORDERS
        )),
        good("ALTER TABLE events SET TABLESPACE side_disk_4;").title("a partitioned table: only the catalog changes").given(with!(
            "SET allow_in_place_tablespaces = on;\nDROP TABLESPACE IF EXISTS side_disk_4;\nCREATE TABLESPACE side_disk_4 LOCATION '';",
            EVENTS
        )),
    ],
    check: Check::On(Kinds::SET_TABLESPACE, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    for (number, command) in statement.commands() {
        let AlterCommand::SetTablespace { name } = command else { continue };
        let copied = statement.impact.of_command(number).any(|effect| matches!(effect.work, Work::Copy));
        // The index of a live table is judged by its table: every query of the table waits for it.
        if !copied || !cx.live(&table.relation) {
            continue;
        }
        let tablespace = sql::ident(name);
        if let Some(index) = &statement.index {
            let lock = statement.impact.lock_on(index.oid);
            let message = format!("SET TABLESPACE copies index {} under {lock}", index.sql());
            out.index(&index.schema, &index.name, index.oid, message)
                .detail(format!(
                    "{} are copied while the index is locked. Every query of {} waits: the planner opens all its indexes.",
                    bytes(*index.bytes),
                    cx.sized(&table.relation)
                ))
                .advice("Build the index anew in the other tablespace, outside a transaction block:")
                .remedy(format!("REINDEX (TABLESPACE {tablespace}) INDEX CONCURRENTLY {};", index.sql()))
                .evidence("lock", lock.as_str())
                .evidence("bytes", *index.bytes);
            continue;
        }
        let relation = &table.relation;
        let lock = statement.impact.lock_on(relation.oid);
        out.relation(relation, format!("SET TABLESPACE copies {} under {lock}", relation.display()))
            .detail(recipes::holds(statement, cx, relation, "until every file is copied"))
            .advice(format!(
                "Move the table with pg_repack (--tablespace={name}), or copy it into a new table in batches and swap the names; \
                 move its indexes with REINDEX (TABLESPACE {tablespace}) INDEX CONCURRENTLY."
            ))
            .evidence("lock", lock.as_str());
    }
}
