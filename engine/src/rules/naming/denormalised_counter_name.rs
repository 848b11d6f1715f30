//! The name of a column that repeats an aggregate of another table.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "denormalised-counter-name",
    category: Naming,
    severity: Info,
    title: "a number that repeats what another table knows is not named <things>_count or <thing>_avg",
    why: "order_count and review_avg are recognised as computed from another table: who repairs them, and who looks for what has to be \
          kept in step, finds them by their names. num_orders and avg_review are the same under other names.",
    remedy: "Name it <things>_count or <thing>_avg. Only columns that name a table which refers to this one are judged.",
    parameters: &[],
    sources: &[Guide("S-025"), Guide("S-113")],
    examples: &[
        bad("CREATE TABLE customers (id bigint PRIMARY KEY, num_orders integer NOT NULL DEFAULT 0);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);\n\
             CREATE INDEX idx_orders_customer_id ON orders (customer_id);")
        .advice(),
        bad("CREATE TABLE products (id bigint PRIMARY KEY, avg_review numeric(3,2));\n\
             CREATE TABLE reviews (id bigint PRIMARY KEY, product_id bigint NOT NULL REFERENCES products);\n\
             CREATE INDEX idx_reviews_product_id ON reviews (product_id);")
        .advice(),
        good(
            "CREATE TABLE customers (id bigint PRIMARY KEY, order_count integer NOT NULL DEFAULT 0);\n\
              CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);\n\
              CREATE INDEX idx_orders_customer_id ON orders (customer_id);",
        ),
        good(
            "CREATE TABLE jobs (id bigint PRIMARY KEY, num_retries integer NOT NULL DEFAULT 0, avg_load numeric(6,2));",
        )
        .title("no table of that name refers to it"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const FORMS: &[(&[&str], &str)] = &[
    (&["num_", "nb_", "no_of_", "number_of_", "count_of_", "count_", "n_", "total_"], "count"),
    (&["avg_", "average_", "mean_"], "avg"),
];

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(database) = cx.database.filter(|_| shape::own_design(table)) else { return };
    for column in table.columns.iter() {
        let data_type = &column.data_type;
        let number = !data_type.is_array
            && (shape::is_integer(data_type)
                || matches!(data_type.base.as_str(), "numeric" | "real" | "double precision"));
        let form = FORMS.iter().find_map(|(starts, ending)| {
            Some((starts.iter().find_map(|start| column.name.strip_prefix(start))?, *ending))
        });
        let Some((thing, ending)) = form.filter(|_| number) else { continue };
        let stem = shape::stem(thing);
        let child = table
            .referenced_by
            .iter()
            .filter_map(|key| database.table(key.table))
            .find(|child| child.relation.oid != relation.oid && shape::stem(&child.relation.name) == stem);
        let Some(child) = child else { continue };
        let (shown, proposed) = (sql::ident(&column.name), sql::ident(&format!("{stem}_{ending}")));
        out.column(relation, &column.name, format!("{shown} of {} is not named like an aggregate", relation.display()))
            .detail(format!("It names {}, which refers to this table.", child.relation.display()))
            .advice(format!("In a new table call it {proposed}; where it is in use the name is not worth a change."))
            .evidence("proposed_name", proposed.as_str());
    }
}
