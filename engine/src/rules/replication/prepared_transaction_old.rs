//! A prepared transaction that nobody ended.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "prepared-transaction-old",
    category: Replication,
    severity: Warning,
    title: "a prepared transaction waits to be ended",
    why: "A transaction that was prepared for two-phase commit survives sessions and restarts, and holds its locks and keeps VACUUM \
          from removing rows until somebody ends it by its name. When the transaction manager has forgotten it, nobody does, \
          until transaction ids run out.",
    remedy: "Ask the transaction manager; then COMMIT PREPARED or ROLLBACK PREPARED. Without one set max_prepared_transactions to 0.",
    parameters: &[
        Parameter { name: "warning_seconds", default: Integer(300), what: "a warning from this age on: seconds" },
        Parameter { name: "error_seconds", default: Integer(3600), what: "an error from this age on: seconds" },
    ],
    sources: &[
        Guide("S-313"),
        Manual("sql-prepare-transaction", "Notes"),
        Manual("view-pg-prepared-xacts", "pg_prepared_xacts"),
    ],
    examples: &[
        bad("BEGIN;\nCREATE TABLE parked (id bigint PRIMARY KEY);\nPREPARE TRANSACTION 'parked';")
            .given("SELECT architect.configure('prepared-transaction-old', parameters => '{\"warning_seconds\": 0}');")
            .server("max_prepared_transactions = 5\nmax_connections = 34")
            .title("warning_seconds are set to 0")
            .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    for prepared in &state.prepared {
        let age = database.server.now - prepared.at;
        if age < cx.number("warning_seconds") as f64 {
            continue;
        }
        let gid = sql::literal(&prepared.gid);
        out.object("prepared transaction", "", &prepared.gid, format!("prepared transaction {gid} waits to be ended"))
            .severity(if age >= cx.number("error_seconds") as f64 { Error } else { Warning })
            .detail(format!(
                "{} prepared it in database {}, {} ago. It holds its locks, and keeps VACUUM from removing rows.",
                sql::ident(&prepared.owner),
                sql::ident(&prepared.database),
                duration((age.max(0.0) * 1000.0) as u64)
            ))
            .evidence("seconds", age)
            .evidence("xid_age", prepared.xid_age)
            .advice(format!(
                "Ask the transaction manager. Where nobody will end it, in that database: ROLLBACK PREPARED {gid}."
            ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn age_decides() {
        let found = |age: f64| {
            let prepared = Prepared { at: -age, ..Prepared::default() };
            let state = ServerState { prepared: vec![prepared], ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        assert_eq!(found(299.0), None);
        assert_eq!(found(300.0), Some(Warning));
        assert_eq!(found(3600.0), Some(Error));
    }
}
