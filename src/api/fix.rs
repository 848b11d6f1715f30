//! `architect.fix_steps(...)` and `architect.fix_script(...)`: the SQL that mends what a check finds.

use crate::api::check;
use crate::facts::script;
use crate::pg::function::{Answer, Call};
use crate::pg::report::Line;
use crate::pg::session::{self, ActiveSnapshot};
use crate::pg::value::Value;
use engine::facts::{Ddl, LockMode, Statement, TransactionCommand};
use engine::finding::Finding;
use names::Names;
use std::collections::HashSet;

mod names;

crate::sql_function!(fix_steps_wrapper, pg_finfo_fix_steps_wrapper, fix_steps);
crate::sql_function!(fix_script_wrapper, pg_finfo_fix_script_wrapper, fix_script);

/// How long a statement of the script may wait for a lock: others queue behind it meanwhile.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s';";

/// One statement of the script.
struct Step {
    rule: &'static str,
    object: String,
    title: String,
    statement: String,
    transaction: Transaction,
    locks: String,
    fingerprint: String,
}

/// In which transaction a statement runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Own,
    /// Between BEGIN and COMMIT of its remedy, these included.
    Shared,
    /// The server refuses it in a transaction block.
    Outside,
}

/// A remedy that cannot run in this script, because of others in it.
struct LeftOut {
    title: String,
    reason: String,
}

/// What mends the findings.
struct Plan {
    /// The statements, in order.
    steps: Vec<Step>,
    left_out: Vec<LeftOut>,
    /// How many findings have no SQL.
    without: usize,
}

fn fix_steps(call: &Call) -> Result<Answer, Line> {
    let Plan { steps, .. } = plan(call)?;
    let row = |(number, step): (usize, Step)| {
        let transaction = match step.transaction {
            Transaction::Own => "own transaction",
            Transaction::Shared => "in a transaction block",
            Transaction::Outside => "outside a transaction block",
        };
        vec![
            Value::Integer(number as i64 + 1),
            step.rule.into(),
            step.object.into(),
            step.title.into(),
            step.statement.into(),
            transaction.into(),
            Value::or_null(step.locks),
            step.fingerprint.into(),
        ]
    };
    Ok(Answer::Rows(steps.into_iter().enumerate().map(row).collect()))
}

fn fix_script(call: &Call) -> Result<Answer, Line> {
    let Plan { steps, left_out, without } = plan(call)?;
    let mut text = format!(
        "-- {} mended by {}; {} a decision and no SQL.\n\
         -- Run it outside of a transaction block (psql -f does, without -1): each statement commits by itself, and an error in one\n\
         -- leaves those before it done. Statements that are to take a lock give up after the time that lock_timeout allows, so\n\
         -- that nobody queues behind them for long: then run the script again; what is done already has no finding any more.\n",
        findings(steps.iter().map(|step| &step.fingerprint).collect::<HashSet<_>>().len()),
        if steps.len() == 1 { "1 statement".to_owned() } else { format!("{} statements", steps.len()) },
        if without == 1 { "1 more needs".to_owned() } else { format!("{without} more need") },
    );
    if !steps.is_empty() {
        text.push_str(&format!("\n{LOCK_TIMEOUT}\n"));
    }
    let total = steps.len();
    let mut last = String::new();
    for (number, step) in steps.into_iter().enumerate() {
        text.push_str(&format!("\n-- {} of {total}", number + 1));
        // The statements of one finding share its title.
        if step.fingerprint != last {
            text.push_str(&format!(": {}", comment(&step.title)));
        }
        if !step.locks.is_empty() {
            text.push_str(&format!("\n-- Locks: {}", comment(&step.locks)));
        }
        if step.transaction == Transaction::Outside {
            text.push_str("\n-- Cannot run in a transaction block.");
        }
        text.push_str(&format!("\n{}\n", step.statement));
        last = step.fingerprint;
    }
    if !left_out.is_empty() {
        text.push_str("\n-- Left out, because of what stands above. Run this script, then ask for another one:\n");
    }
    for LeftOut { title, reason } in left_out {
        text.push_str(&format!("-- {}: {}\n", comment(&title), comment(&reason)));
    }
    Ok(Answer::Value(text.into()))
}

fn findings(count: usize) -> String {
    if count == 1 { "1 finding is".to_owned() } else { format!("{count} findings are") }
}

