//! Inheritance was the way to partition before PostgreSQL 10.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "inheritance-instead-of-partitioning",
    category: Partitioning,
    severity: Info,
    title: "a table is split by inheritance and CHECK constraints",
    why: "Before PostgreSQL 10 partitions were children with a CHECK constraint each, and a trigger that sent rows to them. Their \
          pruning happens at planning time only and takes each child in turn, a unique key or foreign key of the parent does \
          not reach the children, and the trigger costs on every row.",
    remedy: "Create a partitioned table beside it, move the children over one by one (NO INHERIT, then ATTACH PARTITION, which uses \
             the CHECK constraint and reads nothing), and swap the names.",
    parameters: &[],
    sources: &[Guide("S-377"), Manual("ddl-partitioning", "Partitioning Using Inheritance"), Manual("ddl-inherit", "Caveats")],
    examples: &[
        bad("CREATE TABLE visits (id bigint PRIMARY KEY, visited_on date NOT NULL);\n\
             CREATE TABLE visits_2024 (CHECK (visited_on >= '2024-01-01' AND visited_on < '2025-01-01'), PRIMARY KEY (id)) INHERITS (visits);\n\
             CREATE TABLE visits_2025 (CHECK (visited_on >= '2025-01-01' AND visited_on < '2026-01-01'), PRIMARY KEY (id)) INHERITS (visits);")
        .advice(),
        good("CREATE TABLE cities (id bigint PRIMARY KEY, name text NOT NULL);\n\
              CREATE TABLE capitals (state text, PRIMARY KEY (id)) INHERITS (cities);")
        .title("a kind of, with columns of its own"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (table, state) in crate::rules::state::roots(database) {
        let relation = &table.relation;
        if relation.kind != RelationKind::Table || state.children.len() < 2 {
            continue;
        }
        let children: Vec<&Table> = state.children.iter().filter_map(|oid| database.table(*oid)).collect();
        // Children that divide the rows have no columns of their own, and a CHECK over one column that all of them share.
        let checked = |child: &&&Table| {
            child.constraints.iter().any(|c| {
                c.kind == ConstraintKind::Check && !c.inherited && c.columns.len() == 1 && c.expression.is_some()
            }) && child.columns.len() == table.columns.len()
        };
        let divided = children.iter().filter(checked).count();
        if divided < 2 || divided * 2 < children.len() {
            continue;
        }
        let bytes_all: u64 = children.iter().map(|child| child.relation.size.bytes).sum();
        let rows_all: u64 = children.iter().map(|child| child.relation.size.rows).sum();
        out.relation(
            relation,
            format!("table {} is split into {} children by inheritance", relation.display(), children.len()),
        )
        .detail(format!("{divided} of them have a CHECK constraint that divides the rows, as partitions would."))
        .advice("Move them into a partitioned table: NO INHERIT and ATTACH PARTITION, one by one.")
        .evidence("children", children.len())
        .impact(bytes_all, rows_all, 0);
    }
}
