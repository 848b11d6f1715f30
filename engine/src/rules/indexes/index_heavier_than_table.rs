//! Indexes that take more than the rows.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-heavier-than-table",
    category: Indexes,
    severity: Info,
    title: "the indexes of a table take more space than its rows",
    why: "Indexes compete with the rows for memory. It is normal for narrow tables and for GIN, and elsewhere a sign of \
          bloat, of wide keys, or of indexes that came one by one.",
    remedy: "Look at bloat and at unused indexes first.",
    parameters: &[
        Parameter {
            name: "max_percent",
            default: Integer(150),
            what: "indexes that take more than this share of the rows' space: percent",
        },
        Parameter {
            name: "min_table_bytes",
            default: Integer(100 * 1024 * 1024),
            what: "smaller tables are left alone: bytes",
        },
    ],
    sources: &[Guide("S-204"), Manual("diskusage", "Determining Disk Usage")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount_code ON orders (amount, code);\n\
             CREATE INDEX idx_orders_note_code ON orders (note, code);\n\
             CREATE INDEX idx_orders_code_amount_note ON orders (code, amount, note);\n\
             VACUUM orders;")
        .given(with!(ORDERS, SMALL_TOO))
        .advice(),
        good("CREATE INDEX idx_orders_amount ON orders (amount);\nVACUUM orders;").given(with!(ORDERS, SMALL_TOO)),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const SMALL_TOO: &str = "SELECT architect.configure('index-heavier-than-table', parameters => '{\"min_table_bytes\": 100000, \"max_percent\": 120}');";

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    let heap = state.pages * database.server.block_size;
    let sum: u64 = table.indexes.iter().map(|index| *index.bytes).sum();
    let least = u64::try_from(cx.integer("min_table_bytes", relation)).unwrap_or(0);
    let most = u64::try_from(cx.integer("max_percent", relation)).unwrap_or(0);
    if heap < least.max(1) || sum <= heap / 100 * most {
        return;
    }
    out.relation(relation, format!("the indexes of {} take more space than its rows", relation.display()))
        .detail(format!(
            "{} indexes take {}, the rows {}, TOAST left out.",
            table.indexes.len(),
            bytes(sum),
            bytes(heap)
        ))
        .advice("Look at bloat and at unused indexes first.")
        .evidence("index_bytes", sum)
        .evidence("heap_bytes", heap)
        .impact(sum - heap, 0, 0);
}
