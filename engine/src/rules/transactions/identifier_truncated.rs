//! A name that is too long is cut.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "identifier-truncated",
    category: Transactions,
    severity: Warning,
    title: "a name is longer than the server keeps",
    why: "PostgreSQL keeps 63 bytes of a name and cuts the rest with a NOTICE only. Two long names that begin alike then mean one object: the second CREATE fails, or with IF NOT EXISTS silently does nothing; and tools that look for the full name do not find it.",
    remedy: "Choose a shorter name.",
    parameters: &[],
    sources: &[Manual("sql-syntax-lexical", "Identifiers and Key Words")],
    examples: &[
        bad("CREATE VIEW orders_of_all_customers_with_their_amounts_codes_and_other_details_of_delivery AS SELECT id, amount FROM orders;")
            .given(EMPTY_ORDERS)
            .lint()
            .advice(),
        bad("SELECT amount AS \"the amount of the order in euros without the discount and without the tax\" FROM orders;")
            .title("a quoted name")
            .given(EMPTY_ORDERS)
            .lint()
            .advice(),
        good("CREATE INDEX idx_orders_customer_id ON orders (customer_id);").given(EMPTY_ORDERS).lint(),
        good("COMMENT ON TABLE orders IS 'idx_orders_customer_id_and_amount_and_code_and_note_and_placed_at';")
            .title("a long text is no name")
            .given(EMPTY_ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, _: &Context, out: &mut Findings) {
    for name in &statement.long_names {
        let mut end = 63;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let kept = &name[..end];
        out.object("name", "", kept, format!("the name {} is cut after {end} bytes", sql::ident(name)))
            .detail(format!("PostgreSQL keeps {} of its {} bytes: {}.", end, name.len(), sql::ident(kept)))
            .advice("Choose a shorter name.")
            .discriminator(name.as_str());
    }
}
