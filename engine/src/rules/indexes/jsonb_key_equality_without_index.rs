//! A jsonb column is searched by the text of a key, which the GIN index on it does not serve.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "jsonb-key-equality-without-index",
    category: Indexes,
    severity: Info,
    title: "a query compares the text of a jsonb key, which the GIN index on the column does not serve",
    why: "A GIN index on a jsonb column serves @>, ?, ?| and ?& (jsonb_path_ops: @> alone), and of the paths @? and @@. metadata ->> \
          'tier' = 'gold' is a comparison of texts: the table is read from end to end, and the index is there for nothing.",
    remedy: "Write metadata @> '{\"tier\": \"gold\"}' (the value with its JSON type), or make a btree index on ((metadata ->> 'tier')).",
    parameters: &[],
    sources: &[Guide("S-212"), Guide("F-11"), Manual("datatype-json", "jsonb Indexing")],
    examples: &[
        bad("SELECT id FROM tasks WHERE metadata ->> 'tier' = 'gold';").given(TASKS).lint().advice(),
        bad("DELETE FROM tasks WHERE 'gold' = metadata ->> 'tier' AND note IS NULL;")
            .title("the other way round, in DELETE")
            .given(TASKS)
            .lint()
            .advice(),
        good("SELECT id FROM tasks WHERE metadata @> '{\"tier\": \"gold\"}';").given(TASKS).lint(),
        good("SELECT id FROM tasks WHERE metadata ->> 'tier' = 'gold';")
            .title("an index on the key")
            .given(with!(TASKS, "CREATE INDEX idx_tasks_tier ON tasks ((metadata ->> 'tier'));"))
            .lint(),
        good("SELECT id FROM tasks WHERE id = 7 AND metadata ->> 'tier' = 'gold';")
            .title("the rows are found by another index")
            .given(TASKS)
            .lint(),
        good("SELECT id FROM tasks WHERE details ->> 'tier' = 'gold';")
            .title("no index on the column")
            .given(TASKS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

const TASKS: &str = "\
CREATE TABLE tasks (id bigint PRIMARY KEY, metadata jsonb NOT NULL, details jsonb, note text);
INSERT INTO tasks SELECT g, jsonb_build_object('tier', g) FROM generate_series(1, 5000) AS g;
CREATE INDEX idx_tasks_metadata ON tasks USING gin (metadata);
ANALYZE tasks;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for search in statement.searches.iter().filter(|search| !search.keys.is_empty()) {
        let (table, relation) = (&search.table, &search.table.relation);
        if search.is_narrowed() || !cx.live(relation) {
            continue;
        }
        for (number, key) in &search.keys {
            let Some(column) = table.column_by_number(*number).filter(|c| c.data_type.base == "jsonb") else {
                continue;
            };
            let Some(index) = super::gin_on(table, *number) else { continue };
            let (shown, literal) = (sql::ident(&column.name), sql::literal(key));
            // As PostgreSQL prints it, whatever else the expression does with it.
            let taken = format!("{shown} ->> {literal}::text");
            let mut expressions =
                table.indexes.iter().flat_map(|index| &index.keys).filter_map(|k| k.expression.as_ref());
            if expressions.any(|expression| expression.contains(&taken)) {
                continue;
            }
            out.column(relation, &column.name, format!("{shown} ->> {literal} = ... reads all of {}", relation.display()))
                .detail(format!("Index {} does not serve it; {} are read.", index.sql(), rows(relation.size.rows)))
                .advice(format!(
                    "Write {shown} @> with an object, or make an index: CREATE INDEX CONCURRENTLY ON {} (({shown} ->> {literal}));",
                    relation.sql()
                ))
                .evidence("key", key.as_str())
                .evidence("index", index.sql())
                .discriminator(key.as_str());
        }
    }
}
