//! One statement locks several referenced tables.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "several-foreign-keys",
    category: Transactions,
    severity: Warning,
    title: "foreign keys to several tables that are in use are added or dropped at once",
    why: "Each foreign key locks the table that it refers to (SHARE ROW EXCLUSIVE when it is added, ACCESS EXCLUSIVE when it or its table is dropped) until the transaction ends. One statement with several foreign keys collects these locks one after the other: ordinary transactions that use the tables in another order deadlock with it.",
    remedy: "One foreign key per transaction, each with a short lock_timeout. A new table is created without them; then they are added one by one, which is instant while it is empty.",
    parameters: &[],
    sources: &[Guide("S-192"), Manual("explicit-locking", "Deadlocks")],
    examples: &[
        bad("CREATE TABLE refunds (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 order_id bigint NOT NULL UNIQUE REFERENCES orders (id) ON DELETE RESTRICT,\n    \
                 payment_id bigint NOT NULL UNIQUE REFERENCES payments (id) ON DELETE RESTRICT\n\
             );")
            .given(with!(ORDERS, PAYMENTS))
            .advice(),
        bad("DROP TABLE refunds;")
            .title("a table with several is dropped")
            .given(with!(
                with!(ORDERS, PAYMENTS),
                "CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, payment_id bigint REFERENCES payments);"
            ))
            .advice(),
        bad("ALTER TABLE refunds\n    \
                 ADD CONSTRAINT refunds_order FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID,\n    \
                 ADD CONSTRAINT refunds_payment FOREIGN KEY (payment_id) REFERENCES payments (id) NOT VALID;")
            .title("to a table that is there")
            .given(with!(
                with!(ORDERS, PAYMENTS),
                "CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint NOT NULL UNIQUE, payment_id bigint NOT NULL UNIQUE);"
            )),
        good("CREATE TABLE refunds (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  order_id bigint NOT NULL UNIQUE REFERENCES orders (id) ON DELETE RESTRICT,\n    \
                  customer_id bigint NOT NULL UNIQUE REFERENCES customers (id) ON DELETE RESTRICT\n\
              );")
            .title("the other referenced table is small")
            .given(ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// `shop.payments`, live.
const PAYMENTS: &str = "\
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount integer NOT NULL
);
INSERT INTO payments (amount) SELECT g FROM generate_series(1, 5000) AS g;
ANALYZE payments;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let dropped =
        matches!(&statement.ddl, Ddl::Drop(drop) if matches!(drop.kind, DropKind::Relation(kind) if kind.is_table()));
    let referenced: Vec<&Touch> = statement
        .impact
        .touches
        .iter()
        .filter(|touch| touch.role == Role::Referenced || dropped && touch.role == Role::Dependent)
        .filter(|touch| touch.lock.blocks_writes() && !touch.relation.is_partition && cx.live(&touch.relation))
        .collect();
    if referenced.len() < 2 {
        return;
    }
    let adds = |def: &ConstraintDef| def.kind == ConstraintKind::ForeignKey;
    let keys: Vec<&ConstraintDef> = match &statement.ddl {
        Ddl::CreateTable(create) => {
            create.columns.iter().flat_map(|c| &c.constraints).chain(&create.constraints).filter(|d| adds(d)).collect()
        }
        Ddl::AlterTable(_) => statement
            .commands()
            .filter_map(|(_, command)| match command {
                AlterCommand::AddConstraint(def) if adds(def) => Some(def),
                _ => None,
            })
            .collect(),
        Ddl::Drop(_) if dropped => Vec::new(),
        _ => return,
    };
    if !dropped && keys.len() < 2 {
        return;
    }
    let names: Vec<String> = referenced.iter().map(|touch| touch.relation.display()).collect();
    let sizes: Vec<String> =
        referenced.iter().map(|touch| format!("{} on {}", touch.lock, cx.sized(&touch.relation))).collect();
    // What goes with a table are its own foreign keys and, with CASCADE, those of others.
    let verb = if dropped { "dropping foreign keys with" } else { "adding foreign keys to" };
    let finding = out.relation(&referenced[0].relation, format!("{verb} {} locks them together", list(&names, 5)));
    finding
        .detail(format!("Until the transaction ends it holds {}.", list(&sizes, 5)))
        .evidence("referenced", names.clone())
        .discriminator(names.join(","));
    match script(statement, &keys) {
        Some(sql) => finding.advice("Add one key after the other, each statement by itself:").remedy(sql),
        None if dropped => {
            finding.advice("Drop the foreign keys from and to it first, one per transaction, then the table.")
        }
        None => finding
            .advice("Create the table without them and add one key after the other, each in its own transaction."),
    };
}

/// The keys one by one, for a statement that adds nothing else.
fn script(statement: &Statement, keys: &[&ConstraintDef]) -> Option<String> {
    let table = statement.target.as_ref()?;
    if statement.commands().count() != keys.len() || keys.is_empty() {
        return None;
    }
    let steps: Option<Vec<String>> = keys
        .iter()
        .map(|key| {
            let name = key.name.clone().unwrap_or_else(|| recipes::constraint_name(table, &key.columns, "_fkey"));
            let definition = recipes::foreign_key(statement, key, &key.columns)?;
            let sql = recipes::add_then_validate(&table.relation, &name, &definition);
            // What was to stay NOT VALID stays so.
            Some(if key.not_valid { sql.lines().next()?.to_owned() } else { sql })
        })
        .collect();
    Some(steps?.join("\n"))
}
