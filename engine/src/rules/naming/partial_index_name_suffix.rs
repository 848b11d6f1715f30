//! A partial index that is named as if it held every row.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partial-index-name-suffix",
    category: Naming,
    severity: Info,
    title: "a partial index is named like a full one",
    why: "idx_orders_status looks as if it served every query on status. In a plan, in a list of unused indexes and in a migration nobody sees that it \
          holds some rows only, and someone adds the same index again.",
    remedy: "Say which rows it holds: idx_orders_status_pending.",
    parameters: &[],
    sources: &[Guide("S-012"), Manual("indexes-partial", "Partial Indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount) WHERE note IS NOT NULL;").given(EMPTY_ORDERS).advice(),
        good("CREATE INDEX idx_orders_amount_noted ON orders (amount) WHERE note IS NOT NULL;").given(EMPTY_ORDERS),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    for index in table.touched_indexes().filter(|index| !index.is_partition && super::own_names(table)) {
        let Some(predicate) = &index.predicate else { continue };
        let columns: Vec<&str> = index
            .keys
            .iter()
            .filter_map(|key| key.column.and_then(|number| table.column_by_number(number)))
            .map(|column| column.name.as_str())
            .collect();
        let full = format!("{}_{}", table.relation.name, columns.join("_"));
        let bare = index.name.trim_start_matches("idx_").trim_start_matches("ix_").trim_end_matches("_idx");
        if columns.is_empty() || bare != full {
            continue;
        }
        out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!("partial index {} is named like a full one", index.sql()),
        )
        .detail(format!("It holds only the rows with {predicate}."))
        .advice("Rename it to say which rows it holds; no query depends on the name of an index.");
    }
}
