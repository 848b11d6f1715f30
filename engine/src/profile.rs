//! Profiles: named sets of rule settings, as data in `profiles.json`.
//!
//! Where the guides disagree, the profile decides. A profile only sets severities and parameters; single settings made with
//! `architect.configure` go before it.

use crate::policy::{RuleSetting, SeverityOrOff};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// One profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    pub title: String,
    /// Its settings, those of the profile that it stands on included.
    pub settings: Vec<RuleSetting>,
}

/// The profile that is in use unless another one is chosen: the rules' own defaults.
pub const DEFAULT: &str = "default";

/// All profiles, in the order of the file.
pub static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| read(include_str!("profiles.json")).unwrap_or_default());

/// The profile of this name.
#[must_use]
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

fn read(text: &str) -> Result<Vec<Profile>, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut profiles: Vec<Profile> = Vec::new();
    for entry in json.as_array().ok_or("the profiles are no list")? {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut profile = Profile { name: text("name"), title: text("title"), settings: Vec::new() };
        let base = text("based_on");
        if !base.is_empty() {
            let base = profiles.iter().find(|known| known.name == base).ok_or(format!("no profile {base} before"))?;
            profile.settings.clone_from(&base.settings);
        }
        for (rule, setting) in entry.get("rules").and_then(Value::as_object).unwrap_or(&Map::new()) {
            let severity = match setting.get("severity").and_then(Value::as_str) {
                None => None,
                Some(word) => Some(SeverityOrOff::parse(word).ok_or(format!("{rule}: no severity {word}"))?),
            };
            let parameters = setting.get("parameters").and_then(Value::as_object).cloned().unwrap_or_default();
            let place = match profile.settings.iter().position(|known| known.rule == *rule) {
                Some(place) => place,
                None => {
                    profile.settings.push(RuleSetting {
                        rule: rule.clone(),
                        schema_pattern: "%".to_owned(),
                        table_pattern: "%".to_owned(),
                        ..RuleSetting::default()
                    });
                    profile.settings.len() - 1
                }
            };
            let known = &mut profile.settings[place];
            known.severity = severity.or(known.severity);
            known.parameters.extend(parameters);
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Default as Form;

    #[test]
    fn every_profile_names_rules_and_parameters_that_there_are() {
        let profiles = read(include_str!("profiles.json")).expect("profiles");
        assert_eq!(profiles[0].name, DEFAULT);
        assert!(profiles[0].settings.is_empty(), "the default is what the rules say themselves");
        for profile in &profiles {
            assert!(!profile.title.is_empty(), "{}", profile.name);
            for setting in &profile.settings {
                if setting.rule == "*" {
                    continue;
                }
                let rule = crate::judge::rule(&setting.rule)
                    .unwrap_or_else(|| panic!("{}: there is no rule {}", profile.name, setting.rule));
                for (name, value) in &setting.parameters {
                    let parameter = rule
                        .parameter(name)
                        .unwrap_or_else(|| panic!("{}: {} has no parameter {name}", profile.name, rule.name));
                    let fits = match parameter.default {
                        Form::Integer(_) => value.is_i64(),
                        Form::Boolean(_) => value.is_boolean(),
                        Form::Text(_) => value.is_string(),
                        Form::List(_) => value.is_array(),
                    };
                    assert!(fits, "{}: {} {name} = {value}", profile.name, rule.name);
                }
            }
        }
    }
}
