//! What a dropped column leaves in the rows.

use crate::rule::prelude::*;
use crate::rules::state::{heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dropped-column-space",
    category: Health,
    severity: Info,
    title: "rows of a large table may still hold the values of dropped columns",
    why: "DROP COLUMN changes the catalog only; each row keeps the value until it is updated or the table is written anew. VACUUM \
          cannot free it, for the row is alive, and formulas for bloat take it for something that VACUUM could. Values in TOAST stay as \
          well.",
    remedy: "Where the space matters, write the table anew with pg_repack, or with VACUUM (FULL) in a maintenance window. Otherwise leave it: \
             rows that are updated lose it by and by.",
    parameters: &[
        Parameter { name: "min_megabytes", default: Integer(1024), what: "tables from this size on: MB" },
        Parameter { name: "min_columns", default: Integer(1), what: "dropped columns, at least: columns" },
    ],
    sources: &[Guide("S-248"), Manual("sql-altertable", "DROP COLUMN, Notes")],
    examples: &[
        bad("ALTER TABLE orders DROP COLUMN note;\nANALYZE orders;")
            .title("from 0 MB on here")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('dropped-column-space', parameters => '{\"min_megabytes\": 0}');"
            ))
            .advice(),
        good("ALTER TABLE orders DROP COLUMN note;\nANALYZE orders;").title("a small table").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let (mut size, mut dropped, mut fixed, mut varying) = (0, 0, 0_u64, false);
        for (table, state) in &heaps(database, root) {
            if (state.dropped.len() as i64) < cx.integer("min_columns", relation).max(1)
                || table.relation.size.rows == 0
            {
                continue;
            }
            size += table.relation.size.bytes;
            dropped = dropped.max(state.dropped.len());
            let width: u64 = state.dropped.iter().filter_map(|column| u64::try_from(column.length).ok()).sum();
            fixed += width * table.relation.size.rows;
            varying |= state.dropped.iter().any(|column| column.length < 0);
        }
        if dropped == 0 || size < cx.integer("min_megabytes", relation).max(0) as u64 * 1024 * 1024 {
            continue;
        }
        let columns = if dropped == 1 { "1 dropped column".to_owned() } else { format!("{dropped} dropped columns") };
        let most = match (varying, fixed) {
            (true, _) => {
                "How much is not known: the width of a dropped column of varying length is forgotten.".to_owned()
            }
            (false, fixed) => format!("At most {}, where no row was written since.", bytes(fixed)),
        };
        out.relation(relation, format!("rows of {} may hold the values of {columns}", relation.display()))
            .detail(format!("The table has {}. {most}", bytes(size)))
            .advice("Where the space matters, write the table anew with pg_repack, or VACUUM (FULL) in a maintenance window.")
            .evidence("dropped_columns", dropped)
            .impact(fixed, 0, 0);
    }
}
