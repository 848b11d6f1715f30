//! A name that says in which environment it lives.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "environment-in-name",
    category: Naming,
    severity: Info,
    title: "a schema or table carries an environment in its name",
    why: "orders_prod is called so on the test system as well, or the code has to know where it runs; a script that was written for one environment \
          does not run in the other, and one day runs against the wrong one.",
    remedy: "Use the same names everywhere; let the database, the server or the connection say which environment it is.",
    parameters: &[Parameter {
        name: "words",
        default: List(&["dev", "devel", "preprod", "prod", "production", "qa", "uat"]),
        what: "words at the end of a table's name, or at either end of a schema's, that name an environment",
    }],
    sources: &[Guide("S-002")],
    examples: &[
        bad("CREATE TABLE orders_prod (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .given("SELECT architect.configure('table-name-plural', 'off');")
            .advice(),
        good(
            "CREATE TABLE development_projects (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
              CREATE TABLE prod_groups (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
              CREATE TABLE productions (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
        )
        .title("words that mean something else"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let words = cx.list("words", &Relation::default());
    let is_environment = |word: &str| words.iter().any(|known| known == word);
    for schema in database.schemas.iter().filter(|schema| !schema.exempt && database.scope.is_none()) {
        let parts: Vec<&str> = schema.name.split('_').collect();
        let Some(word) = [parts.first(), parts.last()].into_iter().flatten().find(|word| is_environment(word)) else {
            continue;
        };
        out.object(
            "schema",
            "",
            &schema.name,
            format!("schema name {} names an environment", sql::ident(&schema.name)),
        )
        .detail(format!("{word} says where it lives, not what it holds."))
        .advice("Use the same names in every environment.");
    }
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && !table.relation.is_partition) {
        let relation = &table.relation;
        let Some((_, word)) = relation.name.rsplit_once('_').filter(|(_, word)| is_environment(word)) else { continue };
        out.relation(relation, format!("table name {} names an environment", relation.display()))
            .detail(format!("{word} says where it lives, not what it holds."))
            .advice("Use the same names in every environment.");
    }
}
