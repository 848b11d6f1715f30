//! A list that knows only the values of today.

use crate::rule::prelude::*;
use crate::rules::state::roots;

/// The rule.
pub static RULE: Rule = Rule {
    name: "list-partition-without-default",
    category: Partitioning,
    severity: Info,
    title: "a list-partitioned table has no DEFAULT partition",
    why: "A value that no partition lists (a new country, a new status) makes INSERT fail. That may be what you want; a DEFAULT \
          partition takes such rows instead, and is in the way when the partition for them is created later.",
    remedy: "Decide: a DEFAULT partition and a watch on it, or none and an error.",
    parameters: &[],
    sources: &[Guide("S-378"), Manual("sql-createtable", "DEFAULT partition")],
    examples: &[
        bad("CREATE TABLE visits (id bigint, country text, PRIMARY KEY (id, country)) PARTITION BY LIST (country);\n\
             CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('de', 'fr');"),
        good(
            "CREATE TABLE visits (id bigint, country text, PRIMARY KEY (id, country)) PARTITION BY LIST (country);\n\
              CREATE TABLE visits_eu PARTITION OF visits FOR VALUES IN ('de', 'fr');\n\
              CREATE TABLE visits_rest PARTITION OF visits DEFAULT;",
        ),
        good(
            "CREATE TABLE visits (id bigint, paid boolean NOT NULL, PRIMARY KEY (id, paid)) PARTITION BY LIST (paid);\n\
              CREATE TABLE visits_paid PARTITION OF visits FOR VALUES IN (true);\n\
              CREATE TABLE visits_open PARTITION OF visits FOR VALUES IN (false);",
        )
        .title("there are no other values"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (table, state) in roots(database).filter(|(_, state)| state.strategy == Some(Strategy::List)) {
        let relation = &table.relation;
        let children = || state.children.iter().filter_map(|oid| database.table(*oid)?.state.as_deref());
        let key = table.partition_key.first().and_then(|number| table.column_by_number(*number));
        let few = key.is_some_and(|column| column.data_type.base == "boolean") && state.children.len() >= 2;
        if few || state.children.is_empty() || children().any(TableState::is_default_partition) {
            continue;
        }
        let name = relation.sibling(&sql::derived_name(&relation.name, "_default"));
        out.relation(relation, format!("table {} has no place for values that no partition lists", relation.display()))
            .detail("INSERT of any other value fails.")
            .advice("Where such rows should be taken, create a DEFAULT partition and watch it:")
            .remedy(format!("CREATE TABLE {name} PARTITION OF {} DEFAULT;", relation.sql()));
    }
}
