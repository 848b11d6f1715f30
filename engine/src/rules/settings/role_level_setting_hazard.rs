//! A dangerous setting that is bound to a role or a database.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "role-level-setting-hazard",
    category: Settings,
    severity: Warning,
    title: "a role or database has a setting that endangers data or plans",
    why: "ALTER ROLE ... SET and ALTER DATABASE ... SET hold for every new session, and stand in no configuration file, where \
          people look. session_replication_role = replica there switches foreign keys and triggers off for an application; \
          enable_... = off outlives the problem that it was set for; a search_path with a schema in which everybody may \
          create objects, or with pg_temp first, lets others put their objects in the way.",
    remedy: "Reset it. What one transaction needs is set in it, with SET LOCAL.",
    parameters: &[],
    sources: &[
        Guide("S-349"),
        Manual("config-setting", "Parameter Interaction via SQL"),
        Manual("runtime-config-client", "session_replication_role"),
        Code("src/backend/utils/init/postinit.c", "process_settings"),
    ],
    examples: &[
        bad("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_hashjoin = off', current_database()); END $$;"),
        bad("BEGIN;\nCREATE ROLE shop_importer LOGIN;\nALTER ROLE shop_importer SET session_replication_role = replica;")
            .title("foreign keys and triggers off: error"),
        bad("GRANT CREATE ON SCHEMA public TO PUBLIC;\n\
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = shop, public', current_database()); END $$;")
        .title("everybody may create objects on the path"),
        good("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = shop, public', current_database()); END $$;"),
        good("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_partitionwise_join = on', current_database()); END $$;")
            .title("on, which is off by default"),
        good("BEGIN;\nCREATE ROLE shop_batch LOGIN;\nALTER ROLE shop_batch SET work_mem = '64MB';"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    // What other databases have is judged there.
    let here = |own: &&RoleSetting| own.database.as_ref().is_none_or(|name| *name == database.server.database);
    for own in state.role_settings.iter().filter(here) {
        let (name, value) = (own.name.as_str(), own.value.as_str());
        let off = super::is_off(value);
        let (severity, why) = match name {
            "session_replication_role" if matches!(value.to_lowercase().as_str(), "replica" | "local") => {
                (Error, "Foreign keys and triggers do not work in its sessions.".to_owned())
            }
            "zero_damaged_pages" if super::is_on(value) => {
                (Error, "Damaged pages are emptied without asking.".to_owned())
            }
            "ignore_checksum_failure" if super::is_on(value) => {
                (Error, "Damage is read as if it were data.".to_owned())
            }
            "allow_system_table_mods" if super::is_on(value) => {
                (Error, "A statement can destroy the catalogs.".to_owned())
            }
            "synchronous_commit" if off => {
                (Warning, "A crash loses transactions that were reported as committed.".to_owned())
            }
            "row_security" if off => (Warning, "A query that a policy would filter fails instead.".to_owned()),
            "track_activities" if off => (Warning, "Nobody sees what its sessions do.".to_owned()),
            "track_counts" if off => (Error, "What its sessions change is not counted, and not vacuumed.".to_owned()),
            "search_path" => match path(database, own) {
                Some(why) => (Warning, why),
                None => continue,
            },
            _ if name.starts_with("enable_") && off && database.settings.get(name).is_none_or(|s| s.boot == "on") => {
                (Warning, "A kind of plan is forbidden; it outlives the problem that it was set for.".to_owned())
            }
            _ => continue,
        };
        let (scope, remedy) = scope(database, own);
        out.object("setting", "", name, format!("{scope} has {name} = {value}"))
            .severity(severity)
            .detail(why)
            .discriminator(scope)
            .evidence("value", value)
            .advice("Reset it; sessions that are open keep it until they end:")
            .remedy(remedy);
    }
}

/// Whom the setting is for, and the statement that resets it.
fn scope(database: &Database, own: &RoleSetting) -> (String, String) {
    let role = own.role.map(|role| database.access.name(role));
    let place = own.database.as_ref().map(|name| sql::ident(name));
    let name = &own.name;
    match (role, place) {
        (Some(role), Some(place)) => {
            (format!("role {role} in database {place}"), format!("ALTER ROLE {role} IN DATABASE {place} RESET {name};"))
        }
        (Some(role), None) => (format!("role {role}"), format!("ALTER ROLE {role} RESET {name};")),
        (None, Some(place)) => (format!("database {place}"), format!("ALTER DATABASE {place} RESET {name};")),
        (None, None) => ("every role".to_owned(), format!("ALTER ROLE ALL RESET {name};")),
    }
}

/// What is wrong with a search_path.
fn path(database: &Database, own: &RoleSetting) -> Option<String> {
    let entries: Vec<&str> = own.value.split(',').map(|entry| entry.trim_matches(|c| c == ' ' || c == '"')).collect();
    let open: Vec<&str> = database
        .schemas
        .iter()
        .filter(|schema| entries.contains(&schema.name.as_str()))
        .filter(|schema| schema.grants.iter().any(|grant| grant.grantee == 0 && grant.privilege == "CREATE"))
        .map(|schema| schema.name.as_str())
        .collect();
    if !open.is_empty() {
        return Some(format!("Every role may create objects in {}: they take the place of others.", list(&open, 5)));
    }
    (entries.first() == Some(&"pg_temp"))
        .then(|| "pg_temp comes first: a temporary table hides the real one.".to_owned())
}
