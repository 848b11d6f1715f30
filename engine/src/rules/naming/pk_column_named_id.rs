//! A generated key that is not called `id`.

use super::{column_path, named_columns, rename_column};
use crate::rule::prelude::*;
use crate::words::singular_name;

/// The rule.
pub static RULE: Rule = Rule {
    name: "pk-column-named-id",
    category: Naming,
    severity: Info,
    title: "a generated primary key is not named id",
    why: "Where every generated key is called id, a join reads the same everywhere (orders.customer_id = customers.id), \
          object-relational mappers need no setting, and customer_id in any table is a reference at first sight. A key called \
          customer_id in customers looks like a reference to itself.",
    remedy: "Call it id. For the convention customers.customer_id, which lets JOIN ... USING work, set names to {table}_id.",
    parameters: &[Parameter {
        name: "names",
        default: List(&["id"]),
        what: "accepted names; {table} stands for the table's name in the singular",
    }],
    sources: &[Guide("S-005")],
    examples: &[
        bad("CREATE TABLE invoices (invoice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        bad("CREATE TABLE invoices (key uuid DEFAULT gen_random_uuid() PRIMARY KEY);").title("uuid"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        good("CREATE TABLE currencies (code text PRIMARY KEY);").title("a key that means something"),
        good("CREATE TABLE customer_profiles (customer_id bigint PRIMARY KEY REFERENCES customers);")
            .title("the key of another table")
            .given(EMPTY_ORDERS),
        good("CREATE TABLE order_history (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a history"),
        good("CREATE TABLE order_lines (order_key uuid, line integer, PRIMARY KEY (order_key, line));")
            .title("several columns"),
    ],
    check: Check::Of(Aspects::COLUMNS.or(Aspects::CONSTRAINTS), check),
    also: &[],
    enabled: true,
};

fn is_generated(column: &Column) -> bool {
    column.identity
        || column.data_type.base == "uuid"
        || column.serial_sequence.is_some()
        || column.default.as_deref().is_some_and(|default| default.contains("nextval("))
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // A key has no NULLs: most columns need not be looked for in one.
    let candidate = |column: &Column| column.not_null && is_generated(column);
    if table.no_constraint_touched && !named_columns(table).any(candidate) {
        return;
    }
    let Some(key) = table.primary_key() else { return };
    let [number] = key.columns.as_slice() else { return };
    let Some(column) = table.column_by_number(*number) else { return };
    // A key that is declared later makes an older column the key.
    let judged = named_columns(table).any(|named| named.number == *number)
        || key.touched && super::own_names(table) && crate::words::is_snake(&column.name);
    if !judged {
        return;
    }
    let generated = is_generated(column);
    let refers = table.foreign_keys().any(|foreign| foreign.columns.contains(number));
    let history = ["_history", "_closure"].iter().any(|suffix| relation.name.ends_with(suffix));
    if !generated || refers || history {
        return;
    }
    let singular = singular_name(&relation.name);
    let accepted: Vec<String> =
        cx.words("names", relation).iter().map(|name| name.replace("{table}", &singular)).collect();
    if accepted.is_empty() || super::among(&accepted, &column.name) {
        return;
    }
    let finding = out.column(
        relation,
        &column.name,
        format!("primary key column {} is not named {}", column_path(relation, &column.name), accepted.join(" or ")),
    );
    // A uuid without a default may come from elsewhere, and stand for something there.
    finding.detail(if column.identity || column.default.is_some() || column.serial_sequence.is_some() {
        "The key is generated and names nothing but its row."
    } else {
        "The key is a uuid, which somebody generates, and which names nothing but its row."
    });
    rename_column(finding, table, &column.name, Some(&accepted[0]), cx);
}
