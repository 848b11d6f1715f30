//! One sequence for several tables ties their life and their limits together.

use super::feeds;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "shared-sequence",
    category: Capacity,
    severity: Info,
    title: "one sequence fills columns of several tables",
    why: "Each table uses up the numbers of all, so the sequence ends sooner than any of them suggests, and the first column that is \
          full stops only its own table. It is often an accident: CREATE TABLE ... (LIKE ... INCLUDING DEFAULTS) copies the \
          default with the other table's sequence in it. A sequence that belongs to one of the tables cannot go without the \
          others: DROP TABLE is refused, and with CASCADE takes their defaults away.",
    remedy: "Give each table a sequence of its own (an identity column). Where one series of numbers is meant, let no table own the \
             sequence: ALTER SEQUENCE ... OWNED BY NONE.",
    parameters: &[],
    sources: &[Guide("S-031"), Manual("sql-createtable", "LIKE, INCLUDING DEFAULTS"), Manual("sql-createsequence", "OWNED BY")],
    examples: &[
        bad("CREATE TABLE old_invoices (LIKE invoices INCLUDING DEFAULTS, PRIMARY KEY (id));")
            .title("LIKE copies the default and with it the sequence")
            .given("CREATE TABLE invoices (id bigserial PRIMARY KEY, number text NOT NULL);"),
        bad("CREATE SEQUENCE document_numbers;\n\
             CREATE TABLE invoices (id bigint DEFAULT nextval('document_numbers') PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint DEFAULT nextval('document_numbers') PRIMARY KEY);")
        .title("one series for two tables")
        .advice(),
        good("CREATE TABLE old_invoices (LIKE invoices INCLUDING ALL);")
            .title("an identity column is copied with a sequence of its own")
            .given("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL);"),
        good("CREATE TABLE events (id bigserial, year integer NOT NULL, PRIMARY KEY (id, year)) PARTITION BY RANGE (year);\n\
              CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (MINVALUE) TO (2025);\n\
              CREATE TABLE events_high PARTITION OF events FOR VALUES FROM (2025) TO (MAXVALUE);")
        .title("partitions share it by design"),
        good("CREATE TABLE special_invoices () INHERITS (invoices);")
            .title("children by inheritance too")
            .given("CREATE TABLE invoices (id bigserial PRIMARY KEY, number text NOT NULL);"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for sequence in database.sequences.iter().filter(|s| !s.exempt && s.feeds.len() > 1 && database.in_scope(s.oid)) {
        let fed = feeds(database, sequence);
        let mut tables: Vec<&Table> = Vec::new();
        for feed in &fed {
            let root = database.root(feed.table);
            if !*root.relation.exempt && tables.iter().all(|known| known.relation.oid != root.relation.oid) {
                tables.push(root);
            }
        }
        if tables.len() < 2 {
            continue;
        }
        tables.sort_by_key(|table| table.relation.oid);
        let name = sql::qualified(&sequence.schema, &sequence.name);
        let names: Vec<String> = tables.iter().map(|table| table.relation.display()).collect();
        let finding = out.object(
            "sequence",
            &sequence.schema,
            &sequence.name,
            format!("sequence {name} fills {} tables: {}", tables.len(), list(&names, 3)),
        );
        finding.object.oid = sequence.oid;
        finding.evidence("tables", names.clone()).impact(0, tables.iter().map(|t| t.relation.size.rows).sum(), 0);
        let owner = sequence.owned_by.and_then(|(oid, _)| database.table(oid));
        match owner {
            Some(owner) => {
                finding
                    .severity(Warning)
                    .detail(format!(
                        "It belongs to {}: DROP TABLE is refused there, and with CASCADE takes the default of the others away.",
                        owner.relation.display()
                    ))
                    .advice("Give each other table a sequence of its own; it starts behind what was drawn so far:");
                let sql: Vec<String> = fed
                    .iter()
                    .filter(|feed| !feed.table.relation.is_partition && feed.table.relation.oid != owner.relation.oid)
                    .map(|feed| {
                        let relation = &feed.table.relation;
                        let own = relation
                            .sibling(&sql::derived_name(&format!("{}_{}", relation.name, feed.column.name), "_seq"));
                        let column = sql::ident(&feed.column.name);
                        let start = sequence.last_value.unwrap_or(sequence.start);
                        format!(
                            "CREATE SEQUENCE {own} AS {} START {start} OWNED BY {}.{column};\n\
                             SELECT pg_catalog.setval({}, pg_catalog.nextval({}), true);\n\
                             ALTER TABLE {} ALTER COLUMN {column} SET DEFAULT nextval({});",
                            sequence.data_type,
                            relation.sql(),
                            sql::literal(&own),
                            sql::literal(&name),
                            relation.sql(),
                            sql::literal(&own)
                        )
                    })
                    .collect();
                finding.remedy(sql.join("\n"));
            }
            None => {
                finding
                    .detail("Each of them uses up the numbers of all.")
                    .advice("Where that is not meant, give each table an identity column.");
            }
        }
    }
}
