//! `architect.adopt` and `architect.unadopt`: a baseline for a schema that is older than its rules.

use crate::api::{arm, check};
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use crate::pg::table::Table;
use crate::pg::value::Value;
use engine::judge::Wanted;
use std::collections::HashSet;

crate::sql_function!(adopt_wrapper, pg_finfo_adopt_wrapper, adopt);
crate::sql_function!(unadopt_wrapper, pg_finfo_unadopt_wrapper, unadopt);

fn adopt(call: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.adopt()");
    let schema = call.text(0);
    let mut policy = check::policy(None)?;
    policy.baseline = std::sync::Arc::default();
    // Everything, whatever the session shows: what is hidden today must not come up as new tomorrow.
    let judgement = check::judge(schema.clone(), None, &policy, &Wanted::default())?;

    let table = Table::change(arm::ours()?.baseline);
    let prefix = schema.as_deref().map(|schema| format!("{}.", engine::sql::ident(schema)));
    let mut kept: HashSet<String> = HashSet::new();
    for row in table.rows() {
        // Of another schema than the one that is adopted now.
        if prefix.as_ref().is_some_and(|prefix| !row.text(2).starts_with(prefix)) {
            kept.insert(row.text(0));
        } else {
            table.delete(&row);
        }
    }
    let (role, now) = (session::session_role(), session::now());
    for finding in &judgement.findings {
        session::check_for_interrupts();
        let fingerprint = finding.fingerprint();
        if !kept.insert(fingerprint.clone()) {
            continue;
        }
        table.insert(&[
            fingerprint.into(),
            finding.rule.name.into(),
            finding.object.identity().into(),
            role.as_str().into(),
            Value::Timestamp(now),
        ]);
    }
    table.close_changed();
    Ok(Answer::Value(Value::Integer(kept.len() as i64)))
}

fn unadopt(_: &Call) -> Result<Answer, Line> {
    session::refuse_if_read_only(c"architect.unadopt()");
    let table = Table::change(arm::ours()?.baseline);
    let rows = table.rows();
    for row in &rows {
        table.delete(row);
    }
    table.close_changed();
    Ok(Answer::Value(Value::Integer(rows.len() as i64)))
}
