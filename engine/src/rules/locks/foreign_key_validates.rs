//! ADD FOREIGN KEY checks every row while both tables are locked.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-validates",
    category: Locks,
    severity: Warning,
    title: "a foreign key is checked for all rows while writes to two tables wait",
    why: "ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on the referencing and on the referenced table and then looks up \
          every row: INSERT, UPDATE and DELETE on both wait until it is done. With ADD COLUMN ... REFERENCES the \
          lock on the table is ACCESS EXCLUSIVE; without a DEFAULT clause there is nothing to look up and PostgreSQL \
          skips it, with any DEFAULT clause (even DEFAULT NULL) it does not.",
    remedy: "Add the foreign key NOT VALID: it guards new rows at once and looks at no old one. VALIDATE CONSTRAINT \
             in another transaction then checks the old rows under SHARE UPDATE EXCLUSIVE, while writes go on. \
             Before 18 a partitioned table cannot have a NOT VALID foreign key: do this on each partition, then add \
             the key to the parent, which adopts those of its partitions. For that instant the referenced table is locked \
             ACCESS EXCLUSIVE too, so the last step waits less than deadlock_timeout.",
    parameters: &[],
    sources: &[
        Guide("S-180"),
        Guide("S-181"),
        Manual("sql-altertable", "ADD table_constraint [ NOT VALID ]"),
        Code("src/backend/commands/tablecmds.c", "ATAddForeignKeyConstraint"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);")),
        bad("ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;")
            .title("named, with an action, to the primary key")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);")),
        bad("ALTER TABLE orders ADD FOREIGN KEY (customer_id, amount) REFERENCES prices (customer_id, amount)\n    \
                 MATCH FULL ON DELETE SET NULL (customer_id) DEFERRABLE INITIALLY DEFERRED;")
            .title("MATCH FULL, deferred, and only one column becomes NULL: the remedy keeps all of it")
            .given(with!(
                ORDERS,
                "CREATE TABLE prices (customer_id bigint, amount integer, PRIMARY KEY (customer_id, amount));\n\
                 INSERT INTO prices SELECT DISTINCT customer_id, amount FROM orders;\n\
                 CREATE INDEX idx_orders_price ON orders (customer_id, amount);\n\
                 ANALYZE prices;"
            )),
        bad("ALTER TABLE visits ADD FOREIGN KEY (customer_id) REFERENCES customers (id);")
            .title("a partitioned table")
            .given(VISITS),
        bad("ALTER TABLE orders ALTER CONSTRAINT fk_orders_customer ENFORCED;")
            .title("one that was not enforced")
            .given(with!(
                ORDERS,
                "CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n\
                 ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers\n    \
                 ON DELETE RESTRICT NOT ENFORCED;"
            ))
            .since(18),
        good("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;").given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN referrer_id bigint REFERENCES customers (id);")
            .title("a new column without a DEFAULT clause holds nothing to look up")
            .given(ORDERS),
        good("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);")
            .title("no rows to look up")
            .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE refunds AS SELECT id, id AS order_id FROM orders;\n\
             ALTER TABLE refunds ADD PRIMARY KEY (id), ADD FOREIGN KEY (order_id) REFERENCES orders (id);\n\
             COMMIT;",
        )
        .title("the referencing table is new")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::ADD_COLUMN.or(Kinds::ADD_CONSTRAINT).or(Kinds::OTHER), check),
    also: &[],
    enabled: true,
};

