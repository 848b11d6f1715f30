//! Somebody holds an old transaction id, and VACUUM can remove nothing that is younger.

use crate::rule::prelude::*;
use crate::rules::state::{holder, millions};

/// The rule.
pub static RULE: Rule = Rule {
    name: "xmin-horizon-blocked",
    category: Health,
    severity: Warning,
    title: "VACUUM cannot remove dead rows, because somebody may still want to see them",
    why: "VACUUM removes a dead row only when nobody can see it any more. One session that keeps a transaction open, one forgotten \
          prepared transaction, one replication slot that nobody reads, or a standby with hot_standby_feedback holds back every \
          table of the database: all of them grow, and VACUUM runs again and again for nothing. In the end transaction ids run out.",
    remedy: "End the holder: COMMIT or pg_terminate_backend() for a session, COMMIT or ROLLBACK PREPARED, drop the slot that nobody reads. Then \
             set idle_in_transaction_session_timeout and max_slot_wal_keep_size, so that it does not happen again.",
    parameters: &[
        Parameter { name: "minutes", default: Integer(60), what: "a session or prepared transaction that is older than this: minutes" },
        Parameter { name: "transactions", default: Integer(10_000), what: "and that holds back this many transactions: transactions" },
        Parameter { name: "slot_transactions", default: Integer(1_000_000), what: "a slot or standby, of which no time is known: transactions" },
    ],
    sources: &[
        Guide("S-251"),
        Manual("routine-vacuuming", "Preventing Transaction ID Wraparound Failures"),
        Manual("view-pg-replication-slots", "xmin, catalog_xmin"),
        Manual("view-pg-prepared-xacts", ""),
    ],
    examples: &[
        bad("SELECT pg_current_xact_id();")
            .title("a session with an open transaction (from 0 minutes on here)")
            .given("SELECT architect.configure('xmin-horizon-blocked', parameters => '{\"minutes\": 0, \"transactions\": 1}');")
            .meanwhile("SELECT pg_current_xact_id();")
            // Other sessions of a shared server hold one now and then, too.
            .server("max_connections = 33")
            .advice(),
        good("SELECT 1;").title("a young transaction").meanwhile("SELECT pg_current_xact_id();"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// What helps where the reader is there.
const STANDBY: &str =
    "On the standby end the long query, or switch hot_standby_feedback off there; a slot in use has to be read on.";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    // A check of one schema is not about the server.
    if database.scope.is_some() {
        return;
    }
    if !database.server.reads_all_stats {
        out.not_judged(
            "server",
            "what other roles' sessions hold may not be seen",
            "GRANT pg_read_all_stats, or pg_monitor.",
        );
    }
    // What belongs to another database keeps dead rows of the shared catalogs only.
    for held in database.horizon_holders.iter().filter(|held| held.elsewhere.is_none()) {
        let long = match held.seconds {
            Some(seconds) => seconds >= 60.0 * cx.number("minutes") as f64 && held.xid_age >= cx.number("transactions"),
            None => held.xid_age >= cx.number("slot_transactions"),
        };
        if !long {
            continue;
        }
        let unread = || match held.pid {
            None => format!(
                "Have it read again. When its reader is gone for good: SELECT pg_catalog.pg_drop_replication_slot({});",
                sql::literal(&held.name)
            ),
            Some(_) => STANDBY.to_owned(),
        };
        // What ends a session or loses work and slots is told, and is no step of a script.
        let (kind, what, advice) = match held.kind {
            HolderKind::Session => (
                "session",
                "a session",
                format!(
                    "Finish what it does, or end it; its work is lost then: SELECT pg_catalog.pg_terminate_backend({});",
                    held.pid.unwrap_or(0)
                ),
            ),
            HolderKind::Standby => ("standby", "a standby", STANDBY.to_owned()),
            HolderKind::Slot | HolderKind::CatalogSlot => ("replication slot", "a replication slot", unread()),
            HolderKind::Prepared => (
                "prepared transaction",
                "a prepared transaction",
                format!(
                    "Ask the transaction manager: COMMIT PREPARED {0}; or, where its work is not wanted, ROLLBACK PREPARED {0};",
                    sql::literal(&held.name)
                ),
            ),
        };
        let which = if held.kind == HolderKind::CatalogSlot { "of the system catalogs" } else { "of any table" };
        let finding = out.object(kind, "", &held.name, format!("{what} keeps VACUUM from removing dead rows {which}"));
        let freeze = database.setting_number("autovacuum_freeze_max_age").unwrap_or(2e8);
        if held.xid_age as f64 > freeze {
            finding.severity(Error);
        }
        let since =
            held.seconds.map(|seconds| format!(" for {}", duration((seconds * 1000.0) as u64))).unwrap_or_default();
        finding
            .detail(format!("{} holds back {} transactions{since}.", capital(&holder(held)), millions(held.xid_age)))
            .evidence("transactions", held.xid_age)
            .evidence("kind", kind)
            .discriminator(if held.kind == HolderKind::Session {
                held.pid.unwrap_or(0).to_string()
            } else {
                String::new()
            })
            .impact(0, 0, held.xid_age.unsigned_abs())
            .advice(advice);
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Wanted;
    use crate::policy::Policy;

    fn judged(held: HorizonHolder) -> Vec<Finding> {
        let database = Database { horizon_holders: vec![held], ..Database::default() };
        let all = crate::judge::database(&database, &Policy::default(), &Wanted::default(), &mut || ());
        all.findings.into_iter().filter(|finding| finding.rule.name == RULE.name).collect()
    }

    fn held(kind: HolderKind, xid_age: i64, seconds: Option<f64>, pid: Option<i64>) -> HorizonHolder {
        HorizonHolder { kind, name: "x".into(), pid, xid_age, seconds, state: String::new(), elsewhere: None }
    }

    #[test]
    fn an_idle_server_holds_nothing_back() {
        // Open for days, and nothing happened since.
        assert!(judged(held(HolderKind::Session, 3, Some(500_000.0), Some(1))).is_empty());
    }

    #[test]
    fn all_four_holders() {
        let old = Some(7_200.0);
        let found = |kind, seconds, pid| judged(held(kind, 5_000_000, seconds, pid)).remove(0);
        let told = |kind, seconds, pid, sql: &str| {
            let finding = found(kind, seconds, pid);
            assert!(finding.remedy.is_empty(), "no step of a script: {}", finding.remedy);
            finding.advice.contains(sql)
        };
        assert!(told(HolderKind::Session, old, Some(7), "SELECT pg_catalog.pg_terminate_backend(7);"));
        assert!(told(HolderKind::Prepared, old, None, "ROLLBACK PREPARED 'x';"));
        assert!(told(HolderKind::Slot, None, None, "SELECT pg_catalog.pg_drop_replication_slot('x');"));
        assert!(!told(HolderKind::Slot, None, Some(9), "pg_drop"), "a slot in use is not dropped");
        assert!(told(HolderKind::Standby, None, Some(9), "hot_standby_feedback"));
        assert!(found(HolderKind::CatalogSlot, None, None).message.contains("system catalogs"));
    }

    #[test]
    fn another_database_is_not_to_blame() {
        let mut other = held(HolderKind::Prepared, 5_000_000, Some(7_200.0), None);
        other.elsewhere = Some("reports".into());
        assert!(judged(other).is_empty());
    }

    #[test]
    fn beyond_the_freeze_limit_it_is_an_error() {
        assert_eq!(judged(held(HolderKind::Slot, 300_000_000, None, None))[0].severity, Error);
    }
}
