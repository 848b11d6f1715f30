//! VALIDATE CONSTRAINT while the transaction holds a stronger lock on the table than it needs.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "validate-in-same-transaction",
    category: Transactions,
    severity: Warning,
    title: "a constraint is validated while the strong lock of its creation is held",
    why: "VALIDATE CONSTRAINT needs only SHARE UPDATE EXCLUSIVE, so reads and writes go on while it reads the table. \
          But a transaction keeps every lock to its end: where it added the constraint NOT VALID (or locked the \
          table for any other reason) before, ACCESS EXCLUSIVE or SHARE ROW EXCLUSIVE is held during the whole scan, \
          and nothing is won over adding the constraint at once.",
    remedy: "Commit after ADD CONSTRAINT ... NOT VALID, and run VALIDATE CONSTRAINT in a transaction of its own.",
    parameters: &[],
    sources: &[
        Guide("S-181"),
        Manual("sql-altertable", "VALIDATE CONSTRAINT"),
        Manual("explicit-locking", "Table-Level Locks"),
    ],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
             ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
             COMMIT;")
            .given(ORDERS),
        bad("BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;\n\
             ALTER TABLE orders VALIDATE CONSTRAINT fk_orders_customer;\n\
             COMMIT;")
            .title("a foreign key")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);")),
        bad("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID, VALIDATE CONSTRAINT valid_amount;")
            .title("in the same statement")
            .given(ORDERS),
        bad("BEGIN;\n\
             ALTER TABLE orders ADD COLUMN comment text;\n\
             ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
             COMMIT;")
            .title("the table is locked for another reason")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;")),
        bad("ALTER TABLE orders ADD CHECK (amount >= 0) NOT VALID, VALIDATE CONSTRAINT orders_amount_check;")
            .title("in the same statement, by the name that the server gives it")
            .given(ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;")
            .title("two transactions")
            .given(ORDERS),
        good("BEGIN;\n\
              SAVEPOINT before;\n\
              ALTER TABLE orders ADD CONSTRAINT valid_note CHECK (note <> '') NOT VALID;\n\
              ROLLBACK TO before;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
              COMMIT;")
            .title("the lock was given back with the savepoint")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;")),
        good("BEGIN;\n\
              ALTER TABLE orders ADD COLUMN comment text;\n\
              ALTER TABLE orders VALIDATE CONSTRAINT valid_amount;\n\
              COMMIT;")
            .title("it is valid already: nothing is read")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);")),
        good("BEGIN;\n\
              CREATE TABLE archived_orders AS SELECT * FROM orders;\n\
              ALTER TABLE archived_orders ADD PRIMARY KEY (id), ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
              ALTER TABLE archived_orders VALIDATE CONSTRAINT valid_amount;\n\
              COMMIT;")
            .title("a table that this transaction made")
            .given(ORDERS),
    ],
    check: Check::On(Kinds::VALIDATE, check),
    also: &[],
    enabled: true,
};

/// Why a VALIDATE CONSTRAINT of this statement scans under more than its own lock.
pub(super) enum Reason<'a> {
    /// The same statement adds the constraint.
    SameStatement(&'a ConstraintDef),
    /// The transaction added the constraint before.
    AddedBefore,
    /// The transaction holds the table locked for another reason.
    Held(&'a HeldLock),
}

/// The reason for one sub-command; none where it validates under its own lock, or reads no live table.
pub(super) fn reason<'a>(statement: &'a Statement, cx: &'a Context, number: usize, name: &str) -> Option<Reason<'a>> {
    let target = &statement.target.as_ref()?.relation;
    let gets = |number: usize, constraint: &ConstraintDef| {
        let chosen = statement.impact.constraint_names.iter().find(|(command, _, _)| *command == number);
        constraint.name.as_deref().or(chosen.map(|(_, _, chosen)| chosen.as_str())) == Some(name)
    };
    let same = statement.commands().find_map(|(number, command)| match command {
        AlterCommand::AddConstraint(constraint) if constraint.not_valid && gets(number, constraint) => Some(constraint),
        _ => None,
    });
    // The catalog does not know the constraint yet: the table decides.
    if let Some(constraint) = same {
        return cx.live(target).then_some(Reason::SameStatement(constraint));
    }
    let scans = recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::Validate { .. })));
    if scans.is_empty() {
        return None;
    }
    if cx.transaction.not_valid.iter().any(|(oid, added)| *oid == target.oid && added == name) {
        return Some(Reason::AddedBefore);
    }
    cx.transaction
        .held
        .iter()
        .find(|held| held.relation.oid == target.oid && held.mode.blocks_writes())
        .map(Reason::Held)
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::ValidateConstraint { name } = command else { continue };
        let Some(reason) = reason(statement, cx, number, name) else { continue };
        let held =
            cx.transaction.held.iter().filter(|held| held.relation.oid == relation.oid).map(|held| held.mode).max();
        let lock = held.unwrap_or_default().max(statement.impact.lock_on(relation.oid));
        let cause = match &reason {
            Reason::SameStatement(_) => "The same statement adds it".to_owned(),
            Reason::AddedBefore => "This transaction added it".to_owned(),
            Reason::Held(held) => format!("{} locked the table before in this transaction", held.taken_by),
        };
        let definition = match &reason {
            Reason::SameStatement(constraint) => written(statement, constraint),
            Reason::AddedBefore => table.constraint(name).and_then(|constraint| recipes::definition(table, constraint)),
            Reason::Held(_) => None,
        };
        let validate = format!("ALTER TABLE {} VALIDATE CONSTRAINT {};", relation.sql(), sql::ident(name));
        out.constraint(relation, name, format!("{name} is validated while {lock} on {} is held", relation.display()))
            .detail(format!(
                "{cause}, so all rows of {} are read under {lock}: {} wait.",
                cx.sized(relation),
                lock.blocks()
            ))
            .advice("Validate it in a transaction of its own:")
            .remedy(match definition {
                Some(definition) => recipes::add_then_validate(relation, name, &definition),
                None => validate,
            })
            .evidence("lock", lock.as_str());
    }
}

/// A CHECK or FOREIGN KEY as the statement writes it.
fn written(statement: &Statement, constraint: &ConstraintDef) -> Option<String> {
    match constraint.kind {
        ConstraintKind::Check => {
            Some(format!("CHECK {}", sql::in_parentheses(recipes::known(constraint.expression.as_ref())?)))
        }
        ConstraintKind::ForeignKey => recipes::foreign_key(statement, constraint, &constraint.columns),
        _ => None,
    }
}
