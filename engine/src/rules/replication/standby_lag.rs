//! A standby is behind.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "standby-lag",
    category: Replication,
    severity: Warning,
    title: "a standby is behind",
    why: "What a standby has not replayed is missing in its answers, and, with asynchronous replication, lost when the primary is. A \
          standby that falls behind further than WAL is kept must be made anew.",
    remedy: "Look at the network, at the standby's disk, and for queries there that hold replay up. Replay that was paused goes on \
             with pg_wal_replay_resume().",
    parameters: &[
        Parameter { name: "warning_seconds", default: Integer(10), what: "a warning from this delay on: seconds" },
        Parameter { name: "error_seconds", default: Integer(60), what: "an error from this delay on: seconds" },
        Parameter {
            name: "warning_bytes",
            default: Integer(100 * 1024 * 1024),
            what: "a warning from this amount of WAL on: bytes",
        },
        Parameter {
            name: "error_bytes",
            default: Integer(1024 * 1024 * 1024),
            what: "an error from this amount of WAL on: bytes",
        },
    ],
    sources: &[
        Guide("S-411"),
        Guide("S-413"),
        Manual("monitoring-stats", "pg_stat_replication"),
        Manual("functions-admin", "pg_wal_replay_resume"),
    ],
    examples: &[
        bad("SELECT 1;").unit().title("while a standby is 10 s behind").advice(),
        good("SELECT 1;").title("no standby"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let number = |name: &str| cx.number(name);
    match &state.senders {
        None => out.not_judged(
            "server",
            "the state of standbys is not visible",
            "GRANT pg_read_all_stats, which is part of pg_monitor.",
        ),
        Some(senders) => {
            for sender in senders.iter().filter(|sender| sender.state != "backup") {
                let Some(behind) = sender.lag_bytes else { continue };
                // The delay of an idle stream is that of its last record, not of now.
                let seconds = if behind > 0 { sender.lag_seconds.unwrap_or(0.0) } else { 0.0 };
                let catching_up = matches!(sender.state.as_str(), "startup" | "catchup");
                let bad = behind >= number("error_bytes") || seconds >= number("error_seconds") as f64;
                let late = behind >= number("warning_bytes") || seconds >= number("warning_seconds") as f64;
                if !bad && !late && !catching_up {
                    continue;
                }
                let name = &sender.name;
                out.object("standby", "", name, format!("standby {} is behind", sql::ident(name)))
                    .severity(if bad { Error } else { Warning })
                    .detail(format!(
                        "It has {} of WAL to replay, and is in state {}.",
                        bytes(behind.max(0) as u64),
                        sender.state
                    ))
                    .evidence("bytes", behind)
                    .evidence("seconds", seconds)
                    .advice("Look at the network, at the standby's disk, and for queries there that hold replay up.");
            }
        }
    }
    let Some(replay) = &state.replay else { return };
    let conninfo = database.settings.get("primary_conninfo").map(|setting| setting.value.as_str());
    let delay = database.setting_number("recovery_min_apply_delay").unwrap_or(0.0) / 1000.0;
    let behind = replay.bytes.unwrap_or(0);
    let late = if behind > 0 { replay.seconds.unwrap_or(0.0) - delay } else { 0.0 };
    let (severity, message, advice) = if !replay.connected && conninfo.is_some_and(|text| !text.is_empty()) {
        (
            Error,
            "this standby is not connected to its primary",
            "Look at the connection to the primary, and at the server log.",
        )
    } else if !replay.connected {
        out.not_judged(
            "server",
            "fed from the archive: how far behind it is cannot be seen",
            "Compare it with the primary.",
        );
        return;
    } else if late >= number("error_seconds") as f64 {
        (Error, "this standby is behind", "Look for queries here that hold replay up (pg_stat_database_conflicts).")
    } else if replay.paused {
        (Warning, "replay of this standby is paused", "To go on: SELECT pg_wal_replay_resume().")
    } else if late >= number("warning_seconds") as f64 {
        (Warning, "this standby is behind", "Look for queries here that hold replay up (pg_stat_database_conflicts).")
    } else {
        return;
    };
    out.object("server", "", "replay", message)
        .severity(severity)
        .detail(format!("It has {} of WAL to replay.", bytes(behind.max(0) as u64)))
        .evidence("bytes", behind)
        .advice(advice);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn seconds_count_only_while_something_is_missing() {
        let found = |bytes: i64, seconds: Option<f64>, state: &str| {
            let sender =
                Sender { lag_bytes: Some(bytes), lag_seconds: seconds, state: state.to_owned(), ..Sender::default() };
            let state = ServerState { senders: Some(vec![sender]), ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        assert_eq!(found(0, Some(4000.0), "streaming"), None);
        assert_eq!(found(1, Some(10.0), "streaming"), Some(Warning));
        assert_eq!(found(1, Some(60.0), "streaming"), Some(Error));
        assert_eq!(found(200 << 20, None, "streaming"), Some(Warning));
        assert_eq!(found(2 << 30, None, "streaming"), Some(Error));
        assert_eq!(found(1, None, "catchup"), Some(Warning));
        assert_eq!(found(2 << 30, None, "backup"), None);
    }

    #[test]
    fn a_standby_judges_itself() {
        let found = |replay: Replay| {
            let state = ServerState { senders: Some(Vec::new()), replay: Some(replay), ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        let sound = Replay { connected: true, ..Replay::default() };
        assert_eq!(found(sound.clone()), None);
        assert_eq!(found(Replay { seconds: Some(4000.0), bytes: Some(0), ..sound.clone() }), None);
        assert_eq!(found(Replay { seconds: Some(70.0), bytes: Some(5), ..sound.clone() }), Some(Error));
        assert_eq!(found(Replay { paused: true, ..sound }), Some(Warning));
        assert_eq!(found(Replay::default()), None, "fed from the archive: not judged");
    }
}
