//! pg_architect: a senior database architect that lives inside PostgreSQL.
//!
//! The server calls [`hooks`]; they ask [`facts`] what is true and the engine what it thinks, and hand the findings to
//! [`sinks`]. [`api`] is what people call from SQL. [`pg`] is the way to PostgreSQL's own interfaces. `unsafe` stays in `pg`,
//! `facts` and `hooks`.

// The error of our SQL functions is a whole message; it is made once per call, and never in a loop.
#![allow(clippy::result_large_err)]

mod api;
mod facts;
mod hooks;
mod install;
mod pg;
mod sinks;

pgrx::pg_module_magic!(name, version);
