//! The settings `architect.*`. Each can loosen the guard, so each can be set only by a superuser, or by a role that was granted
//! SET on it.

use crate::pg::report::{Level, Line};
use engine::policy::Mode;
use engine::rule::Severity;
use pgrx::pg_sys;
use pgrx::pg_sys::GucSource;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering::Relaxed};

/// Which statements get a row in `architect.ddl_log`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogDdl {
    /// None.
    None,
    /// Those with findings.
    Findings,
    /// Every one.
    All,
}

/// A failure that a test asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugFail {
    /// None.
    Off,
    /// A panic.
    Panic,
    /// An ERROR of the server.
    Error,
}

const OFF: i32 = 0;
const OBSERVE: i32 = 1;
const WARN: i32 = 2;
const ENFORCE: i32 = 3;

static AUTO_LOCK_TIMEOUT: AtomicI32 = AtomicI32::new(0);
static MODE: AtomicI32 = AtomicI32::new(WARN);
static MODE_SOURCE: AtomicI32 = AtomicI32::new(GucSource::PGC_S_DEFAULT as i32);
static MIN_SEVERITY: AtomicI32 = AtomicI32::new(0);
static ENFORCE_SEVERITY: AtomicI32 = AtomicI32::new(2);
static SMALL_TABLE_ROWS: AtomicI32 = AtomicI32::new(1000);
static SMALL_TABLE_BYTES: AtomicI32 = AtomicI32::new(8 * 1024 * 1024);
static SIZE_SOURCE: AtomicI32 = AtomicI32::new(0);
static LOG_DDL: AtomicI32 = AtomicI32::new(1);
static DEBUG_FAIL: AtomicI32 = AtomicI32::new(0);
// What the operator states about the machine. The views read it by current_setting(); here it is only kept.
static SERVER_MEMORY: AtomicPtr<c_char> = AtomicPtr::new(std::ptr::null_mut());
static SERVER_CORES: AtomicPtr<c_char> = AtomicPtr::new(std::ptr::null_mut());
static SERVER_SPINDLES: AtomicPtr<c_char> = AtomicPtr::new(std::ptr::null_mut());

/// Whether anything is judged. Asked first everywhere: with `off` the guard costs this one read.
#[inline]
pub fn off() -> bool {
    MODE.load(Relaxed) == OFF
}

/// `architect.mode`.
pub fn mode() -> Mode {
    match MODE.load(Relaxed) {
        OFF => Mode::Off,
        OBSERVE => Mode::Observe,
        ENFORCE => Mode::Enforce,
        _ => Mode::Warn,
    }
}

/// Whether the mode in force was set in this session: by SET, or by the client when it connected. Such an act arms blocking by
/// itself; a value from a configuration file, a database or a role does not, because a dump or a copy may have carried it.
pub fn mode_is_of_session() -> bool {
    MODE_SOURCE.load(Relaxed) >= GucSource::PGC_S_CLIENT as i32
}

/// Where the mode in force comes from, in words.
pub fn mode_source() -> &'static str {
    match MODE_SOURCE.load(Relaxed) as GucSource::Type {
        GucSource::PGC_S_DEFAULT | GucSource::PGC_S_DYNAMIC_DEFAULT => "default",
        GucSource::PGC_S_ENV_VAR => "environment of the server",
        GucSource::PGC_S_FILE => "configuration file",
        GucSource::PGC_S_ARGV => "command line of the server",
        GucSource::PGC_S_GLOBAL => "ALTER ROLE ALL",
        GucSource::PGC_S_DATABASE => "ALTER DATABASE",
        GucSource::PGC_S_USER => "ALTER ROLE",
        GucSource::PGC_S_DATABASE_USER => "ALTER ROLE IN DATABASE",
        GucSource::PGC_S_CLIENT => "connection options",
        _ => "SET in this session",
    }
}

fn severity(number: i32) -> Severity {
    match number {
        0 => Severity::Info,
        1 => Severity::Warning,
        _ => Severity::Error,
    }
}

/// `architect.min_severity`.
pub fn min_severity() -> Severity {
    severity(MIN_SEVERITY.load(Relaxed))
}

