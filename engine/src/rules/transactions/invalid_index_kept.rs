//! IF NOT EXISTS is content with an index that does not work.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "invalid-index-kept",
    category: Transactions,
    severity: Error,
    title: "IF NOT EXISTS keeps an index that is invalid",
    why: "A CREATE INDEX CONCURRENTLY that fails or is cancelled leaves an invalid index of its name behind. It \
          costs every write, serves no query, and a unique one guards only against some duplicates. Run again with \
          IF NOT EXISTS, the statement finds the name taken and reports success: the migration passes and the index \
          never works.",
    remedy: "Drop the invalid index with DROP INDEX CONCURRENTLY and build it again, or rebuild it with REINDEX \
             INDEX CONCURRENTLY. While another session is still building it (see pg_stat_progress_create_index), \
             wait.",
    parameters: &[],
    sources: &[
        Guide("S-172"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Manual("catalog-pg-index", "indisvalid"),
    ],
    examples: &[
        bad("CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_amount ON orders (amount);").given(with!(
            ORDERS,
            "CREATE INDEX idx_orders_amount ON orders (amount);\n\
             UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_amount'::regclass;"
        )),
        bad("CREATE UNIQUE INDEX IF NOT EXISTS idx_orders_code ON orders (code);")
            .title("without CONCURRENTLY, unique")
            .given(with!(
                ORDERS,
                "CREATE UNIQUE INDEX idx_orders_code ON orders (code);\n\
                 UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_code'::regclass;"
            )),
        good("CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_amount ON orders (amount);")
            .title("the index that exists is valid")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
        good("CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_amount ON orders (amount);")
            .title("there is no such index")
            .given(ORDERS),
    ],
    check: Check::Skipped(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
    let Some(index) = statement.existing.as_ref().and_then(|existing| existing.index.as_ref()) else { return };
    if index.valid || !create.if_not_exists || !cx.existing(&table.relation) {
        return;
    }
    let relation = &table.relation;
    let finding = out.index(
        &index.schema,
        &index.name,
        index.oid,
        format!("index {} exists but is invalid, and IF NOT EXISTS keeps it", index.sql()),
    );
    finding
        .detail(format!(
            "The index ({}) of {} serves no query. The statement will do nothing and report success.",
            bytes(*index.bytes),
            cx.sized(relation)
        ))
        .evidence("table", relation.display())
        .evidence("bytes", *index.bytes);
    if relation.kind == RelationKind::PartitionedTable {
        // The index of a partitioned table is valid once every partition has its part.
        finding.advice(
            "Build the missing indexes CONCURRENTLY on the partitions and attach them with ALTER INDEX ... ATTACH PARTITION.",
        );
        return;
    }
    finding.advice(
        "Unless another session is building it now (pg_stat_progress_create_index): drop it and build it again, outside a \
         transaction block:",
    );
    if create.definition.is_empty() {
        finding.remedy(format!("REINDEX INDEX CONCURRENTLY {};", index.sql()));
    } else {
        finding.remedy(format!(
            "DROP INDEX CONCURRENTLY {};\nCREATE {}INDEX CONCURRENTLY {} ON {} {};",
            index.sql(),
            if create.unique { "UNIQUE " } else { "" },
            sql::ident(&index.name),
            recipes::named(statement, &create.table),
            create.definition
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::facts::*;
    use crate::rules::testing::{found, names, table, transaction};

    #[test]
    fn a_statement_that_does_nothing_is_still_judged() {
        let create = CreateIndex {
            name: Some("idx_orders_code".to_owned()),
            table: Name::bare("orders"),
            concurrently: true,
            if_not_exists: true,
            definition: "(code)".to_owned(),
            ..CreateIndex::default()
        };
        let mut statement = Statement::new("CREATE INDEX", Ddl::CreateIndex(create));
        statement.target = Some(table(1, "orders", 5000, &["code"]));
        statement.nothing_to_do = true;
        let index = Index { schema: "shop".to_owned(), name: "idx_orders_code".to_owned(), ..Index::default() };
        statement.existing = Some(Existing { relation: Relation::default(), index: Some(index.clone()), table: None });
        let findings = found(&statement, &transaction(), 15);
        assert_eq!(names(&findings), [RULE.name]);
        assert_eq!(
            findings[0].remedy,
            "DROP INDEX CONCURRENTLY shop.idx_orders_code;\n\
             CREATE INDEX CONCURRENTLY idx_orders_code ON shop.orders (code);"
        );
        statement.existing =
            Some(Existing { relation: Relation::default(), index: Some(Index { valid: true, ..index }), table: None });
        assert!(found(&statement, &transaction(), 15).is_empty());
    }
}
