//! The server listens to a network without TLS, or with a broken version of it.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "tls-not-enforced",
    category: Security,
    severity: Error,
    title: "the server listens to a network without TLS, or with a broken version of it",
    why: "Without TLS everything that clients and server say, rows and with some methods passwords too, can be read and changed \
          on the way. Versions before TLSv1.2 are broken.",
    remedy: "Set ssl = on with ssl_cert_file and ssl_key_file, ask for it by hostssl in pg_hba.conf, and let clients verify the \
             certificate (sslmode=verify-full). A pooler on the same machine may end TLS; then listen to localhost only.",
    parameters: &[Parameter {
        name: "min_version",
        default: Text("TLSv1.2"),
        what: "the least version of TLS that is accepted: TLSv1.2 or TLSv1.3",
    }],
    sources: &[
        Guide("S-456"),
        Guide("S-457"),
        Manual("ssl-tcp", "Secure TCP/IP Connections with SSL"),
        Manual("runtime-config-connection", "ssl_min_protocol_version"),
    ],
    examples: &[
        bad("SELECT 1;").unit().title("where listen_addresses is '*' and ssl is off").advice(),
        good("SELECT 1;").title("it listens to its socket only"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.state.is_none() {
        return;
    }
    let (Some(ssl), Some(listens)) = (database.settings.get("ssl"), database.settings.get("listen_addresses")) else {
        out.not_judged(
            "server",
            "its settings are not visible",
            "GRANT pg_read_all_settings, which is part of pg_monitor.",
        );
        return;
    };
    let network = listens
        .value
        .split(',')
        .map(str::trim)
        .any(|address| !matches!(address, "" | "localhost" | "127.0.0.1" | "::1"));
    if !network {
        return;
    }
    if ssl.value == "off" {
        out.object("setting", "", "ssl", "the server listens to a network without TLS")
            .detail(format!("listen_addresses is {}, and ssl is off.", sql::literal(&listens.value)))
            .advice("Set ssl = on with ssl_cert_file and ssl_key_file, and ask for it by hostssl in pg_hba.conf.");
    }
    let Some(least) = database.settings.get("ssl_min_protocol_version").filter(|_| ssl.value == "on") else { return };
    let wanted = cx.text("min_version", &Relation::default());
    // TLSv1 < TLSv1.1 < TLSv1.2 < TLSv1.3, as texts too; empty is any.
    if least.value < wanted {
        out.object("setting", "", "ssl_min_protocol_version", format!("versions of TLS before {wanted} are accepted"))
            .severity(Warning)
            .detail(format!("ssl_min_protocol_version is {}.", sql::literal(&least.value)))
            .advice(format!("ALTER SYSTEM SET ssl_min_protocol_version = '{wanted}', and reload."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::database_findings;

    fn found(listens: &str, ssl: &str, least: &str) -> Option<crate::rule::Severity> {
        let mut database = Database { state: Some(Box::default()), ..Database::default() };
        for (name, value) in [("listen_addresses", listens), ("ssl", ssl), ("ssl_min_protocol_version", least)] {
            database.settings.insert(name.to_owned(), Setting { value: value.to_owned(), ..Setting::default() });
        }
        database_findings(&RULE, &database).first().map(|finding| finding.severity)
    }

    #[test]
    fn a_network_needs_tls_of_a_sound_version() {
        assert_eq!(found("*", "off", "TLSv1.2"), Some(Error));
        assert_eq!(found("localhost, 10.0.0.1", "off", "TLSv1.2"), Some(Error));
        assert_eq!(found("localhost, ::1", "off", "TLSv1.2"), None);
        assert_eq!(found("", "off", "TLSv1.2"), None);
        assert_eq!(found("*", "on", "TLSv1.1"), Some(Warning));
        assert_eq!(found("*", "on", ""), Some(Warning));
        assert_eq!(found("*", "on", "TLSv1.3"), None);
    }
}
