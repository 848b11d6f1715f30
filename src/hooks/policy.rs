//! The policy in force: the settings, and what our tables say. The tables are read once, and again when the server says that one
//! of them changed.

use crate::hooks::memory;
use crate::pg::table::Table;
use crate::pg::{guc, ours, session};
use engine::policy::{Policy, RuleSetting, SeverityOrOff, Suppression};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

/// A row of `architect.suppressions`.
#[derive(Clone, Debug)]
pub struct Suppressed {
    /// The rule and the object.
    pub suppression: Suppression,
    /// Until when: microseconds since 2000; none for ever.
    pub expires: Option<i64>,
}

/// What the tables say.
#[derive(Debug, Default)]
pub struct Stored {
    /// `architect.rule_settings`.
    pub settings: Vec<RuleSetting>,
    /// `architect.suppressions`, expired ones included.
    pub suppressions: Vec<Suppressed>,
    /// The fingerprints in `architect.baseline`.
    pub baseline: Arc<HashSet<String>>,
    /// The profile in use, as `architect.profile_in_use` names it.
    pub profile: String,
    /// `architect.armed` has a row for this database.
    pub armed: bool,
}

thread_local! {
    static STORED: RefCell<Option<Rc<Stored>>> = const { RefCell::new(None) };
}

/// What the tables say; none where the extension is not installed in this database.
pub fn stored() -> Option<Rc<Stored>> {
    let ours = ours::find()?;
    // Taken before the tables are read: a change that comes while they are read makes the next question read them again.
    if !ours::take_changed()
        && let Some(stored) = STORED.with(|cell| cell.borrow().clone())
    {
        return Some(stored);
    }
    let stored = read(&ours).map(Rc::new);
    match stored {
        Some(stored) => {
            STORED.with(|cell| cell.replace(Some(Rc::clone(&stored))));
            Some(stored)
        }
        // A table is locked (our own update script runs, say). What was known last is better than nothing.
        None => {
            ours::distrust();
            STORED.with(|cell| cell.borrow().clone())
        }
    }
}

fn read(ours: &ours::Ours) -> Option<Stored> {
    let mut stored = Stored::default();

    let table = Table::read(ours.rule_settings)?;
    for row in table.rows() {
        // rule, schema_pattern, table_pattern, severity, parameters
        let parameters: serde_json::Value = serde_json::from_str(&row.text(4)).unwrap_or_default();
        stored.settings.push(RuleSetting {
            rule: row.text(0),
            schema_pattern: row.text(1),
            table_pattern: row.text(2),
            severity: SeverityOrOff::parse(&row.text(3)),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
        });
    }
    table.close();

    let table = Table::read(ours.suppressions)?;
    for row in table.rows() {
        // rule, object, reason, expires
        stored.suppressions.push(Suppressed {
            suppression: Suppression { rule: row.text(0), object: row.text(1) },
            expires: row.field(3).map(crate::pg::table::Field::integer),
        });
    }
    table.close();

    let table = Table::read(ours.baseline)?;
    stored.baseline = Arc::new(table.rows().iter().map(|row| row.text(0)).collect());
    table.close();

    let table = Table::read(ours.profile)?;
    stored.profile = table.rows().first().map(|row| row.text(0)).unwrap_or_default();
    table.close();

    let table = Table::read(ours.armed)?;
    stored.armed = table.rows().iter().any(|row| row.field(0).is_some_and(|oid| oid.oid() == session::database()));
    table.close();
    Some(stored)
}

/// A policy that was in force.
struct Made {
    stored: Rc<Stored>,
    /// When the first of its suppressions expires: microseconds since 2000.
    until: Option<i64>,
    policy: Rc<Policy>,
}

thread_local! {
    static MADE: RefCell<Option<Made>> = const { RefCell::new(None) };
}

/// The policy in force; none where the extension is not installed in this database: then nothing is judged. It is made once, and
/// again when something that it is made of changed: it holds the lists of rules that judge.
pub fn current() -> Option<Rc<Policy>> {
    let stored = stored()?;
    if let Some(policy) = MADE.with(|cell| still_true(cell.borrow().as_ref()?, &stored)) {
        return Some(policy);
    }
    let now = session::now();
    let until = stored.suppressions.iter().filter_map(|s| s.expires).filter(|at| *at > now).min();
    let policy = Rc::new(make(&stored, now));
    let made = Made { stored, until, policy: Rc::clone(&policy) };
    MADE.with(|cell| cell.replace(Some(made)));
    Some(policy)
}

fn still_true(made: &Made, stored: &Rc<Stored>) -> Option<Rc<Policy>> {
    let policy = &made.policy;
    (Rc::ptr_eq(&made.stored, stored)
        && policy.mode == guc::mode()
        && policy.armed == (stored.armed || guc::mode_is_of_session())
        && policy.min_severity == guc::min_severity()
        && policy.enforce_severity == guc::enforce_severity()
        && policy.small_table_rows == guc::small_table_rows()
        && policy.small_table_bytes == guc::small_table_bytes()
        && policy.break_glass == memory::broken_glass()
        && made.until.is_none_or(|until| until > session::now()))
    .then(|| Rc::clone(policy))
}

fn make(stored: &Stored, now: i64) -> Policy {
    Policy {
        mode: guc::mode(),
        armed: stored.armed || guc::mode_is_of_session(),
        min_severity: guc::min_severity(),
        enforce_severity: guc::enforce_severity(),
        small_table_rows: guc::small_table_rows(),
        small_table_bytes: guc::small_table_bytes(),
        profile: profile_settings(&stored.profile),
        settings: stored.settings.clone(),
        suppressions: stored
            .suppressions
            .iter()
            .filter(|s| s.expires.is_none_or(|at| at > now))
            .map(|s| s.suppression.clone())
            .collect(),
        baseline: Arc::clone(&stored.baseline),
        break_glass: memory::broken_glass(),
        dispatch: engine::judge::Dispatch::default(),
    }
}

/// What the profile of this name sets; nothing where there is none (a newer version may have chosen it).
fn profile_settings(name: &str) -> Vec<RuleSetting> {
    engine::profile::profile(name).map(|profile| profile.settings.clone()).unwrap_or_default()
}

/// The lowest limits for a small table that are set anywhere, rows and bytes: a relation that exceeds neither is live for no rule.
pub fn lowest_small_limits() -> (i64, i64) {
    let stored = stored();
    let lowest = |parameter: &str, general: i64| {
        let settings = stored.iter().flat_map(|stored| &stored.settings);
        settings.filter_map(|s| s.parameters.get(parameter)?.as_i64()).fold(general, i64::min)
    };
    (lowest("small_table_rows", guc::small_table_rows()), lowest("small_table_bytes", guc::small_table_bytes()))
}
