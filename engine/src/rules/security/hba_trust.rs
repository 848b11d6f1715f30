//! pg_hba.conf lets people in without a proof.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "hba-trust",
    category: Security,
    severity: Error,
    title: "pg_hba.conf lets in without a sound proof of who it is",
    why: "With trust whoever reaches the server is who they say, superusers included. password sends it in clear, ident believes \
          the client's machine, and an md5 hash is enough to log in by itself.",
    remedy: "Use scram-sha-256, peer for the local socket, or certificates; then SELECT pg_reload_conf().",
    parameters: &[],
    sources: &[
        Guide("S-460"),
        Guide("S-461"),
        Manual("auth-pg-hba-conf", "auth-method"),
        Manual("auth-trust", "Trust Authentication"),
    ],
    examples: &[
        bad("SELECT 1;").title("the throw-away server of the tests").advice(),
        good("COPY (SELECT 'local all all peer') TO PROGRAM 'cat > pg_hba.conf';")
            .server("max_connections = 36")
            .title("the operating system says who it is"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for line in super::hba_lines(database, out) {
        let local = line.kind == "local";
        let loopback =
            matches!(line.address.as_str(), "127.0.0.1" | "::1" | "localhost" | "samehost") && !super::is_for_all(line);
        let (severity, why) = match line.method.as_str() {
            "trust" if local || loopback => (Warning, "Whoever may log in on the machine is who they say."),
            "trust" => (Error, "Whoever reaches the server is who they say."),
            "password" if line.kind == "hostnossl" && !loopback => (Error, "Passwords travel in clear."),
            "password" if line.kind == "host" && !loopback => (Error, "Without TLS, passwords travel in clear."),
            "password" => (Warning, "The server gets passwords in clear."),
            "md5" => (Warning, "An MD5 hash is enough to log in; PostgreSQL 18 warns of it."),
            "ident" => (Warning, "The client's machine says who the user is."),
            _ => continue,
        };
        let text = super::hba_text(line);
        out.object("pg_hba.conf", "", &text, format!("pg_hba.conf line {} lets in by {}", line.line, line.method))
            .severity(severity)
            .detail(format!("{why} The line is: {text}"))
            .advice("Change the method in pg_hba.conf (scram-sha-256, or peer for the local socket), then SELECT pg_reload_conf().")
            .discriminator(line.line.to_string())
            .evidence("method", line.method.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn how_bad_a_method_is_depends_on_where_it_holds() {
        let found = |kind: &str, address: &str, method: &str| {
            let line = HbaLine {
                kind: kind.to_owned(),
                address: address.to_owned(),
                method: method.to_owned(),
                ..HbaLine::default()
            };
            let found = server_findings(&RULE, ServerState { hba: Some(vec![line]), ..ServerState::default() });
            found.first().map(|finding| finding.severity)
        };
        assert_eq!(found("host", "10.0.0.0", "trust"), Some(Error));
        assert_eq!(found("local", "", "trust"), Some(Warning));
        assert_eq!(found("host", "127.0.0.1", "trust"), Some(Warning));
        assert_eq!(found("host", "10.0.0.0", "password"), Some(Error));
        assert_eq!(found("hostssl", "10.0.0.0", "md5"), Some(Warning));
        assert_eq!(found("hostssl", "10.0.0.0", "scram-sha-256"), None);
        assert_eq!(found("local", "", "peer"), None);
    }
}