/// `architect.enforce_severity`.
pub fn enforce_severity() -> Severity {
    severity(ENFORCE_SEVERITY.load(Relaxed))
}

/// `architect.small_table_rows`.
pub fn small_table_rows() -> i64 {
    i64::from(SMALL_TABLE_ROWS.load(Relaxed))
}

/// `architect.small_table_bytes`.
pub fn small_table_bytes() -> i64 {
    i64::from(SMALL_TABLE_BYTES.load(Relaxed))
}

/// Whether `architect.size_source` is `catalog`: sizes come from `pg_class` and not from the pages on disk.
pub fn size_from_catalog() -> bool {
    SIZE_SOURCE.load(Relaxed) == 1
}

/// `architect.auto_lock_timeout` in milliseconds; 0 for off.
pub fn auto_lock_timeout() -> i32 {
    AUTO_LOCK_TIMEOUT.load(Relaxed).max(0)
}

/// `architect.log_ddl`.
pub fn log_ddl() -> LogDdl {
    match LOG_DDL.load(Relaxed) {
        0 => LogDdl::None,
        1 => LogDdl::Findings,
        _ => LogDdl::All,
    }
}

/// `architect.debug_fail`.
pub fn debug_fail() -> DebugFail {
    match DEBUG_FAIL.load(Relaxed) {
        0 => DebugFail::Off,
        1 => DebugFail::Panic,
        _ => DebugFail::Error,
    }
}

/// Fails as `architect.debug_fail` asks for: what a bug in a rule would do.
pub fn fail_if_asked() {
    match debug_fail() {
        DebugFail::Off => {}
        DebugFail::Panic => panic!("architect.debug_fail is panic"),
        DebugFail::Error => {
            // SAFETY: raises an ERROR, since no schema can have the empty name.
            unsafe { pg_sys::get_namespace_oid(c"".as_ptr(), false) };
        }
    }
}

/// A list of words as the server wants it: it keeps the pointer.
struct Words<const N: usize>([pg_sys::config_enum_entry; N]);

// SAFETY: the words are 'static and nobody writes them.
unsafe impl<const N: usize> Sync for Words<N> {}

const fn word(name: &'static CStr, val: i32) -> pg_sys::config_enum_entry {
    pg_sys::config_enum_entry { name: name.as_ptr(), val, hidden: false }
}

const END: pg_sys::config_enum_entry = pg_sys::config_enum_entry { name: std::ptr::null(), val: 0, hidden: false };

static MODES: Words<5> =
    Words([word(c"off", OFF), word(c"observe", OBSERVE), word(c"warn", WARN), word(c"enforce", ENFORCE), END]);
static SEVERITIES: Words<4> = Words([word(c"info", 0), word(c"warning", 1), word(c"error", 2), END]);
static SIZE_SOURCES: Words<3> = Words([word(c"pages", 0), word(c"catalog", 1), END]);
static LOG_DDLS: Words<4> = Words([word(c"none", 0), word(c"findings", 1), word(c"all", 2), END]);
static DEBUG_FAILS: Words<4> = Words([word(c"off", 0), word(c"panic", 1), word(c"error", 2), END]);

#[cfg(feature = "pg15")]
unsafe extern "C-unwind" {
    fn malloc(size: usize) -> *mut c_void;
}

/// Memory that the server frees together with the setting's value: from malloc up to 15, from its own allocator since.
fn extra(size: usize) -> *mut c_void {
    #[cfg(feature = "pg15")]
    // SAFETY: the C library's malloc.
    unsafe {
        malloc(size)
    }
    #[cfg(not(feature = "pg15"))]
    // SAFETY: LOG makes it return null instead of raising an error.
    unsafe {
        pg_sys::guc_malloc(pg_sys::LOG as c_int, size)
    }
}

/// Keeps the source with the value, so that it comes back with it when a transaction or a function ends.
unsafe extern "C-unwind" fn check_mode(_new: *mut c_int, keep: *mut *mut c_void, source: GucSource::Type) -> bool {
    let kept = extra(size_of::<i32>());
    if kept.is_null() {
        return false;
    }
    // SAFETY: `kept` has room for an i32 and malloc's alignment; the server passes a place for `keep`.
    unsafe {
        kept.cast::<i32>().write(source as i32);
        *keep = kept;
    }
    true
}

