//! `architect.rules()` and `architect.rule_doc(name)`: the catalogue.

use crate::api::rows;
use crate::hooks::policy;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::value::Value;
use engine::finding::Findings;
use engine::policy::Policy;
use engine::rule::{Check, Default, Rule, Source};
use engine::rules::RULES;
use serde_json::{Map, Value as Json, json};

crate::sql_function!(rules_wrapper, pg_finfo_rules_wrapper, rules);
crate::sql_function!(rule_doc_wrapper, pg_finfo_rule_doc_wrapper, rule_doc);

fn rules(_: &Call) -> Result<Answer, Line> {
    let policy = policy::current().unwrap_or_default();
    Ok(Answer::Rows(RULES.iter().map(|rule| row(rule, &policy)).collect()))
}

fn row(rule: &'static Rule, policy: &Policy) -> Vec<Value> {
    let in_force = in_force(rule, policy);
    vec![
        rule.name.into(),
        rule.category.as_str().into(),
        in_force.unwrap_or(rule.severity).as_str().into(),
        in_force.is_some().into(),
        moments(rule).into(),
        rule.title.into(),
        rule.why.into(),
        rule.remedy.into(),
        parameters(rule, policy).into(),
        rule.sources.iter().map(source).collect::<Vec<String>>().into(),
    ]
}

/// The severity of the rule where no pattern singles out a schema or a table; none where it is off.
pub fn in_force(rule: &'static Rule, policy: &Policy) -> Option<engine::rule::Severity> {
    let mut findings = Findings::new(rule, None);
    findings.object("", "", "", "");
    findings.into_vec().first().and_then(|finding| policy.severity(finding))
}

/// `start`, `commit`, `lint`, or several of them.
fn moments(rule: &Rule) -> String {
    let mut moments: Vec<&str> = rule.checks().map(Check::moment).collect();
    moments.dedup();
    moments.join(", ")
}

/// Name, value in force, default and meaning of each parameter.
fn parameters(rule: &Rule, policy: &Policy) -> Json {
    let mut all = Map::new();
    for parameter in rule.parameters {
        let default = match parameter.default {
            Default::Integer(n) => json!(n),
            Default::Boolean(yes) => json!(yes),
            Default::Text(text) => json!(text),
            Default::List(list) => json!(list),
        };
        let value = policy.parameter(rule.name, parameter.name, "", "").unwrap_or(&default);
        all.insert(
            parameter.name.to_owned(),
            json!({ "value": value, "default": default, "description": parameter.what }),
        );
    }
    Json::Object(all)
}

fn source(source: &Source) -> String {
    match source {
        Source::Guide(row) => format!("guide {row}"),
        Source::Manual(page, what) => {
            format!("https://www.postgresql.org/docs/current/{page}.html ({what})")
        }
        Source::Code(file, what) => format!("{file} ({what})"),
    }
}

fn rule_doc(call: &Call) -> Result<Answer, Line> {
    let name = rows::required(call.text(0), "name")?;
    Ok(Answer::Value(engine::doc::text(rows::rule(&name)?).into()))
}
