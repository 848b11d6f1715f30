//! A table without a primary key has no way to name one of its rows.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-missing",
    category: Design,
    severity: Warning,
    title: "a table has no primary key",
    why: "Without a primary key nothing keeps the same row from being stored twice, no foreign key can refer to the table \
          by default, and no tool can name a row: logical replication refuses UPDATE and DELETE on a published table \
          without a replica identity, and tools that repack, copy or compare tables need a key. The longer it waits, \
          the more duplicates are in the way.",
    remedy: "Declare the columns that identify a row as the key. Where there are none, add an identity column. On a table \
             that is in use, build a unique index CONCURRENTLY over NOT NULL columns and promote it with ADD CONSTRAINT ... \
             PRIMARY KEY USING INDEX, which only writes the catalog.",
    parameters: &[Parameter {
        name: "ignore_unlogged",
        default: Boolean(false),
        what: "stay silent for UNLOGGED tables (staging)",
    }],
    sources: &[
        Guide("S-027"),
        Guide("S-384"),
        Guide("F-24"),
        Manual("ddl-constraints", "Primary Keys"),
        Manual("logical-replication-publication", "Replica Identity"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (number text NOT NULL, issued_at timestamptz NOT NULL);"),
        bad("BEGIN;\n\
             CREATE TABLE invoices (number text NOT NULL, issued_at timestamptz NOT NULL);\n\
             CREATE UNIQUE INDEX idx_invoices_number ON invoices (number);\n\
             COMMIT;")
        .title("a unique index that could be the key"),
        bad("CREATE TABLE old_orders AS SELECT * FROM orders;")
            .title("CREATE TABLE AS copies no key")
            .given(EMPTY_ORDERS),
        bad("CREATE TABLE visits (id bigint NOT NULL, visited_at timestamptz NOT NULL) PARTITION BY RANGE (visited_at);")
            .title("a partitioned table: its key has to contain the partition key"),
        bad("ALTER TABLE orders DROP CONSTRAINT orders_pkey;").title("the key is dropped").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE old_orders AS SELECT * FROM orders;\n\
              ALTER TABLE old_orders ADD PRIMARY KEY (id);\n\
              COMMIT;",
        )
        .title("the key follows in the same transaction")
        .given(EMPTY_ORDERS),
        good("CREATE TEMPORARY TABLE picked (order_id bigint);").title("a temporary table"),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a partition")
            .given(EVENTS),
        good("CREATE TABLE special_orders () INHERITS (orders);").title("a child by inheritance").given(EMPTY_ORDERS),
        good("ALTER TABLE settings ADD COLUMN changed_at timestamptz;")
            .title("a change of another kind on a table that never had one")
            .given("CREATE TABLE settings (name text NOT NULL, value text);"),
    ],
    check: Check::Of(Aspects::WHOLE.or(Aspects::LOSSES), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // A key may be gone only where something was dropped; on other changes of an old table the rule would nag.
    let judged = table.whole || table.lost_primary_key;
    if !judged || !relation.kind.is_table() || relation.is_partition || table.primary_key().is_some() {
        return;
    }
    if relation.persistence == Persistence::Unlogged && cx.boolean("ignore_unlogged", relation) {
        return;
    }
    let finding = out.relation(relation, format!("table {} has no primary key", relation.display()));
    let made = if table.created_as { " CREATE TABLE AS copies columns and rows, never keys." } else { "" };
    let shown = if relation.size.is_empty() { relation.display() } else { cx.sized(relation) };
    finding.detail(format!("{shown} can hold the same row twice, and no foreign key can refer to it.{made}"));
    let name = sql::ident(&sql::derived_name(&relation.name, "_pkey"));
    let unique: Vec<&Index> = table.indexes.iter().filter(|index| identifies_rows(index, table)).collect();
    // A constraint's index cannot be promoted.
    if let Some(index) = unique.iter().find(|index| index.constraint.is_none() && relation.kind == RelationKind::Table)
    {
        finding
            .advice("Promote the unique index; this writes only the catalog and renames the index:")
            .remedy(format!(
                "ALTER TABLE {} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {};",
                relation.sql(),
                sql::ident(&index.name)
            ))
            .evidence("index", index.sql());
    } else if let Some(constraint) = unique.iter().find_map(|index| index.constraint.as_deref()) {
        finding.advice(format!(
            "Constraint {} identifies the rows already: declare it PRIMARY KEY instead of UNIQUE.",
            sql::ident(constraint)
        ));
    } else if !relation.size.is_empty() {
        finding.advice(
            "Build a unique index CONCURRENTLY over columns that identify a row and are NOT NULL, then promote it with ALTER TABLE \
             ... ADD CONSTRAINT ... PRIMARY KEY USING INDEX.",
        );
    } else if let Some(columns) = id_key(table) {
        finding.advice("Declare the key while the table is empty:").remedy(format!(
            "ALTER TABLE {} ADD PRIMARY KEY ({});",
            relation.sql(),
            sql::ident_list(&columns)
        ));
    } else if relation.kind == RelationKind::Table && table.column("id").is_none() {
        finding.advice("Declare the columns that identify a row as the key or, where there are none, add one:").remedy(
            format!("ALTER TABLE {} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;", relation.sql()),
        );
    } else {
        finding.advice("Declare the columns that identify a row as the primary key; for a partitioned table the partition key is among them.");
    }
}

/// Whether the index could be the primary key's: `transformIndexConstraint` asks for the same.
fn identifies_rows(index: &Index, table: &Table) -> bool {
    index.valid
        && index.unique
        && index.immediate
        && !index.nulls_not_distinct
        && index.method == "btree"
        && index.predicate.is_none()
        && index.keys.iter().all(|key| {
            !key.descending
                && !key.nulls_first
                && key
                    .column
                    .and_then(|number| table.column_by_number(number))
                    .is_some_and(|column| column.not_null && column.collation == key.collation)
        })
}

/// A column `id` that is wide enough, with the columns of the partition key behind it.
fn id_key(table: &Table) -> Option<Vec<&str>> {
    let id = table.column("id").filter(|id| matches!(id.data_type.base.as_str(), "bigint" | "uuid"))?;
    // A partition key that holds an expression allows no primary key at all.
    if table.relation.kind == RelationKind::PartitionedTable && table.partition_key.is_empty() {
        return None;
    }
    let mut columns = vec![id.name.as_str()];
    columns.extend(table.column_names(&table.partition_key).into_iter().filter(|name| *name != "id"));
    Some(columns)
}
