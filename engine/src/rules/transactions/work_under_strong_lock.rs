//! Long work while the transaction keeps a live table locked.

use super::validate_in_same_transaction::reason;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "work-under-strong-lock",
    category: Transactions,
    severity: Warning,
    title: "long work runs while the transaction keeps a table locked",
    why: "A lock is kept until the transaction ends, not until the statement ends. An ALTER TABLE of a millisecond \
          followed by a backfill, an index build or a validation in the same transaction locks its table for as long \
          as all of them take: under ACCESS EXCLUSIVE reads and writes wait, under SHARE ROW EXCLUSIVE writes.",
    remedy: "Commit first. Put the change of the schema into one transaction and the long work into others after it, \
             in batches where it changes data.",
    parameters: &[],
    sources: &[Guide("S-192"), Guide("S-185"), Manual("explicit-locking", "Table-Level Locks")],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             UPDATE orders SET discount = 0;\n\
             COMMIT;")
        .title("a backfill in the transaction of the new column")
        .given(ORDERS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             ALTER TABLE payments VALIDATE CONSTRAINT valid_amount;\n\
             COMMIT;")
        .title("another table is read meanwhile")
        .given(with!(ORDERS, PAYMENTS))
        .advice(),
        good(
            "BEGIN;\n\
              ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;\n\
              ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
              COMMIT;",
        )
        .title("a rewrite locks its table as much by itself")
        .given(ORDERS),
        bad("BEGIN;\n\
             ALTER TABLE orders ALTER COLUMN code DROP DEFAULT;\n\
             CREATE INDEX idx_orders_code ON orders (code);\n\
             COMMIT;")
        .title("an index is built under a stronger lock than its own")
        .given(with!(ORDERS, "SELECT architect.configure('index-not-concurrent', 'off');"))
        .advice(),
        good("ALTER TABLE orders ADD COLUMN discount integer;\nUPDATE orders SET discount = 0;")
            .title("two transactions")
            .given(ORDERS)
            .lint(),
        good(
            "BEGIN;\n\
              ALTER TABLE orders ADD COLUMN discount integer;\n\
              CREATE TABLE discounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rate integer NOT NULL);\n\
              INSERT INTO discounts (rate) VALUES (5), (10);\n\
              CREATE INDEX idx_discounts_rate ON discounts (rate);\n\
              COMMIT;",
        )
        .title("rows and an index for a new table")
        .given(ORDERS)
        .lint(),
        good(
            "BEGIN;\n\
              ALTER TABLE customers ADD COLUMN email text;\n\
              UPDATE customers SET email = '';\n\
              COMMIT;",
        )
        .title("small tables")
        .given(ORDERS)
        .lint(),
        good(
            "BEGIN;\n\
              ALTER TABLE payments VALIDATE CONSTRAINT valid_amount;\n\
              ALTER TABLE orders ADD COLUMN discount integer;\n\
              COMMIT;",
        )
        .title("the long work first, under its own weak lock")
        .given(with!(ORDERS, PAYMENTS)),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// `shop.payments`, live, with a CHECK that waits for its validation.
const PAYMENTS: &str = "\
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    amount integer NOT NULL
);
INSERT INTO payments (amount) SELECT g FROM generate_series(1, 5000) AS g;
ALTER TABLE payments ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;
ANALYZE payments;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let held = cx
        .transaction
        .held
        .iter()
        .filter(|held| held.mode >= LockMode::ShareRowExclusive && cx.live(&held.relation))
        .filter(|held| !takes_as_much(statement, held))
        .max_by_key(|held| held.mode);
    let Some(held) = held else { return };
    let Some((relation, work)) = long_work(statement, cx) else { return };
    // One pass after the other over the locked table itself: `rewrite-repeated` knows a better cure than another transaction.
    let again = super::rewrite_repeated::repeated(statement, cx);
    if again.is_some_and(|(repeated, ..)| repeated.oid == held.relation.oid) {
        return;
    }
    let locked = &held.relation;
    // In a text nothing is held, and less than a second is nothing to tell of.
    let since = match held.held_ms {
        0..=999 => String::new(),
        ms => format!(" {} ago", duration(ms)),
    };
    out.relation(relation, format!("{work} while this transaction holds {} on {}", held.mode, locked.display()))
        .detail(format!(
            "{} took {} on {}{since}, and the transaction keeps it: {} wait until this work on {} is done, too.",
            held.taken_by,
            held.mode,
            cx.sized(locked),
            held.mode.blocks(),
            cx.sized(relation)
        ))
        .advice("COMMIT before this statement and run it in a transaction of its own; change data in batches.")
        .evidence("held", held.mode.as_str())
        .evidence("held_on", locked.display())
        .evidence("held_ms", held.held_ms)
        .discriminator(format!("{} {}", statement.tag, locked.display()));
}

