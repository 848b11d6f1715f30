//! A depth beside a path, kept by hand.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ltree-depth-generated",
    category: Design,
    severity: Info,
    title: "a plain column holds the depth of an ltree path",
    why: "The depth of a path is nlevel(path). In a plain column beside it, it is right as long as every statement that moves a row \
          changes both; moving a subtree changes many.",
    remedy: "Let the server compute it: depth integer GENERATED ALWAYS AS (nlevel(path)) STORED, or compute it in the query. Adding a stored \
             column to a table in use writes the table anew: an index on nlevel(path) serves a search by depth without that.",
    parameters: &[],
    sources: &[Guide("S-123"), Manual("ltree", "nlevel"), Manual("ddl-generated-columns", "Generated Columns")],
    examples: &[
        bad("CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL, depth integer NOT NULL);\n\
             CREATE INDEX idx_categories_path ON categories USING gist (path);")
            .given("CREATE EXTENSION ltree;")
            .advice(),
        good("CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL, depth integer GENERATED ALWAYS AS (nlevel(path)) STORED);")
            .given("CREATE EXTENSION ltree;"),
        good("CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL, depth integer NOT NULL, CHECK (depth = nlevel(path)));")
            .title("a CHECK holds them together")
            .given("CREATE EXTENSION ltree;"),
        good("CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL, depth integer NOT NULL);\n\
              CREATE TRIGGER set_categories_depth BEFORE INSERT OR UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION set_depth();")
            .title("a trigger sets it")
            .given(
                "CREATE EXTENSION ltree;\n\
                 CREATE FUNCTION set_depth() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.depth = nlevel(NEW.path); RETURN NEW; END $$;",
            ),
        good("CREATE TABLE wells (id bigint PRIMARY KEY, depth integer NOT NULL);").title("no path"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let is_path = |c: &&Column| !c.data_type.is_array && c.data_type.base.rsplit('.').next() == Some("ltree");
    let Some(path) = table.columns.iter().find(is_path).filter(|_| shape::own_design(table)) else { return };
    let depth = table.columns.iter().find(|column| {
        matches!(
            column.name.as_str(),
            "depth" | "level" | "nlevel" | "path_depth" | "path_level" | "tree_depth" | "tree_level"
        ) && shape::is_integer(&column.data_type)
            && column.generated == Generated::No
    });
    let Some(depth) = depth else { return };
    let together = table.constraints.iter().any(|constraint| {
        constraint.kind == ConstraintKind::Check
            && constraint.expression.as_deref().is_none_or(|sql| {
                sql.is_empty() || shape::mentions(sql, &depth.name) && shape::mentions(sql, &path.name)
            })
    });
    let set = state.own_triggers().any(|trigger| {
        trigger.before
            && trigger.for_each_row
            && trigger.enabled != 'D'
            && (trigger.opaque || trigger.assigns.iter().any(|name| *name == depth.name.to_lowercase()))
    });
    if together || set {
        return;
    }
    let (shown, of) = (sql::ident(&depth.name), sql::ident(&path.name));
    out.column(relation, &depth.name, format!("{shown} of {} is the depth of {of}, kept by hand", relation.display()))
        .detail("It is a plain column; no generated expression, CHECK or trigger keeps it in step with the path.")
        .advice(format!(
            "In a new table let the server compute it: {shown} integer GENERATED ALWAYS AS (nlevel({of})) STORED. In a table in use, \
             compute nlevel({of}) in the query, with an index on it where it is searched for."
        ))
        .evidence("path", path.name.as_str());
}
