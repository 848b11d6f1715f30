//! `architect.explain_ddl(sql)`: what each statement of a text would do to each relation that it touches. Nothing is executed.

use crate::api::lint::{say_not_judged, unusable};
use crate::api::rows;
use crate::facts::{script, speeds};
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session::ActiveSnapshot;
use crate::pg::value::Value;
use engine::estimate::{self, Estimate, Speed, Speeds};
use engine::facts::{Blocker, Effect, Relation, Rewrite, Scan, Statement, Touch, Work};

crate::sql_function!(explain_ddl_wrapper, pg_finfo_explain_ddl_wrapper, explain_ddl);
crate::sql_function!(not_explained_wrapper, pg_finfo_not_explained_wrapper, not_explained);
crate::sql_function!(work_speeds_wrapper, pg_finfo_work_speeds_wrapper, work_speeds);

fn explain_ddl(call: &Call) -> Result<Answer, Line> {
    let Some(sql) = call.text(0) else { return Ok(Answer::Rows(Vec::new())) };
    let snapshot = ActiveSnapshot::ensure();
    let outcome = script::explain(&sql);
    snapshot.pop();
    let (statements, not_judged) = outcome.map_err(|why| unusable(&sql, why))?;
    say_not_judged(&sql, &not_judged);
    let places = rows::Places::new(&sql);
    let speeds = speeds::measured();
    let mut answer = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        let (line, _) = places.of(statement.position);
        answer.extend(statement_rows(number + 1, line, statement, &speeds));
    }
    Ok(Answer::Rows(answer))
}

/// `architect.not_explained(sql)`: the statements of a text of whose locks nothing is known.
fn not_explained(call: &Call) -> Result<Answer, Line> {
    let Some(sql) = call.text(0) else { return Ok(Answer::Rows(Vec::new())) };
    let snapshot = ActiveSnapshot::ensure();
    let outcome = script::explain(&sql);
    snapshot.pop();
    let (statements, not_judged) = outcome.map_err(|why| unusable(&sql, why))?;
    let places = rows::Places::new(&sql);
    let unknown = statements.iter().filter(|statement| !statement.locks_are_known());
    let mut found: Vec<(usize, &str)> = unknown.map(|statement| (statement.position, statement.tag.as_str())).collect();
    found.extend(not_judged.iter().map(|item| (item.position, item.tag.as_str())));
    found.sort_unstable();
    Ok(Answer::Rows(
        found.into_iter().map(|(position, tag)| vec![Value::Integer(places.of(position).0), tag.into()]).collect(),
    ))
}

/// `architect.work_speeds()`: what estimates divide by.
fn work_speeds(_: &Call) -> Result<Answer, Line> {
    let speeds = speeds::measured();
    let row = |(name, speed): (&&str, &Speed)| {
        vec![
            (*name).into(),
            Value::Integer(speed.bytes_per_second.round() as i64),
            Value::Integer(speed.measurements as i64),
            if speed.measurements > 0 { "measured" } else { "default" }.into(),
        ]
    };
    Ok(Answer::Rows(estimate::NAMES.iter().zip(&speeds.0).map(row).collect()))
}

/// How long the lock on this relation is in the way of reads or writes, by the work of the whole statement: locks are taken before the
/// work and kept until its end. None where it cannot be said.
fn blocking(statement: &Statement, touch: &Touch, speeds: &Speeds) -> Option<Estimate> {
    let impact = &statement.impact;
    if !impact.refusals.is_empty() || !impact.unknown.is_empty() {
        return None;
    }
    if !touch.lock.blocks_writes() || touch.relation.created_here || statement.nothing_to_do {
        return Some(Estimate::default());
    }
    // Such a statement locks one relation after the other.
    let work = if impact.several_transactions { impact.works.on(touch.relation.oid) } else { impact.works.total() };
    Some(speeds.time(work?))
}

fn blocker(blocker: &Blocker) -> serde_json::Value {
    serde_json::json!({
        "pid": (blocker.pid != 0).then_some(blocker.pid),
        "lock": blocker.mode.as_str(),
        "granted": blocker.granted,
        "transaction_ms": blocker.transaction_ms,
        "autovacuum": blocker.autovacuum,
    })
}

