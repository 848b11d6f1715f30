//! How we speak: NOTICE, WARNING, LOG and ERROR with SQLSTATEs and object fields of our own.
//!
//! pgrx raises only the server's own SQLSTATEs, and drops the object fields of what passes its guard. So the guarded code
//! *returns* what is to be said, as a palloc'd list, and [`emit`] says it in a frame without destructors, outside any guard: an
//! ERROR then leaves like one that C code raised, and no Rust backtrace reaches a user.

use crate::pg::attempt::{Failure, catch};
use crate::pg::text;
use pgrx::{PgLogLevel, pg_sys};
use std::ffi::{c_char, c_int};

/// A SQLSTATE as the server packs it (`MAKE_SQLSTATE`).
const fn sqlstate(code: [u8; 5]) -> i32 {
    let mut packed = 0;
    let mut i = 0;
    while i < 5 {
        packed |= ((code[i] - b'0') as i32 & 0x3f) << (6 * i);
        i += 1;
    }
    packed
}

/// A finding that is shown or logged.
pub const FINDING: i32 = sqlstate(*b"PA001");
/// A statement that is stopped.
pub const STATEMENT_BLOCKED: i32 = sqlstate(*b"PA002");
/// A transaction that is stopped when it commits.
pub const TRANSACTION_BLOCKED: i32 = sqlstate(*b"PA003");
/// A failure of the guard itself.
pub const GUARD_FAILED: i32 = sqlstate(*b"PA004");
/// An argument of one of our functions that cannot be used.
pub const BAD_ARGUMENT: i32 = sqlstate(*b"PA005");

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The server log only.
    Log,
    /// A NOTICE.
    Notice,
    /// A WARNING.
    Warning,
    /// An ERROR.
    Error,
}

/// One thing to say.
#[derive(Clone, Debug)]
pub struct Line {
    /// How loud.
    pub level: Level,
    /// The SQLSTATE, packed.
    pub sqlstate: i32,
    /// The MESSAGE.
    pub message: String,
    /// The DETAIL; empty for none.
    pub detail: String,
    /// The HINT; empty for none.
    pub hint: String,
    /// The schema of the object; empty for none.
    pub schema: String,
    /// The table; empty for none.
    pub table: String,
    /// The column; empty for none.
    pub column: String,
    /// The constraint; empty for none.
    pub constraint: String,
    /// A place in `query`: characters, counted from 1; 0 for none.
    pub position: i32,
    /// The text that `position` points into; empty for none.
    pub query: String,
}

impl Line {
    /// A line with a message and nothing else.
    pub fn new(level: Level, sqlstate: i32, message: impl Into<String>) -> Line {
        Line {
            level,
            sqlstate,
            message: message.into(),
            detail: String::new(),
            hint: String::new(),
            schema: String::new(),
            table: String::new(),
            column: String::new(),
            constraint: String::new(),
            position: 0,
            query: String::new(),
        }
    }

    /// An unusable argument.
    pub fn argument(message: impl Into<String>) -> Line {
        Line::new(Level::Error, BAD_ARGUMENT, message)
    }

    /// A failure of the guard, which must not become the user's.
    pub fn failure(message: &str, failure: &Failure) -> Line {
        Line::new(Level::Warning, GUARD_FAILED, message)
            .detail(format!("The guard failed with: {}.", failure.message.trim_end_matches('.')))
            .hint("The guard stood aside and PostgreSQL goes on. Please report this as a bug of pg_architect.")
    }

    /// An ERROR that passes through us, as it was; a panic of ours says what it is. (pgrx would add a Rust backtrace.)
    pub fn passing(failure: Failure) -> Line {
        let mut line = Line::new(Level::Error, failure.sqlstate, failure.message);
        line.detail = failure.detail.unwrap_or_default();
        line.hint = failure.hint.unwrap_or_default();
        if failure.panic {
            line.sqlstate = GUARD_FAILED;
            line.hint = "Please report this as a bug of pg_architect.".to_owned();
        }
        line
    }

    /// With a DETAIL.
    pub fn detail(mut self, detail: impl Into<String>) -> Line {
        self.detail = detail.into();
        self
    }

    /// With a HINT.
    pub fn hint(mut self, hint: impl Into<String>) -> Line {
        self.hint = hint.into();
        self
    }

    /// Says it at once, from guarded code; for what is no ERROR.
    pub fn say(self) {
        let said = messages(&[self]);
        // SAFETY: a NOTICE, WARNING or LOG; a cancel that is noticed while it is said comes back as a panic of pgrx.
        unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| emit(said)) };
    }
}

