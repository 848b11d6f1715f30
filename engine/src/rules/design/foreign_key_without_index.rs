//! A foreign key whose columns have no index makes every DELETE of a referenced row read the whole referencing table.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-without-index",
    category: Design,
    severity: Warning,
    title: "a foreign key has no index on its own columns",
    why: "PostgreSQL indexes the referenced key, not the referencing columns. Without an index there, each DELETE of a \
          referenced row, and each UPDATE of its key, reads the whole referencing table to look for rows that still refer to \
          it, once per row and while the row is locked; ON DELETE CASCADE does the same. Joins from the parent to its \
          children read the whole table too. It is unnoticeable while the table is small, and an outage on the day \
          that somebody deletes a customer.",
    remedy: "Create an index that begins with the key's columns, in any order: in the same transaction for a new table, with \
             CREATE INDEX CONCURRENTLY for a table that is in use. Where the columns are mostly NULL, an index WHERE \
             column IS NOT NULL is enough.",
    parameters: &[Parameter {
        name: "ignore_small_tables",
        default: Boolean(false),
        what: "stay silent where both the referencing and the referenced table are small",
    }],
    sources: &[
        Guide("S-045"),
        Guide("S-046"),
        Guide("S-049"),
        Guide("S-054"),
        Manual("ddl-constraints", "Foreign Keys"),
        Code("src/backend/utils/adt/ri_triggers.c", "RI_FKey_noaction_del"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer_id bigint NOT NULL REFERENCES customers\n\
             );")
        .given(EMPTY_ORDERS),
        bad("BEGIN;\n\
             CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 number text NOT NULL\n\
             );\n\
             CREATE INDEX idx_invoices_number_customer_id ON invoices (number, customer_id);\n\
             COMMIT;")
        .title("the index does not begin with the key's column")
        .given(EMPTY_ORDERS),
        bad("BEGIN;\n\
             CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 paid_at timestamptz\n\
             );\n\
             CREATE INDEX idx_invoices_open ON invoices (customer_id) WHERE paid_at IS NULL;\n\
             COMMIT;")
        .title("the index leaves rows out")
        .given(EMPTY_ORDERS),
        bad("DROP INDEX CONCURRENTLY idx_orders_customer_id;")
            .title("the index of a live table's key is dropped")
            .given(ORDERS_WITH_FOREIGN_KEY),
        bad("BEGIN;\n\
             CREATE TABLE visits (\n    \
                 id bigint NOT NULL,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 started_at timestamptz NOT NULL,\n    \
                 PRIMARY KEY (id, started_at)\n\
             ) PARTITION BY RANGE (started_at);\n\
             CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
             COMMIT;")
        .title("a partitioned table: one finding for the whole tree")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  customer_id bigint NOT NULL REFERENCES customers\n\
              );\n\
              CREATE INDEX idx_invoices_customer_id ON invoices (customer_id);\n\
              COMMIT;",
        )
        .title("the index follows in the same transaction")
        .given(EMPTY_ORDERS),
        good(
            "CREATE TABLE order_notes (\n    \
                  customer_id bigint REFERENCES customers,\n    \
                  number integer,\n    \
                  PRIMARY KEY (customer_id, number)\n\
              );",
        )
        .title("the primary key begins with the column")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE shipments (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  tenant_id bigint NOT NULL,\n    \
                  depot_id bigint NOT NULL,\n    \
                  FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id)\n\
              );\n\
              CREATE INDEX idx_shipments_depot_id_tenant_id ON shipments (depot_id, tenant_id, id);\n\
              COMMIT;",
        )
        .title("several columns, in any order, with more behind them")
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));"),
        good(
            "BEGIN;\n\
              CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  customer_id bigint REFERENCES customers\n\
              );\n\
              CREATE INDEX idx_invoices_customer_id ON invoices (customer_id) WHERE customer_id IS NOT NULL;\n\
              COMMIT;",
        )
        .title("only rows without a reference are left out")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  customer_id bigint NOT NULL REFERENCES customers\n\
              );\n\
              CREATE INDEX idx_invoices_customer_id ON invoices USING hash (customer_id);\n\
              COMMIT;",
        )
        .title("a hash index on the one column")
        .given(EMPTY_ORDERS),
        bad("CREATE TABLE post_tags (\n    \
                 post_id bigint REFERENCES posts ON DELETE CASCADE,\n    \
                 tag_id bigint REFERENCES tags ON DELETE CASCADE,\n    \
                 PRIMARY KEY (post_id, tag_id)\n\
             );")
        .title("a junction: its primary key serves only the first of its two keys")
        .given(POSTS_AND_TAGS),
        bad("CREATE INDEX idx_invoices_customer_id ON invoices USING brin (customer_id);")
            .title("BRIN reads ranges of the table")
            .given(INVOICES)
            .check(),
        good(
            "CREATE TABLE folders (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 parent_id bigint REFERENCES folders,\n    \
                 name text NOT NULL,\n    \
                 UNIQUE (parent_id, name)\n\
             );",
        )
        .title("a unique key begins with the column"),
        good(
            "CREATE TABLE chapters (book_code text REFERENCES books, number integer, PRIMARY KEY (number, book_code));\n\
             CREATE INDEX idx_chapters_book_code ON chapters (book_code text_pattern_ops);",
        )
        .title("the operator class for LIKE knows the same equality")
        .given("CREATE TABLE books (code text PRIMARY KEY);")
        .check(),
        good(
            "CREATE TABLE visits (\n    \
                 id bigint NOT NULL,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 started_at timestamptz NOT NULL,\n    \
                 PRIMARY KEY (id, started_at)\n\
             ) PARTITION BY RANGE (started_at);\n\
             CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
             CREATE INDEX idx_visits_2026_customer_id ON visits_2026 (customer_id);",
        )
        .title("every partition has an index of its own")
        .given(EMPTY_ORDERS)
        .check(),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers NOT ENFORCED);")
        .title("a key that is not enforced asks nothing")
        .given(EMPTY_ORDERS)
        .since(18),
        good("DROP INDEX CONCURRENTLY idx_orders_amount;")
            .title("another index goes; that the key has none is old news")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX idx_orders_amount ON orders (amount);"
            )),
    ],
    check: Check::Of(Aspects::CONSTRAINTS.or(Aspects::LOSSES), check),
    also: &[],
    enabled: true,
};

