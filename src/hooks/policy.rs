//! The policy in force: the settings, and what our tables say. The tables are read once, and again when the server says that one
//! of them changed.

use crate::hooks::memory;
use crate::pg::report::{self, Level, Line};
use crate::pg::table::{Absent, Table};
use crate::pg::{guc, ours, session};
use engine::policy::{Policy, RuleSetting, SeverityOrOff, Suppression};
use std::cell::{Cell, RefCell};
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
    /// The tables that were locked, and never read before.
    pub unread: Vec<&'static str>,
}

thread_local! {
    static STORED: RefCell<Option<Rc<Stored>>> = const { RefCell::new(None) };
    /// The last that was read leaves something open.
    static UNREAD: Cell<bool> = const { Cell::new(false) };
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
    let known = STORED.with(|cell| cell.borrow().clone());
    let (stored, complete) = read(&ours, known.as_deref())?;
    if !complete {
        ours::distrust();
    }
    let stored = Rc::new(stored);
    UNREAD.with(|cell| cell.set(!stored.unread.is_empty()));
    STORED.with(|cell| cell.replace(Some(Rc::clone(&stored))));
    Some(stored)
}

/// What the tables say, and whether all of them could be read: one that is locked (VACUUM FULL runs, say, or our own update script)
/// is taken as it was known before. None where they are gone.
fn read(ours: &ours::Ours, known: Option<&Stored>) -> Option<(Stored, bool)> {
    let mut stored = Stored::default();
    let mut complete = true;
    let mut open = |oid, name, unread: &mut Vec<&'static str>| match Table::try_read(oid) {
        Ok(table) => Some(Some(table)),
        Err(Absent::Gone) => None,
        Err(Absent::Locked) => {
            complete = false;
            if known.is_none_or(|known| known.unread.contains(&name)) {
                unread.push(name);
            }
            Some(None)
        }
    };

    match open(ours.rule_settings, "architect.rule_settings", &mut stored.unread)? {
        Some(table) => {
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
        }
        None => stored.settings = known.map(|known| known.settings.clone()).unwrap_or_default(),
    }

    match open(ours.suppressions, "architect.suppressions", &mut stored.unread)? {
        Some(table) => {
            for row in table.rows() {
                // rule, object, reason, expires
                stored.suppressions.push(Suppressed {
                    suppression: Suppression { rule: row.text(0), object: row.text(1) },
                    expires: row.field(3).map(crate::pg::table::Field::integer),
                });
            }
            table.close();
        }
        None => stored.suppressions = known.map(|known| known.suppressions.clone()).unwrap_or_default(),
    }

    match open(ours.baseline, "architect.baseline", &mut stored.unread)? {
        Some(table) => {
            stored.baseline = Arc::new(table.rows().iter().map(|row| row.text(0)).collect());
            table.close();
        }
        None => stored.baseline = known.map(|known| Arc::clone(&known.baseline)).unwrap_or_default(),
    }

    match open(ours.profile, "architect.profile_in_use", &mut stored.unread)? {
        Some(table) => {
            stored.profile = table.rows().first().map(|row| row.text(0)).unwrap_or_default();
            table.close();
        }
        None => stored.profile = known.map(|known| known.profile.clone()).unwrap_or_default(),
    }

    match open(ours.armed, "architect.armed", &mut stored.unread)? {
        Some(table) => {
            let database = session::database();
            stored.armed = table.rows().iter().any(|row| row.field(0).is_some_and(|oid| oid.oid() == database));
            table.close();
        }
        None => stored.armed = known.is_some_and(|known| known.armed),
    }
    Some((stored, complete))
}

/// A WARNING where a part of the policy could not be read yet: what is judged is judged by the rest, and nothing is stopped.
pub fn unread() -> Option<Line> {
    if !UNREAD.with(Cell::get) {
        return None;
    }
    let stored = stored()?;
    let (verb, tables) = match stored.unread.as_slice() {
        [] => return None,
        [one] => ("is", (*one).to_owned()),
        several => ("are", several.join(", ")),
    };
    let line = Line::new(Level::Warning, report::GUARD_FAILED, "pg_architect cannot read its own settings now")
        .detail(format!("Locked by another session {verb} {tables}. Nothing is stopped meanwhile."))
        .hint("It goes on by itself when the lock is gone.");
    Some(line)
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
        && policy.armed == armed(stored)
        && policy.min_severity == guc::min_severity()
        && policy.enforce_severity == guc::enforce_severity()
        && policy.small_table_rows == guc::small_table_rows()
        && policy.small_table_bytes == guc::small_table_bytes()
        && policy.break_glass == memory::broken_glass()
        && made.until.is_none_or(|until| until > session::now()))
    .then(|| Rc::clone(policy))
}

/// Whether findings may stop a statement. Not while it is not known what is suppressed.
fn armed(stored: &Stored) -> bool {
    stored.unread.is_empty() && (stored.armed || guc::mode_is_of_session())
}

fn make(stored: &Stored, now: i64) -> Policy {
    Policy {
        mode: guc::mode(),
        armed: armed(stored),
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
