//! An index whose scans bring back a large part of the table.

use crate::rule::prelude::*;
use crate::rules::index_use::distinct_values;
use crate::rules::state::no_statistics;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-low-cardinality",
    category: Indexes,
    severity: Info,
    title: "an index of few different values brings back a large part of the table",
    why: "A btree on a flag or a status finds a third of the table as slowly as reading all of it, and every write pays for it. It \
          is worth its cost where the values that are looked for are rare, and then an index of those rows alone does the same \
          for less.",
    remedy: "Where one value is looked for and rare, CREATE INDEX ... WHERE status = 'open'; where none is, drop the index. By \
             default it is judged by its use: an index that is scanned for rare values is not reported.",
    parameters: &[
        Parameter {
            name: "max_distinct",
            default: Integer(100),
            what: "an index on at most this many different values is looked at: values",
        },
        Parameter {
            name: "max_percent",
            default: Integer(10),
            what: "scans that bring back more than this share of the table on average are reported: percent",
        },
        Parameter { name: "min_scans", default: Integer(10), what: "fewer scans say nothing" },
        Parameter {
            name: "by_use",
            default: Boolean(true),
            what: "judge by what scans bring back; off: every such index is reported",
        },
    ],
    sources: &[Guide("S-199"), Guide("S-200"), Guide("S-201"), Manual("indexes-partial", "Partial Indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n\
             SET enable_seqscan = off;\n\
             SELECT count(amount) FROM orders WHERE customer_id = 1;\n\
             RESET enable_seqscan;\n\
             SELECT pg_stat_force_next_flush();")
        .title("a third of the table with each scan")
        .given(with!(ORDERS, ONE_SCAN))
        .advice(),
        good(
            "CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n\
             SET enable_seqscan = off;\n\
             SELECT count(amount) FROM orders WHERE customer_id = 99;\n\
             RESET enable_seqscan;\n\
             SELECT pg_stat_force_next_flush();",
        )
        .title("scans look for what is rare")
        .given(with!(ORDERS, ONE_SCAN)),
        good("CREATE INDEX idx_orders_customer_id ON orders (customer_id);")
            .title("no scan, no verdict: whether it is used is another rule's affair")
            .given(with!(ORDERS, ONE_SCAN)),
        good(
            "CREATE INDEX idx_orders_amount ON orders (amount);\n\
             SET enable_seqscan = off;\n\
             SELECT count(*) FROM orders WHERE amount > 0;\n\
             RESET enable_seqscan;\n\
             SELECT pg_stat_force_next_flush();",
        )
        .title("many different values")
        .given(with!(ORDERS, ONE_SCAN)),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const ONE_SCAN: &str = "SELECT architect.configure('index-low-cardinality', parameters => '{\"min_scans\": 1}');";

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(rows) = state.tuples.filter(|_| !cx.small(relation)) else { return };
    let by_use = cx.boolean("by_use", relation);
    for index in table.indexes.iter().filter(|index| index.valid && index.method == "btree" && !index.unique) {
        let plain = index.keys.len() == 1 && index.predicate.is_none() && index.included.is_empty();
        if !plain || index.needed(table).is_some_and(|need| need != Need::Parent) {
            continue;
        }
        let Some(column) = index.keys[0].column.and_then(|number| table.column_by_number(number)) else { continue };
        if table.foreign_keys().any(|key| index.obstacle(key, table).is_none()) {
            continue;
        }
        let per_scan = index
            .usage
            .as_ref()
            .filter(|usage| usage.scans >= cx.integer("min_scans", relation).max(1))
            .map(|usage| usage.entries as f64 / usage.scans as f64);
        let share = per_scan.map(|entries| 100.0 * entries / rows.max(1.0));
        if by_use && share.is_none_or(|share| share <= cx.integer("max_percent", relation) as f64) {
            continue;
        }
        if column.statistics.is_none() {
            no_statistics(index.sql(), table, column, out);
        }
        let Some(distinct) = distinct_values(column, rows) else { continue };
        if distinct > cx.integer("max_distinct", relation) as f64 {
            continue;
        }
        let message = format!("index {} on {} brings back a large part of the table", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        let values = format!("Column {} has about {distinct:.0} different values.", sql::ident(&column.name));
        finding
            .detail(match share {
                Some(share) => format!("{values} A scan brings back {:.0} % of the table on average.", share.min(100.0)),
                None => values,
            })
            .advice(
                "Where one value is looked for and rare, an index of those rows alone (WHERE ...) does the same for less; where none \
                 is, drop it.",
            )
            .evidence("distinct", distinct.round())
            .evidence("bytes", *index.bytes)
            .impact(*index.bytes, 0, 0);
        if let Some(share) = share {
            finding.evidence("percent_per_scan", share.round());
        }
    }
}
