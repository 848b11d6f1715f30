//! Sessions from other machines without TLS.

use crate::rule::prelude::*;
use crate::rules::state;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "session-without-tls",
    category: Security,
    severity: Warning,
    title: "sessions from another machine are not encrypted",
    why: "ssl = on offers TLS; whether it is used is up to the client and to pg_hba.conf. Without it what the session reads can be \
          read on the way.",
    remedy: "Ask for it by hostssl in pg_hba.conf, and set sslmode=verify-full in the client. Between a pooler and the server \
             too.",
    parameters: &[],
    sources: &[Guide("S-456"), Manual("monitoring-stats", "pg_stat_ssl"), Manual("libpq-ssl", "SSL Mode Descriptions")],
    examples: &[
        bad("SELECT 1;").unit().title("while a session from another machine is not encrypted").advice(),
        good("SELECT 1;").title("a session by the socket"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(sessions) = state::sessions(database, out) else { return };
    let mut open: BTreeMap<(Oid, &str), u64> = BTreeMap::new();
    for session in sessions {
        if let (Some(address), Some(false)) = (&session.address, session.encrypted) {
            *open.entry((session.role, address)).or_default() += 1;
        }
    }
    for ((role, address), number) in open {
        let name = database.access.name(role);
        out.object("role", "", &name, format!("sessions of {name} from {address} are not encrypted"))
            .detail(format!("There are {} of them now.", count(number)))
            .advice("Ask for TLS by hostssl in pg_hba.conf, and set sslmode=verify-full in the client.")
            .evidence("sessions", number)
            .discriminator(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn only_sessions_from_another_machine_count() {
        let session = |address: Option<&str>, encrypted: Option<bool>| Session {
            address: address.map(str::to_owned),
            encrypted,
            role: 10,
            ..Session::default()
        };
        let found = |sessions: Vec<Session>| {
            server_findings(&RULE, ServerState { sessions: Some(sessions), ..ServerState::default() }).len()
        };
        assert_eq!(found(vec![session(Some("10.0.0.1"), Some(false)), session(Some("10.0.0.1"), Some(false))]), 1);
        assert_eq!(found(vec![session(Some("10.0.0.1"), Some(true))]), 0);
        assert_eq!(found(vec![session(None, Some(false)), session(Some("10.0.0.1"), None)]), 0);
    }
}
