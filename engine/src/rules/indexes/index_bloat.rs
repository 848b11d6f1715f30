//! A btree that takes far more pages than its entries need.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-bloat",
    category: Indexes,
    severity: Warning,
    title: "an index takes far more space than its entries need",
    why: "Pages of a btree that deletes and updates have thinned out are used again only by keys that fall between the same \
          neighbours, and given back only when they are empty. A table that is written to at one end and deleted from at random, \
          or that was once much larger, leaves an index that reads and caches mostly air.",
    remedy: "REINDEX INDEX CONCURRENTLY builds it anew beside the old one, without blocking writes. The estimate is made from the \
             planner's statistics: the layout of tuples and pages is exact, the widths and the number of different values are \
             samples; what is reported is what even the most careful assumption leaves. pgstatindex() of the extension \
             pgstattuple measures, and reads the whole index.",
    parameters: &[
        Parameter {
            name: "min_index_bytes",
            default: Integer(100 * 1024 * 1024),
            what: "smaller indexes are left alone: bytes",
        },
        Parameter {
            name: "min_bloat_percent",
            default: Integer(30),
            what: "the least share of the index that a rebuild would save, by the most careful assumption: percent",
        },
    ],
    sources: &[
        Guide("S-247"),
        Guide("S-250"),
        Guide("S-256"),
        Manual("routine-reindex", "Routine Reindexing"),
        Manual("btree-implementation", "Deduplication"),
        Code("src/backend/access/nbtree/nbtsort.c", "_bt_buildadd"),
    ],
    examples: &[
        bad("DELETE FROM orders WHERE id % 10 > 0;\nVACUUM ANALYZE orders;")
            .title("nine of ten rows are gone")
            .given(with!(ORDERS_WITHOUT_KEY, SMALL_TOO)),
        good("VACUUM ANALYZE orders;").title("fresh").given(with!(ORDERS_WITHOUT_KEY, SMALL_TOO)),
        good("CREATE INDEX idx_orders_customer_id ON orders (customer_id);\nVACUUM ANALYZE orders;")
            .title("three different values: PostgreSQL folds equal keys")
            .given(with!(ORDERS_WITHOUT_KEY, SMALL_TOO)),
        good(
            "CREATE INDEX idx_orders_note ON orders (note) WITH (fillfactor = 50);\n\
              VACUUM ANALYZE orders;",
        )
        .title("half empty as it was asked for")
        .given(with!(ORDERS_WITHOUT_KEY, SMALL_TOO)),
        good("DELETE FROM orders WHERE id % 10 > 0;\nVACUUM ANALYZE orders;")
            .title("too small to matter")
            .given(ORDERS_WITHOUT_KEY),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

/// A table of 20,000 rows with one index.
const ORDERS_WITHOUT_KEY: &str = "\
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint, note text);
INSERT INTO orders (customer_id, note) SELECT g % 3, 'note ' || g FROM generate_series(1, 20000) AS g;";

const SMALL_TOO: &str = "SELECT architect.configure('index-bloat', parameters => '{\"min_index_bytes\": 100000}');";

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    let least_bytes = cx.integer("min_index_bytes", relation);
    let least_percent = cx.integer("min_bloat_percent", relation) as f64;
    for index in &table.indexes {
        if !index.valid || index.building || i64::try_from(*index.bytes).is_ok_and(|bytes| bytes < least_bytes) {
            continue;
        }
        let size = match index.btree_size(table, database.server.block_size) {
            Ok(size) => size,
            Err(why) => {
                let remedy = match index.method.as_str() {
                    "btree" if why == OUT_OF_LINE => "pgstatindex() of the extension pgstattuple measures it.",
                    "btree" => "ANALYZE its table, as a role that may read it.",
                    _ => "",
                };
                out.not_judged(index.sql(), why, remedy);
                continue;
            }
        };
        let now = *index.bytes as f64;
        let share = |expected: f64| (100.0 * (1.0 - expected / now)).max(0.0);
        let (careful, likely, most) = (share(size.most), share(size.likely), share(size.least));
        if careful < least_percent {
            continue;
        }
        let saved = (now - size.most).max(0.0) as u64;
        let message = format!("index {} on {} is bloated", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        finding
            .detail(format!(
                "It takes {}, and built anew about {}: {likely:.0} % less, by an estimate from the planner's statistics that \
                 allows for {careful:.0} to {most:.0} %.",
                bytes(*index.bytes),
                bytes(size.likely as u64)
            ))
            .evidence("bytes", *index.bytes)
            .evidence("expected_bytes", size.likely as u64)
            .evidence("bloat_percent", likely.round())
            .evidence("bloat_percent_at_least", careful.round())
            .evidence("bloat_percent_at_most", most.round())
            .evidence("method", "estimate from statistics")
            .impact(saved, 0, 0);
        if index.exclusion {
            finding.advice(format!(
                "REINDEX cannot build the index of an exclusion constraint CONCURRENTLY: run REINDEX INDEX {} when nobody uses \
                 the table.",
                index.sql()
            ));
        } else {
            finding
                .advice("Build it anew without blocking writes, outside a transaction block; it needs the space of both for a while:")
                .remedy(format!("REINDEX INDEX CONCURRENTLY {};", index.sql()));
        }
    }
}
