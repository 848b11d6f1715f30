//! Each partition costs: planning, locks, files.

use crate::rule::prelude::*;
use crate::rules::state::{heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-count-high",
    category: Partitioning,
    severity: Warning,
    title: "a table has very many partitions",
    why: "A query that is not pruned plans, locks and opens every partition with all its indexes: planning time and memory grow with \
          their number in every session, the lock table fills ('out of shared memory'), and each partition has its own \
          statistics, vacuum and files.",
    remedy: "Make partitions longer (months in place of days), merge or drop old ones, and see that queries name the key.",
    parameters: &[Parameter {
        name: "max_partitions",
        default: Integer(1000),
        what: "more partitions than this, all levels: partitions",
    }],
    sources: &[Guide("S-388"), Manual("ddl-partitioning", "Best Practices for Declarative Partitioning")],
    examples: &[
        bad("CREATE TABLE shards_0 PARTITION OF shards FOR VALUES WITH (MODULUS 3, REMAINDER 0);\n\
             CREATE TABLE shards_1 PARTITION OF shards FOR VALUES WITH (MODULUS 3, REMAINDER 1);\n\
             CREATE TABLE shards_2 PARTITION OF shards FOR VALUES WITH (MODULUS 3, REMAINDER 2);")
        .title("more than two are many here")
        .given(
            "CREATE TABLE shards (id bigint PRIMARY KEY) PARTITION BY HASH (id);\n\
             SELECT architect.configure('partition-count-high', parameters => '{\"max_partitions\": 2}');",
        )
        .advice(),
        good("CREATE TABLE shards_0 PARTITION OF shards FOR VALUES WITH (MODULUS 1, REMAINDER 0);")
            .given("CREATE TABLE shards (id bigint PRIMARY KEY) PARTITION BY HASH (id);"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (table, _) in roots(database).filter(|(table, _)| table.relation.kind == RelationKind::PartitionedTable) {
        let relation = &table.relation;
        let parts = heaps(database, table);
        let most = cx.integer("max_partitions", relation);
        if parts.len() as i64 <= most {
            continue;
        }
        let indexes: usize = parts.iter().map(|(part, _)| part.indexes.len()).sum();
        out.relation(relation, format!("table {} has {} partitions", relation.display(), count(parts.len() as u64)))
            .detail(format!(
                "With their {} indexes a query that is not pruned opens and locks {} relations.",
                count(indexes as u64),
                count((indexes + parts.len()) as u64)
            ))
            .advice("Use longer partitions, and merge or drop old ones.")
            .evidence("partitions", parts.len())
            .evidence("indexes", indexes);
    }
}
