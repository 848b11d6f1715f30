//! A plain CREATE INDEX holds SHARE on its table until the build ends.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-not-concurrent",
    category: Locks,
    severity: Warning,
    title: "an index is built while writes wait",
    why: "CREATE INDEX holds a SHARE lock on the table from its first page to its last: reads go on, but every \
          INSERT, UPDATE and DELETE waits until the index is built, and everything behind them waits too.",
    remedy: "Build it with CREATE INDEX CONCURRENTLY, outside a transaction block. It takes longer and waits for \
             older transactions, but blocks nobody. A build that fails leaves an invalid index behind: drop it with \
             DROP INDEX CONCURRENTLY and build again.",
    parameters: &[],
    sources: &[
        Guide("S-171"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Manual("explicit-locking", "SHARE"),
    ],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount);").given(ORDERS),
        bad("CREATE UNIQUE INDEX idx_orders_code ON orders (lower(code)) WHERE code IS NOT NULL;")
            .title("unique, on an expression, partial")
            .given(ORDERS),
        bad("CREATE INDEX idx_arrivals_day ON arrivals (day);")
            .title("the last ANALYZE found no row; many came since")
            .given(
                "CREATE TABLE arrivals (id bigint NOT NULL, day date NOT NULL);\n\
             INSERT INTO arrivals VALUES (1, '2026-01-01');\n\
             DELETE FROM arrivals;\n\
             ANALYZE arrivals;\n\
             INSERT INTO arrivals SELECT g, '2026-01-02' FROM generate_series(1, 5000) AS g;",
            ),
        good("CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);").given(ORDERS),
        good("CREATE INDEX idx_orders_amount ON orders (amount);").title("an empty table").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE archived_orders AS SELECT * FROM orders;\n\
             ALTER TABLE archived_orders ADD PRIMARY KEY (id);\n\
             CREATE INDEX idx_archived_orders_amount ON archived_orders (amount);\n\
             COMMIT;",
        )
        .title("a table that this transaction made, full of rows")
        .given(ORDERS),
        good(
            "CREATE TEMPORARY TABLE orders AS SELECT * FROM shop.orders;\n\
             CREATE INDEX idx_orders_amount ON orders (amount);",
        )
        .title("a temporary table in front of the real one")
        .given(ORDERS),
        good("CREATE INDEX IF NOT EXISTS idx_orders_amount ON orders (amount);")
            .title("the index is there already")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
    ],
    check: Check::On(Kinds::CREATE_INDEX, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
    // On a partitioned table CONCURRENTLY is refused: `partitioned-index-build` speaks there.
    // The rows of inheriting tables are not in the index: the effect knows the table's own.
    let built_on_live = statement.impact.effects.iter().any(|effect| cx.live(&effect.relation));
    if create.concurrently || table.relation.kind == RelationKind::PartitionedTable || !built_on_live {
        return;
    }
    let lock = statement.impact.lock_on(table.relation.oid);
    let relation = &table.relation;
    let finding =
        out.relation(relation, format!("CREATE INDEX blocks writes to {} while it builds", relation.display()));
    finding
        .detail(recipes::holds(statement, cx, relation, "for the whole build"))
        .advice("Build the index without blocking writes, outside a transaction block:")
        .evidence("lock", lock.as_str());
    if let Some(name) = &create.name {
        finding.evidence("index", name.as_str()).discriminator(name.as_str());
    }
    if !create.definition.is_empty() {
        finding.remedy(format!(
            "CREATE {}INDEX CONCURRENTLY {}ON {} {};",
            if create.unique { "UNIQUE " } else { "" },
            create.name.as_deref().map(|name| format!("{} ", sql::ident(name))).unwrap_or_default(),
            relation.sql(),
            create.definition
        ));
    }
}
