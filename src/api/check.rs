//! `architect.check(schema, table)`: the state of the schema, judged now.

use crate::api::rows;
use crate::facts;
use crate::hooks::policy;
use crate::pg::attempt::attempt_again;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session;
use engine::context::Moment;
use engine::facts::Transaction;
use engine::judge::{self, Surroundings};

crate::sql_function!(check_wrapper, pg_finfo_check_wrapper, check);

fn check(call: &Call) -> Result<Answer, Line> {
    let (schema, table) = (call.text(0), call.text(1));
    let policy = policy::current().unwrap_or_default();
    let everything = attempt_again(|| facts::everything(schema.as_deref(), table.as_deref())).map_err(Line::passing)?;
    let findings = judge::aftermath(
        &everything,
        &Surroundings {
            moment: Moment::Check,
            server_version_num: session::server_version_num(),
            transaction: &Transaction::default(),
            policy: &policy,
        },
    );
    let mut answer = Vec::with_capacity(findings.len());
    for finding in findings.iter().filter(|finding| finding.severity >= policy.min_severity) {
        session::check_for_interrupts();
        answer.push(rows::finding(finding, None));
    }
    Ok(Answer::Rows(answer))
}