/// `shop.visits`, partitioned, with one live partition; its `customer_id` is indexed.
const VISITS: &str = "\
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO customers (name) VALUES ('Ada'), ('Grace'), ('Edgar');
CREATE TABLE visits (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    visited_at timestamptz NOT NULL,
    PRIMARY KEY (id, visited_at)
) PARTITION BY RANGE (visited_at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX idx_visits_customer_id ON visits (customer_id);
INSERT INTO visits SELECT g, 1 + g % 3, '2025-06-01' FROM generate_series(1, 3000) AS g;
ANALYZE visits;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let (column, keys): (Option<&ColumnDef>, Vec<&ConstraintDef>) = match command {
            AlterCommand::AddConstraint(constraint) => (None, vec![constraint]),
            AlterCommand::AddColumn { column, .. } => (Some(column), column.constraints.iter().collect()),
            AlterCommand::Other(words) if words == "ALTER CONSTRAINT" => {
                enforced(statement, number, table, cx, out);
                continue;
            }
            _ => continue,
        };
        let scans =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::ForeignKey { .. })));
        if scans.is_empty() {
            continue;
        }
        for key in keys.into_iter().filter(|key| key.kind == ConstraintKind::ForeignKey && !key.not_valid) {
            let columns = match column {
                Some(column) => vec![column.name.clone()],
                None => key.columns.clone(),
            };
            let name = key.name.clone().unwrap_or_else(|| recipes::constraint_name(table, &columns, "_fkey"));
            let referenced = key.references.as_ref().map(|name| recipes::named(statement, name)).unwrap_or_default();
            let message = format!(
                "the foreign key to {referenced} is checked for all rows of {} while writes to both wait",
                relation.display()
            );
            let finding = out.constraint(relation, &name, message);
            finding
                .detail(recipes::sentences(&[
                    recipes::holds(statement, cx, relation, "while every row is looked up"),
                    on_referenced(statement, cx, key),
                ]))
                .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
                .evidence("columns", columns.join(", "));
            let Some(definition) = recipes::foreign_key(statement, key, &columns) else { continue };
            if relation.kind == RelationKind::PartitionedTable && cx.major() < 18 {
                finding.advice(
                    "Before 18 a partitioned table cannot have a NOT VALID foreign key. Add and validate it on each \
                     partition, then on the parent, which adopts them; each statement by itself. The last one looks at no row, \
                     but takes ACCESS EXCLUSIVE on the referenced table too, for an instant: it gives up before a deadlock can \
                     form, and is run again then:",
                );
                let add = recipes::add_column_first(statement, number, column);
                let steps = in_partitions(relation, &name, &definition, &recipes::relations(&scans));
                finding.remedy(format!("{add}{steps}"));
                continue;
            }
            let add = recipes::add_column_first(statement, number, column);
            finding
                .advice("Add it without looking at the old rows, then check them while writes go on, each statement by itself:")
                .remedy(format!(
                    "{add}{}",
                    recipes::add_then_validate(relation, &name, &definition)
                ));
        }
    }
}

/// ALTER CONSTRAINT ... ENFORCED (18 and later).
fn enforced(statement: &Statement, number: usize, table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let scans = recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::ForeignKey { .. })));
    let Some(Work::Scan(Scan::ForeignKey { constraint: Some(name) })) = scans.first().map(|effect| &effect.work) else {
        return;
    };
    let Some(key) = table.constraint(name) else { return };
    let message =
        format!("the foreign key {name} is checked for all rows of {} while nobody can use it", relation.display());
    let finding = out.constraint(relation, name, message);
    finding
        .detail(recipes::holds(statement, cx, relation, "while every row is looked up"))
        .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
        .evidence("columns", table.column_names(&key.columns).join(", "));
    let enforced = Constraint { enforced: true, validated: true, ..key.clone() };
    let definition = recipes::definition(table, &enforced).filter(|_| relation.kind == RelationKind::Table);
    match definition {
        Some(definition) => finding
            .advice("Put one in its place that holds for new rows, then check the old ones while writes go on:")
            .remedy(format!(
                "ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition} NOT VALID;\n\
                 ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                table = relation.sql(),
                name = sql::ident(name),
            )),
        None => finding.advice("Drop it, add it again as NOT VALID, and validate it, each statement by itself."),
    };
}

/// A sentence about the lock on the table that this key refers to: the statement may add others.
fn on_referenced(statement: &Statement, cx: &Context, key: &ConstraintDef) -> String {
    let referenced = key.references.as_ref().and_then(|name| recipes::other(statement, name));
    let touch = referenced.and_then(|table| {
        let touches = &statement.impact.touches;
        touches.iter().find(|touch| touch.role == Role::Referenced && touch.relation.oid == table.relation.oid)
    });
    touch.map_or_else(String::new, |touch| {
        recipes::sentences(&[
            format!("{} on the referenced table {} is held as long.", touch.lock, cx.sized(&touch.relation)),
            cx.in_the_way(touch),
        ])
    })
}

fn in_partitions(parent: &Relation, name: &str, definition: &str, leaves: &[&Relation]) -> String {
    let mut steps: Vec<String> = leaves.iter().map(|leaf| recipes::add_then_validate(leaf, name, definition)).collect();
    let adopt = format!("ALTER TABLE {} ADD CONSTRAINT {} {definition};", parent.sql(), sql::ident(name));
    steps.push(recipes::brief(&adopt));
    steps.join("\n")
}
