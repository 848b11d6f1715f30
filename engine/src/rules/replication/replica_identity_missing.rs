//! A published table without a usable replica identity.

use crate::rule::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// The rule.
pub static RULE: Rule = Rule {
    name: "replica-identity-missing",
    category: Replication,
    severity: Error,
    title: "UPDATE and DELETE fail on a published table without a replica identity",
    why: "To publish an UPDATE or DELETE the server must name the old row: by the primary key, by a unique index, or by the whole \
          row. A table that a publication brings in (FOR ALL TABLES, or a schema) without any of them takes INSERT, and \
          refuses every UPDATE and DELETE from that moment on. In a partitioned table the identity of the partition counts.",
    remedy: "Add a primary key. Until then REPLICA IDENTITY USING INDEX names a unique index over NOT NULL columns; FULL logs whole \
             rows, which is slow to apply.",
    parameters: &[],
    sources: &[
        Guide("S-409"),
        Manual("logical-replication-publication", "replica identity"),
        Code("src/backend/executor/execReplication.c", "CheckCmdReplicaIdentity"),
    ],
    examples: &[
        bad("CREATE PUBLICATION changes FOR TABLE readings;").given(READINGS).title("no key at all"),
        bad("ALTER TABLE readings ADD PRIMARY KEY (id);\nALTER TABLE readings REPLICA IDENTITY NOTHING;\n\
             CREATE PUBLICATION changes FOR TABLE readings;")
        .given(READINGS)
        .title("NOTHING by declaration"),
        bad("CREATE PUBLICATION changes FOR TABLES IN SCHEMA shop;").given(READINGS).title("by its schema"),
        bad("ALTER TABLE readings REPLICA IDENTITY NOTHING;")
            .given(with!(
                READINGS,
                "ALTER TABLE readings ADD PRIMARY KEY (id);\nCREATE PUBLICATION changes FOR TABLE readings;"
            ))
            .title("taken away later"),
        bad("CREATE TABLE measurements (id bigint NOT NULL, value integer NOT NULL);")
            .given("SELECT architect.configure('primary-key-missing', 'off');\nCREATE PUBLICATION everything FOR ALL TABLES;")
            .title("a new table falls into FOR ALL TABLES"),
        bad("ALTER PUBLICATION changes SET (publish = 'insert, update');")
            .given(with!(READINGS, "CREATE PUBLICATION changes FOR TABLE readings WITH (publish = 'insert');"))
            .title("more is published"),
        bad("ALTER PUBLICATION changes ADD TABLE parts;")
            .given(with!(
                READINGS,
                "CREATE PUBLICATION changes;\nCREATE TABLE parts (id bigint NOT NULL) PARTITION BY RANGE (id);\n\
                 CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);\n\
                 CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);"
            ))
            .title("told once for all partitions")
            .advice(),
        bad("CREATE PUBLICATION changes FOR TABLE readings;").given(READINGS).title("as a full check finds it").check(),
        bad("CREATE PUBLICATION changes FOR TABLE readings;").given(READINGS).title("in a text").lint(),
        bad("CREATE PUBLICATION changes FOR ALL TABLES;").given(READINGS).title("all tables, in a text").lint(),
        bad("CREATE TABLE measurements (id bigint NOT NULL, value integer NOT NULL);\n\
             CREATE PUBLICATION changes FOR TABLES IN SCHEMA shop WITH (publish = 'delete');")
        .given("SELECT architect.configure('primary-key-missing', 'off');")
        .title("in a text, on a table of its own")
        .lint()
        .advice(),
        bad("CREATE TABLE copies AS SELECT id, value FROM readings;")
            .given(with!(READINGS, "CREATE PUBLICATION changes FOR TABLES IN SCHEMA shop;"))
            .title("CREATE TABLE AS, in a text")
            .lint()
            .advice(),
        bad("ALTER TABLE staging.readings SET SCHEMA shop;")
            .given(IN_STAGING)
            .title("moved into a schema that is published"),
        bad("ALTER TABLE staging.readings SET SCHEMA shop;")
            .given(IN_STAGING)
            .title("moved into a schema that is published, in a text")
            .lint()
            .advice(),
        good("ALTER TABLE staging.readings ADD PRIMARY KEY (id);\nALTER TABLE staging.readings SET SCHEMA shop;")
            .given(IN_STAGING)
            .title("moved with a key"),
        bad("CREATE PUBLICATION changes FOR TABLE orders WHERE (amount > 0);")
            .given(EMPTY_ORDERS)
            .title("a filter by a column that is not part of the identity"),
        bad("CREATE PUBLICATION changes FOR TABLE orders (amount, code);")
            .given(EMPTY_ORDERS)
            .title("a column list without the identity")
            .advice(),
        good("CREATE PUBLICATION changes FOR TABLE orders (id, code) WHERE (id > 0);")
            .given(EMPTY_ORDERS)
            .title("the filter and the list keep to the identity"),
        good("CREATE PUBLICATION changes FOR TABLE orders WHERE (amount > 0) WITH (publish = 'insert');")
            .given(EMPTY_ORDERS)
            .title("a filter of INSERT only"),
        good("CREATE PUBLICATION changes FOR TABLE readings;\nALTER TABLE readings REPLICA IDENTITY FULL;")
            .given(READINGS)
            .title("a text is judged at its end")
            .lint(),
        good("CREATE PUBLICATION changes FOR TABLE readings;\nDROP PUBLICATION changes;")
            .given(READINGS)
            .title("and what it drops again is no matter")
            .lint(),
        good("BEGIN;\nCREATE PUBLICATION changes FOR TABLE readings;\nALTER TABLE readings ADD PRIMARY KEY (id);\nCOMMIT;")
            .given(READINGS)
            .title("the key comes in the same transaction"),
        good("ALTER TABLE readings ADD COLUMN note text;")
            .given(with!(READINGS, "CREATE PUBLICATION changes FOR TABLE readings;"))
            .title("it was so before"),
        good("CREATE PUBLICATION changes FOR TABLE readings WITH (publish = 'insert');")
            .given(READINGS)
            .title("only INSERT is published"),
        good("CREATE PUBLICATION changes FOR TABLE orders;").given(EMPTY_ORDERS).title("the primary key identifies rows"),
        good("ALTER TABLE readings REPLICA IDENTITY FULL;\nCREATE PUBLICATION changes FOR TABLE readings;")
            .given(READINGS)
            .title("the whole row"),
        good("CREATE UNIQUE INDEX readings_id ON readings (id);\n\
              ALTER TABLE readings REPLICA IDENTITY USING INDEX readings_id;\nCREATE PUBLICATION changes FOR TABLE readings;")
        .given(READINGS)
        .title("a unique index"),
        good("CREATE PUBLICATION changes FOR TABLE events;").given(EVENTS).title("partitions with the key of their parent"),
    ],
    check: Check::Database(check),
    also: &[Check::Aftermath(left)],
    enabled: true,
};

