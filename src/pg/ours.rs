//! Where our own objects are in this database, and whether what was read from them is still true.
//!
//! Found by membership in the extension, never by name alone (somebody else may have a schema of our name), and remembered until
//! the server says that one of them changed.

use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, Oid};
use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// The extension's name.
pub const EXTENSION: &CStr = c"pg_architect";
const SCHEMA: &CStr = c"architect";

/// The OIDs of what we read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours {
    /// The extension.
    pub extension: Oid,
    /// `architect.rule_settings`.
    pub rule_settings: Oid,
    /// `architect.suppressions`.
    pub suppressions: Oid,
    /// `architect.armed`.
    pub armed: Oid,
    /// `architect.ddl_log`.
    pub ddl_log: Oid,
    /// `architect.profile_in_use`.
    pub profile: Oid,
    /// `architect.baseline`.
    pub baseline: Oid,
    /// `architect.measured_work`.
    pub measured_work: Oid,
}

// The relcache callback runs in the middle of anything, so what it reads and writes are plain atomics. 0 is "not known".
static FOUND: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];
static CHANGED: AtomicBool = AtomicBool::new(true);

unsafe extern "C-unwind" fn relation_changed(_arg: Datum, relation: Oid) {
    let oid = relation.to_u32();
    // 0: the server lost track and says so for every relation.
    if oid == 0 || FOUND[1..].iter().any(|found| found.load(Relaxed) == oid) {
        CHANGED.store(true, Relaxed);
        FOUND[0].store(0, Relaxed);
    }
}

/// Asks the server to tell about changes.
pub fn watch() {
    // SAFETY: the callback takes no lock, allocates nothing and raises nothing.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), Datum::null()) };
}

/// Whether one of our tables changed since this was asked last.
pub fn take_changed() -> bool {
    CHANGED.swap(false, Relaxed)
}

/// Makes the next question about a change answer yes.
pub fn distrust() {
    CHANGED.store(true, Relaxed);
}

/// Our objects; none where the extension is not installed in this database.
pub fn find() -> Option<Ours> {
    let [extension, rule_settings, suppressions, armed, ddl_log, profile, baseline, measured_work] =
        [0, 1, 2, 3, 4, 5, 6, 7].map(|n: usize| Oid::from(FOUND[n].load(Relaxed)));
    if extension != pg_sys::InvalidOid {
        return Some(Ours { extension, rule_settings, suppressions, armed, ddl_log, profile, baseline, measured_work });
    }
    let ours = look_up()?;
    for (n, oid) in [
        (1, ours.rule_settings),
        (2, ours.suppressions),
        (3, ours.armed),
        (4, ours.ddl_log),
        (5, ours.profile),
        (6, ours.baseline),
        (7, ours.measured_work),
        (0, ours.extension),
    ] {
        FOUND[n].store(oid.to_u32(), Relaxed);
    }
    Some(ours)
}

fn look_up() -> Option<Ours> {
    // SAFETY: catalog lookups that give an invalid OID for what does not exist.
    unsafe {
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        if schema == pg_sys::InvalidOid {
            return None;
        }
        let extension = pg_sys::get_extension_oid(EXTENSION.as_ptr(), true);
        if extension == pg_sys::InvalidOid {
            return None;
        }
        let table = |name: &CStr| {
            let oid = pg_sys::get_relname_relid(name.as_ptr(), schema);
            (oid != pg_sys::InvalidOid && is_member(pg_sys::RelationRelationId, oid, extension)).then_some(oid)
        };
        Some(Ours {
            extension,
            rule_settings: table(c"rule_settings")?,
            suppressions: table(c"suppressions")?,
            armed: table(c"armed")?,
            ddl_log: table(c"ddl_log")?,
            profile: table(c"profile_in_use")?,
            baseline: table(c"baseline")?,
            measured_work: table(c"measured_work")?,
        })
    }
}

/// Whether the object belongs to the extension.
fn is_member(class: Oid, object: Oid, extension: Oid) -> bool {
    // SAFETY: a catalog lookup.
    unsafe { pg_sys::getExtensionOfObject(class, object) == extension }
}

/// The state of one of our event triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerState {
    /// It fires.
    Enabled,
    /// It fires on replicas too.
    Always,
    /// It fires on replicas only.
    Replica,
    /// It is disabled.
    Disabled,
    /// There is none of this name that is ours.
    Missing,
}

/// The state of the event trigger of this name.
pub fn trigger_state(name: &CStr, extension: Oid) -> TriggerState {
    // SAFETY: a syscache lookup whose tuple is released; the form is that of pg_event_trigger.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::EVENTTRIGGERNAME as i32,
            Datum::from(name.as_ptr().cast_mut()),
        );
        if tuple.is_null() {
            return TriggerState::Missing;
        }
        let form = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_event_trigger>();
        let (oid, enabled) = ((*form).oid, (*form).evtenabled as u8);
        pg_sys::ReleaseSysCache(tuple);
        if !is_member(pg_sys::EventTriggerRelationId, oid, extension) {
            return TriggerState::Missing;
        }
        match enabled {
            b'O' => TriggerState::Enabled,
            b'A' => TriggerState::Always,
            b'R' => TriggerState::Replica,
            _ => TriggerState::Disabled,
        }
    }
}
