//! The name of a table that only joins two others.

use crate::rule::prelude::*;
use crate::words::{plural_name, singular_name};

/// The rule.
pub static RULE: Rule = Rule {
    name: "junction-table-name",
    category: Naming,
    severity: Info,
    title: "the name of a junction table does not tell which tables it joins",
    why: "post_tags and post_tag can be guessed from posts and tags; map3 and xref cannot. A word of the business (enrolments, dependencies) is as good, \
          and only people can tell.",
    remedy: "Join the names of both tables (post_tags), or use the word that the business has for it.",
    parameters: &[],
    sources: &[Guide("S-013")],
    examples: &[
        bad("CREATE TABLE xref (\n    \
                 order_id bigint NOT NULL REFERENCES orders,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 PRIMARY KEY (order_id, customer_id)\n\
             );\n\
             CREATE INDEX idx_xref_customer_id ON xref (customer_id);")
        .given(with!(EMPTY_ORDERS_WITH_FOREIGN_KEY, "SELECT architect.configure('table-name-plural', 'off');"))
        .advice(),
        good(
            "CREATE TABLE order_customers (\n    \
                 order_id bigint NOT NULL REFERENCES orders,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 PRIMARY KEY (order_id, customer_id)\n\
             );\n\
             CREATE INDEX idx_order_customers_customer_id ON order_customers (customer_id);",
        )
        .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let keys: Vec<&Constraint> = table.foreign_keys().filter(|key| !key.inherited).collect();
    let ([first, second], Some(primary)) = (keys.as_slice(), table.primary_key()) else { return };
    let joined = primary.columns.iter().all(|n| first.columns.contains(n) || second.columns.contains(n));
    let (Some(left), Some(right)) = (&first.references, &second.references) else { return };
    if !joined || !super::own_names(table) {
        return;
    }
    let name = relation.name.as_str();
    let mentions = |other: &str| {
        let last = |text: &str| text.rsplit('_').next().unwrap_or(text).to_owned();
        name.contains(&last(&singular_name(other))) || name.contains(&last(&plural_name(other)))
    };
    if mentions(&left.table) || mentions(&right.table) {
        return;
    }
    out.relation(relation, format!("junction table name {} does not tell what it joins", relation.display()))
        .detail(format!(
            "It joins {} and {}.",
            sql::qualified(&left.schema, &left.table),
            sql::qualified(&right.schema, &right.table)
        ))
        .advice(format!(
            "Call it {}_{}, or by the word that the business has for it.",
            singular_name(&left.table),
            plural_name(&right.table)
        ));
}