unsafe extern "C-unwind" fn assign_mode(_new: c_int, kept: *mut c_void) {
    if !kept.is_null() {
        // SAFETY: what `check_mode` wrote.
        MODE_SOURCE.store(unsafe { kept.cast::<i32>().read() }, Relaxed);
    }
}

/// Defines an enumerated setting.
fn define_enum<const N: usize>(
    name: &'static CStr,
    short: &'static CStr,
    long: &'static CStr,
    value: &'static AtomicI32,
    words: &'static Words<N>,
    flags: u32,
) {
    let is_mode = std::ptr::eq(value, &raw const MODE);
    // SAFETY: everything that the server keeps a pointer to is 'static.
    unsafe {
        pg_sys::DefineCustomEnumVariable(
            name.as_ptr(),
            short.as_ptr(),
            long.as_ptr(),
            value.as_ptr(),
            value.load(Relaxed),
            words.0.as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            flags as c_int,
            if is_mode { Some(check_mode) } else { None },
            if is_mode { Some(assign_mode) } else { None },
            None,
        );
    }
}

fn define_int(name: &'static CStr, short: &'static CStr, long: &'static CStr, value: &'static AtomicI32, flags: u32) {
    // SAFETY: everything that the server keeps a pointer to is 'static.
    unsafe {
        pg_sys::DefineCustomIntVariable(
            name.as_ptr(),
            short.as_ptr(),
            long.as_ptr(),
            value.as_ptr(),
            value.load(Relaxed),
            0,
            i32::MAX,
            pg_sys::GucContext::PGC_SUSET,
            flags as c_int,
            None,
            None,
            None,
        );
    }
}

/// Whether a text is a whole number of at most six digits.
fn is_count(text: &str) -> bool {
    let text = text.trim();
    (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is an amount of memory with its unit, as `pg_size_bytes()` and the views read it: `16GB`, `1.5 TB`.
fn is_memory(text: &str) -> bool {
    let text = text.trim();
    let Some(split) = text.len().checked_sub(2).filter(|split| text.is_char_boundary(*split)) else { return false };
    let (number, unit) = text.split_at(split);
    let (whole, fraction) = number.trim_end().split_once('.').unwrap_or((number.trim_end(), "0"));
    let digits = |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    ["kB", "MB", "GB", "TB"].iter().any(|known| known.eq_ignore_ascii_case(unit))
        && digits(whole, 9)
        && digits(fraction, 3)
        && number.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// Refuses what `valid` does not take; nothing at all is always fine, it means that nobody has said so far.
///
/// # Safety
/// `new` is what the server passes to a check hook of a string.
unsafe fn check_text(new: *mut *mut c_char, valid: impl Fn(&str) -> bool, detail: &'static CStr) -> bool {
    // SAFETY: by contract; the value may be null, else it is a C string.
    let value = unsafe { new.as_ref().and_then(|value| value.as_ref()).map(|value| CStr::from_ptr(value)) };
    let fine = value.is_none_or(|text| text.to_str().is_ok_and(|text| text.is_empty() || valid(text)));
    if !fine {
        // SAFETY: the server reads it right after a check that failed, and neither writes nor frees it.
        unsafe { pg_sys::GUC_check_errdetail_string = detail.as_ptr().cast_mut() };
    }
    fine
}

unsafe extern "C-unwind" fn check_memory(new: *mut *mut c_char, _: *mut *mut c_void, _: GucSource::Type) -> bool {
    // SAFETY: called by the server as a check hook.
    unsafe { check_text(new, is_memory, c"Give an amount of memory with its unit: kB, MB, GB or TB, as in 16GB.") }
}

unsafe extern "C-unwind" fn check_cores(new: *mut *mut c_char, _: *mut *mut c_void, _: GucSource::Type) -> bool {
    let valid = |text: &str| is_count(text) && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    // SAFETY: called by the server as a check hook.
    unsafe { check_text(new, valid, c"Give a whole number above 0, as in 4.") }
}

unsafe extern "C-unwind" fn check_spindles(new: *mut *mut c_char, _: *mut *mut c_void, _: GucSource::Type) -> bool {
    // SAFETY: called by the server as a check hook.
    unsafe { check_text(new, is_count, c"Give a whole number, as in 1.") }
}

fn define_string(
    name: &'static CStr,
    short: &'static CStr,
    long: &'static CStr,
    value: &'static AtomicPtr<c_char>,
    check: pg_sys::GucStringCheckHook,
) {
    // SAFETY: everything that the server keeps a pointer to is 'static.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            name.as_ptr(),
            short.as_ptr(),
            long.as_ptr(),
            value.as_ptr(),
            c"".as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            0,
            check,
            None,
            None,
        );
    }
}

/// All of the settings.
const NAMES: [&CStr; 12] = [
    c"architect.auto_lock_timeout",
    c"architect.debug_fail",
    c"architect.enforce_severity",
    c"architect.log_ddl",
    c"architect.min_severity",
    c"architect.mode",
    c"architect.server_cores",
    c"architect.server_memory",
    c"architect.server_spindles",
    c"architect.size_source",
    c"architect.small_table_bytes",
    c"architect.small_table_rows",
];

/// The placeholder that stands for a setting until the library defines it; none where nobody has set it.
fn placeholder(name: &CStr) -> Option<&'static pg_sys::config_generic> {
    // SAFETY: the settings of the backend, which stay until one is redefined; their names are C strings.
    unsafe {
        #[cfg(feature = "pg15")]
        let found = {
            let all = pg_sys::get_guc_variables();
            (0..pg_sys::GetNumConfigOptions() as usize)
                .map(|n| *all.add(n))
                .find(|found| CStr::from_ptr((**found).name).to_bytes().eq_ignore_ascii_case(name.to_bytes()))?
        };
        #[cfg(not(feature = "pg15"))]
        let found = pg_sys::find_option(name.as_ptr(), false, true, pg_sys::DEBUG1 as c_int);
        found.as_ref().filter(|found| found.flags & pg_sys::GUC_CUSTOM_PLACEHOLDER as c_int != 0)
    }
}

