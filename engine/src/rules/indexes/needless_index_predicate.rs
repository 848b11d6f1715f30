//! A partial index that leaves nothing out.

use crate::rule::prelude::*;
use crate::rules::index_use::usual_classes;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "needless-index-predicate",
    category: Indexes,
    severity: Info,
    title: "the predicate of an index leaves nothing out",
    why: "WHERE column IS NOT NULL on a column that is NOT NULL anyhow leaves no row out, but the planner does not see that: a \
          query has to prove the predicate before it may use the index, ORDER BY alone does not, ON CONFLICT has to repeat it, and \
          no foreign key can refer to a partial unique index. From 17 on the planner drops IS NOT NULL of such a column from a \
          query before it looks for a proof, so that even saying it does not help: only another condition on the column does.",
    remedy: "Build the index again without the predicate, and drop this one. If the column is to become nullable, leave it.",
    parameters: &[],
    sources: &[Guide("S-235"), Manual("indexes-partial", "Partial Indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount) WHERE amount IS NOT NULL;").given(EMPTY_ORDERS),
        bad("CREATE UNIQUE INDEX idx_orders_amount_placed_at ON orders (amount, placed_at)\n\
             WHERE amount IS NOT NULL AND placed_at IS NOT NULL;")
        .title("two columns")
        .given(EMPTY_ORDERS),
        good("CREATE INDEX idx_orders_customer_id ON orders (customer_id) WHERE customer_id IS NOT NULL;")
            .title("the column may be NULL")
            .given(EMPTY_ORDERS),
        good("CREATE INDEX idx_orders_amount ON orders (amount) WHERE amount IS NOT NULL AND amount > 10;")
            .title("it leaves other rows out")
            .given(EMPTY_ORDERS),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let never_null: Vec<&str> =
        table.columns.iter().filter(|column| column.not_null).map(|column| column.name.as_str()).collect();
    for index in table.touched_indexes().filter(|index| index.valid && index.parent == 0) {
        let Some(predicate) = &index.predicate else { continue };
        if index.is_partition || !only_not_null(predicate, &never_null) {
            continue;
        }
        let message = format!("the predicate of index {} on {} leaves no row out", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        let unproved = if cx.major() >= 17 {
            " On this major a query that repeats it does not prove it either: the planner takes it out of the query first."
        } else {
            ""
        };
        finding
            .detail(format!(
                "It holds the rows with {predicate}, and that are all, for the columns are NOT NULL.{unproved}"
            ))
            .evidence("predicate", predicate.as_str());
        let plain = index.method == "btree"
            && index.keys.iter().all(|key| key.column.is_some() && !key.descending && !key.nulls_first)
            && index.included.is_empty();
        let advice = "Build it without the predicate, then drop this one, outside a transaction block:";
        if plain && relation.kind == RelationKind::Table && usual_classes(index, table) {
            let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
            let columns = table.column_names(&numbers);
            let name = if index.unique {
                recipes::unique_index_name(table, &columns)
            } else {
                recipes::index_name(table, &columns)
            };
            let unique = if index.unique { "UNIQUE " } else { "" };
            finding.advice(advice).remedy(format!(
                "CREATE {unique}INDEX CONCURRENTLY {} ON {} ({});\nDROP INDEX CONCURRENTLY {};",
                sql::ident(&name),
                relation.sql(),
                sql::ident_list(&columns),
                index.sql()
            ));
        } else {
            finding.advice("Build it without the predicate (pg_get_indexdef() shows the rest), then drop this one.");
        }
    }
}
