//! CREATE INDEX on a partitioned table builds the index of every leaf, one after the other, in one transaction.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partitioned-index-build",
    category: Locks,
    severity: Warning,
    title: "an index on a partitioned table is built in all partitions while writes wait",
    why: "CREATE INDEX on a partitioned table takes SHARE on the parent and on every partition, then builds the \
          index of one leaf after the other in one transaction. Writes to the whole table wait until the last leaf \
          is done. CREATE INDEX CONCURRENTLY is refused on a partitioned table, so it has to be put together by \
          hand.",
    remedy: "Create the index ON ONLY the parent, which builds nothing; build it CONCURRENTLY on each partition; \
             attach each with ALTER INDEX ... ATTACH PARTITION. The parent's index becomes valid with the last one.",
    parameters: &[],
    sources: &[
        Guide("S-171"),
        Manual("ddl-partitioning", "Partition Maintenance"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Code("src/backend/commands/indexcmds.c", "DefineIndex"),
    ],
    examples: &[
        bad("CREATE INDEX idx_events_payload ON events (payload);").given(EVENTS),
        bad("CREATE INDEX idx_events_payload ON events (payload);")
            .title("one of the partitions has a matching index already")
            .given(with!(EVENTS, "CREATE INDEX idx_events_2024_payload ON events_2024 (payload);")),
        good("CREATE INDEX idx_events_payload ON ONLY events (payload);").given(EVENTS),
        good("CREATE INDEX idx_events_payload ON events (payload);")
            .title("every partition has a matching index: they are attached, nothing is built")
            .given(with!(
                EVENTS,
                "CREATE INDEX idx_events_2024_payload ON events_2024 (payload);\n\
                 CREATE INDEX idx_events_2025_payload ON events_2025 (payload);"
            )),
        good("CREATE INDEX idx_events_payload ON events (payload);")
            .title("partitions without rows")
            .given(with!(EVENTS, "TRUNCATE events;")),
    ],
    check: Check::On(Kinds::CREATE_INDEX, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
    let parent = &table.relation;
    // CONCURRENTLY is refused here: `concurrent-refused` speaks.
    if parent.kind != RelationKind::PartitionedTable || create.concurrently || create.only || !cx.existing(parent) {
        return;
    }
    let builds: Vec<&Effect> =
        statement.impact.effects.iter().filter(|effect| matches!(effect.work, Work::BuildIndex { .. })).collect();
    let live: Vec<&Effect> = builds.iter().copied().filter(|effect| cx.live(&effect.relation)).collect();
    if live.is_empty() {
        return;
    }
    let message = format!(
        "CREATE INDEX blocks writes to {} while it builds{}",
        parent.display(),
        recipes::in_partitions(parent, &live)
    );
    let detail = recipes::holds(statement, cx, parent, "until the index of the last partition is built");
    let finding = out.relation(parent, message);
    finding
        .detail(recipes::sentences(&[detail.as_str(), "The same lock is taken on every partition."]))
        .advice("Build the index without blocking writes, each statement by itself, outside a transaction block:")
        .evidence("lock", statement.impact.lock_on(parent.oid).as_str())
        .evidence("partitions", live.len());
    if let Some(name) = &create.name {
        finding.evidence("index", name.as_str()).discriminator(name.as_str());
    }
    if let Some(sql) = recipes::partitioned_index(statement, create, &recipes::relations(&builds)) {
        finding.remedy(sql);
    }
}