/// Refuses a session whose client asked in its connection options (PGOPTIONS) for a setting that it has no right to.
///
/// While the library is not loaded anybody may set anything under our prefix. The server checks the right when the library comes,
/// and drops a value that was not allowed; but such an option stands in the place of what the configuration file, the database or
/// the role says, and the default would be in force instead: a way from `enforce` to `warn`. With the library preloaded by the
/// server such a connection is refused with the same words.
pub fn refuse_hidden() -> Option<Line> {
    let hidden = NAMES.into_iter().find(|name| {
        placeholder(name).is_some_and(|found| {
            let checked = [pg_sys::GucContext::PGC_USERSET, pg_sys::GucContext::PGC_BACKEND];
            found.reset_source >= pg_sys::GucSource::PGC_S_CLIENT
                && checked.contains(&found.reset_scontext)
                // SAFETY: a lookup in the catalogs, as the server itself will do for the same value.
                && unsafe {
                    pg_sys::pg_parameter_aclcheck(name.as_ptr(), found.reset_srole, pg_sys::ACL_SET as pg_sys::AclMode)
                } != pg_sys::AclResult::ACLCHECK_OK
        })
    })?;
    let name = hidden.to_string_lossy();
    let sqlstate = pgrx::PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE as i32;
    Some(
        Line::new(Level::Error, sqlstate, format!("permission denied to set parameter \"{name}\""))
            .detail("The options of this connection set it.")
            .hint("Connect without it, or ask for GRANT SET ON PARAMETER."),
    )
}

