//! A number that repeats what another table knows, and nothing keeps it right.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "counter-column-unmaintained",
    category: Design,
    severity: Info,
    title: "a counter of rows of another table is kept by no trigger",
    why: "orders_count in customers is the number of a customer's orders, written down. Unless something \
          changes it with every row that comes or goes, in the same transaction, it drifts: a failed job, a \
          manual DELETE, two sessions at once. Applications that keep it themselves need a job that repairs \
          it.",
    remedy: "Keep it by a trigger on the counted table, or compute it by a view. A counter that every INSERT \
          updates makes them wait for each other: for hot parents count by a job.",
    parameters: &[],
    sources: &[Guide("S-115"), Guide("S-113"), Manual("plpgsql-trigger", "Maintaining a Summary Table")],
    examples: &[
        bad("CREATE TABLE customers (id bigint PRIMARY KEY, orders_count integer NOT NULL DEFAULT 0);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);\n\
             CREATE INDEX idx_orders_customer_id ON orders (customer_id);")
        .advice(),
        good("CREATE TABLE customers (id bigint PRIMARY KEY, orders_count integer NOT NULL DEFAULT 0);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers);\n\
             CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n\
             CREATE TRIGGER count_orders AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION count_orders();")
        .given("CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE customers SET orders_count = orders_count + 1 WHERE id = NEW.customer_id; RETURN NULL; END $$;"),
        good("CREATE TABLE customers (id bigint PRIMARY KEY, login_count integer NOT NULL DEFAULT 0);")
        .title("a count of something else"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(database) = cx.database.filter(|_| shape::own_design(table)) else { return };
    for column in table.columns.iter().filter(|c| shape::is_integer(&c.data_type) && c.generated == Generated::No) {
        let Some(counted) = column.name.strip_suffix("_count").or_else(|| column.name.strip_prefix("num_")) else {
            continue;
        };
        let child = table
            .referenced_by
            .iter()
            .filter_map(|key| database.table(key.table))
            .find(|child| shape::stem(&child.relation.name) == shape::stem(counted));
        let Some(child) = child else { continue };
        if child
            .state
            .as_ref()
            .is_some_and(|state| state.own_triggers().any(|t| (t.insert || t.delete) && t.enabled != 'D'))
        {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("{shown} of {} counts {} and no trigger keeps it", relation.display(), child.relation.display()),
        )
        .detail(format!("{} has no trigger on INSERT or DELETE.", child.relation.display()))
        .advice("Keep it by a trigger on the counted table, repair it by a job, or compute it by a view.")
        .evidence("counted_table", child.relation.display());
    }
}
