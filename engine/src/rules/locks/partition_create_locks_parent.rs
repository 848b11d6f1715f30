//! CREATE TABLE ... PARTITION OF locks the partitioned table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-create-locks-parent",
    category: Locks,
    severity: Info,
    title: "a new partition locks the whole partitioned table for a moment",
    why: "CREATE TABLE ... PARTITION OF takes ACCESS EXCLUSIVE on the partitioned table until the transaction ends: it waits for every query that uses any partition, and everybody behind it waits too. ATTACH PARTITION needs only SHARE UPDATE EXCLUSIVE there.",
    remedy: "Create the table by itself (LIKE the parent) and attach it: reads and writes of the parent go on.",
    parameters: &[],
    sources: &[Manual("ddl-partitioning", "Partition Maintenance"), Manual("sql-altertable", "ATTACH PARTITION")],
    examples: &[
        bad("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');").given(EVENTS),
        bad("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);")
            .title("itself partitioned")
            .given(EVENTS)
            .advice(),
        good("CREATE TABLE events_2026 (LIKE events INCLUDING ALL);\n\
              ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .given(EVENTS),
        good("BEGIN;\n\
              CREATE TABLE visits (id bigint, seen_at timestamptz, PRIMARY KEY (id, seen_at)) PARTITION BY RANGE (seen_at);\n\
              CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
              COMMIT;")
            .title("the parent is new"),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("the parent is empty")
            .given(with!(EVENTS, "TRUNCATE events;")),
    ],
    check: Check::On(Kinds::CREATE_TABLE, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::CreateTable(create) = &statement.ddl else { return };
    let Some(parent) = create.partition_of.as_ref().and_then(|name| recipes::other(statement, name)) else { return };
    let relation = &parent.relation;
    // Where the default partition is read too, its rule speaks.
    if !cx.live(relation) || !super::default_partition_scan::scans(statement, cx).is_empty() {
        return;
    }
    let finding =
        out.relation(relation, format!("creating a partition locks all of {} for a moment", relation.display()));
    finding
        .detail(recipes::holds(statement, cx, relation, "until the transaction ends"))
        .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
        .discriminator(create.name.name.as_str());
    match recipes::attach_new(statement, create, parent) {
        Some(sql) => finding
            .advice("Create the table by itself and attach it, which does not stop the parent's queries, each statement by itself:")
            .remedy(sql),
        None => finding.advice("Create the table by itself and attach it, which does not stop the parent's queries."),
    };
}
