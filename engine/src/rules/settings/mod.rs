//! The server's settings and its connections.

mod autovacuum_or_counters_off;
mod checkpoint_settings;
mod config_file_error;
mod connection_saturation;
mod developer_options;
mod durability_off;
mod effective_cache_size_ratio;
mod idle_connections;
mod idle_in_transaction;
mod long_transaction;
mod maintenance_work_mem;
mod max_connections_range;
mod memory_overcommit;
mod minor_version_outdated;
mod pending_restart;
mod planner_feature_off;
mod random_page_cost_low;
mod role_level_setting_hazard;
mod shared_buffers_ratio;
mod slow_log_off;
mod stats_extension_missing;
mod timeouts_unset;
mod work_mem_range;

use crate::context::Context;
use crate::facts::{Database, Session, Setting};
use crate::finding::{Finding, Findings};
use crate::rule::{Rule, Severity};

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &autovacuum_or_counters_off::RULE,
    &checkpoint_settings::RULE,
    &config_file_error::RULE,
    &connection_saturation::RULE,
    &developer_options::RULE,
    &durability_off::RULE,
    &effective_cache_size_ratio::RULE,
    &idle_connections::RULE,
    &idle_in_transaction::RULE,
    &long_transaction::RULE,
    &maintenance_work_mem::RULE,
    &max_connections_range::RULE,
    &memory_overcommit::RULE,
    &minor_version_outdated::RULE,
    &pending_restart::RULE,
    &planner_feature_off::RULE,
    &random_page_cost_low::RULE,
    &role_level_setting_hazard::RULE,
    &shared_buffers_ratio::RULE,
    &slow_log_off::RULE,
    &stats_extension_missing::RULE,
    &timeouts_unset::RULE,
    &work_mem_range::RULE,
];

/// A setting as the server has it; where this session has its own value, that is told as a gap. Rules of settings are silent where
/// only a schema or a relation is judged.
fn of_server<'a>(database: &'a Database, name: &str, out: &mut Findings) -> Option<&'a Setting> {
    database.state.as_ref()?;
    let setting = database.settings.get(name)?;
    if setting.of_server() {
        return Some(setting);
    }
    out.not_judged(
        format!("setting {name}"),
        format!("this session has its own value (from: {}), which hides the server's", setting.source),
        "Check from a session without it.",
    );
    None
}

/// How many connections the server takes, and how many of them are not for applications.
fn connections(database: &Database) -> (f64, f64) {
    let setting = |name: &str| database.setting_number(name).unwrap_or(0.0);
    (setting("max_connections"), setting("superuser_reserved_connections") + setting("reserved_connections"))
}

/// A finding about a session whose transaction, or whose state, is older than the rule wants.
fn lasting<'a>(
    database: &Database,
    session: &Session,
    (how, seconds): (&str, f64),
    cx: &Context,
    message: impl Fn(&str) -> String,
    out: &'a mut Findings,
) -> &'a mut Finding {
    let who = format!("pid {} of {}", session.pid, database.access.name(session.role));
    // Nobody needs to know it more exactly, and a page that shows it stays the same.
    let time =
        if seconds < 1.0 { "less than 1 s".to_owned() } else { crate::text::duration((seconds * 1000.0) as u64) };
    out.object("session", "", &session.pid.to_string(), message(&who))
        .severity(if seconds >= cx.number("error_seconds") as f64 { Severity::Error } else { Severity::Warning })
        .detail(format!(
            "It is {}, in database {}, {how} for {time}.",
            session.state,
            crate::sql::ident(&session.database)
        ))
        .evidence("seconds", seconds)
}

/// The memory of the machine in bytes, as the operator stated it.
fn memory(database: &Database, out: &mut Findings) -> Option<f64> {
    let state = database.state.as_ref()?;
    if state.memory.is_none() {
        out.not_judged(
            "server",
            "the memory of the machine cannot be seen in SQL, and was not stated",
            "LOAD 'pg_architect'; ALTER SYSTEM SET architect.server_memory = '16GB'; SELECT pg_reload_conf();",
        );
    }
    state.memory
}

/// What the server may take: every connection with one hash, every autovacuum worker, and the shared buffers; in bytes, with the
/// arithmetic.
fn memory_budget(database: &Database) -> Option<(f64, String)> {
    let number = |name: &str| database.of_server(name)?.value.parse::<f64>().ok();
    let connections = database.setting_number("max_connections")?;
    let work = database.setting_bytes("work_mem")?;
    let factor = number("hash_mem_multiplier")?;
    let workers = database.setting_number("autovacuum_max_workers")?;
    let of_workers = number("autovacuum_work_mem").filter(|own| *own >= 0.0);
    let worker = match of_workers {
        Some(_) => database.setting_bytes("autovacuum_work_mem")?,
        None => database.setting_bytes("maintenance_work_mem")?,
    };
    let buffers = database.setting_bytes("shared_buffers")?;
    let total = connections * work * factor + workers * worker + buffers;
    let shown = |bytes: f64| crate::text::bytes(bytes as u64);
    let sum = format!(
        "max_connections {connections} x work_mem {} x hash_mem_multiplier {factor} + autovacuum_max_workers {workers} x {} + \
         shared_buffers {} = {}",
        shown(work),
        shown(worker),
        shown(buffers),
        shown(total)
    );
    Some((total, sum))
}

/// Whether PostgreSQL reads the text as false: any beginning of a word that is not one of its opposite too.
fn is_off(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    !value.is_empty()
        && (value == "0"
            || (value.len() > 1 && "off".starts_with(&value))
            || "false".starts_with(&value)
            || "no".starts_with(&value))
}

/// Whether PostgreSQL reads the text as true.
fn is_on(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    !value.is_empty() && (value == "1" || value == "on" || "true".starts_with(&value) || "yes".starts_with(&value))
}

/// Whether the text is zero, with or without a unit.
fn is_zero(value: &str) -> bool {
    let number = value.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim();
    number.parse::<f64>().is_ok_and(|number| number == 0.0)
}
