//! A table that joins rows of one table lets a row be joined to itself.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "self-junction-unchecked",
    category: Design,
    severity: Info,
    title: "a table that joins rows of one table lets a row be joined to itself",
    why: "Dependencies, follows, blocks, related articles: a pair of two rows of the same table. A pair of a \
          row with itself is nearly always a bug of the caller, and code that walks the pairs runs in a circle \
          on it.",
    remedy: "Add CHECK (task_id <> depends_on_id), NOT VALID first on a table that is in use. Closure tables, \
          which hold each row with itself at depth 0, are not meant.",
    parameters: &[],
    sources: &[Guide("S-050"), Manual("ddl-constraints", "Check Constraints")],
    examples: &[
        bad("CREATE TABLE task_dependencies (\n    \
             task_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             depends_on_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             PRIMARY KEY (task_id, depends_on_id)\n\
             );\n\
             CREATE INDEX idx_task_dependencies_depends_on_id ON task_dependencies (depends_on_id);")
        .given("CREATE TABLE tasks (id bigint PRIMARY KEY);")
        .check(),
        good(
            "CREATE TABLE task_dependencies (\n    \
             task_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             depends_on_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             PRIMARY KEY (task_id, depends_on_id),\n    \
             CHECK (task_id <> depends_on_id)\n\
             );",
        )
        .given("CREATE TABLE tasks (id bigint PRIMARY KEY);")
        .check(),
        good(
            "CREATE TABLE task_paths (\n    \
             ancestor_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             descendant_id bigint NOT NULL REFERENCES tasks ON DELETE CASCADE,\n    \
             PRIMARY KEY (ancestor_id, descendant_id)\n\
             );",
        )
        .given("CREATE TABLE tasks (id bigint PRIMARY KEY);")
        .title("a closure table")
        .check(),
    ],
    check: Check::Of(Aspects::CONSTRAINTS.or(Aspects::WHOLE), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some((one, other)) = shape::junction(table) else { return };
    let ([a], [b]) = (one.columns.as_slice(), other.columns.as_slice()) else { return };
    let (Some(a), Some(b)) = (table.column_by_number(*a), table.column_by_number(*b)) else { return };
    let far =
        |key: &Constraint| key.references.as_ref().map(|r| (r.schema.clone(), r.table.clone(), r.columns.clone()));
    const CLOSURE: &[&str] = &["ancestor", "descendant", "ancestors", "descendants", "closure"];
    let closure = [&a.name, &b.name, &relation.name].iter().any(|name| shape::has_word(name, CLOSURE));
    if !(table.whole || one.touched || other.touched) || far(one).is_none() || far(one) != far(other) || closure {
        return;
    }
    if shape::is_checked(table, a) && shape::is_checked(table, b) {
        return;
    }
    let (left, right) = (sql::ident(&a.name), sql::ident(&b.name));
    let name = recipes::constraint_name::<&str>(table, &[], "_not_itself_check");
    out.relation(relation, format!("{} lets a row be joined to itself: {left} may equal {right}", relation.display()))
        .detail("Both columns refer to the same table, and no CHECK tells them apart.")
        .advice("Keep such pairs out:")
        .remedy(recipes::add_then_validate(relation, &name, &format!("CHECK ({left} <> {right})")))
        .evidence("columns", vec![a.name.clone(), b.name.clone()]);
}
