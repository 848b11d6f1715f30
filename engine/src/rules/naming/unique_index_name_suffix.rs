//! A unique index whose name does not say that it is one.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "unique-index-name-suffix",
    category: Naming,
    severity: Info,
    title: "a unique index does not carry the suffix of unique indexes",
    why: "The name of a unique index is what the application reads in the error of a duplicate; a suffix tells a rule of the business from an index that \
          only makes things fast, and keeps people from dropping it as unused.",
    remedy: "End the name in _unique: idx_members_email_unique.",
    parameters: &[Parameter { name: "suffix", default: Text("_unique"), what: "how the name of a unique index ends" }],
    sources: &[Guide("S-011")],
    examples: &[
        bad("CREATE UNIQUE INDEX idx_orders_code ON orders (code);").given(EMPTY_ORDERS),
        good("CREATE UNIQUE INDEX idx_orders_code_unique ON orders (code);").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code);")
            .given(EMPTY_ORDERS)
            .title("the index of a constraint"),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let suffix = cx.text("suffix", relation);
    for index in table.touched_indexes().filter(|index| !index.is_partition && super::own_names(table)) {
        if !index.unique || index.constraint.is_some() || index.primary || index.name.ends_with(&suffix) {
            continue;
        }
        let proposed = sql::derived_name(&index.name, &suffix);
        out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!("the name of unique index {} does not say that it is one", index.sql()),
        )
        .detail(format!("Names of unique indexes end in {suffix}."))
        .advice("Rename it; no query depends on the name of an index:")
        .remedy(format!("ALTER INDEX {} RENAME TO {};", index.sql(), sql::ident(&proposed)));
    }
}
