//! New passwords are hashed with MD5.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "password-encryption-md5",
    category: Security,
    severity: Warning,
    title: "new passwords are hashed with MD5",
    why: "An MD5 hash is quick to break, and is enough to log in by itself: whoever reads it in a backup needs no password. \
          PostgreSQL 18 warns of it, and a later version will refuse it.",
    remedy: "Set password_encryption to scram-sha-256 and let users set their passwords again; then change md5 in pg_hba.conf.",
    parameters: &[],
    sources: &[
        Guide("S-460"),
        Manual("runtime-config-connection", "password_encryption"),
        Manual("auth-password", "Password Authentication"),
    ],
    examples: &[
        bad("SELECT 1;").server(CARELESS).advice(),
        good("SELECT 1;").title("scram-sha-256, which is the default"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(setting) = database.state.as_ref().and_then(|_| database.of_server("password_encryption")) else { return };
    if setting.value != "scram-sha-256" {
        out.object("setting", "", "password_encryption", "new passwords are hashed with MD5")
            .detail(format!("password_encryption is {}.", setting.value))
            .evidence("value", setting.value.as_str())
            .advice("ALTER SYSTEM SET password_encryption = 'scram-sha-256', reload, and set the passwords again.");
    }
}
