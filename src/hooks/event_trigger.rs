//! The event triggers: a statement is judged before it takes its lock, and what became of it is verified and recorded.
//!
//! Only `ddl_command_start` stops anything. At the other events the work is done, and for statements that commit in several
//! transactions an ERROR would leave half of it behind (an invalid index, a partition that is neither in nor out).

use crate::facts;
use crate::hooks::memory::{self, Deed, Running};
use crate::hooks::policy;
use crate::pg::attempt::{attempt, attempt_again};
use crate::pg::event::{self, Event};
use crate::pg::guc::LogDdl;
use crate::pg::report::{self, Level, Line, Message};
use crate::pg::session::{self, ActiveSnapshot};
use crate::pg::{guc, lock_timeout, set};
use crate::sinks::messages::{self, Moment};
use crate::sinks::{ddl_log, measured_work};
use engine::estimate::{LEAST_BYTES, Workload};
use engine::facts::{AlterCommand, Ddl, Impact, LockMode, Persistence, Relation, Work};
use engine::finding::Finding;
use engine::judge::{self, Surroundings};
use engine::policy::Policy;
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, FunctionCallInfo, Oid};
use std::rc::Rc;

/// Gives an event trigger function its C symbol. With `architect.mode = off` it costs one comparison.
macro_rules! event_trigger {
    ($symbol:ident, $info:ident, $body:ident) => {
        /// The C symbol of the event trigger function of the same name.
        ///
        /// # Safety
        /// Called by the server only.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $symbol(fcinfo: FunctionCallInfo) -> Datum {
            if !guc::off() {
                // SAFETY: called by the server, with its event; this frame holds nothing.
                unsafe {
                    report::guarded(|| match Event::of(fcinfo) {
                        Some(event) if !session::exempt() => $body(event, fcinfo),
                        _ => std::ptr::null_mut(),
                    });
                }
            }
            Datum::null()
        }

        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $info() -> &'static pg_sys::Pg_finfo_record {
            crate::pg::function::INFO
        }
    };
}

event_trigger!(pg_architect_ddl_command_start, pg_finfo_pg_architect_ddl_command_start, start);
event_trigger!(pg_architect_ddl_command_end, pg_finfo_pg_architect_ddl_command_end, end);
event_trigger!(pg_architect_sql_drop, pg_finfo_pg_architect_sql_drop, drop);
event_trigger!(pg_architect_table_rewrite, pg_finfo_pg_architect_table_rewrite, rewrite);

/// What the judgement of one statement gave.
struct Judged {
    policy: Rc<Policy>,
    findings: Vec<Finding>,
    rewrites: Vec<Oid>,
    locks: Vec<(Oid, LockMode, String, Option<Relation>)>,
    deeds: Vec<Deed>,
    /// It may have to wait for a lock while others queue behind it.
    awaits: bool,
    /// Its work, where its time will be a measurement.
    work: Option<Workload>,
}

/// Before the statement takes its lock.
fn start(event: Event, _: FunctionCallInfo) -> *mut Message {
    // REFRESH ... CONCURRENTLY makes, changes and drops a temporary table. All else that is done inside another command is done by
    // functions that the user wrote.
    if memory::refreshing() && facts::about_temporary_tables(event.parsetree) {
        return std::ptr::null_mut();
    }
    let mut running = Running {
        key: event.key(),
        several_transactions: event.several_transactions(),
        refreshes: event.refreshes(),
        ..Running::default()
    };
    let mut lines = Vec::new();
    if facts::judged_node(event.parsetree) {
        let in_block = event.in_block();
        match attempt_again(|| judge(event, in_block)) {
            // The extension is gone from this database, in this very transaction perhaps.
            Ok(None) => return std::ptr::null_mut(),
            Ok(Some(judged)) => {
                lines = messages::decide(&judged.findings, &judged.policy, Moment::Statement);
                lines.extend(unread_once(&judged.policy));
                running.judged = true;
                running.findings = judged.findings;
                running.predicted_rewrites = judged.rewrites;
                running.work = judged.work;
                memory::note_locks(judged.locks);
                memory::note_deeds(judged.deeds);
                // Behind the judgement, whose subtransaction would take it along.
                if judged.awaits && lock_timeout::give(guc::auto_lock_timeout()) {
                    running.lock_timeout = guc::auto_lock_timeout();
                }
            }
            // What the server cannot analyse it will most likely refuse: then its own words are enough.
            Err(failure) => {
                let line = Line::failure("pg_architect could not judge this statement", &failure);
                if failure.panic { lines.push(line) } else { running.failure = Some(line) }
            }
        }
    }
    if running.several_transactions && guc::log_ddl() == LogDdl::All {
        // If it fails halfway its first parts stay committed, and its end, with the row in ddl_log, never comes.
        lines.insert(
            0,
            Line::new(Level::Log, report::FINDING, format!("{} begins, in several transactions", event.tag())),
        );
    }
    if running.judged
        || running.failure.is_some()
        || running.several_transactions
        || running.refreshes
        || guc::log_ddl() == LogDdl::All
    {
        memory::begin(running);
    }
    report::messages(&lines)
}