/// A line as C has it, in palloc'd memory: this is what passes from guarded code to [`emit`].
pub struct Message {
    next: *mut Message,
    level: c_int,
    sqlstate: c_int,
    position: c_int,
    text: *mut c_char,
    detail: *mut c_char,
    hint: *mut c_char,
    schema: *mut c_char,
    table: *mut c_char,
    column: *mut c_char,
    constraint: *mut c_char,
    query: *mut c_char,
}

/// The lines as a list in the current memory context, in their order, an ERROR last; null for none.
pub fn messages(lines: &[Line]) -> *mut Message {
    let mut list: *mut Message = std::ptr::null_mut();
    let (errors, others): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.level == Level::Error);
    // Built from its end. A second ERROR could never be said.
    for line in errors.into_iter().take(1).chain(others.into_iter().rev()) {
        let message = Message {
            next: list,
            level: match line.level {
                Level::Log => PgLogLevel::LOG_SERVER_ONLY as c_int,
                Level::Notice => PgLogLevel::NOTICE as c_int,
                Level::Warning => PgLogLevel::WARNING as c_int,
                Level::Error => PgLogLevel::ERROR as c_int,
            },
            sqlstate: line.sqlstate,
            position: line.position,
            text: text::palloc(&line.message),
            detail: text::palloc(&line.detail),
            hint: text::palloc(&line.hint),
            schema: text::palloc(&line.schema),
            table: text::palloc(&line.table),
            column: text::palloc(&line.column),
            constraint: text::palloc(&line.constraint),
            query: text::palloc(&line.query),
        };
        // SAFETY: palloc gives aligned memory of the size asked for, or raises an error.
        unsafe {
            list = pg_sys::palloc(size_of::<Message>()).cast();
            list.write(message);
        }
    }
    list
}

unsafe extern "C-unwind" {
    // pgrx keeps these to itself. Called directly, not through pgrx' wrappers: an ERROR must leave by longjmp from here.
    fn errstart(elevel: c_int, domain: *const c_char) -> bool;
    fn errcode(sqlerrcode: c_int) -> c_int;
    fn errmsg_internal(fmt: *const c_char, ...) -> c_int;
    fn errdetail_internal(fmt: *const c_char, ...) -> c_int;
    fn errhint(fmt: *const c_char, ...) -> c_int;
    fn err_generic_string(field: c_int, str: *const c_char) -> c_int;
    fn internalerrposition(cursorpos: c_int) -> c_int;
    fn internalerrquery(query: *const c_char) -> c_int;
    fn errfinish(filename: *const c_char, lineno: c_int, funcname: *const c_char);
}

/// Says what is in the list. Does not return if it holds an ERROR.
///
/// # Safety
/// The list comes from [`messages`]; no frame between here and the server holds anything that must be dropped, and none is
/// inside a pgrx guard.
pub unsafe fn emit(mut message: *const Message) {
    const TEXT: *const c_char = c"%s".as_ptr();
    // SAFETY: the fields are null or C strings of the list's own memory; the formats take exactly one string. This is what the
    // macro `ereport` expands to.
    unsafe {
        while !message.is_null() {
            let said = &*message;
            message = said.next;
            if !errstart(said.level, std::ptr::null()) {
                continue;
            }
            errcode(said.sqlstate);
            if !said.text.is_null() {
                errmsg_internal(TEXT, said.text);
            }
            if !said.detail.is_null() {
                errdetail_internal(TEXT, said.detail);
            }
            if !said.hint.is_null() {
                errhint(TEXT, said.hint);
            }
            // PG_DIAG_SCHEMA_NAME and its neighbours of `postgres_ext.h`.
            for (field, value) in
                [(b's', said.schema), (b't', said.table), (b'c', said.column), (b'n', said.constraint)]
            {
                if !value.is_null() {
                    err_generic_string(c_int::from(field), value);
                }
            }
            if said.position > 0 && !said.query.is_null() {
                internalerrposition(said.position);
                internalerrquery(said.query);
            }
            errfinish(c"report.rs".as_ptr(), line!() as c_int, c"pg_architect".as_ptr());
        }
    }
}

/// Runs guarded code and says what it returns, or the ERROR that it ended with: the frame of everything that the server calls.
///
/// # Safety
/// To be called only from the outermost frame of a function that the server calls, which holds nothing that must be dropped.
pub unsafe fn guarded(work: impl FnOnce() -> *mut Message + Copy) {
    // SAFETY: the caller's promise; `work` is Copy, so it has no destructor. The guard of pgrx is there for a failure to speak.
    unsafe {
        let said = pg_sys::panic::pgrx_extern_c_guard(|| {
            catch(work).unwrap_or_else(|failure| messages(&[Line::passing(failure)]))
        });
        emit(said);
    }
}
