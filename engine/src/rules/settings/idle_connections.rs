//! Most slots are held by sessions that do nothing.

use crate::rule::prelude::*;
use crate::rules::state;

/// The rule.
pub static RULE: Rule = Rule {
    name: "idle-connections",
    category: Settings,
    severity: Info,
    title: "idle sessions hold most of the connections",
    why: "An idle session holds a slot and memory. Where most are idle at a time, the pools are larger than the work, and a peak \
          runs into the limit although the server has little to do.",
    remedy: "Smaller pools, or a pooler that shares sessions between clients (transaction mode).",
    parameters: &[
        Parameter {
            name: "info_percent",
            default: Integer(50),
            what: "told from this share of the connections on: percent",
        },
        Parameter { name: "warning_percent", default: Integer(75), what: "a warning from this share on: percent" },
    ],
    sources: &[Guide("S-325"), Guide("S-327"), Manual("monitoring-stats", "pg_stat_activity")],
    examples: &[
        bad("SELECT 1;").unit().title("while more than half of the slots are held by idle sessions").advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(sessions) = state::sessions(database, out) else { return };
    let (maximum, reserved) = super::connections(database);
    let usable = maximum - reserved;
    let idle = sessions.iter().filter(|session| session.state == "idle").count() as f64;
    let percent = if usable > 0.0 { 100.0 * idle / usable } else { 0.0 };
    if percent >= cx.number("info_percent") as f64 {
        let severity = if percent >= cx.number("warning_percent") as f64 { Warning } else { Info };
        out.object("server", "", "connections", format!("idle sessions hold {percent:.0} % of the connections"))
            .severity(severity)
            .detail(format!("{idle} of {usable} are idle."))
            .evidence("idle", idle)
            .advice("Smaller pools, or a pooler in transaction mode.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::database_findings;

    #[test]
    fn idle_sessions_are_counted_against_the_usable_slots() {
        let found = |idle: usize, working: usize| {
            let session = |state: &str| Session { state: state.to_owned(), ..Session::default() };
            let mut sessions = vec![session("idle"); idle];
            sessions.extend(vec![session("active"); working]);
            let mut database = Database::default();
            for (name, value) in [("max_connections", "13"), ("superuser_reserved_connections", "3")] {
                database.settings.insert(name.to_owned(), Setting { value: value.to_owned(), ..Setting::default() });
            }
            database.state = Some(Box::new(ServerState { sessions: Some(sessions), ..ServerState::default() }));
            database_findings(&RULE, &database).first().map(|finding| finding.severity)
        };
        assert_eq!(found(4, 6), None);
        assert_eq!(found(5, 0), Some(Info));
        assert_eq!(found(8, 0), Some(Warning));
    }
}