/// Says once in a transaction that the policy could not be read.
fn unread_once(policy: &Policy) -> Option<Line> {
    let line = policy::unread().filter(|_| policy.mode != engine::policy::Mode::Off)?;
    memory::report_once(&line.message).then_some(line)
}

fn judge(event: Event, in_block: bool) -> Option<Judged> {
    let policy = policy::current()?;
    guc::fail_if_asked();
    let snapshot = ActiveSnapshot::ensure();
    let mut transaction = facts::transaction_with_locks(in_block);
    let (mut findings, mut rewrites, mut locks, mut deeds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut awaits, mut work) = (false, None);
    let may_give = transaction.auto_lock_timeout_ms > 0 && transaction.lock_timeout_ms == 0;
    for node in facts::elements(event.parsetree) {
        if !facts::judged_node(node) {
            continue;
        }
        let statement = facts::statement(node);
        facts::add_locks_held_on(&mut transaction, &statement);
        let surroundings = Surroundings {
            moment: engine::context::Moment::Start,
            server_version_num: session::server_version_num(),
            transaction: &transaction,
            policy: &policy,
        };
        findings.extend(judge::statement(&statement, &surroundings));
        deeds.extend(facts::deeds(&statement));
        awaits |= may_give && judge::awaits_strong_lock(&statement, &surroundings);
        let impact = &statement.impact;
        let by_cascade = |(_, command): (usize, &AlterCommand)| {
            matches!(
                command,
                AlterCommand::DropColumn { cascade: true, .. } | AlterCommand::DropConstraint { cascade: true, .. }
            )
        };
        // The lock outlives the relation only where more statements follow.
        let drops = in_block && (matches!(statement.ddl, Ddl::Drop(_)) || statement.commands().any(by_cascade));
        work = measurable(impact);
        rewrites.extend(
            impact
                .effects
                .iter()
                // What the event `table_rewrite` is not for, or is not noted for: see `rewritten`.
                .filter(|effect| matches!(effect.work, Work::Rewrite(_)) && !event.refreshes())
                .filter(|effect| effect.relation.persistence != Persistence::Temporary)
                .map(|effect| Oid::from(effect.relation.oid)),
        );
        locks.extend(
            impact.touches.iter().filter(|touch| touch.lock >= memory::STRONG && touch.relation.oid != 0).map(
                |touch| {
                    let dropped = drops.then(|| touch.relation.clone());
                    dropped.iter().for_each(Relation::load);
                    (Oid::from(touch.relation.oid), touch.lock, statement.tag.clone(), dropped)
                },
            ),
        );
    }
    snapshot.pop();
    drop_doubles(&mut rewrites);
    Some(Judged { policy, findings, rewrites, locks, deeds, awaits, work })
}

/// The work of a statement whose time will say how fast the server is: large, known, and nothing but the server's own.
fn measurable(impact: &Impact) -> Option<Workload> {
    let large = impact.effects.iter().any(|effect| effect.relation.size.bytes >= LEAST_BYTES);
    if !large || impact.several_transactions || !impact.unknown.is_empty() || !impact.works.plain {
        return None;
    }
    impact.works.total().filter(|total| total.total() >= LEAST_BYTES)
}

fn drop_doubles(oids: &mut Vec<Oid>) {
    oids.sort_unstable_by_key(|oid| oid.to_u32());
    oids.dedup();
}

/// A table is about to be written anew.
fn rewrite(_: Event, fcinfo: FunctionCallInfo) -> *mut Message {
    // SAFETY: called for the event `table_rewrite` only, with the server's own call.
    if let Some(table) = unsafe { event::rewritten(fcinfo) } {
        memory::innermost(|running| running.actual_rewrites.push(table));
        memory::work_begins();
    }
    std::ptr::null_mut()
}

