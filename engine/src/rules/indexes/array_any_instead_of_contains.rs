//! A value is searched in an array by = ANY, which no GIN index serves.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "array-any-instead-of-contains",
    category: Indexes,
    severity: Warning,
    title: "a query searches an array by = ANY (column), which the GIN index on it does not serve",
    why: "'urgent' = ANY (tags) means the same as tags @> ARRAY['urgent'], but = is no operator of the array's GIN index: the table is \
          read from end to end, and the index is there for nothing.",
    remedy: "Write column @> ARRAY[value]. Neither form finds a value that is NULL.",
    parameters: &[],
    sources: &[Guide("S-277"), Guide("F-10"), Manual("gin", "Built-in Operator Classes")],
    examples: &[
        bad("SELECT id FROM tasks WHERE 'urgent' = ANY (tags);").given(TASKS).lint().advice(),
        bad("UPDATE tasks AS t SET note = 'seen' FROM people AS p WHERE p.id = 7 AND p.name = ANY (t.tags);")
            .title("in UPDATE, with the value of another table")
            .given(TASKS)
            .lint()
            .advice(),
        bad("CREATE FUNCTION urgent(tag text) RETURNS SETOF bigint LANGUAGE sql BEGIN ATOMIC SELECT id FROM tasks WHERE tag = ANY (tags); END;")
            .title("in the body of a function, with an argument")
            .given(TASKS)
            .lint()
            .advice(),
        good("SELECT id FROM tasks WHERE tags @> ARRAY['urgent'];").given(TASKS).lint(),
        good("SELECT id FROM tasks WHERE note = ANY (ARRAY['a', 'b']);").title("a list of values").given(TASKS).lint(),
        good("SELECT id FROM tasks WHERE id = 7 AND 'urgent' = ANY (tags);")
            .title("the rows are found by another index")
            .given(TASKS)
            .lint(),
        good("SELECT id FROM tasks WHERE 7 = ANY (numbers);").title("no index on the array").given(TASKS).lint(),
        good("SELECT id FROM tasks WHERE 'urgent' = ANY (tags) OR id = 7;")
            .title("not a condition of its own")
            .given(TASKS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

const TASKS: &str = "\
CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE tasks (id bigint PRIMARY KEY, tags text[] NOT NULL, numbers integer[], note text);
INSERT INTO tasks SELECT g, ARRAY['t' || g] FROM generate_series(1, 5000) AS g;
CREATE INDEX idx_tasks_tags ON tasks USING gin (tags);
ANALYZE tasks;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for search in statement.searches.iter().filter(|search| !search.any.is_empty()) {
        let relation = &search.table.relation;
        if search.is_narrowed() || !cx.live(relation) {
            continue;
        }
        for column in search.any.iter().filter_map(|number| search.table.column_by_number(*number)) {
            let Some(index) = super::gin_on(&search.table, column.number) else { continue };
            let shown = sql::ident(&column.name);
            let message = format!("= ANY ({shown}) reads all of {}", relation.display());
            out.column(relation, &column.name, message)
                .detail(format!("Index {} does not serve it; {} are read.", index.sql(), rows(relation.size.rows)))
                .advice(format!("Write {shown} @> ARRAY[...], which means the same."))
                .evidence("index", index.sql());
        }
    }
}
