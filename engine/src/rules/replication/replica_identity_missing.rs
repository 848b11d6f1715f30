//! A published table without a usable replica identity.

use crate::rule::prelude::*;

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
    also: &[],
    enabled: true,
};

const READINGS: &str = "\
SELECT architect.configure('primary-key-missing', 'off');
CREATE TABLE readings (id bigint NOT NULL, value integer NOT NULL);";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (root, (publications, without)) in super::unidentified(database, |state| state.replica_identity != 'i') {
        let Some(table) = database.table(root) else { continue };
        let relation = &table.relation;
        let parts = without.iter().any(|oid| *oid != root);
        let where_ = if parts { format!(" in {} of its partitions", without.len()) } else { String::new() };
        let nothing = without
            .iter()
            .filter_map(|oid| database.table(*oid)?.state.as_ref())
            .any(|state| state.replica_identity == 'n');
        let why = if nothing {
            "Its replica identity is NOTHING."
        } else {
            "It has no primary key that could be its replica identity."
        };
        let finding =
            out.relation(relation, format!("UPDATE and DELETE fail on published table {}{where_}", relation.display()));
        finding
            .detail(format!("It is published by {}. {why}", list(&publications, 5)))
            .evidence("publications", publications.clone());
        if parts {
            finding.advice("Add a primary key to the partitioned table, or a replica identity to the partitions.");
        } else {
            finding
                .advice("Add a primary key, and declare it (REPLICA IDENTITY DEFAULT). Until then the whole row can name it:")
                .remedy(format!("ALTER TABLE {} REPLICA IDENTITY FULL;", relation.sql()));
        }
    }
}
