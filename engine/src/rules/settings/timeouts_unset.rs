//! Login roles without a timeout.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "timeouts-unset",
    category: Settings,
    severity: Info,
    title: "sessions of login roles have no timeout",
    why: "A session that is idle in a transaction holds its locks and keeps VACUUM from removing rows, for days where nothing ends \
          it. A statement that nobody waits for any more runs on. What counts is the nearest value: of the role in the \
          database, of the role, of the database, of all roles, then of the server.",
    remedy: "Set idle_in_transaction_session_timeout for everybody, and statement_timeout for the roles of applications. Roles for \
             dumps, migrations and maintenance need more.",
    parameters: &[Parameter {
        name: "settings",
        default: List(&["idle_in_transaction_session_timeout", "statement_timeout"]),
        what: "the timeouts that must not be 0, which means none",
    }],
    sources: &[
        Guide("S-317"),
        Manual("runtime-config-client", "idle_in_transaction_session_timeout"),
        Code("src/backend/utils/init/postinit.c", "process_settings"),
    ],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_client LOGIN;")
            .server("max_connections = 35")
            .title("the server has none either")
            .advice(),
        bad("BEGIN;\nCREATE ROLE shop_nearest LOGIN;\nALTER ROLE shop_nearest SET statement_timeout = 0;")
            .server(SOUND)
            .title("the role's own value goes before the server's")
            .advice(),
        good("BEGIN;\nCREATE ROLE shop_client LOGIN;").server(SOUND).title("the server has both"),
        good("BEGIN;\nCREATE ROLE shop_member NOLOGIN;").server(SOUND).title("nobody logs in as the role"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    for name in cx.list("settings", &Relation::default()) {
        let Some(setting) = database.settings.get(&name) else { continue };
        let nearest = |role: Oid| -> Option<&str> {
            let rank = |own: &RoleSetting| (own.role.is_some(), own.database.is_some());
            state
                .role_settings
                .iter()
                .filter(|own| own.name == name && own.role.is_none_or(|of| of == role))
                .filter(|own| own.database.as_ref().is_none_or(|of| *of == database.server.database))
                .max_by_key(|own| rank(own))
                .map(|own| own.value.as_str())
                .or_else(|| setting.of_server().then_some(setting.value.as_str()))
        };
        let mut without = Vec::new();
        let mut unknown = false;
        for role in database.access.roles.values().filter(|role| role.login && !role.superuser) {
            match nearest(role.oid) {
                Some(value) if super::is_zero(value) => without.push(role.oid),
                Some(_) => {}
                None => unknown = true,
            }
        }
        if unknown {
            super::of_server(database, &name, out);
        }
        if without.is_empty() {
            continue;
        }
        let names = database.access.names(without);
        let noun = if names.len() == 1 { "login role has" } else { "login roles have" };
        out.object("setting", "", &name, format!("{} {noun} no {name}", count(names.len() as u64)))
            .detail(format!("Without one: {}.", list(&names, 5)))
            .advice(format!(
                "ALTER ROLE ... SET {name} = '{}'.",
                if name == "statement_timeout" { "30s" } else { "5min" }
            ))
            .evidence("roles", names.clone());
    }
}