const POSTS_AND_TAGS: &str = "\
CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);";

const INVOICES: &str = with!(
    "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);",
    "CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers
);"
);

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // Foreign tables have no indexes. What a partition lacks is said of its parent; a full check also knows which keys are the
    // partition's own. Those of a child by inheritance always are.
    if !relation.kind.is_table() || (relation.is_part() && table.state.is_none()) {
        return;
    }
    if table.no_constraint_touched && table.lost_indexes.is_empty() {
        return;
    }
    // A key that never had an index is not news each time that some other index is dropped.
    let lost = |key: &Constraint| {
        table.lost_indexes.iter().any(|index| key.columns.iter().all(|column| index.contains(column)))
    };
    for key in table.foreign_keys().filter(|key| !key.inherited && key.enforced && (key.touched || lost(key))) {
        if served(table, &key.columns, key, cx) {
            continue;
        }
        let Some(reference) = &key.references else { continue };
        let parent = Relation {
            schema: reference.schema.clone(),
            name: reference.table.clone(),
            size: Size { rows: *reference.rows, bytes: 0 }.into(),
            ..Relation::default()
        };
        if cx.boolean("ignore_small_tables", relation) && cx.small(relation) && cx.small(&parent) {
            continue;
        }
        let columns = table.column_names(&key.columns);
        let shown = sql::ident_list(&columns);
        let finding = out.constraint(
            relation,
            &key.name,
            format!("foreign key {} of {} has no index on ({shown})", sql::ident(&key.name), relation.display()),
        );
        let near: Vec<String> = table
            .indexes
            .iter()
            .filter(|index| key.columns.iter().all(|number| index.mentions(*number)))
            .filter_map(|index| {
                index.obstacle(key, table).map(|why| format!("Index {} does not serve: {why}.", index.sql()))
            })
            .collect();
        let child = if relation.size.is_empty() { relation.display() } else { cx.sized(relation) };
        let reads = format!(
            "Each DELETE from {}, and each UPDATE of its key, reads all of {child} to look for rows that refer to it. {}",
            parent.display(),
            near.join(" ")
        );
        finding
            .detail(reads.trim_end())
            .evidence("columns", columns.clone())
            .evidence("referenced_table", parent.display());
        mend(finding, table, key, &columns);
    }
}

