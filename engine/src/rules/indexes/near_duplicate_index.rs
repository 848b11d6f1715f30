//! Two indexes on the same columns that differ in something.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "near-duplicate-index",
    category: Indexes,
    severity: Info,
    title: "two indexes on the same columns differ in something",
    why: "A hash beside a btree, a pattern class beside the usual one, a partial index beside a whole one, BRIN beside btree: each \
          may be there for a reason, or be what is left of a trial.",
    remedy: "Find out what the difference is for. Neither is redundant by its shape, so nothing here says to drop one.",
    parameters: &[],
    sources: &[Guide("S-232"), Manual("indexes-types", "Index Types")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount_hash ON orders USING hash (amount);")
            .given(EMPTY_ORDERS_WITH_INDEX)
            .advice(),
        bad("CREATE INDEX idx_orders_amount_noted ON orders (amount) WHERE note IS NOT NULL;")
            .title("one of them is partial")
            .given(EMPTY_ORDERS_WITH_INDEX)
            .advice(),
        good("CREATE INDEX idx_orders_amount_code ON orders (amount, code);\nCREATE INDEX idx_orders_code_amount ON orders (code, amount);")
            .title("another order of the columns serves other queries")
            .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if state.bound.is_some() {
        return;
    }
    let same = |a: &Index, b: &Index| {
        a.keys.len() == b.keys.len()
            && a.keys.iter().zip(&b.keys).all(|(a, b)| a.column == b.column && a.expression == b.expression)
    };
    let usable: Vec<&Index> = table.indexes.iter().filter(|index| index.valid).collect();
    for (n, a) in usable.iter().enumerate() {
        for b in &usable[n + 1..] {
            if !same(a, b) || a.stands_in_for(b, table) || b.stands_in_for(a, table) {
                continue;
            }
            let (kept, other) = if a.oid < b.oid { (a, b) } else { (b, a) };
            let mut differences = Vec::new();
            if a.method != b.method {
                differences.push(format!("method ({} and {})", kept.method, other.method));
            }
            if a.predicate != b.predicate {
                differences.push("predicate".to_owned());
            }
            if a.unique != b.unique {
                differences.push("uniqueness".to_owned());
            }
            if a.included != b.included {
                differences.push("included columns".to_owned());
            }
            let keys = || a.keys.iter().zip(&b.keys);
            if a.method == b.method && keys().any(|(a, b)| a.opclass != b.opclass) {
                differences.push("operator class".to_owned());
            }
            if keys().any(|(a, b)| a.collation != b.collation) {
                differences.push("collation".to_owned());
            }
            if keys().any(|(a, b)| a.descending != b.descending || a.nulls_first != b.nulls_first) {
                differences.push("order".to_owned());
            }
            if differences.is_empty() {
                continue;
            }
            let message =
                format!("index {} on {} is on the same columns as {}", other.sql(), relation.display(), kept.sql());
            out.index(&other.schema, &other.name, other.oid, message)
                .detail(format!("They differ in {}.", list(&differences, 5)))
                .advice("Find out what the difference is for; neither can do all that the other does.")
                .evidence("other", kept.sql())
                .discriminator(kept.sql())
                .impact(*other.bytes, 0, 0);
        }
    }
}
