//! A published table can no longer say which row it means.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "replica-identity-lost",
    category: Breakage,
    severity: Error,
    title: "a published table loses its replica identity",
    why: "A publication that publishes UPDATE or DELETE needs to name the row: by the primary key, by the index of REPLICA IDENTITY USING INDEX, or by the whole row. When the key or that index goes, or becomes deferrable, nothing happens at once; but from then on every UPDATE and DELETE of the table fails on the publisher.",
    remedy: "Choose another identity before the old one goes: REPLICA IDENTITY USING INDEX with a unique index over NOT NULL columns, or REPLICA IDENTITY FULL, which sends whole rows and is slow on the subscriber without an index.",
    parameters: &[],
    sources: &[Manual("logical-replication-publication", "Replica Identity"), Manual("sql-altertable", "REPLICA IDENTITY"), Code("src/backend/executor/execReplication.c", "CheckCmdReplicaIdentity")],
    examples: &[
        bad("ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY (id) DEFERRABLE;")
            .title("a deferrable key is no identity")
            .given(with!(EMPTY_ORDERS, "CREATE PUBLICATION sales FOR TABLE orders;")),
        bad("DROP INDEX orders_code_identity;")
            .title("the chosen index; FOR ALL TABLES counts")
            .given(with!(
                EMPTY_ORDERS,
                "ALTER TABLE orders ALTER COLUMN code SET NOT NULL;\n\
                 CREATE UNIQUE INDEX orders_code_identity ON orders (code);\n\
                 ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_code_identity;\n\
                 CREATE PUBLICATION everything FOR ALL TABLES;"
            )),
        good("BEGIN;\nALTER TABLE orders REPLICA IDENTITY FULL;\nALTER TABLE orders DROP CONSTRAINT orders_pkey;\nCOMMIT;")
            .title("the whole row is the identity")
            .given(with!(EMPTY_ORDERS, "CREATE PUBLICATION sales FOR TABLE orders;")),
        good("ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id);")
            .title("another key takes its place")
            .given(with!(EMPTY_ORDERS, "CREATE PUBLICATION sales FOR TABLE orders;")),
        good("ALTER TABLE orders DROP CONSTRAINT orders_pkey;")
            .title("only INSERT is published")
            .given(with!(EMPTY_ORDERS, "CREATE PUBLICATION sales FOR TABLE orders WITH (publish = 'insert');")),
        good("ALTER TABLE orders DROP CONSTRAINT orders_pkey;").title("it is not published").given(EMPTY_ORDERS),
    ],
    check: Check::Of(Aspects::LOSSES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let lost = table.lost_primary_key || !table.lost_indexes.is_empty();
    if !lost || table.whole || table.names_rows() || !*table.publishes_changes {
        return;
    }
    let relation = &table.relation;
    let finding =
        out.relation(relation, format!("{} is published and has no replica identity any more", relation.display()));
    finding.detail(
        "A publication publishes its UPDATEs or DELETEs. From the commit on every UPDATE and DELETE of the table fails: there is \
         nothing by which a subscriber could find the row.",
    );
    let other = table.indexes.iter().find(|index| serves(table, index));
    match other {
        Some(index) => finding.advice("Another unique index over NOT NULL columns can be the identity:").remedy(
            format!("ALTER TABLE {} REPLICA IDENTITY USING INDEX {};", relation.sql(), sql::ident(&index.name)),
        ),
        None => finding
            .advice(
                "Until there is a key again the whole row can be the identity (slow on a subscriber without an index):",
            )
            .remedy(format!("ALTER TABLE {} REPLICA IDENTITY FULL;", relation.sql())),
    };
}

/// Whether REPLICA IDENTITY USING INDEX takes the index.
fn serves(table: &Table, index: &Index) -> bool {
    let not_null = |key: &IndexKey| {
        key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| column.not_null)
    };
    index.unique && index.valid && index.immediate && index.predicate.is_none() && index.keys.iter().all(not_null)
}
