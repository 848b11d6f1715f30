//! An index that mostly holds NULL.

use crate::rule::prelude::*;
use crate::rules::index_use::usual_classes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-many-nulls",
    category: Indexes,
    severity: Info,
    title: "an index mostly holds NULL",
    why: "A btree holds an entry for each row, NULL included, and each INSERT without a value writes one. Where most rows have none, \
          and nobody looks for IS NULL, an index WHERE column IS NOT NULL is a fraction of the size and those INSERTs pass it \
          by. A comparison (column = $1) proves the predicate by itself, in prepared statements, joins and foreign keys, too.",
    remedy: "Build the index WHERE column IS NOT NULL beside the old one and drop the old one, unless queries look for IS NULL or \
             sort the whole table by the column.",
    parameters: &[
        Parameter {
            name: "min_null_percent",
            default: Integer(80),
            what: "the least share of NULL; since 13 equal keys are folded, so that less saves little: percent",
        },
        Parameter { name: "min_rows", default: Integer(100_000), what: "smaller tables are left alone: rows" },
    ],
    sources: &[Guide("S-235"), Manual("indexes-partial", "Partial Indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_parent_id ON orders (parent_id);\nANALYZE orders;")
            .given(with!(MOSTLY_NULL, SMALL_TOO)),
        good("CREATE INDEX idx_orders_parent_id ON orders (parent_id) WHERE parent_id IS NOT NULL;\nANALYZE orders;")
            .title("it leaves them out")
            .given(with!(MOSTLY_NULL, SMALL_TOO)),
        good("CREATE INDEX idx_orders_amount ON orders (amount);\nANALYZE orders;")
            .title("no NULL")
            .given(with!(MOSTLY_NULL, SMALL_TOO)),
        good("CREATE INDEX idx_orders_parent_id ON orders (parent_id);\nANALYZE orders;")
            .title("a table that is not large")
            .given(MOSTLY_NULL),
        good("CREATE UNIQUE INDEX idx_orders_parent_id ON orders (parent_id);\nANALYZE orders;")
            .title("unique: ON CONFLICT would have to repeat the predicate")
            .given(with!(MOSTLY_NULL, SMALL_TOO)),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const MOSTLY_NULL: &str = "\
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id bigint, amount integer NOT NULL);
INSERT INTO orders (parent_id, amount) SELECT CASE WHEN g % 20 = 0 THEN g END, g FROM generate_series(1, 5000) AS g;";

const SMALL_TOO: &str = "SELECT architect.configure('index-many-nulls', parameters => '{\"min_rows\": 1000}');";

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let least = cx.integer("min_rows", relation) as f64;
    if state.tuples.is_none_or(|rows| rows < least) {
        return;
    }
    for index in table.indexes.iter().filter(|index| index.valid && index.method == "btree" && !index.unique) {
        // What the partitions have is said of none of them: the index would have to be made anew for all.
        if index.predicate.is_some() || index.needed(table).is_some() {
            continue;
        }
        let Some(column) = index.keys.first().and_then(|key| key.column).and_then(|n| table.column_by_number(n)) else {
            continue;
        };
        if column.not_null {
            continue;
        }
        let Some(share) = column.statistics.as_ref().map(|statistics| statistics.null_fraction) else {
            crate::rules::state::no_statistics(index.sql(), table, column, out);
            continue;
        };
        if share * 100.0 < cx.integer("min_null_percent", relation) as f64 {
            continue;
        }
        let message = format!("index {} on {} mostly holds NULL", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        finding
            .detail(format!(
                "Column {} is NULL in {:.0} % of the rows. The index takes {}.",
                sql::ident(&column.name),
                share * 100.0,
                bytes(*index.bytes)
            ))
            .evidence("null_percent", (share * 100.0).round())
            .evidence("bytes", *index.bytes)
            .impact((*index.bytes as f64 * share / 2.0) as u64, 0, 0);
        let advice = "Unless queries look for IS NULL or sort by the column, outside a transaction block:";
        if index.keys.len() == 1 && index.included.is_empty() && usual_classes(index, table) {
            let name = crate::rules::recipes::index_name(table, &[column.name.as_str()]);
            let column = sql::ident(&column.name);
            finding.advice(advice).remedy(format!(
                "CREATE INDEX CONCURRENTLY {} ON {} ({column}) WHERE {column} IS NOT NULL;\nDROP INDEX CONCURRENTLY {};",
                sql::ident(&name),
                relation.sql(),
                index.sql()
            ));
        } else {
            finding.advice(
                "Unless queries look for IS NULL or sort by the column, build it WHERE the column IS NOT NULL, then drop this one.",
            );
        }
    }
}
