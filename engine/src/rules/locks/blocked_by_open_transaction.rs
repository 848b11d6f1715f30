//! Another session is in the way now, and not for a moment only.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "blocked-by-open-transaction",
    category: Locks,
    severity: Warning,
    title: "an old transaction is in the way of the lock",
    why: "Another session holds, or waits for, a lock that conflicts with the one this statement needs, and its \
          transaction is not a short one: a report, a backup, a forgotten BEGIN. The statement will wait for it, and \
          all reads and writes that come later queue behind the statement. A quick ALTER TABLE becomes an outage in \
          this way.",
    remedy: "Wait until that transaction ends, or end it with pg_terminate_backend once its owner agrees; then run \
             the statement with a short lock_timeout.",
    parameters: &[Parameter {
        name: "blocker_age",
        default: Integer(5000),
        what: "a transaction in the way counts once it is this old: milliseconds",
    }],
    sources: &[
        Guide("S-192"),
        Guide("S-191"),
        Manual("explicit-locking", "Table-Level Locks"),
        Manual("view-pg-locks", "pg_locks"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN comment text;")
            .given(ORDERS)
            .meanwhile("SELECT count(*) FROM shop.orders; SELECT pg_sleep(5.5);")
            .lint()
            .advice(),
        good("ALTER TABLE orders ADD COLUMN comment text;")
            .title("the other transaction is young")
            .given(ORDERS)
            .meanwhile("SELECT count(*) FROM shop.orders;")
            .lint(),
        good("ALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500;")
            .title("the locks do not conflict")
            .given(ORDERS)
            .meanwhile("SELECT count(*) FROM shop.orders; SELECT pg_sleep(5.5);"),
        good("ALTER TABLE orders ADD COLUMN comment text;")
            .title("the other transaction uses another table")
            .given(ORDERS)
            .meanwhile("SELECT count(*) FROM shop.customers; SELECT pg_sleep(5.5);"),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    // Autovacuum gives way; a prepared transaction has no known age and does not end by itself.
    let old = |touch: &Touch, blocker: &Blocker| {
        let age = u64::try_from(cx.integer("blocker_age", &touch.relation)).unwrap_or(0);
        !blocker.autovacuum && blocker.transaction_ms.is_none_or(|ms| ms >= age)
    };
    let blocked: Vec<(&Touch, &Blocker)> = statement
        .impact
        .touches
        .iter()
        .filter(|touch| cx.live(&touch.relation))
        .filter_map(|touch| touch.blockers.iter().find(|blocker| old(touch, blocker)).map(|blocker| (touch, blocker)))
        .collect();
    let Some((touch, blocker)) = blocked.iter().max_by_key(|(touch, _)| touch.lock) else { return };
    let relation = &touch.relation;
    let who = match blocker.pid {
        0 => "a prepared transaction".to_owned(),
        pid => format!("pid {pid}"),
    };
    let queues = touch.lock.blocks_writes() && !statement.impact.several_transactions;
    let consequence = if queues {
        format!("While it waits, all {} that come later wait behind it.", touch.lock.blocks())
    } else {
        "Reads and writes go on while it waits.".to_owned()
    };
    let finding = out.relation(relation, format!("{} has to wait for {who} on {}", statement.tag, relation.display()));
    finding
        .detail(format!(
            "The statement needs {} on {}. {} {consequence}",
            touch.lock,
            cx.sized(relation),
            cx.in_the_way(touch)
        ))
        .advice(match blocker.pid {
            0 => "End the prepared transaction with COMMIT PREPARED or ROLLBACK PREPARED (see pg_prepared_xacts), then run \
                  the statement again."
                .to_owned(),
            pid => format!(
                "Wait until the transaction of pid {pid} ends (see pg_stat_activity), or end it with \
                 pg_terminate_backend({pid}) once its owner agrees; then run the statement with a short lock_timeout."
            ),
        })
        .evidence("lock", touch.lock.as_str())
        .evidence("blocker_pid", blocker.pid)
        .discriminator(statement.tag.as_str());
    if let Some(ms) = blocker.transaction_ms {
        finding.evidence("blocker_age_ms", ms);
    }
    if !queues {
        finding.severity(Info);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::facts::*;
    use crate::rule::Severity;
    use crate::rules::testing::{alter, found, names, table, transaction};

    fn blocked_by(blocker: Blocker) -> Statement {
        let mut statement = alter(table(1, "orders", 5000, &[]), Vec::new(), LockMode::AccessExclusive);
        statement.impact.touches[0].blockers.push(blocker);
        statement
    }

    fn reader(transaction_ms: Option<u64>) -> Blocker {
        Blocker { pid: 4711, mode: LockMode::AccessShare, granted: true, transaction_ms, autovacuum: false }
    }

    #[test]
    fn age_decides() {
        assert_eq!(names(&found(&blocked_by(reader(Some(5000))), &transaction(), 15)), [RULE.name]);
        assert!(found(&blocked_by(reader(Some(4999))), &transaction(), 15).is_empty());
    }

    #[test]
    fn a_prepared_transaction_counts_and_autovacuum_does_not() {
        let prepared = Blocker { pid: 0, ..reader(None) };
        assert!(found(&blocked_by(prepared), &transaction(), 15)[0].advice.contains("ROLLBACK PREPARED"));
        let vacuum = Blocker { autovacuum: true, mode: LockMode::ShareUpdateExclusive, ..reader(Some(60_000)) };
        assert!(found(&blocked_by(vacuum), &transaction(), 15).is_empty());
    }

    #[test]
    fn a_concurrent_form_waits_without_stopping_others() {
        let mut statement = blocked_by(reader(Some(60_000)));
        statement.impact.several_transactions = true;
        statement.impact.touches[0].lock = LockMode::ShareUpdateExclusive;
        assert_eq!(found(&statement, &transaction(), 15)[0].severity, Severity::Info);
    }
}
