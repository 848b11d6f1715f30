//! A relation that changes its name or schema is gone for the code that was deployed before.

use crate::context::Moment;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "relation-renamed",
    category: Breakage,
    severity: Warning,
    title: "a table, view or sequence is renamed or moved under running code",
    why: "RENAME and SET SCHEMA only write the catalog, but they take effect for everybody at once: code that was deployed \
          before fails with 'relation does not exist', and code that is deployed after fails until then. Views and foreign \
          keys follow, because they hold identities; queries in applications, functions in PL/pgSQL and jobs hold names.",
    remedy: "Put a view under the old name in the same transaction: a view of a single table passes INSERT, UPDATE and \
             DELETE through. Grant on it what is granted on the table. Drop it when nothing reads it any more. A swap, in \
             which another relation takes the old name over, is no rename for the code and is not reported.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "RENAME, SET SCHEMA"),
        Manual("sql-createview", "Updatable Views"),
        Code("src/backend/commands/tablecmds.c", "RenameRelationInternal"),
    ],
    examples: &[
        bad("ALTER TABLE orders RENAME TO purchases;").given(ORDERS),
        bad("ALTER TABLE orders SET SCHEMA archive;").title("SET SCHEMA").given(ORDERS_AND_ARCHIVE),
        bad("ALTER VIEW order_totals RENAME TO customer_totals;").title("a view").given(ORDERS_WITH_VIEW),
        bad("ALTER SEQUENCE invoice_numbers RENAME TO invoice_counters;")
            .title("a sequence: nextval('invoice_numbers') fails")
            .given("CREATE SEQUENCE invoice_numbers;")
            .advice(),
        good(
            "BEGIN;\n\
             ALTER TABLE orders RENAME TO purchases;\n\
             CREATE VIEW orders WITH (security_invoker = true) AS SELECT * FROM purchases;\n\
             COMMIT;",
        )
        .title("a view takes the old name over")
        .given(ORDERS),
        good(
            "BEGIN;\n\
             ALTER TABLE orders RENAME TO orders_old;\n\
             ALTER TABLE orders_new RENAME TO orders;\n\
             COMMIT;",
        )
        .title("a swap")
        .given(ORDERS_AND_COPY),
        good("ALTER INDEX idx_orders_amount RENAME TO idx_orders_by_amount;")
            .title("an index: no query uses its name")
            .given(ORDERS_WITH_INDEX),
        good("ALTER TABLE orders RENAME TO purchases;").title("an empty table").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
             ALTER TABLE carts RENAME TO baskets;\n\
             COMMIT;",
        )
        .title("a table that this transaction made"),
    ],
    // Not `Check::Renamed`: a swap shows only in the list as a whole, because the relation that takes the name over has an
    // old name too, and nobody takes that one.
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

fn check(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for renamed in &aftermath.renamed {
        let relation = &renamed.relation;
        let same_place = |schema: &str, name: &str| schema == relation.schema && name == relation.name;
        let there_and_back = same_place(&renamed.old_schema, &renamed.old_name);
        let takes_over = aftermath
            .renamed
            .iter()
            .any(|other| other.relation.oid != relation.oid && same_place(&other.old_schema, &other.old_name));
        // SET SCHEMA takes the sequences of a table's columns along: the table is the one that was moved.
        let carried = renamed.owner != 0
            && renamed.old_name == relation.name
            && aftermath.renamed.iter().any(|other| other.relation.oid == renamed.owner);
        if renamed.taken_over || there_and_back || takes_over || carried || !in_use(relation, cx) {
            continue;
        }
        let old = sql::qualified(&renamed.old_schema, &renamed.old_name);
        let kind = relation.kind.as_str();
        let finding = out.relation(
            relation,
            format!("{kind} {old} is now {}: code that uses the old name fails", relation.display()),
        );
        finding.evidence("old_name", old.as_str()).discriminator(old.as_str());
        if cx.moment == Moment::Lint {
            finding.position = Some(renamed.position);
        }
        if relation.kind == RelationKind::Sequence {
            finding
                .detail("Calls of nextval() and setval() that give the name as text fail once this commits; column defaults follow.")
                .advice("Rename it after the code that names it is gone, or let that code use the column's default.");
            continue;
        }
        let sizeless = matches!(relation.kind, RelationKind::View | RelationKind::ForeignTable);
        let what = if sizeless { relation.display() } else { cx.sized(relation) };
        finding
            .detail(format!("Every query that names {old} fails from this commit on; only {what} is left."))
            .advice(
                "Put a view under the old name before COMMIT, with the same grants, and drop it when nothing reads it any more:",
            )
            .remedy(format!("CREATE VIEW {old} WITH (security_invoker = true) AS SELECT * FROM {};", relation.sql()));
    }
}

/// Whether deployed code may use the relation. Views, foreign tables and sequences have no size that would tell.
fn in_use(relation: &Relation, cx: &Context) -> bool {
    match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView => {
            // A partition is reached through its parent, whose name stays.
            cx.live(relation) && !relation.is_partition
        }
        RelationKind::View | RelationKind::ForeignTable | RelationKind::Sequence => {
            cx.judged(relation) && !relation.created_here
        }
        RelationKind::Index | RelationKind::PartitionedIndex | RelationKind::CompositeType | RelationKind::Toast => {
            false
        }
    }
}
