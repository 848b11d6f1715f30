//! A subscription that does not run, or runs into errors.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "subscription-errors",
    category: Replication,
    severity: Warning,
    title: "a subscription does not run, or runs into errors",
    why: "Logical replication stops at the first change that it cannot apply (a row that exists already, a missing column) and tries \
          the same again and again; only the server log and the counters tell. Meanwhile its slot on the publisher keeps WAL. A \
          subscription that is disabled keeps it too.",
    remedy: "The server log has the error. Mend the row or the table, or skip the transaction (ALTER SUBSCRIPTION ... SKIP); then \
             ENABLE, or REFRESH PUBLICATION for new tables.",
    parameters: &[],
    sources: &[Guide("S-409"), Manual("logical-replication-conflicts", "Conflicts"), Manual("monitoring-stats", "pg_stat_subscription_stats")],
    examples: &[
        bad("BEGIN;\nCREATE SUBSCRIPTION incoming CONNECTION 'dbname=elsewhere' PUBLICATION changes\n    WITH (connect = false, slot_name = NONE);")
            .title("disabled")
            .advice(),
        good("SELECT 1;").title("none"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    if database.server.in_recovery {
        return;
    }
    for subscription in &state.subscriptions {
        let Subscription { name, enabled, running, unready, errors } = subscription;
        let shown = sql::ident(name);
        let (severity, message) = match (enabled, running) {
            (false, _) => (Warning, format!("subscription {shown} is disabled")),
            (true, false) => (Error, format!("subscription {shown} has no worker")),
            _ if *errors > 0 => (Warning, format!("subscription {shown} has run into errors")),
            _ if *unready > 0 => (Warning, format!("tables of subscription {shown} are not in step yet")),
            _ => continue,
        };
        out.object("subscription", "", name, message)
            .severity(severity)
            .detail(format!(
                "{} errors since the counters began; {} tables not in step.",
                count(*errors as u64),
                count(*unready as u64)
            ))
            .evidence("errors", *errors)
            .evidence("unready", *unready)
            .advice("The server log has the error. Then ALTER SUBSCRIPTION ... ENABLE, or REFRESH PUBLICATION.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn what_does_not_run_is_worse_than_what_ran_into_errors() {
        let found = |enabled: bool, running: bool, unready: i64, errors: i64| {
            let subscription = Subscription { name: "s".to_owned(), enabled, running, unready, errors };
            let state = ServerState { subscriptions: vec![subscription], ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        assert_eq!(found(true, true, 0, 0), None);
        assert_eq!(found(true, true, 0, 1), Some(Warning));
        assert_eq!(found(true, true, 1, 0), Some(Warning));
        assert_eq!(found(true, false, 0, 0), Some(Error));
        assert_eq!(found(false, false, 0, 0), Some(Warning));
    }
}