/// Defines the settings, in alphabetical order, and reserves the prefix, so that a misspelt one is refused.
pub fn define() {
    define_int(
        c"architect.auto_lock_timeout",
        c"Sets the lock_timeout of DDL that would wait for a strong lock without one; 0 is none.",
        c"Where lock_timeout is 0, a statement that takes a lock on a live table for which reads or writes have to wait runs \
          with this one, and only this statement. A lock_timeout that is set stays as it is.",
        &AUTO_LOCK_TIMEOUT,
        pg_sys::GUC_UNIT_MS,
    );
    define_enum(
        c"architect.debug_fail",
        c"Makes the judgement of DDL fail, for tests.",
        c"With \"panic\" or \"error\" every judgement fails in that way. The DDL must go on with a warning.",
        &DEBUG_FAIL,
        &DEBUG_FAILS,
        pg_sys::GUC_NOT_IN_SAMPLE | pg_sys::GUC_NO_SHOW_ALL,
    );
    define_enum(
        c"architect.enforce_severity",
        c"Sets the severity from which on a finding stops the statement or the transaction.",
        c"Only findings of this severity or a higher one stop anything, and only when architect.mode is \"enforce\" and \
          blocking is armed in the database (see architect.arm()).",
        &ENFORCE_SEVERITY,
        &SEVERITIES,
        0,
    );
    define_enum(
        c"architect.log_ddl",
        c"Sets which DDL statements get a row in architect.ddl_log.",
        c"\"findings\" records the statements that were found to have a problem, \"all\" every statement, \"none\" none. \
          The row is part of the statement's own transaction: what is rolled back or blocked is in the server log only.",
        &LOG_DDL,
        &LOG_DDLS,
        0,
    );
    define_enum(
        c"architect.min_severity",
        c"Sets the least severity that is reported.",
        c"Findings of severity \"info\" are shown as NOTICE, those of \"warning\" and \"error\" as WARNING. Findings below \
          this severity are neither shown nor logged.",
        &MIN_SEVERITY,
        &SEVERITIES,
        0,
    );
    define_enum(
        c"architect.mode",
        c"Sets what is done about findings in DDL.",
        c"\"off\" judges nothing, \"observe\" writes findings to the server log only, \"warn\" shows them to the client, \
          \"enforce\" also stops statements and transactions with findings of architect.enforce_severity. A value that does \
          not come from the session itself stops nothing until architect.arm() was called in the database: a restored or \
          copied database must not refuse its own restore.",
        &MODE,
        &MODES,
        0,
    );
    define_string(
        c"architect.server_cores",
        c"States how many processor cores the server has.",
        c"SQL cannot see them. architect.settings_advice computes the pool size from this and architect.server_spindles, and \
          says \"not judged\" until both are stated.",
        &SERVER_CORES,
        Some(check_cores),
    );
    define_string(
        c"architect.server_memory",
        c"States how much memory the server has for PostgreSQL, with its unit.",
        c"SQL cannot see it; in a container it is the limit of the container. architect.settings_advice compares the settings \
          of memory with it, and says \"not judged\" until it is stated.",
        &SERVER_MEMORY,
        Some(check_memory),
    );
    define_string(
        c"architect.server_spindles",
        c"States how many disks of the server can seek at the same time; an SSD counts as one.",
        c"SQL cannot see them. architect.settings_advice computes the pool size from this and architect.server_cores, and \
          says \"not judged\" until both are stated.",
        &SERVER_SPINDLES,
        Some(check_spindles),
    );
    define_enum(
        c"architect.size_source",
        c"Sets where the size of a table is taken from.",
        c"\"pages\" looks at the files on disk, \"catalog\" takes relpages and reltuples of pg_class, for a server that \
          carries the statistics of another one.",
        &SIZE_SOURCE,
        &SIZE_SOURCES,
        0,
    );
    define_int(
        c"architect.small_table_bytes",
        c"Sets the size up to which a table counts as small.",
        c"A table that holds no more than this and no more than architect.small_table_rows is small: locks, scans and \
          rewrites of it are over before anybody notices.",
        &SMALL_TABLE_BYTES,
        pg_sys::GUC_UNIT_BYTE,
    );
    define_int(
        c"architect.small_table_rows",
        c"Sets the number of rows up to which a table counts as small.",
        c"A table that holds no more rows than this and no more than architect.small_table_bytes is small: locks, scans and \
          rewrites of it are over before anybody notices.",
        &SMALL_TABLE_ROWS,
        0,
    );
    // SAFETY: the server copies the name.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"architect".as_ptr()) };
}
