//! `architect.last_findings()`: what was found last in this session, for whoever missed the messages.

use crate::api::rows;
use crate::hooks::memory;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;

crate::sql_function!(last_findings_wrapper, pg_finfo_last_findings_wrapper, last_findings);

fn last_findings(_: &Call) -> Result<Answer, Line> {
    Ok(Answer::Rows(memory::last_findings().into_iter().map(|finding| rows::finding(finding, None)).collect()))
}
