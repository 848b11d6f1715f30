//! The name of a table that keeps what another one was.

use crate::rule::prelude::*;
use crate::words::singular_name;

/// The rule.
pub static RULE: Rule = Rule {
    name: "history-table-name",
    category: Naming,
    severity: Info,
    title: "a history table is not called <entity>_history, or does not refer to its entity",
    why: "With one form, order_history (history_id, order_id, ...), people and tools find the past of any table by its name.",
    remedy: "Call it <entity>_history, with the key history_id and a column <entity>_id.",
    parameters: &[],
    sources: &[Guide("S-014")],
    examples: &[
        bad("CREATE TABLE orders_hist (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL);")
            .given("SELECT architect.configure('table-name-plural', 'off');\nSELECT architect.configure('column-name-abbreviated', 'off');\nSELECT architect.configure('pk-column-named-id', 'off');")
            .advice(),
        good("CREATE TABLE order_history (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL);"),
        good("CREATE TABLE customer_order_history (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT NULL);")
            .title("a part of the name says enough"),
        good("CREATE TABLE orders_history (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bigint NOT NULL);")
            .title("the columns of orders, and a key of its own"),
        good("CREATE TABLE histories (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
    ],
    check: Check::Of(Aspects::NAME, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.named || !super::own_names(table) || !relation.kind.is_table() {
        return;
    }
    let name = relation.name.as_str();
    if let Some(entity) = name.strip_suffix("_history") {
        let own = format!("{}_id", singular_name(entity));
        let words = format!("_{}_", singular_name(entity));
        let refers = |column: &Column| {
            let stem = column.name.strip_suffix("_id");
            // Columns as those of the table itself, beside a key of the history's own.
            let copied = || {
                column.name == "id"
                    && table.primary_key().is_some_and(|key| !table.column_names(&key.columns).contains(&"id"))
            };
            stem.is_some_and(|stem| words.contains(&format!("_{stem}_"))) || copied()
        };
        if !table.columns.iter().any(refers) && table.columns.len() > 1 {
            out.relation(relation, format!("{} has no column {own}", relation.display()))
                .detail("A history refers to what it is the history of.")
                .advice(format!("Add {own}, or call the table by what it holds."));
        }
        return;
    }
    let entity = ["_hist", "_histories"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .or_else(|| name.strip_prefix("hist_"));
    let Some(entity) = entity.filter(|entity| !entity.is_empty()) else { return };
    let proposed = format!("{}_history", singular_name(entity));
    let finding =
        out.relation(relation, format!("history table name {} does not follow the pattern", relation.display()));
    finding.detail("Histories are called <entity>_history.").evidence("proposed_name", proposed.as_str());
    super::keep(finding, &format!("call it {}", sql::ident(&proposed)), cx);
}
