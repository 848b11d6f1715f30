//! A strong lock late in a long transaction.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ddl-late-in-transaction",
    category: Transactions,
    severity: Warning,
    title: "a strong lock is requested late in a long transaction",
    why: "The transaction has been open for long, and it will not end at once: it keeps all its locks, dead rows and its snapshot until then. A strong lock that it takes now is kept for the rest, and if the lock cannot be had, the work of all that time is thrown away.",
    remedy: "Run DDL in a transaction of its own, first and short.",
    parameters: &[Parameter {
        name: "transaction_age",
        default: Integer(30_000),
        what: "a transaction that has been open for at least so long is long: milliseconds",
    }],
    sources: &[Manual("explicit-locking", "Table-Level Locks"), Guide("S-192")],
    examples: &[
        bad("BEGIN;\nSELECT pg_sleep(0.3);\nALTER TABLE orders ADD COLUMN discount integer;\nCOMMIT;")
            .title("(here long means 200 ms)")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('ddl-late-in-transaction', parameters => '{\"transaction_age\": 200}');"
            ))
            .advice(),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN discount integer;\nCOMMIT;").title("at once").given(ORDERS),
        good("BEGIN;\nSELECT pg_sleep(0.3);\nALTER TABLE customers ADD COLUMN email text;\nCOMMIT;")
            .title("a small table")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('ddl-late-in-transaction', parameters => '{\"transaction_age\": 200}');"
            )),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let age = cx.transaction.age_ms;
    if !cx.transaction.in_block || statement.impact.several_transactions {
        return;
    }
    let held = |touch: &&Touch| {
        cx.transaction.held.iter().any(|held| held.relation.oid == touch.relation.oid && held.mode >= touch.lock)
    };
    let strong = statement
        .impact
        .touches
        .iter()
        .filter(|touch| touch.lock.blocks_writes() && cx.live(&touch.relation) && !held(touch))
        .max_by_key(|touch| (touch.lock, touch.role == Role::Target));
    let Some(touch) = strong else { return };
    let relation = &touch.relation;
    if age < u64::try_from(cx.integer("transaction_age", relation)).unwrap_or(u64::MAX) {
        return;
    }
    out.relation(
        relation,
        format!(
            "{} takes {} on {} in a transaction that is open for long",
            statement.tag,
            touch.lock,
            relation.display()
        ),
    )
    .detail(format!("The transaction began {} ago.", duration(age)))
    .advice("Run the DDL in a transaction of its own, before the long work or after it.")
    .evidence("lock", touch.lock.as_str())
    .evidence("transaction_ms", age)
    .discriminator(statement.tag.as_str());
}
