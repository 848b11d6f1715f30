//! `architect.check(...)`: the state of the database, judged now; `architect.not_judged(...)`: what could not be judged.

use crate::api::rows;
use crate::hooks::policy;
use crate::pg::attempt::attempt_again;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::spi::Spi;
use engine::convention;
use engine::facts::Database;
use engine::judge::{self, Judgement, Wanted};
use engine::policy::Policy;
use engine::profile::{PROFILES, Profile};
use engine::rule::{Category, Severity};
use engine::snapshot::{self, Scope};

crate::sql_function!(check_wrapper, pg_finfo_check_wrapper, check);
crate::sql_function!(not_judged_wrapper, pg_finfo_not_judged_wrapper, not_judged);

fn check(call: &Call) -> Result<Answer, Line> {
    let policy = policy(call.text(4))?;
    let wanted = wanted(call.texts(2), call.text(3), &policy)?;
    let judgement = judge(call.text(0), call.text(1), &policy, &wanted)?;
    Ok(Answer::Made(Box::new(judgement.findings.into_iter().map(|finding| {
        session::check_for_interrupts();
        rows::finding(finding, None)
    }))))
}

/// What is asked for, from arguments that people write.
pub fn wanted(categories: Option<Vec<String>>, min_severity: Option<String>, policy: &Policy) -> Result<Wanted, Line> {
    let categories = match categories {
        None => None,
        Some(names) => Some(names.iter().map(|name| category(name)).collect::<Result<Vec<Category>, Line>>()?),
    };
    let min_severity = match min_severity {
        None => policy.min_severity,
        Some(word) => Severity::parse(&word).ok_or_else(|| {
            Line::argument(format!("severity \"{word}\" does not exist"))
                .hint("Available severities: info, warning, error.")
        })?,
    };
    Ok(Wanted { categories, min_severity: Some(min_severity), gaps: false, group_over: Some(convention::IN_A_SCHEMA) })
}

fn not_judged(call: &Call) -> Result<Answer, Line> {
    let policy = policy(call.text(2))?;
    let wanted = Wanted { gaps: true, ..Wanted::default() };
    let judgement = judge(call.text(0), call.text(1), &policy, &wanted)?;
    let row = |gap: &engine::finding::NotJudged| {
        vec![gap.rule.into(), gap.object.as_str().into(), gap.reason.as_str().into(), gap.remedy.as_str().into()]
    };
    Ok(Answer::Rows(judgement.not_judged.iter().map(row).collect()))
}

/// Reads the snapshot and judges it.
pub fn judge(
    schema: Option<String>,
    relation: Option<String>,
    policy: &Policy,
    wanted: &Wanted,
) -> Result<Judgement, Line> {
    let scope = Scope { schema, relation };
    let database = load(&scope)?;
    Ok(judge::database(&database, policy, wanted, &mut session::check_for_interrupts))
}

/// Reads the snapshot. Another session may drop what is read at any moment; a second look finds what is there then.
fn load(scope: &Scope) -> Result<Database, Line> {
    let loaded = attempt_again(|| Spi::run(|spi| snapshot::load(spi, scope))).map_err(Line::passing)?;
    loaded.map_err(|error| Line::argument(error.to_string()))
}

/// The policy in force, with the profile that is asked for in place of the one in use.
pub fn policy(profile: Option<String>) -> Result<Policy, Line> {
    let mut policy = Policy::clone(&policy::current().unwrap_or_default());
    if let Some(line) = policy::unread() {
        line.say();
    }
    if let Some(name) = profile {
        policy.profile.clone_from(&known(&name)?.settings);
    }
    Ok(policy)
}

/// The profile of this name; an unknown one is an error that lists those that there are.
pub fn known(name: &str) -> Result<&'static Profile, Line> {
    engine::profile::profile(name).ok_or_else(|| {
        let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name.as_str()).collect();
        Line::argument(format!("profile \"{name}\" does not exist"))
            .hint(format!("Available profiles: {}.", names.join(", ")))
    })
}

fn category(name: &str) -> Result<Category, Line> {
    Category::ALL.into_iter().find(|category| category.as_str() == name).ok_or_else(|| {
        let names: Vec<&str> = Category::ALL.into_iter().map(Category::as_str).collect();
        Line::argument(format!("category \"{name}\" does not exist"))
            .hint(format!("Available categories: {}.", names.join(", ")))
    })
}
