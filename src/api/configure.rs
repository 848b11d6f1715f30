//! `architect.configure` and `architect.unconfigure`: severity and parameters of a rule, everywhere or for the schemas and tables
//! that match a pattern.

use crate::api::{arm, rows};
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::table::{Row, Table};
use crate::pg::value::Value;
use engine::policy::SeverityOrOff;
use engine::rule::{COMMON_PARAMETERS, Default, Parameter, Rule};
use engine::rules::other_names::own_name;
use serde_json::{Map, Value as Json};

crate::sql_function!(configure_wrapper, pg_finfo_configure_wrapper, configure);
crate::sql_function!(unconfigure_wrapper, pg_finfo_unconfigure_wrapper, unconfigure);

/// Stands for every rule.
const ALL: &str = "*";

fn about<'a>(rule: &'a str, schema: &'a str, table: &'a str) -> impl Fn(&&Row) -> bool + 'a {
    move |row| row.text(0) == rule && row.text(1) == schema && row.text(2) == table
}

fn configure(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.configure()");
    let name = rows::required(call.text(0), "rule")?;
    let rule = if name == ALL { None } else { Some(rows::rule(&name)?) };
    let name = rule.map_or(name, |rule| rule.name.to_owned());
    let severity = call.text(1);
    if let Some(word) = &severity
        && SeverityOrOff::parse(word).is_none()
    {
        return Err(Line::argument(format!("severity \"{word}\" does not exist"))
            .hint("Available severities: info, warning, error; off and on switch the rule itself."));
    }
    let given = match call.json(2) {
        None => Map::new(),
        Some(Json::Object(given)) => given,
        Some(_) => {
            return Err(Line::argument("argument \"parameters\" must be a JSON object")
                .hint("For example '{\"small_table_rows\": 10000}'."));
        }
    };
    for (parameter, value) in &given {
        check_parameter(rule, parameter, value)?;
    }
    if severity.is_none() && given.is_empty() {
        return Err(Line::argument("nothing to configure")
            .hint("Give a severity, or parameters. To return to the defaults: SELECT architect.unconfigure(...);"));
    }
    let schema = rows::required(call.text(3), "schema_pattern")?;
    let table_pattern = rows::required(call.text(4), "table_pattern")?;

    let table = Table::change(arm::ours()?.rule_settings);
    let rows = table.rows();
    let old = rows.iter().find(about(&name, &schema, &table_pattern));
    // What is not given stays as it was; a parameter that is given as null returns to its default.
    let mut parameters = old
        .and_then(|row| serde_json::from_str::<Json>(&row.text(4)).ok())
        .and_then(|json| json.as_object().cloned())
        .unwrap_or_default();
    for (parameter, value) in given {
        if value.is_null() {
            parameters.remove(&parameter);
        } else {
            parameters.insert(parameter, value);
        }
    }
    let severity = severity.or_else(|| old.and_then(|row| row.field(3)).map(crate::pg::table::Field::text));
    let row = [
        name.as_str().into(),
        schema.as_str().into(),
        table_pattern.as_str().into(),
        severity.into(),
        Value::Json(Json::Object(parameters)),
        session::session_role().into(),
        Value::Timestamp(session::now()),
    ];
    match old {
        Some(old) => table.update(old, &row),
        None => table.insert(&row),
    }
    table.close_changed();
    Ok(Answer::Void)
}

fn check_parameter(rule: Option<&'static Rule>, name: &str, value: &Json) -> Result<(), Line> {
    let known: Vec<&Parameter> = rule.map_or(&[][..], |rule| rule.parameters).iter().chain(COMMON_PARAMETERS).collect();
    let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
        let whose =
            rule.map_or_else(|| "the rules together have".to_owned(), |rule| format!("rule \"{}\" has", rule.name));
        let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
        let hint = match engine::text::closest(name, &names) {
            Some(closest) => format!("Perhaps you meant the parameter \"{closest}\"."),
            None => format!("Available parameters: {}.", names.join(", ")),
        };
        return Err(Line::argument(format!("{whose} no parameter \"{name}\"")).hint(hint));
    };
    let (fits, form) = match parameter.default {
        Default::Integer(_) => (value.as_i64().is_some_and(|n| n >= 0), "a whole number that is not negative"),
        Default::Boolean(_) => (value.is_boolean(), "true or false"),
        Default::Text(_) => (value.is_string(), "a text"),
        Default::List(_) => (value.as_array().is_some_and(|list| list.iter().all(Json::is_string)), "a list of texts"),
    };
    if fits || value.is_null() {
        return Ok(());
    }
    Err(Line::argument(format!("parameter \"{name}\" must be {form}"))
        .detail(format!("The value given is {value}."))
        .hint(format!("What it does: {}.", parameter.what)))
}

fn unconfigure(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.unconfigure()");
    let name = own_name(&rows::required(call.text(0), "rule")?).to_owned();
    let schema = rows::required(call.text(1), "schema_pattern")?;
    let table_pattern = rows::required(call.text(2), "table_pattern")?;
    let table = Table::change(arm::ours()?.rule_settings);
    let rows = table.rows();
    let found = rows.iter().find(about(&name, &schema, &table_pattern)).map(|row| table.delete(row)).is_some();
    table.close_changed();
    Ok(Answer::Value(found.into()))
}
