//! A table with a great many indexes.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "too-many-indexes",
    category: Indexes,
    severity: Info,
    title: "a table has a great many indexes",
    why: "Each INSERT, and each UPDATE that is not heap-only, writes all of them, and each one more makes heap-only updates rarer, \
          planning slower and VACUUM longer.",
    remedy: "Look which are used (architect.index_usage), and which could be one with more columns. Judge by the writes: a table \
             that is only read may have as many as its queries need.",
    parameters: &[Parameter {
        name: "max_indexes",
        default: Integer(8),
        what: "a table with more is reported: indexes",
    }],
    sources: &[Guide("S-204"), Guide("S-233"), Manual("indexes-intro", "overhead")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount);\nCREATE INDEX idx_orders_code ON orders (code);")
            .given(with!(EMPTY_ORDERS, AT_MOST_TWO))
            .advice(),
        good("CREATE INDEX idx_orders_amount ON orders (amount);").given(with!(EMPTY_ORDERS, AT_MOST_TWO)),
        good("CREATE INDEX idx_orders_amount ON orders (amount);\nCREATE INDEX idx_orders_code ON orders (code);")
            .title("three are not many")
            .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const AT_MOST_TWO: &str = "SELECT architect.configure('too-many-indexes', parameters => '{\"max_indexes\": 2}');";

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // Partitions repeat their parent.
    if state.bound.is_some() {
        return;
    }
    let number = table.indexes.len();
    if i64::try_from(number).is_ok_and(|number| number <= cx.integer("max_indexes", relation)) {
        return;
    }
    let sum: u64 = table.indexes.iter().map(|index| *index.bytes).sum();
    let constraints = table.indexes.iter().filter(|index| index.constraint.is_some()).count();
    let writes = state.usage.as_ref().map_or(0, TableUsage::index_writes);
    out.relation(relation, format!("table {} has {number} indexes", relation.display()))
        .detail(format!(
            "{constraints} of them serve constraints. Together they take {}; {} were written since the counters began.",
            bytes(sum),
            rows(u64::try_from(writes).unwrap_or(0))
        ))
        .advice("Look which of them are used, and which could be one.")
        .evidence("indexes", number)
        .evidence("index_bytes", sum)
        .impact(sum, 0, u64::try_from(writes).unwrap_or(0));
}
