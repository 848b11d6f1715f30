//! `architect.suppress` and `architect.unsuppress`: a finding that is known and accepted, with a reason and, best, an end.

use crate::api::{arm, rows};
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::table::{Row, Table};
use crate::pg::value::Value;
use engine::rules::other_names::own_name;

crate::sql_function!(suppress_wrapper, pg_finfo_suppress_wrapper, suppress);
crate::sql_function!(unsuppress_wrapper, pg_finfo_unsuppress_wrapper, unsuppress);

fn about<'a>(rule: &'a str, object: &'a str) -> impl Fn(&&Row) -> bool + 'a {
    move |row| row.text(0) == rule && row.text(1) == object
}

fn suppress(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.suppress()");
    let rule = rows::required(call.text(0), "rule")?;
    let rule = rows::rule(&rule)?.name.to_owned();
    let object = rows::required(call.text(1), "object")
        .map_err(|line| line.hint("Give the object as the finding prints it, for example 'shop.orders'."))?;
    let object = object.trim().to_owned();
    if !object.contains('.') {
        return Err(Line::argument(format!("object \"{object}\" has no schema"))
            .hint("Give the object as the finding prints it, for example 'shop.orders' or 'shop.orders.total'."));
    }
    let reason = rows::required(call.text(2), "reason")
        .map_err(|line| line.hint("Say why the finding is accepted, for whoever finds the suppression later."))?;
    let expires = call.timestamp(3);
    if expires.is_some_and(|at| at <= session::now()) {
        return Err(Line::argument("argument \"expires\" must be in the future"));
    }
    let row = [
        rule.as_str().into(),
        object.as_str().into(),
        reason.into(),
        expires.map_or(Value::Null, Value::Timestamp),
        session::session_role().into(),
        Value::Timestamp(session::now()),
    ];
    let table = Table::change(arm::ours()?.suppressions);
    match table.rows().iter().find(about(&rule, &object)) {
        Some(old) => table.update(old, &row),
        None => table.insert(&row),
    }
    table.close_changed();
    Ok(Answer::Void)
}

fn unsuppress(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.unsuppress()");
    let rule = own_name(&rows::required(call.text(0), "rule")?).to_owned();
    let object = rows::required(call.text(1), "object")?;
    let table = Table::change(arm::ours()?.suppressions);
    let found = table.rows().iter().find(about(&rule, object.trim())).map(|row| table.delete(row)).is_some();
    table.close_changed();
    Ok(Answer::Value(found.into()))
}