const IN_STAGING: &str = "\
SELECT architect.configure('primary-key-missing', 'off');
DROP SCHEMA IF EXISTS staging CASCADE;
CREATE SCHEMA staging;
CREATE TABLE staging.readings (id bigint NOT NULL, value integer NOT NULL);
CREATE PUBLICATION changes FOR TABLES IN SCHEMA shop;";

const READINGS: &str = "\
SELECT architect.configure('primary-key-missing', 'off');
CREATE TABLE readings (id bigint NOT NULL, value integer NOT NULL);";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (root, (publications, without)) in super::unidentified(database, |state| state.replica_identity != 'i') {
        let Some(table) = database.table(root) else { continue };
        let relation = &table.relation;
        let parts = without.iter().any(|oid| *oid != root);
        let nothing = without
            .iter()
            .filter_map(|oid| database.table(*oid)?.state.as_ref())
            .any(|state| state.replica_identity == 'n');
        tell(relation, &publications, parts.then_some(without.len()), nothing, out);
    }
}

/// Tables that a transaction or a text made, or brought into a publication.
fn left(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    // By the root of the partition tree: the publications, how many of its partitions, and whether one says NOTHING.
    let mut roots: Vec<(&Relation, BTreeSet<&String>, usize, bool)> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for table in aftermath.tables.iter().filter(|table| table.identity_touched) {
        let relation = &table.relation;
        let stored = relation.kind == RelationKind::Table && relation.persistence == Persistence::Permanent;
        // replica-identity-lost tells of what the transaction takes away.
        let lost = table.lost_primary_key || !table.lost_indexes.is_empty();
        if !stored || lost || table.names_rows() || table.publishers.is_empty() || !cx.judged(relation) {
            continue;
        }
        let root = table.root.as_ref();
        let top = root.unwrap_or(relation);
        let place = *places.entry((&top.schema, &top.name)).or_insert_with(|| {
            roots.push((top, BTreeSet::new(), 0, false));
            roots.len() - 1
        });
        let known = &mut roots[place];
        known.1.extend(&*table.publishers);
        known.2 += usize::from(root.is_some());
        known.3 |= table.identity == ReplicaIdentity::Nothing;
    }
    for (relation, publications, parts, nothing) in roots {
        let names: Vec<String> = publications.into_iter().map(|name| sql::ident(name)).collect();
        tell(relation, &names, (parts > 0).then_some(parts), nothing, out);
    }
    gaps(aftermath, cx, out);
}

