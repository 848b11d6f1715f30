//! `architect.use_profile` and `architect.profiles`: named sets of rule settings.

use crate::api::{arm, check, rows};
use crate::hooks::policy;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::table::Table;
use crate::pg::value::Value;
use engine::policy::{RuleSetting, SeverityOrOff};
use engine::profile::{DEFAULT, PROFILES};
use serde_json::{Map, Value as Json, json};

crate::sql_function!(use_profile_wrapper, pg_finfo_use_profile_wrapper, use_profile);
crate::sql_function!(profiles_wrapper, pg_finfo_profiles_wrapper, profiles);

fn use_profile(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.use_profile()");
    let name = rows::required(call.text(0), "name")?;
    let profile = check::known(&name)?;
    let table = Table::change(arm::ours()?.profile);
    for row in table.rows() {
        table.delete(&row);
    }
    if profile.name != DEFAULT {
        table.insert(&[profile.name.as_str().into(), session::session_role().into(), Value::Timestamp(session::now())]);
    }
    table.close_changed();
    Ok(Answer::Void)
}

fn profiles(_: &Call) -> Result<Answer, Line> {
    let stored = policy::stored();
    let chosen = stored.as_ref().map(|stored| stored.profile.as_str()).filter(|name| !name.is_empty());
    let chosen = chosen.unwrap_or(DEFAULT);
    let row = |profile: &engine::profile::Profile| {
        let settings: Map<String, Json> = profile.settings.iter().map(setting).collect();
        vec![
            profile.name.as_str().into(),
            (profile.name == chosen).into(),
            profile.title.as_str().into(),
            Value::Json(Json::Object(settings)),
        ]
    };
    Ok(Answer::Rows(PROFILES.iter().map(row).collect()))
}

fn setting(setting: &RuleSetting) -> (String, Json) {
    let mut object = Map::new();
    let word = match setting.severity {
        None => None,
        Some(SeverityOrOff::Off) => Some("off"),
        Some(SeverityOrOff::On) => Some("on"),
        Some(SeverityOrOff::Severity(severity)) => Some(severity.as_str()),
    };
    if let Some(word) = word {
        object.insert("severity".to_owned(), json!(word));
    }
    if !setting.parameters.is_empty() {
        object.insert("parameters".to_owned(), Json::Object(setting.parameters.clone()));
    }
    (setting.rule.clone(), Json::Object(object))
}
