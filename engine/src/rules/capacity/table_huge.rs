//! A table ends at 2^32 pages: 32 TB with pages of 8 kB.

use crate::rule::prelude::*;
use crate::rules::state::percent;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-huge",
    category: Capacity,
    severity: Warning,
    title: "a table comes near the 32 TB that one table can hold",
    why: "A table has at most 4,294,967,295 pages, which is 32 TB with pages of 8 kB; then every INSERT fails with 'cannot extend \
          file ... beyond 4294967295 blocks'. Its indexes and its TOAST table have the same limit. Long before that VACUUM, backup and \
          every rewrite take days.",
    remedy: "Partition it: the limit holds for each partition. Attach the existing table as the first partition behind a validated \
             CHECK constraint, so that nothing is copied.",
    parameters: &[
        Parameter { name: "percent", default: Integer(50), what: "from this share of the limit on: per cent" },
    ],
    sources: &[Guide("S-376"), Guide("S-397"), Manual("limits", "relation size")],
    examples: &[
        bad("ANALYZE orders;")
            .title("here from 0 per cent on, so that the example is short")
            .given(with!(
                ORDERS,
                r#"SELECT architect.configure('table-huge', table_pattern => 'orders', parameters => '{"percent": 0}');"#
            ))
            .advice(),
        good("ANALYZE orders;").given(ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    // Not the root but the leaf: each has the limit for itself.
    let relation = &table.relation;
    let limit = f64::from(u32::MAX);
    for (what, pages) in [("table", state.pages), ("the TOAST table of", state.toast_pages)] {
        let share = percent(pages as f64, limit);
        if pages == 0 || share < cx.integer("percent", relation) {
            continue;
        }
        let finding = out.relation(relation, format!("{what} {} comes near the end of its 32 TB", relation.display()));
        if share >= 80 {
            finding.severity(Error);
        }
        let block_size = cx.database.map_or(8192, |database| database.server.block_size);
        finding
            .detail(format!("It holds {}; {share} % of the pages that there can be.", bytes(pages * block_size)))
            .advice("Partition it, with the existing table as the first partition.")
            .evidence("pages", pages)
            .evidence("limit_pages", u32::MAX)
            .discriminator(what);
    }
}
