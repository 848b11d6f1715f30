//! ADD UNIQUE and ADD PRIMARY KEY build their index under ACCESS EXCLUSIVE.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "unique-builds-index",
    category: Locks,
    severity: Warning,
    title: "a constraint builds its index while nobody can use the table",
    why: "ADD UNIQUE and ADD PRIMARY KEY build a unique index inside ALTER TABLE, which holds ACCESS EXCLUSIVE: \
          reads and writes wait for the whole build, not only writes as with CREATE INDEX. A primary key on nullable \
          columns reads the table once more to prove NOT NULL. UNIQUE or PRIMARY KEY written with ADD COLUMN does \
          the same.",
    remedy: "Build the unique index with CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX, \
             which takes an instant and renames the index to the constraint's name. Make the columns of a primary \
             key NOT NULL first. On a partitioned table do this on each partition, then add the constraint to the \
             parent, which adopts them.",
    parameters: &[],
    sources: &[
        Guide("S-183"),
        Manual("sql-altertable", "ADD table_constraint_using_index"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE (code);").given(ORDERS),
        bad("ALTER TABLE orders ADD UNIQUE NULLS NOT DISTINCT (code) INCLUDE (amount);")
            .title("without a name, with NULLS NOT DISTINCT and INCLUDE")
            .given(ORDERS),
        bad("ALTER TABLE invoices ADD PRIMARY KEY (id);").title("a primary key on a nullable column").given(INVOICES),
        bad("ALTER TABLE accounts DROP CONSTRAINT accounts_pkey, ADD PRIMARY KEY (number);")
            .title("a primary key in place of another")
            .given(ACCOUNTS),
        bad("ALTER TABLE orders ADD COLUMN voucher text UNIQUE;").title("with a new column").given(ORDERS),
        bad("ALTER TABLE events ADD CONSTRAINT unique_payload UNIQUE (payload, happened_at);")
            .title("a partitioned table")
            .given(EVENTS),
        bad("ALTER TABLE stays ADD CONSTRAINT unique_stay UNIQUE (rooms, during WITHOUT OVERLAPS);")
            .title("a key without overlaps")
            .given(STAYS)
            .since(18)
            .advice(),
        good("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code);")),
        good("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE (code);")
            .title("an empty table")
            .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE archived_orders AS SELECT * FROM orders;\n\
             ALTER TABLE archived_orders ADD PRIMARY KEY (id);\n\
             COMMIT;",
        )
        .title("a table that this transaction made")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::ADD_CONSTRAINT.or(Kinds::ADD_COLUMN), check),
    also: &[],
    enabled: true,
};

/// `shop.accounts`, live, with a key that is not the best.
const ACCOUNTS: &str = "\
CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint NOT NULL
);
CREATE UNIQUE INDEX idx_accounts_id ON accounts (id);
INSERT INTO accounts (number) SELECT g FROM generate_series(1, 3000) AS g;
ANALYZE accounts;";

/// `shop.stays`, live, with a range.
const STAYS: &str = "\
CREATE TABLE stays (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rooms int4range NOT NULL,
    during int4range NOT NULL
);
INSERT INTO stays (rooms, during) SELECT int4range(g, g + 1), int4range(g, g + 1) FROM generate_series(1, 3000) AS g;
ANALYZE stays;";

/// `shop.invoices`, live, without a primary key.
const INVOICES: &str = "\
CREATE TABLE invoices (
    id bigint,
    amount integer NOT NULL DEFAULT 0
);
INSERT INTO invoices SELECT g, g FROM generate_series(1, 5000) AS g;
ANALYZE invoices;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    // A rewrite builds every index of the table: its rule speaks.
    if statement.impact.effects.iter().any(|effect| matches!(effect.work, Work::Rewrite(_))) {
        return;
    }
    for (number, command) in statement.commands() {
        let (column, constraints): (Option<&ColumnDef>, Vec<&ConstraintDef>) = match command {
            AlterCommand::AddConstraint(constraint) => (None, vec![constraint]),
            AlterCommand::AddColumn { column, .. } => (Some(column), column.constraints.iter().collect()),
            _ => continue,
        };
        // The server refuses it: nothing is built.
        if statement.impact.refusals.iter().any(|refusal| refusal.command == number) {
            continue;
        }
        for constraint in constraints.into_iter().filter(|constraint| constraint.using_index.is_none()) {
            let words = match constraint.kind {
                ConstraintKind::Unique => "UNIQUE",
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                _ => continue,
            };
            let builds = recipes::live_work(
                statement,
                cx,
                number,
                |work| matches!(work, Work::BuildIndex { constraint: Some(kind), concurrently: false, .. } if *kind == words),
            );
            if builds.is_empty() {
                continue;
            }
            let columns = match column {
                Some(column) => vec![column.name.clone()],
                None => constraint.columns.clone(),
            };
            let unique = recipes::Unique {
                primary: constraint.kind == ConstraintKind::PrimaryKey,
                name: constraint.name.as_deref(),
                columns: &columns,
                included: &constraint.included,
                nulls_not_distinct: constraint.nulls_not_distinct,
                deferrable: constraint.deferrable,
                deferred: constraint.deferred,
            };
            let message = format!(
                "{words} ({}) builds an index on {}{} while nobody can use it",
                columns.join(", ") + if constraint.temporal { " WITHOUT OVERLAPS" } else { "" },
                relation.display(),
                recipes::in_partitions(relation, &builds)
            );
            let nullable: Vec<&str> = columns
                .iter()
                .filter(|name| unique.primary && table.column(name).is_some_and(|column| !column.not_null))
                .map(String::as_str)
                .collect();
            let proof = if nullable.is_empty() {
                String::new()
            } else {
                format!("The table is also read to prove that {} holds no NULL.", list(&nullable, 5))
            };
            let finding = out.constraint(relation, &unique.constraint_name(table), message);
            finding
                .detail(recipes::sentences(&[recipes::holds(statement, cx, relation, "for the whole build"), proof]))
                .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
                .evidence("columns", columns.join(", "));
            if constraint.temporal {
                // ADD CONSTRAINT ... USING INDEX takes no such index.
                finding.advice(
                    "A key WITHOUT OVERLAPS cannot be built beforehand. Add it while the table is small, or to a new table that \
                     takes the place of this one.",
                );
                continue;
            }
            let script = if relation.kind == RelationKind::PartitionedTable {
                unique.online_in(cx, table, &recipes::relations(&builds))
            } else {
                unique.online(cx, table)
            };
            let add = recipes::add_column_first(statement, number, column);
            finding
                .advice("Build the index without blocking anybody, then make the constraint of it, each statement by itself:")
                .remedy(format!("{add}{script}"));
        }
    }
}
