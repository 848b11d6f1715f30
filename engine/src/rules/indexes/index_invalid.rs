//! An index that a failed build or drop left behind.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-invalid",
    category: Indexes,
    severity: Warning,
    title: "an index is invalid",
    why: "CREATE INDEX, REINDEX and DROP INDEX CONCURRENTLY work in several transactions. One that fails or is cancelled leaves \
          an invalid index behind: no query uses it, every write still pays for it, and a unique one does not keep \
          duplicates out that were there before. Nothing mends it by itself, and REINDEX TABLE CONCURRENTLY passes it over.",
    remedy: "Build it again with REINDEX INDEX CONCURRENTLY. What REINDEX left behind under a name that ends in _ccnew or _ccold, \
             and what a DROP did not finish, is dropped.",
    parameters: &[],
    sources: &[
        Guide("S-172"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Manual("sql-reindex", "Rebuilding Indexes Concurrently"),
        Code("src/backend/catalog/index.c", "index_set_state_flags"),
    ],
    examples: &[
        bad("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_amount'::regclass;")
            .title("a build that failed")
            .given(ORDERS_WITH_INDEX),
        bad("CREATE INDEX idx_orders_amount_ccnew ON orders (amount);\n\
             UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_amount_ccnew'::regclass;")
        .title("a REINDEX that failed: the old index still works")
        .given(ORDERS_WITH_INDEX),
        bad("UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false\n\
             WHERE indexrelid = 'idx_orders_amount'::regclass;")
        .title("a DROP that was not finished")
        .given(ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_events_payload ON ONLY events (payload);")
            .title("the index of a partitioned table that waits for its partitions: another rule's affair")
            .given(EVENTS),
        good("SELECT FROM orders;").title("a valid index").given(ORDERS_WITH_INDEX),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.kind == RelationKind::PartitionedTable {
        return;
    }
    for index in table.indexes.iter().filter(|index| !index.valid && !index.building) {
        if cx.database.is_some_and(|database| !database.server.reads_all_stats) {
            out.not_judged(
                index.sql(),
                "it is invalid, and the role may not see whether it is being built",
                "GRANT pg_monitor to the role.",
            );
            continue;
        }
        let message = format!("index {} on {} is invalid", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        let half = |suffix: &str| {
            // A second failure makes _ccnew1, and so on.
            index.name.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(suffix)
        };
        let (detail, gone) = if !index.live {
            ("DROP INDEX CONCURRENTLY was not finished. Writes pass it over, and it still takes disk.", true)
        } else if half("_ccold") {
            (
                "REINDEX CONCURRENTLY has put a new index in its place and did not drop it. Writes may still pay for it.",
                true,
            )
        } else if half("_ccnew") {
            ("REINDEX CONCURRENTLY did not finish it; the index that it was to replace still works.", true)
        } else if index.unique {
            (
                "Its build failed, perhaps on duplicates: no query uses it, writes pay for it, and duplicates may be there.",
                false,
            )
        } else {
            ("Its build failed: no query uses it, and every write pays for it.", false)
        };
        finding.detail(format!("{detail} It takes {}.", bytes(*index.bytes)));
        if gone {
            finding
                .advice("Drop it, outside a transaction block:")
                .remedy(format!("DROP INDEX CONCURRENTLY {};", index.sql()));
        } else if index.exclusion {
            finding.advice(format!(
                "REINDEX cannot build the index of an exclusion constraint CONCURRENTLY: run REINDEX INDEX {} when nobody uses \
                 the table.",
                index.sql()
            ));
        } else {
            finding
                .advice("Build it again, outside a transaction block:")
                .remedy(format!("REINDEX INDEX CONCURRENTLY {};", index.sql()));
        }
        finding.evidence("bytes", *index.bytes).evidence("ready", index.ready).evidence("live", index.live).impact(
            *index.bytes,
            0,
            0,
        );
    }
}
