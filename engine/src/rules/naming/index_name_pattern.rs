//! An index whose name does not follow the pattern.

use crate::rule::prelude::*;
use crate::words::to_snake;
use std::borrow::Cow;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-name-pattern",
    category: Naming,
    severity: Info,
    title: "an index's name does not follow the pattern",
    why: "Names of indexes appear in plans, in error messages, in statistics and in DROP INDEX, each time without their table. \
          idx_orders_customer_id says that it is an index, of what, and on what; orders_ix2 and the name that PostgreSQL gives \
          to an index without one have to be looked up, and a migration that drops such an index depends on how many there were.",
    remedy: "Name it idx_<table>_<columns or purpose>. Renaming an index is cheap and breaks no query. The indexes of primary keys \
             and other constraints are named by their constraints and not judged.",
    parameters: &[Parameter {
        name: "pattern",
        default: Text("idx_"),
        what: "how a name must begin; {table} stands for the table, {columns} for the key columns joined by _, * for anything",
    }],
    sources: &[Guide("S-010"), Guide("C-05"), Manual("sql-alterindex", "RENAME")],
    examples: &[
        bad("CREATE INDEX orders_amount_ix ON orders (amount);").given(EMPTY_ORDERS),
        bad("CREATE INDEX ON orders (amount, (lower(note)));").title("a name that PostgreSQL made").given(EMPTY_ORDERS),
        bad("CREATE INDEX CONCURRENTLY orders_amount_ix ON orders (amount);")
            .title("a live table: renaming is as cheap there")
            .given(ORDERS),
        bad("CREATE INDEX customer_note_ix ON \"CustomerNote\" (\"customerId\");")
            .title("a table whose name needs quotes: that of the index need not")
            .given("CREATE TABLE \"CustomerNote\" (id bigint PRIMARY KEY, \"customerId\" bigint NOT NULL);"),
        good("CREATE INDEX idx_orders_amount ON orders (amount);").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT orders_code_unique UNIQUE (code);")
            .title("the index of a constraint")
            .given(EMPTY_ORDERS),
        good("CREATE INDEX idx_events_payload ON events (payload);")
            .title("the indexes that partitions get with it")
            .given("CREATE TABLE events (id bigint, happened_at timestamptz, payload text, PRIMARY KEY (id, happened_at)) PARTITION BY RANGE (happened_at);\nCREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');"),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !super::own_names(table) {
        return;
    }
    let pattern = cx.text("pattern", relation);
    for index in table.touched_indexes().filter(|index| !index.is_partition) {
        if index.primary || index.exclusion || index.constraint.is_some() {
            continue;
        }
        let expected = if pattern.contains('{') {
            Cow::from(pattern.replace("{table}", &relation.name).replace("{columns}", &key_names(index, table)))
        } else {
            Cow::from(&pattern)
        };
        if follows(&index.name, &expected) {
            continue;
        }
        // Where no name follows the pattern, these are as many as there are indexes.
        if out.is_crowded(&index.schema) {
            out.index(&index.schema, &index.name, index.oid, String::new());
            continue;
        }
        let columns = key_names(index, table);
        let shown = index.sql();
        let finding = out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!("index name {shown} does not follow the pattern {pattern}"),
        );
        finding.detail(format!("It is an index of {}.", relation.display())).evidence("pattern", pattern.as_str());
        // A pattern that leaves the rest open gets table and columns.
        let proposed = if pattern.contains("{columns}") {
            expected.replace('*', "")
        } else if pattern.contains("{table}") {
            format!("{}_{columns}", expected.replace('*', "").trim_end_matches('_'))
        } else {
            format!("{}{}_{columns}", expected.replace('*', ""), relation.name)
        };
        // Where it may be, in a form that needs no quotes, whatever the table is called.
        let plain = to_snake(&proposed).filter(|plain| follows(plain, &expected));
        let proposed = sql::derived_name(plain.as_deref().unwrap_or(&proposed), "");
        let free = table.indexes.iter().all(|other| other.name != proposed);
        finding.advice("Rename it; no query depends on the name of an index:");
        if free {
            finding.evidence("proposed_name", proposed.as_str());
            finding.remedy(format!("ALTER INDEX {shown} RENAME TO {};", sql::ident(&proposed)));
        } else {
            finding.advice("Rename it to say what sets it apart from the other indexes on the same columns.");
        }
    }
}

/// The key columns joined by `_`; an expression is `expr`, as in the names that PostgreSQL makes.
fn key_names(index: &Index, table: &Table) -> String {
    let names: Vec<&str> = index
        .keys
        .iter()
        .map(|key| key.column.and_then(|n| table.column_by_number(n)).map_or("expr", |column| column.name.as_str()))
        .collect();
    names.join("_")
}

/// Whether the name begins as expected, `*` standing for anything. A name that the server would have cut follows too.
fn follows(name: &str, expected: &str) -> bool {
    let mut rest = name;
    for (position, part) in expected.split('*').enumerate() {
        let found = if position == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        match found {
            Some(at) => rest = &rest[at + part.len()..],
            None => return name.len() == 63 && part.starts_with(rest),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::follows;

    #[test]
    fn patterns() {
        assert!(follows("idx_orders_amount", "idx_"));
        assert!(!follows("orders_amount_idx", "idx_"));
        assert!(follows("idx_orders_amount_positive", "idx_orders_amount"));
        assert!(!follows("idx_items_amount", "idx_orders_"));
        assert!(follows("orders_amount_idx", "*_idx"));
        assert!(follows("ix_orders_by_amount", "ix_orders_*amount"));
        let long = "x".repeat(70);
        assert!(follows(&long[..63], &long));
        assert!(!follows(&long[..62], &long));
    }
}
