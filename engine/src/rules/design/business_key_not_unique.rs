//! A column that names the row, whose values are all different, and nothing keeps them so.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "business-key-not-unique",
    category: Design,
    severity: Info,
    title: "a column such as email or slug is unique by luck only",
    why: "Users are found by their e-mail address, pages by their slug, products by their number. When every \
          value so far is different but no unique index says that it must be, two requests at the same moment \
          make two users with one address: code that checks first cannot prevent it.",
    remedy: "Build a unique index CONCURRENTLY. The build fails where two rows are equal already, and names the \
          value.",
    parameters: &[
        Parameter { name: "names", default: List(&["email", "email_address", "username", "user_name", "login", "slug", "sku", "isbn", "iban"]), what: "names of columns that are keys" },
        Parameter { name: "min_rows", default: Integer(1000), what: "the fewest rows that tell anything: rows" },
    ],
    sources: &[Guide("S-065"), Guide("S-033"), Manual("indexes-unique", "Unique Indexes")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL);\n\
             INSERT INTO accounts SELECT g, 'user' || g || '@example.com' FROM generate_series(1, 2000) AS g;\n\
             ANALYZE accounts;"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL);\n\
             CREATE UNIQUE INDEX idx_accounts_email_lower ON accounts (lower(email));\n\
             INSERT INTO accounts SELECT g, 'user' || g || '@example.com' FROM generate_series(1, 2000) AS g;\n\
             ANALYZE accounts;")
        .title("unique regardless of case"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, email text NOT NULL, UNIQUE (tenant_id, email));\n\
             INSERT INTO accounts SELECT g, 1, 'user' || g || '@example.com' FROM generate_series(1, 2000) AS g;\n\
             ANALYZE accounts;")
        .title("unique within its tenant"),
        good("CREATE TABLE letters (id bigint PRIMARY KEY, email text NOT NULL);\n\
             INSERT INTO letters SELECT g, 'user' || g % 700 || '@example.com' FROM generate_series(1, 2000) AS g;\n\
             ANALYZE letters;")
        .title("not a key: values repeat"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let least = u64::try_from(cx.integer("min_rows", relation)).unwrap_or(0);
    if !shape::own_design(table) || shape::is_side_table(&relation.name) || relation.size.rows < least {
        return;
    }
    let names = cx.words("names", relation);
    for column in table.columns.iter().filter(|c| names.contains(&c.name.as_str()) && shape::is_text(&c.data_type)) {
        let unique = table.indexes.iter().filter(|index| index.unique || index.exclusion).any(|index| {
            let expression =
                |key: &IndexKey| key.expression.as_deref().is_some_and(|sql| shape::mentions(sql, &column.name));
            index.mentions(column.number) || index.keys.iter().any(expression)
        });
        if unique {
            continue;
        }
        let Some(statistics) = &column.statistics else {
            let object = format!("{}.{}", relation.display(), sql::ident(&column.name));
            crate::rules::state::no_statistics(object, table, column, out);
            continue;
        };
        let distinct = if statistics.distinct < 0.0 {
            -statistics.distinct
        } else {
            statistics.distinct / relation.size.rows as f64
        };
        if distinct < 0.999 || statistics.null_fraction > 0.0 {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("values of {shown} in {} are all different, and no unique index keeps them so", relation.display()),
        );
        finding
            .detail(format!("By the planner's statistics, in {}.", cx.sized(relation)))
            .evidence("distinct_share", 1)
            .evidence("confidence", "medium");
        if relation.kind == RelationKind::Table {
            let name = recipes::unique_index_name(table, &[&column.name]);
            finding.advice("If it is a key, make it one; the build fails where two rows are equal:").remedy(format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({shown});",
                sql::ident(&name),
                relation.sql()
            ));
        } else {
            finding.advice("A unique index of a partitioned table must contain the partition key: keep the values in a table of their own.");
        }
    }
}