/// A text that stays in its comment, whatever the names in it hold.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn plan(call: &Call) -> Result<Plan, Line> {
    let policy = check::policy(call.text(5))?;
    let wanted = check::wanted(call.texts(3), call.text(4), &policy)?;
    let mut rules = call.texts(2);
    for name in rules.iter_mut().flatten() {
        crate::api::rows::rule(name)?.name.clone_into(name);
    }
    let judgement = check::judge(call.text(0), call.text(1), &policy, &wanted)?;
    let mut chosen: Vec<&Finding> = judgement
        .findings
        .iter()
        .filter(|finding| rules.as_ref().is_none_or(|rules| rules.iter().any(|rule| rule == finding.rule.name)))
        .collect();
    let all = chosen.len();
    chosen.retain(|finding| !finding.remedy.is_empty());
    let without = all - chosen.len();

    let snapshot = ActiveSnapshot::ensure();
    let mut remedies: Vec<(u8, &Finding, Vec<Part>)> = Vec::new();
    // Two findings can ask for the same (two foreign keys that one index serves): once is enough. Only for the whole of it: two
    // remedies have a BEGIN, a SET LOCAL and a COMMIT each.
    let mut seen: HashSet<&str> = HashSet::new();
    for finding in chosen {
        session::check_for_interrupts();
        // A remedy is made of the names of objects; one that cannot be parsed is a bug of ours and stays out of a script.
        let Ok(mut parts) = script::split(&finding.remedy) else { continue };
        parts.retain(|(statement, _)| !statement.to_ascii_lowercase().starts_with("set lock_timeout"));
        if seen.insert(&finding.remedy) {
            remedies.push((names::lateness(&known(&parts)), finding, parts));
        }
    }
    // Stable: within each, the order of the scores stays.
    remedies.sort_by_key(|(late, ..)| *late);

    let mut plan = Plan { steps: Vec::new(), left_out: Vec::new(), without };
    let mut names = Names::default();
    for (_, finding, parts) in remedies {
        let title = finding.headline();
        if let Err(reason) = names.add(&known(&parts), crate::facts::is_relation) {
            plan.left_out.push(LeftOut { title, reason });
            continue;
        }
        let mut in_block = false;
        for (statement, facts) in parts {
            let command = facts.as_ref().and_then(|facts| match &facts.ddl {
                Ddl::Transaction(command) => Some(command),
                _ => None,
            });
            let transaction = match command {
                _ if outside_a_block(&statement) => Transaction::Outside,
                Some(_) => Transaction::Shared,
                None if in_block => Transaction::Shared,
                None => Transaction::Own,
            };
            in_block = match command {
                Some(TransactionCommand::Begin) => true,
                Some(TransactionCommand::Commit | TransactionCommand::Rollback) => false,
                _ => in_block,
            };
            plan.steps.push(Step {
                rule: finding.rule.name,
                object: finding.object.identity(),
                title: title.clone(),
                transaction,
                locks: facts.as_ref().map(locks).unwrap_or_default(),
                statement,
                fingerprint: finding.fingerprint(),
            });
        }
    }
    snapshot.pop();
    Ok(plan)
}

/// A statement of a remedy, with its facts where they are known.
type Part = (String, Option<Statement>);

fn known(parts: &[Part]) -> Vec<names::Written<'_>> {
    parts.iter().filter_map(|(text, facts)| Some((text.as_str(), facts.as_ref()?))).collect()
}

/// Whether the server refuses the statement in a transaction block.
fn outside_a_block(statement: &str) -> bool {
    let mut words = statement.split(|c: char| !c.is_ascii_alphabetic() && c != '_');
    let first = words.clone().next().unwrap_or_default().to_ascii_uppercase();
    first == "VACUUM"
        || statement.to_ascii_uppercase().starts_with("ALTER SYSTEM")
        || matches!(first.as_str(), "CREATE" | "DROP" | "REINDEX" | "ALTER") && words.any(|word| word == "CONCURRENTLY")
}

/// What the statement locks of what is there, strongest first.
fn locks(statement: &Statement) -> String {
    let mut touches: Vec<_> = statement
        .impact
        .touches
        .iter()
        .filter(|touch| touch.relation.oid != 0 && touch.lock > LockMode::RowExclusive)
        .collect();
    touches.sort_by_key(|touch| std::cmp::Reverse(touch.lock));
    let part = |touch: &&engine::facts::Touch| {
        format!("{} on {} (blocks {})", touch.lock.as_str(), touch.relation.display(), touch.lock.blocks())
    };
    let shown: Vec<String> = touches.iter().take(4).map(part).collect();
    let more = touches.len().saturating_sub(4);
    let tail = if more > 0 { format!(", and {more} more relations") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::outside_a_block;

    #[test]
    fn what_a_transaction_block_refuses() {
        for (statement, expected) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a);", true),
            ("DROP INDEX CONCURRENTLY s.i;", true),
            ("REINDEX INDEX CONCURRENTLY i;", true),
            ("ALTER TABLE p DETACH PARTITION c CONCURRENTLY;", true),
            ("VACUUM (ANALYZE) t;", true),
            ("ALTER SYSTEM SET work_mem = '8MB';", true),
            ("ALTER TABLE t ADD COLUMN concurrently_at timestamptz;", false),
            ("CREATE INDEX i ON t (a);", false),
        ] {
            assert_eq!(outside_a_block(statement), expected, "{statement}");
        }
    }
}
