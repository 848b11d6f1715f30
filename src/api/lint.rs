//! `architect.lint(sql)`: a text is judged, not executed.

use crate::api::rows;
use crate::facts::script::{self, JudgedInPart, NotJudged, Unusable};
use crate::hooks::policy;
use crate::pg::function::{Answer, Call};
use crate::pg::report::{GUARD_FAILED, Level, Line};
use crate::pg::session::{self, ActiveSnapshot};

crate::sql_function!(lint_wrapper, pg_finfo_lint_wrapper, lint);

fn lint(call: &Call) -> Result<Answer, Line> {
    let Some(sql) = call.text(0) else { return Ok(Answer::Rows(Vec::new())) };
    let policy = policy::current().unwrap_or_default();
    let snapshot = ActiveSnapshot::ensure();
    let verdict = script::lint(&sql, &policy);
    snapshot.pop();
    let verdict = verdict.map_err(|why| unusable(&sql, why))?;
    say_not_judged(&sql, &verdict.not_judged);
    say_judged_in_part(&sql, &verdict.in_part);
    if let Some(line) = policy::unread() {
        line.say();
    }
    let places = rows::Places::new(&sql);
    let mut answer = Vec::with_capacity(verdict.findings.len());
    for finding in verdict.findings {
        session::check_for_interrupts();
        answer.push(rows::finding(finding, Some(&places)));
    }
    Ok(Answer::Rows(answer))
}

/// What cannot be judged is said, never passed over.
pub fn say_not_judged(sql: &str, list: &[NotJudged]) {
    if list.is_empty() {
        return;
    }
    let places = rows::Places::new(sql);
    for item in list {
        let (line, column) = places.of(item.position);
        Line::new(Level::Warning, GUARD_FAILED, format!("{} at line {line}, column {column} was not judged", item.tag))
            .detail(format!("The server said: {}.", item.failure.message.trim_end_matches('.')))
            .say();
    }
}

/// What of a statement is not known is said, too: silence would be "fine".
fn say_judged_in_part(sql: &str, list: &[JudgedInPart]) {
    if list.is_empty() {
        return;
    }
    let places = rows::Places::new(sql);
    for item in list {
        let (line, column) = places.of(item.position);
        Line::new(
            Level::Warning,
            GUARD_FAILED,
            format!("{} at line {line}, column {column} was judged in part", item.tag),
        )
        .detail(format!("Not known is {}.", item.unknown.join("; ")))
        .say();
    }
}

/// Why a text cannot be judged, as an ERROR.
pub fn unusable(sql: &str, why: Unusable) -> Line {
    match why {
        Unusable::TooLong(bytes) => Line::argument(format!("the text is too long: {bytes} bytes"))
            .detail(format!("A text of at most {} bytes is judged at once.", script::MAX_BYTES))
            .hint("Judge its parts one after the other."),
        Unusable::ZeroByte => Line::argument("the text holds a zero byte"),
        Unusable::Refused(failure) => {
            let mut line = Line::new(Level::Error, failure.sqlstate, failure.message.clone());
            if let Some(position) = failure.position {
                // The parser counts characters, from 1.
                let byte = sql.char_indices().nth((position - 1).max(0) as usize).map_or(sql.len(), |(at, _)| at);
                let places = rows::Places::new(sql);
                let (row, column) = places.of(byte);
                line = line.detail(format!("The text has the error at line {row}, column {column}."));
            }
            match failure.hint {
                Some(hint) => line.hint(hint),
                None => line
                    .hint("The text must be SQL for this server; commands of psql (\\c, \\i) and COPY data are not."),
            }
        }
    }
}
