//! `architect.arm()` and `architect.disarm()`: whether `enforce` stops anything in this database. The row names the database by
//! OID, so that neither a dump nor a copy (CREATE DATABASE ... TEMPLATE) takes it along.

use crate::pg::function::{Answer, Call};
use crate::pg::ours::{self, Ours};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::table::{Row, Table};
use crate::pg::value::Value;

crate::sql_function!(arm_wrapper, pg_finfo_arm_wrapper, arm);
crate::sql_function!(disarm_wrapper, pg_finfo_disarm_wrapper, disarm);

/// Our tables; a function of ours that finds none is called while the extension is being dropped or created.
pub fn ours() -> Result<Ours, Line> {
    ours::find().ok_or_else(|| {
        Line::argument("extension pg_architect is not installed in this database")
            .hint("CREATE EXTENSION pg_architect;")
    })
}

fn mine(row: &Row) -> bool {
    row.field(0).is_some_and(|oid| oid.oid() == session::database())
}

fn arm(_: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.arm()");
    let table = Table::change(ours()?.armed);
    if !table.rows().iter().any(mine) {
        table.insert(&[
            Value::Integer(i64::from(session::database().to_u32())),
            Value::Timestamp(session::now()),
            session::session_role().into(),
        ]);
    }
    table.close_changed();
    Ok(Answer::Void)
}

fn disarm(_: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.disarm()");
    let table = Table::change(ours()?.armed);
    for row in table.rows().iter().filter(|row| mine(row)) {
        table.delete(row);
    }
    table.close_changed();
    Ok(Answer::Void)
}