/// Tables whose replica identity is not what their publications ask for.
fn gaps(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    for table in aftermath.tables.iter().filter(|table| table.identity_touched) {
        let relation = &table.relation;
        let stored = relation.kind == RelationKind::Table && relation.persistence == Persistence::Permanent;
        if !stored || !table.names_rows() || table.publishers.is_empty() || !cx.judged(relation) {
            continue;
        }
        let Some(gap) = *table.identity_gap else { continue };
        let top = table.root.as_ref().unwrap_or(relation);
        if !told.insert((&top.schema, &top.name)) {
            continue;
        }
        let names: Vec<String> = table.publishers.iter().map(|name| sql::ident(name)).collect();
        let does = if gap.commands == "UPDATE and DELETE" { "fail" } else { "fails" };
        let finding = out.relation(top, format!("{} {does} on published table {}", gap.commands, top.display()));
        finding
            .detail(format!("It is published by {}. {}", list(&names, 5), gap.why))
            .evidence("publications", names.clone());
        if gap.full_mends && table.root.is_none() {
            finding
                .advice("Filter by columns of the replica identity, or publish INSERT only. The whole row can be the identity, too:")
                .remedy(format!("ALTER TABLE {} REPLICA IDENTITY FULL;", top.sql()));
        } else if gap.full_mends {
            finding.advice("Filter by columns of the replica identity, or publish INSERT only.");
        } else {
            finding.advice("Publish all columns of the replica identity, or publish INSERT only.");
        }
    }
}

fn tell(relation: &Relation, publications: &[String], parts: Option<usize>, nothing: bool, out: &mut Findings) {
    let within = parts.map(|parts| format!(" in {parts} of its partitions")).unwrap_or_default();
    let why = if nothing {
        "Its replica identity is NOTHING."
    } else {
        "It has no primary key that could be its replica identity."
    };
    let finding =
        out.relation(relation, format!("UPDATE and DELETE fail on published table {}{within}", relation.display()));
    finding
        .detail(format!("It is published by {}. {why}", list(publications, 5)))
        .evidence("publications", publications.to_vec());
    if parts.is_some() {
        finding.advice("Add a primary key to the partitioned table, or a replica identity to the partitions.");
    } else {
        finding
            .advice(
                "Add a primary key, and declare it (REPLICA IDENTITY DEFAULT). Until then the whole row can name it:",
            )
            .remedy(format!("ALTER TABLE {} REPLICA IDENTITY FULL;", relation.sql()));
    }
}