/// Whether an index finds the rows of the key. In a full check also: whether every partition has one of its own.
fn served(table: &Table, columns: &[i16], key: &Constraint, cx: &Context) -> bool {
    let own = Constraint { columns: columns.to_vec(), ..key.clone() };
    if table.indexes.iter().any(|index| index.obstacle(&own, table).is_none()) {
        return true;
    }
    let (Some(database), Some(state)) = (cx.database, &table.state) else { return false };
    if table.relation.kind != RelationKind::PartitionedTable || state.children.is_empty() {
        return false;
    }
    let names = table.column_names(columns);
    state.children.iter().all(|child| {
        // A foreign table is asked over there.
        let Some(leaf) = database.table(*child).filter(|leaf| leaf.relation.kind.is_table()) else { return true };
        let numbers: Vec<i16> = names.iter().filter_map(|name| leaf.column(name)).map(|c| c.number).collect();
        numbers.len() == names.len() && served(leaf, &numbers, key, cx)
    })
}

/// The SQL, or the way, to an index that serves.
fn mend(finding: &mut Finding, table: &Table, key: &Constraint, columns: &[&str]) {
    let relation = &table.relation;
    let repaired = |index: &&Index| Index { valid: true, ..(*index).clone() }.obstacle(key, table).is_none();
    if let Some(invalid) = table.indexes.iter().find(|index| !index.valid && repaired(index)) {
        // On a partitioned table an index is invalid until every partition has attached its own.
        if relation.kind == RelationKind::Table {
            finding
                .advice("The index is there but its build failed. Build it again, outside a transaction block:")
                .remedy(format!("REINDEX INDEX CONCURRENTLY {};", invalid.sql()));
        } else {
            finding.advice(format!(
                "Attach an index of every partition to {} with ALTER INDEX ... ATTACH PARTITION.",
                invalid.sql()
            ));
        }
        return;
    }
    let base = format!("idx_{}_{}", relation.name, columns.join("_"));
    let name = (1..)
        .map(|n| if n == 1 { sql::derived_name(&base, "") } else { sql::derived_name(&base, &format!("_{n}")) })
        .find(|name| table.index(name).is_none())
        .unwrap_or(base);
    let sibling = relation.sibling(&name);
    let (name, on) = (sql::ident(&name), format!("{} ({})", relation.sql(), sql::ident_list(columns)));
    if relation.created_here || relation.size.is_empty() {
        finding
            .advice("Create the index in the same transaction as the table, or while the table is empty:")
            .remedy(format!("CREATE INDEX {name} ON {on};"));
    } else if relation.kind == RelationKind::PartitionedTable {
        finding.advice(format!(
            "CREATE INDEX {name} ON ONLY {on}, then build the same index CONCURRENTLY on every partition and attach each with \
             ALTER INDEX {sibling} ATTACH PARTITION."
        ));
    } else {
        finding
            .advice("Build the index without blocking writes, outside a transaction block:")
            .remedy(format!("CREATE INDEX CONCURRENTLY {name} ON {on};"));
    }
}