/// Whether the statement itself needs as strong a lock on that table for its work: it would keep it locked in a transaction of its
/// own as well, and the rule about that work says so.
fn takes_as_much(statement: &Statement, held: &HeldLock) -> bool {
    statement.impact.touches.iter().any(|touch| touch.relation.oid == held.relation.oid && touch.lock >= held.mode)
}

/// The statement's work on a live table, in words.
fn long_work<'a>(statement: &'a Statement, cx: &Context) -> Option<(&'a Relation, String)> {
    if let Ddl::Dml(change) = &statement.ddl {
        let relation = &statement.target.as_ref()?.relation;
        let long = match change.verb {
            "UPDATE" | "DELETE" | "MERGE" => true,
            "INSERT" | "COPY" => change.bulk,
            _ => false,
        };
        return (long && cx.live(relation))
            .then(|| (relation, format!("{} changes {}", change.verb, relation.display())));
    }
    // Where VALIDATE CONSTRAINT meets a lock on its own table, `validate-in-same-transaction` speaks.
    let told = |effect: &Effect| {
        matches!(&effect.work, Work::Scan(Scan::Validate { constraint })
            if reason(statement, cx, effect.command, constraint).is_some())
    };
    let effect = statement.impact.effects.iter().find(|effect| cx.live(&effect.relation) && !told(effect))?;
    let name = effect.relation.display();
    let work = match &effect.work {
        Work::Rewrite(_) => format!("{} rewrites {name}", statement.tag),
        Work::Scan(_) => format!("{} reads all of {name}", statement.tag),
        Work::BuildIndex { .. } | Work::RebuildIndex { .. } => format!("{} builds an index on {name}", statement.tag),
        Work::Copy => format!("{} copies {name}", statement.tag),
    };
    Some((&effect.relation, work))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::facts::*;
    use crate::rules::testing::{alter, found, held, names, table, transaction};

    fn change(verb: &'static str, bulk: bool) -> Statement {
        let table = table(1, "orders", 5000, &[]);
        let mut statement = Statement::new(
            verb,
            Ddl::Dml(Dml { verb, table: Name::bare("orders"), bulk, all_rows: false, empties: false }),
        );
        statement.target = Some(table);
        statement
    }

    #[test]
    fn only_long_changes_of_data_count() {
        let mut transaction = transaction();
        let orders = table(1, "orders", 5000, &[]).relation;
        transaction.held = vec![held(&orders, LockMode::AccessExclusive)];
        for (verb, bulk, expected) in [
            ("UPDATE", false, true),
            ("DELETE", false, true),
            ("INSERT", true, true),
            ("INSERT", false, false),
            ("COPY", true, true),
            ("TRUNCATE", false, false),
        ] {
            let findings = found(&change(verb, bulk), &transaction, 15);
            assert_eq!(names(&findings), if expected { vec![RULE.name] } else { vec![] }, "{verb}, bulk {bulk}");
        }
        transaction.held[0].mode = LockMode::Share;
        assert!(found(&change("UPDATE", false), &transaction, 15).is_empty());
    }

    #[test]
    fn a_validation_under_its_own_tables_lock_is_told_once() {
        let target = table(1, "orders", 5000, &[]);
        let relation = target.relation.clone();
        let command = AlterCommand::ValidateConstraint { name: "valid_amount".to_owned() };
        let mut statement = alter(target, vec![command], LockMode::ShareUpdateExclusive);
        statement.impact.effects.push(Effect {
            relation: relation.clone(),
            command: 0,
            work: Work::Scan(Scan::Validate { constraint: "valid_amount".to_owned() }),
        });
        let mut transaction = transaction();
        transaction.held = vec![held(&relation, LockMode::AccessExclusive)];
        assert_eq!(names(&found(&statement, &transaction, 15)), ["validate-in-same-transaction"]);
        transaction.held = vec![held(&table(2, "events", 5000, &[]).relation, LockMode::AccessExclusive)];
        assert_eq!(names(&found(&statement, &transaction, 15)), [RULE.name]);
    }
}