fn statement_rows(number: usize, line: i64, statement: &Statement, speeds: &Speeds) -> Vec<Vec<Value>> {
    let impact = &statement.impact;
    let bytes = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    let refused: Vec<&str> = impact.refusals.iter().map(|refusal| refusal.why.as_str()).collect();
    // What is refused before it locks anything, or cannot be told, is told without a relation.
    if impact.touches.is_empty() && !(refused.is_empty() && impact.unknown.is_empty()) {
        let mut row = vec![Value::Integer(number as i64), Value::Integer(line), statement.tag.as_str().into()];
        row.extend(std::iter::repeat_n(Value::Null, 12));
        row.push(Value::or_null(refused.join("; ")));
        row.push(Value::or_null(impact.unknown.join("; ")));
        return vec![row];
    }
    impact
        .touches
        .iter()
        .enumerate()
        .map(|(i, touch)| {
            let relation = &touch.relation;
            let blockers: Vec<String> = touch.blockers.iter().map(engine::text::blocker).collect();
            // What is about the statement as a whole stands in its first row.
            let once = |texts: &[&str]| Value::or_null(if i == 0 { texts.join("; ") } else { String::new() });
            let unknown: Vec<&str> = impact.unknown.iter().map(String::as_str).collect();
            let blocking = blocking(statement, touch, speeds);
            let work = impact.works.on(relation.oid);
            vec![
                Value::Integer(number as i64),
                Value::Integer(line),
                statement.tag.as_str().into(),
                relation.display().into(),
                relation.kind.as_str().into(),
                touch.role.as_str().into(),
                touch.lock.as_str().into(),
                touch.lock.blocks().into(),
                Value::or_null(of(impact.effects.as_slice(), relation, rewrite).join("; ")),
                Value::or_null(of(impact.effects.as_slice(), relation, scan).join("; ")),
                Value::List(of(impact.effects.as_slice(), relation, build)),
                Value::Integer(relation.size.rows as i64),
                Value::Integer(relation.size.bytes as i64),
                Value::Boolean(relation.created_here),
                Value::or_null(blockers.join(", ")),
                once(&refused),
                once(&unknown),
                blocking.map(|time| format!("{} seconds", estimate::rounded(time.seconds))).into(),
                blocking.filter(|time| time.seconds > 0.0).map(|time| time.measured).into(),
                work.map(|work| bytes(work.read)).unwrap_or(Value::Null),
                work.map(|work| bytes(work.write)).unwrap_or(Value::Null),
                work.map(|work| bytes(work.sort)).unwrap_or(Value::Null),
                Value::Boolean(impact.several_transactions),
                if relation.oid == 0 { Value::Null } else { Value::Integer(i64::from(relation.oid)) },
                Value::Json(touch.blockers.iter().map(blocker).collect()),
            ]
        })
        .collect()
}

fn of(effects: &[Effect], relation: &Relation, words: fn(&Work) -> Option<String>) -> Vec<String> {
    effects
        .iter()
        .filter(|effect| effect.relation.oid == relation.oid && effect.relation.name == relation.name)
        .filter_map(|effect| words(&effect.work))
        .collect()
}

fn rewrite(work: &Work) -> Option<String> {
    Some(match work {
        Work::Rewrite(Rewrite::Type { column, why }) => format!("type of {column}: {why}"),
        Work::Rewrite(Rewrite::Default { column, why }) => format!("new column {column}: {why}"),
        Work::Rewrite(Rewrite::Expression { column }) => format!("expression of {column}"),
        Work::Rewrite(Rewrite::Persistence) => "logged and unlogged tables are stored differently".to_owned(),
        Work::Rewrite(Rewrite::AccessMethod) => "another access method".to_owned(),
        Work::Rewrite(Rewrite::Refresh) => "filled anew by its query".to_owned(),
        Work::Rewrite(Rewrite::Compaction) => "packed anew".to_owned(),
        Work::Copy => "files are copied to another tablespace".to_owned(),
        _ => return None,
    })
}

fn scan(work: &Work) -> Option<String> {
    let Work::Scan(scan) = work else { return None };
    let named = |name: &Option<String>| name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
    Some(match scan {
        Scan::NotNull { column } => format!("NOT NULL of {column}"),
        Scan::Check { constraint } => format!("CHECK{}", named(constraint)),
        Scan::Recheck { constraint, column } => format!("CHECK {constraint} again: the type of {column} changes"),
        Scan::ForeignKey { constraint } => format!("FOREIGN KEY{}", named(constraint)),
        Scan::Validate { constraint } => format!("VALIDATE {constraint}"),
        Scan::Domain { domain } => format!("constraint of the domain {domain}"),
        Scan::PartitionBound => "partition bound".to_owned(),
        Scan::Refresh => "compared with the new result".to_owned(),
        Scan::DefaultPartition => "default partition against the new bound".to_owned(),
    })
}

fn build(work: &Work) -> Option<String> {
    Some(match work {
        Work::BuildIndex { index, constraint, concurrently } => {
            let what = match (index, constraint) {
                (Some(index), _) => index.clone(),
                (None, Some(constraint)) => format!("new, for {constraint}"),
                (None, None) => "new".to_owned(),
            };
            if *concurrently { format!("{what} (concurrently)") } else { what }
        }
        Work::RebuildIndex { index, why } => format!("{index} anew: {why}"),
        _ => return None,
    })
}
