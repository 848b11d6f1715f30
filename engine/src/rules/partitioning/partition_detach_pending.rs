//! DETACH PARTITION CONCURRENTLY that was interrupted leaves a partition between two worlds.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-detach-pending",
    category: Partitioning,
    severity: Warning,
    title: "a partition is half detached",
    why: "DETACH PARTITION ... CONCURRENTLY works in two transactions. When it is cancelled in between, the partition stays marked: \
          queries of the parent do not see its rows any more, inserts into its range fail, and no other partition of the \
          table can be detached CONCURRENTLY, until somebody finishes it.",
    remedy: "ALTER TABLE ... DETACH PARTITION ... FINALIZE. To keep it, attach it again afterwards.",
    parameters: &[],
    sources: &[Guide("S-383"), Manual("sql-altertable", "DETACH PARTITION, FINALIZE")],
    examples: &[
        bad("DO $$ BEGIN\n\
             \x20   UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'visits_2024'::regclass;\n\
             END $$;")
        .title("what a cancelled DETACH CONCURRENTLY leaves (made by hand here)")
        .given(
            "SET allow_system_table_mods = on;\n\
             CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
             CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
        )
        .advice(),
        good("ALTER TABLE visits DETACH PARTITION visits_2024 CONCURRENTLY;").title("to the end").given(
            "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
             CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
        ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let Some(state) = table.state.as_deref().filter(|state| state.detach_pending) else { continue };
        let Some(parent) = state.parents.first().and_then(|oid| database.table(*oid)) else { continue };
        out.relation(
            &parent.relation,
            format!("partition {} of {} is half detached", table.relation.display(), parent.relation.display()),
        )
        .detail(format!(
            "{} in it are not seen by queries of {}, unless a DETACH CONCURRENTLY is at work right now.",
            rows(table.relation.size.rows),
            parent.relation.display()
        ))
        .advice("Finish it:")
        .remedy(format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE;", parent.relation.sql(), table.relation.sql()))
        .evidence("partition", table.relation.sql())
        .discriminator(table.relation.name.clone())
        .impact(table.relation.size.bytes, table.relation.size.rows, 0);
    }
}
