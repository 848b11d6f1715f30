//! The name of a foreign key that somebody chose.

use super::own_names;
use crate::rule::prelude::*;
use crate::words::singular_name;

/// The rule.
pub static RULE: Rule = Rule {
    name: "fk-constraint-name",
    category: Naming,
    severity: Info,
    title: "a foreign key is neither called fk_<table>_<parent> nor by the name that PostgreSQL gives",
    why: "The name appears in the error of a refused DELETE. With one form it can be read, and dropped in a migration without a look-up.",
    remedy: "Call it fk_<table>_<parent in the singular>, or let PostgreSQL name it (<table>_<columns>_fkey).",
    parameters: &[],
    sources: &[Guide("S-018")],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT customer_link FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;").given(INDEXED).advice(),
        good("ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;").given(INDEXED),
        good("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;").given(INDEXED),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: false,
};

const INDEXED: &str = with!(EMPTY_ORDERS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);");

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_names(table) {
        return;
    }
    for key in table.touched_foreign_keys().filter(|key| !key.inherited) {
        let Some(reference) = &key.references else { continue };
        let expected = format!("fk_{}_{}", relation.name, singular_name(&reference.table));
        let bare = key.name.trim_end_matches(|c: char| c.is_ascii_digit());
        if key.name.starts_with(&expected[..expected.len().min(63)]) || bare.ends_with("_fkey") {
            continue;
        }
        let name = sql::ident(&key.name);
        out.constraint(
            relation,
            &key.name,
            format!("foreign key {name} of {} does not follow the pattern", relation.display()),
        )
        .detail(format!("The pattern is {expected}."))
        .advice("Rename it with ALTER TABLE ... RENAME CONSTRAINT; that is cheap at any size.")
        .evidence("proposed_name", expected.as_str());
    }
}
