//! A btree over arrays cannot be searched for an element.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "btree-on-array",
    category: Indexes,
    severity: Info,
    title: "a btree is built on arrays",
    why: "A btree compares whole arrays. It finds a row whose array equals the one that is asked for, and no row whose array \
          contains an element: tags @> ARRAY['urgent'] reads the whole table.",
    remedy: "For @>, && and <@ use GIN. Write tags @> ARRAY['x'] rather than 'x' = ANY (tags), which no index serves. A unique \
             index, and one that is in use, is for whole arrays and is not reported.",
    parameters: &[],
    sources: &[Guide("S-213"), Manual("indexes-types", "GIN Indexes"), Manual("gin", "Built-in Operator Classes")],
    examples: &[
        bad("CREATE INDEX idx_articles_tags ON articles (tags);").given(ARTICLES),
        good("CREATE INDEX idx_articles_tags ON articles USING gin (tags);").given(ARTICLES),
        good("CREATE UNIQUE INDEX idx_articles_tags ON articles (tags);")
            .title("whole arrays, each once")
            .given(ARTICLES),
        good("CREATE INDEX idx_articles_first_tag ON articles ((tags[1]));").title("one element").given(ARTICLES),
    ],
    check: Check::Of(Aspects::INDEXES, check),
    also: &[],
    enabled: true,
};

const ARTICLES: &str =
    "CREATE TABLE articles (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tags text[] NOT NULL DEFAULT '{}');";

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for index in table.touched_indexes().filter(|index| index.valid && index.parent == 0) {
        let used = index.usage.as_ref().is_some_and(|usage| usage.scans > 0);
        if index.method != "btree" || index.unique || index.is_partition || used {
            continue;
        }
        // An array behind other keys, or among the included columns, is there to be read.
        let Some(column) = index.keys.first().and_then(|key| key.column).and_then(|n| table.column_by_number(n)) else {
            continue;
        };
        if !column.data_type.is_array {
            continue;
        }
        let message =
            format!("btree index {} on {} cannot be searched for an element", index.sql(), relation.display());
        let finding = out.index(&index.schema, &index.name, index.oid, message);
        finding
            .detail(format!("Column {} is {}.", sql::ident(&column.name), column.data_type.name))
            .evidence("column", column.name.as_str());
        let base = format!("idx_{}_{}_gin", relation.name, column.name);
        let name = sql::ident(&sql::derived_name(&base, ""));
        if relation.kind == RelationKind::Table && index.keys.len() == 1 && index.predicate.is_none() {
            let concurrently = if relation.size.is_empty() { "" } else { " CONCURRENTLY" };
            finding.advice("Where elements are looked for, put GIN in its place:").remedy(format!(
                "CREATE INDEX{concurrently} {name} ON {} USING gin ({});\nDROP INDEX{concurrently} {};",
                relation.sql(),
                sql::ident(&column.name),
                index.sql()
            ));
        } else {
            finding.advice("Where elements are looked for, put GIN in its place.");
        }
    }
}
