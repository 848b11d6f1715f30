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
        good("DROP INDEX CONCURRENTLY idx_orders_amount;")
            .title("another index goes; that the key has none is old news")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX idx_orders_amount ON orders (amount);"
            )),
    ],
    check: Check::Table(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // Foreign tables have no indexes; what a partition or child lacks is said of its parent.
    if !relation.kind.is_table() || relation.is_partition {
        return;
    }
    if table.no_constraint_touched && table.lost_indexes.is_empty() {
        return;
    }
    // A key that never had an index is not news each time that some other index is dropped.
    let lost = |key: &Constraint| {
        table.lost_indexes.iter().any(|index| key.columns.iter().all(|column| index.contains(column)))
    };
    for key in table.foreign_keys().filter(|key| !key.inherited && (key.touched || lost(key))) {
        if table.indexes.iter().any(|index| obstacle(index, key, table).is_none()) {
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
                obstacle(index, key, table).map(|why| format!("Index {} does not serve: {why}.", index.sql()))
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

/// The SQL, or the way, to an index that serves.
fn mend(finding: &mut Finding, table: &Table, key: &Constraint, columns: &[&str]) {
    let relation = &table.relation;
    let repaired = |index: &&Index| obstacle(&Index { valid: true, ..(*index).clone() }, key, table).is_none();
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

/// Why the index does not find the rows of the key; none where it does.
fn obstacle(index: &Index, key: &Constraint, table: &Table) -> Option<String> {
    if !index.valid {
        return Some("it is invalid".to_owned());
    }
    let wanted = &key.columns;
    let btree = index.method == "btree";
    let searchable = btree || (index.method == "hash" && wanted.len() == 1);
    if !searchable {
        return Some(format!("method {} cannot be searched for the key", index.method));
    }
    let leading = index.keys.get(..wanted.len()).unwrap_or_default();
    let leads = |number: &i16| leading.iter().find(|k| k.column == Some(*number));
    if !wanted.iter().all(|number| leads(number).is_some()) {
        return Some("the key's columns are not its first ones".to_owned());
    }
    let families = key.references.as_ref().map(|r| r.opfamilies.as_slice()).unwrap_or_default();
    for (position, number) in wanted.iter().enumerate() {
        let (Some(found), Some(column)) = (leads(number), table.column_by_number(*number)) else { continue };
        if found.collation != column.collation {
            return Some(format!("its collation is not that of column {}", sql::ident(&column.name)));
        }
        // The families are those of the referenced key's btree; a hash index has one of its own.
        if btree && families.get(position).is_some_and(|family| *family != found.opfamily) {
            return Some(format!(
                "its operator class on {} is not of the family that the key uses",
                sql::ident(&column.name)
            ));
        }
    }
    match &index.predicate {
        Some(predicate) if !only_not_null(predicate, &table.column_names(wanted)) => {
            Some(format!("it holds only rows with {predicate}"))
        }
        _ => None,
    }
}

/// Whether the predicate, as PostgreSQL prints it, asks for nothing but NOT NULL of the given columns: a row that it leaves
/// out refers to nothing.
fn only_not_null(predicate: &str, columns: &[&str]) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
    bare(predicate).split(" AND ").all(|part| {
        bare(part)
            .strip_suffix(" IS NOT NULL")
            .is_some_and(|name| columns.iter().any(|column| sql::ident(column) == name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_that_leave_out_only_rows_without_a_reference() {
        let columns = ["customer_id", "Tenant"];
        assert!(only_not_null("(customer_id IS NOT NULL)", &columns));
        assert!(only_not_null("((customer_id IS NOT NULL) AND (\"Tenant\" IS NOT NULL))", &columns));
        assert!(!only_not_null("(other_id IS NOT NULL)", &columns));
        assert!(!only_not_null("((customer_id IS NOT NULL) AND (paid_at IS NULL))", &columns));
        assert!(!only_not_null("((customer_id IS NOT NULL) OR (paid_at IS NOT NULL))", &columns));
        assert!(!only_not_null("(customer_id > 0)", &columns));
    }

    #[test]
    fn only_an_index_that_finds_the_rows_serves() {
        let column = |number: i16, name: &str, collation| Column {
            number,
            name: name.to_owned(),
            collation,
            ..Column::default()
        };
        let table =
            Table { columns: vec![column(1, "tenant", 100), column(2, "customer_id", 0)].into(), ..Table::default() };
        let key = Constraint {
            kind: ConstraintKind::ForeignKey,
            columns: vec![1, 2],
            references: Some(Reference { opfamilies: vec![1994, 1976], ..Reference::default() }.into()),
            ..Constraint::default()
        };
        let index_key =
            |column, opfamily, collation| IndexKey { column: Some(column), opfamily, collation, ..IndexKey::default() };
        let index = |keys: Vec<IndexKey>| Index { method: "btree".to_owned(), valid: true, keys, ..Index::default() };
        let (tenant, customer) = (index_key(1, 1994, 100), index_key(2, 1976, 0));
        let good = index(vec![customer.clone(), tenant.clone(), index_key(3, 1976, 0)]);
        assert_eq!(obstacle(&good, &key, &table), None);
        let refused = |index: Index| obstacle(&index, &key, &table).is_some();
        assert!(refused(Index { valid: false, ..good.clone() }), "invalid");
        assert!(refused(Index { method: "brin".to_owned(), ..good.clone() }), "method");
        assert!(refused(index(vec![customer.clone()])), "too short");
        assert!(refused(index(vec![index_key(3, 1976, 0), tenant.clone(), customer.clone()])), "not leading");
        assert!(refused(Index { included: vec![1], ..index(vec![customer.clone()]) }), "INCLUDE");
        assert!(refused(index(vec![index_key(1, 2095, 100), customer.clone()])), "another operator family");
        assert!(refused(index(vec![index_key(1, 1994, 950), customer.clone()])), "another collation");
        assert!(refused(Index { predicate: Some("(customer_id > 0)".to_owned()), ..good.clone() }), "partial");
        assert!(refused(Index { method: "hash".to_owned(), ..good.clone() }), "hash of two");
        let one = Constraint { columns: vec![2], ..key.clone() };
        let hash = Index { method: "hash".to_owned(), ..index(vec![index_key(2, 1977, 0)]) };
        assert_eq!(obstacle(&hash, &one, &table), None);
        // The key exists only in a text: its operators are not known.
        let text_only = Constraint { references: Some(Lazy::default()), ..key };
        assert_eq!(obstacle(&good, &text_only, &table), None);
    }
}
