//! pg_hba.conf lets whole networks in without asking for TLS.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "hba-open-to-world",
    category: Security,
    severity: Warning,
    title: "pg_hba.conf lets every address in without asking for TLS",
    why: "A line of type host takes sessions with and without TLS. For all addresses that is everybody who can reach the port, \
          and what protects the server then is a firewall that PostgreSQL does not see. samenet stands for every network that the \
          server has an address in.",
    remedy: "Name the networks of the applications, and use hostssl; then SELECT pg_reload_conf().",
    parameters: &[],
    sources: &[Guide("S-461"), Guide("S-456"), Manual("auth-pg-hba-conf", "hostssl")],
    examples: &[
        bad("COPY (SELECT 'host all all 0.0.0.0/0 scram-sha-256') TO PROGRAM 'cat >> pg_hba.conf';")
            .server("max_connections = 21")
            .advice(),
        good("SELECT 1;").title("lines for the socket and for this machine"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for line in super::hba_lines(database, out) {
        let own_networks = line.address == "samenet";
        let without_tls = matches!(line.kind.as_str(), "host" | "hostnossl");
        if !(own_networks || super::is_for_all(line)) || !without_tls || line.method == "reject" {
            continue;
        }
        let whom = if own_networks { "every address of the server's own networks" } else { "every address" };
        let text = super::hba_text(line);
        out.object("pg_hba.conf", "", &text, format!("pg_hba.conf line {} is open to {whom} without TLS", line.line))
            .detail(format!("The line is: {text}"))
            .advice("Name the networks, and use hostssl; then SELECT pg_reload_conf().")
            .discriminator(line.line.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn every_address_is_one_that_matches_all() {
        let found = |kind: &str, address: &str, netmask: &str, method: &str| {
            let line = HbaLine {
                kind: kind.to_owned(),
                address: address.to_owned(),
                netmask: netmask.to_owned(),
                method: method.to_owned(),
                ..HbaLine::default()
            };
            server_findings(&RULE, ServerState { hba: Some(vec![line]), ..ServerState::default() }).len()
        };
        assert_eq!(found("host", "0.0.0.0", "0.0.0.0", "scram-sha-256"), 1);
        assert_eq!(found("host", "all", "", "md5"), 1);
        assert_eq!(found("host", "samenet", "", "md5"), 1);
        assert_eq!(found("host", "samehost", "", "md5"), 0);
        assert_eq!(found("host", "127.0.0.1", "0.0.0.0", "scram-sha-256"), 1);
        assert_eq!(found("hostssl", "0.0.0.0", "0.0.0.0", "scram-sha-256"), 0);
        assert_eq!(found("host", "10.0.0.0", "255.0.0.0", "scram-sha-256"), 0);
        assert_eq!(found("host", "all", "", "reject"), 0);
    }
}
