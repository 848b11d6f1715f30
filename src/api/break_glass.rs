//! `architect.break_glass(reason)`: until this transaction ends, findings are shown and stop nothing.

use crate::api::{arm, rows};
use crate::hooks::memory;
use crate::pg::function::{Answer, Call};
use crate::pg::guc::{self, LogDdl};
use crate::pg::report::{FINDING, Level, Line};
use crate::pg::session;
use crate::sinks::ddl_log;

crate::sql_function!(break_glass_wrapper, pg_finfo_break_glass_wrapper, break_glass);

fn break_glass(call: &Call) -> Result<Answer, Line> {
    let reason = rows::required(call.text(0), "reason")
        .map_err(|line| line.hint("Say why the guard must not stop this transaction; the reason is logged."))?;
    arm::ours()?;
    let who = session::identity();
    memory::break_glass(reason.clone());
    // The line in the server log survives a rollback; the row in the table does not.
    Line::new(Level::Log, FINDING, format!("break-glass: the guard stops nothing in this transaction: {reason}"))
        .detail(format!("Session role: {}. Outer role: {}. Effective role: {}.", who.session, who.outer, who.effective))
        .say();
    if session::writable() && guc::log_ddl() != LogDdl::None {
        ddl_log::act("BREAK GLASS");
    }
    Ok(Answer::Void)
}
