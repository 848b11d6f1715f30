//! The frame of our SQL-callable functions.
//!
//! A function of ours is a safe Rust function from [`Call`] to an [`Answer`] or a [`Line`] that says why not. The macro
//! [`sql_function!`](crate::sql_function) gives it the C symbol that the SQL in `sql/functions/` names. Like everything that
//! speaks, it raises its ERROR in a frame of its own (see [`report`](crate::pg::report)), so that SQLSTATE, HINT and position
//! reach the client.

use crate::pg::attempt::catch;
use crate::pg::report::{self, Line, Message};
use crate::pg::text;
use crate::pg::value::{self, Value};
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, FunctionCallInfo};

/// The arguments of a call.
pub struct Call {
    fcinfo: FunctionCallInfo,
}

impl Call {
    fn argument(&self, n: usize) -> Option<Datum> {
        // SAFETY: the arguments follow the structure; how many there are stands in it.
        unsafe {
            let call = &*self.fcinfo;
            if n >= usize::try_from(call.nargs).unwrap_or(0) {
                return None;
            }
            let argument = &*call.args.as_ptr().add(n);
            (!argument.isnull).then_some(argument.value)
        }
    }

    /// A text argument, counted from 0; none for NULL, and where the SQL declares fewer arguments than this library knows.
    pub fn text(&self, n: usize) -> Option<String> {
        // SAFETY: the SQL declares this argument as text; the copy that is made of a toasted value lives in the call's memory.
        self.argument(n).map(|datum| unsafe {
            let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
            let bytes = std::slice::from_raw_parts(
                pgrx::varlena::vardata_any(varlena).cast::<u8>(),
                pgrx::varlena::varsize_any_exhdr(varlena),
            );
            text::from_bytes(bytes)
        })
    }

    /// A text[] argument; elements that are NULL are left out.
    pub fn texts(&self, n: usize) -> Option<Vec<String>> {
        // SAFETY: the SQL declares this argument as text[].
        self.argument(n).map(|datum| unsafe { value::texts(datum) })
    }

    /// A jsonb argument.
    pub fn json(&self, n: usize) -> Option<serde_json::Value> {
        // SAFETY: the SQL declares this argument as jsonb.
        let text = self.argument(n).map(|datum| unsafe { value::output(datum, pg_sys::JSONBOID) })?;
        serde_json::from_str(&text).ok()
    }

    /// A timestamptz argument: microseconds since 2000.
    pub fn timestamp(&self, n: usize) -> Option<i64> {
        self.argument(n).map(|datum| datum.value() as i64)
    }
}

/// What a function returns.
pub enum Answer {
    /// Nothing: `RETURNS void`.
    Void,
    /// One value; the SQL declares its type.
    Value(Value),
    /// Rows of `RETURNS TABLE` or of a composite type, in the order of its columns.
    Rows(Vec<Vec<Value>>),
    /// The same, each made when its turn comes: for many.
    Made(Box<dyn Iterator<Item = Vec<Value>>>),
}

struct Outcome {
    datum: Datum,
    said: *mut Message,
}

/// Answers a call of the server.
///
/// # Safety
/// `fcinfo` is what the server called the function with, and the caller's frame holds nothing that must be dropped.
pub unsafe fn answer(fcinfo: FunctionCallInfo, body: fn(&Call) -> Result<Answer, Line>) -> Datum {
    // SAFETY: the caller's promise. The ERROR is raised after everything of `body` is gone.
    unsafe {
        let outcome = pg_sys::panic::pgrx_extern_c_guard(|| {
            (*fcinfo).isnull = false;
            let given = catch(|| body(&Call { fcinfo }).map(|answer| give(fcinfo, answer)));
            match given.unwrap_or_else(|failure| Err(Line::passing(failure))) {
                Ok(datum) => Outcome { datum, said: std::ptr::null_mut() },
                Err(line) => Outcome { datum: Datum::null(), said: report::messages(&[line]) },
            }
        });
        report::emit(outcome.said);
        outcome.datum
    }
}

/// # Safety
/// As for `answer`.
unsafe fn give(fcinfo: FunctionCallInfo, answer: Answer) -> Datum {
    // SAFETY: the caller's promise; `InitMaterializedSRF` refuses a call that cannot take rows.
    unsafe {
        match answer {
            Answer::Void => Datum::null(),
            Answer::Value(value) => {
                let mut declared = pg_sys::InvalidOid;
                pg_sys::get_call_result_type(fcinfo, &raw mut declared, std::ptr::null_mut());
                value.datum(declared, -1).unwrap_or_else(|| {
                    (*fcinfo).isnull = true;
                    Datum::null()
                })
            }
            Answer::Rows(rows) => give_rows(fcinfo, rows.into_iter()),
            Answer::Made(rows) => give_rows(fcinfo, rows),
        }
    }
}

/// Rows after which what forming them has allocated is freed.
const BATCH: usize = 100;

/// # Safety
/// As for `answer`.
unsafe fn give_rows(fcinfo: FunctionCallInfo, rows: impl Iterator<Item = Vec<Value>>) -> Datum {
    // SAFETY: the caller's promise; `InitMaterializedSRF` refuses a call that cannot take rows.
    unsafe {
        pg_sys::InitMaterializedSRF(fcinfo, 0);
        let result = &*(*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let scratch = pg_sys::AllocSetContextCreateExtended(
            pg_sys::CurrentMemoryContext,
            c"pg_architect answer".as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        let mut former = value::Former::new(result.setDesc);
        let outer = pg_sys::MemoryContextSwitchTo(scratch);
        for (n, row) in rows.enumerate() {
            former.put(result.setResult, &row);
            if n % BATCH == BATCH - 1 {
                pg_sys::MemoryContextReset(scratch);
            }
        }
        pg_sys::MemoryContextSwitchTo(outer);
        pg_sys::MemoryContextDelete(scratch);
        (*fcinfo).isnull = true;
        Datum::null()
    }
}

/// The record by which the server knows that a function follows version 1 of the calling convention.
pub const INFO: &pg_sys::Pg_finfo_record = &pg_sys::Pg_finfo_record { api_version: 1 };

/// Gives safe Rust functions the C symbols that the SQL names: `sql_function!(rules_wrapper, pg_finfo_rules_wrapper, rules);`.
///
/// A symbol that was released stays: an older SQL script may name it.
#[macro_export]
macro_rules! sql_function {
    ($symbol:ident, $info:ident, $body:path) => {
        /// The C symbol of the function of the same name.
        ///
        /// # Safety
        /// Called by the server only.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $symbol(fcinfo: ::pgrx::pg_sys::FunctionCallInfo) -> ::pgrx::pg_sys::Datum {
            // SAFETY: called by the server; this frame holds nothing.
            unsafe { $crate::pg::function::answer(fcinfo, $body) }
        }

        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $info() -> &'static ::pgrx::pg_sys::Pg_finfo_record {
            $crate::pg::function::INFO
        }
    };
}