/// Objects were dropped: their names are kept for the log, where there will be a row.
fn drop(_: Event, _: FunctionCallInfo) -> *mut Message {
    let log = guc::log_ddl();
    let mut recorded = false;
    memory::innermost(|running| {
        recorded = log == LogDdl::All || log == LogDdl::Findings && !running.findings.is_empty()
    });
    if !recorded {
        return std::ptr::null_mut();
    }
    match attempt(set::dropped) {
        Ok(dropped) => {
            memory::innermost(|running| running.dropped.extend(dropped));
            std::ptr::null_mut()
        }
        Err(failure) => {
            report::messages(&[Line::failure("pg_architect could not note what this statement dropped", &failure)])
        }
    }
}

/// The statement is done: what it did is compared with what was predicted, and recorded.
fn end(event: Event, _: FunctionCallInfo) -> *mut Message {
    let Some(mut running) = memory::end(event.key()) else { return std::ptr::null_mut() };
    lock_timeout::take_back(running.lock_timeout);
    let mut lines: Vec<Line> = running.failure.take().into_iter().collect();
    let measurement = measured_work::of(&running);
    drop_doubles(&mut running.actual_rewrites);
    let surprising = running.judged && running.predicted_rewrites != running.actual_rewrites;
    if surprising {
        lines.push(surprise(&event, &running));
    }
    let recorded = match guc::log_ddl() {
        LogDdl::None => false,
        // Under a broken glass the whole transaction is of interest.
        LogDdl::Findings => surprising || !running.findings.is_empty() || memory::broken_glass().is_some(),
        LogDdl::All => true,
    };
    // A statement without a transaction id changed nothing (IF EXISTS that missed), and we do not give it one; but of several
    // transactions the last may be the one without.
    if recorded && (running.several_transactions || session::has_transaction_id()) {
        if !session::writable() {
            // REINDEX may run in a read-only transaction.
            lines.push(Line::new(
                Level::Log,
                report::FINDING,
                format!("{} ended in a read-only transaction and has no row in architect.ddl_log", event.tag()),
            ));
        } else if let Err(failure) = attempt(|| {
            let snapshot = ActiveSnapshot::ensure();
            // What was dropped is known from `sql_drop`; DROP does nothing else.
            let mut objects = if event.drops() { Vec::new() } else { set::commands() };
            objects.append(&mut running.dropped);
            ddl_log::statement(&event.tag(), objects, &running);
            snapshot.pop();
        }) {
            lines.push(Line::failure("pg_architect could not record this statement in architect.ddl_log", &failure));
        }
    }
    if let Some(measurement) = measurement.filter(|_| session::has_transaction_id() && session::writable())
        && let Err(failure) = attempt(|| {
            let snapshot = ActiveSnapshot::ensure();
            measured_work::add(&event.tag(), &measurement);
            snapshot.pop();
        })
    {
        lines.push(Line::failure("pg_architect could not record this statement in architect.measured_work", &failure));
    }
    report::messages(&lines)
}

fn surprise(event: &Event, running: &Running) -> Line {
    let list = |oids: &[Oid]| match oids {
        [] => "none".to_owned(),
        oids => oids.iter().map(|oid| oid.to_u32().to_string()).collect::<Vec<_>>().join(", "),
    };
    Line::new(
        Level::Log,
        report::GUARD_FAILED,
        format!("the tables that {} wrote anew are not those that pg_architect predicted", event.tag()),
    )
    .detail(format!(
        "Predicted, by OID: {}. Written anew: {}.",
        list(&running.predicted_rewrites),
        list(&running.actual_rewrites)
    ))
    .hint("Please report the statement as a bug of pg_architect.")
}

/// The trigger on our policy tables: changes by plain SQL, COPY of a restore included, reach every session.
///
/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pg_architect_policy_changed(fcinfo: FunctionCallInfo) -> Datum {
    // SAFETY: called by the server; this frame holds nothing.
    unsafe {
        report::guarded(|| {
            let context = (*fcinfo).context;
            if !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_TriggerData {
                let data = &*context.cast::<pg_sys::TriggerData>();
                crate::pg::table::invalidate((*data.tg_relation).rd_id);
            }
            std::ptr::null_mut()
        });
    }
    Datum::null()
}

#[doc(hidden)]
#[unsafe(no_mangle)]
pub extern "C" fn pg_finfo_pg_architect_policy_changed() -> &'static pg_sys::Pg_finfo_record {
    crate::pg::function::INFO
}
