//! Periods of one thing that may overlap: two prices hold at the same moment.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "temporal-overlap-unexcluded",
    category: Design,
    severity: Info,
    title: "periods of validity may overlap",
    why: "A table that says which price, rate or assignment holds from when to when means that one holds at a \
          time. No unique key can say so: (product_id, valid_from) lets two periods overlap, and a query for a \
          moment then finds two rows. Code that looks first and inserts then loses the race.",
    remedy: "Add an exclusion constraint over the owner and the range (with the extension btree_gist for the \
          equality): EXCLUDE USING gist (product_id WITH =, tstzrange(valid_from, valid_to) WITH &&). From \
          PostgreSQL 18 a range column can be part of the key: PRIMARY KEY (product_id, valid_at WITHOUT \
          OVERLAPS).",
    parameters: &[],
    sources: &[Guide("S-068"), Guide("S-098"), Manual("rangetypes", "Constraints on Ranges")],
    examples: &[
        bad("CREATE TABLE prices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             product_id bigint NOT NULL REFERENCES products,\n    \
             valid_from timestamptz NOT NULL,\n    \
             valid_to timestamptz,\n    \
             amount numeric(10, 2) NOT NULL\n\
             );\n\
             CREATE INDEX idx_prices_product_id ON prices (product_id);")
        .given("CREATE TABLE products (id bigint PRIMARY KEY);")
        .advice()
        .check(),
        good("CREATE TABLE prices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             product_id int4range NOT NULL,\n    \
             valid_from timestamptz NOT NULL,\n    \
             valid_to timestamptz,\n    \
             EXCLUDE USING gist (product_id WITH &&, tstzrange(valid_from, valid_to) WITH &&)\n\
             );")
        .title("excluded")
        .check(),
        good("CREATE TABLE coupons (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             product_id bigint NOT NULL REFERENCES products,\n    \
             code text NOT NULL UNIQUE,\n    \
             valid_from timestamptz NOT NULL,\n    \
             valid_to timestamptz\n\
             );\n\
             CREATE INDEX idx_coupons_product_id ON coupons (product_id);")
        .given("CREATE TABLE products (id bigint PRIMARY KEY);")
        .title("things of their own that are valid for a while")
        .check(),
        good("CREATE TABLE campaigns (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, valid_from timestamptz NOT NULL, valid_to timestamptz NOT NULL);")
        .title("periods of nothing else")
        .check(),
    ],
    check: Check::Of(Aspects::WHOLE, check),
    also: &[],
    enabled: true,
};

const PAIRS: &[(&str, &str)] = &[
    ("valid_from", "valid_to"),
    ("valid_from", "valid_until"),
    ("effective_from", "effective_to"),
    ("effective_from", "effective_until"),
];

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.whole || !shape::own_design(table) {
        return;
    }
    let pair = PAIRS.iter().find_map(|(from, to)| Some((table.column(from)?, table.column(to)?)));
    let Some((from, to)) = pair else { return };
    let range = match from.data_type.base.as_str() {
        "date" => "daterange",
        "timestamp with time zone" => "tstzrange",
        "timestamp without time zone" => "tsrange",
        _ => return,
    };
    // An exclusion constraint, or a key WITHOUT OVERLAPS, is a gist index.
    if from.data_type.base != to.data_type.base
        || table.indexes.iter().any(|index| index.exclusion || index.unique && index.method == "gist")
    {
        return;
    }
    // With a key of its own besides the surrogate (a code), the row is a thing that is valid for a while.
    let named = table.indexes.iter().any(|index| index.unique && !index.primary && !index.mentions(from.number));
    let mut owners = table.foreign_keys().filter(|key| key.columns.len() == 1);
    let owner = match (owners.next(), owners.next()) {
        (Some(key), None) => table.column_by_number(key.columns[0]).filter(|column| column.not_null),
        // A history table has no foreign key, and names whose history it is.
        (None, _) if shape::is_side_table(&relation.name) => table.columns.iter().find(|column| {
            column.name.ends_with("_id")
                && column.not_null
                && !table.primary_key().is_some_and(|key| key.columns.contains(&column.number))
        }),
        _ => None,
    };
    let Some(owner) = owner.filter(|_| !named) else { return };
    let (owner, from, to) = (sql::ident(&owner.name), sql::ident(&from.name), sql::ident(&to.name));
    out.relation(relation, format!("periods {from} to {to} of one {owner} in {} may overlap", relation.display()))
        .detail("No exclusion constraint keeps them apart.")
        .advice(format!(
            "With CREATE EXTENSION btree_gist: ALTER TABLE {} ADD EXCLUDE USING gist ({owner} WITH =, {range}({from}, {to}) WITH &&). It builds an \
             index while writes wait, so do it while the table is small.",
            relation.sql()
        ))
        .evidence("owner", owner.as_str());
}
