//! What the guard remembers of the transaction at hand, rolled back with its subtransactions; and, of the session, the findings
//! that were shown last.
//!
//! Nothing in here calls the server while the memory is borrowed: a callback can come in the middle of anything.

use engine::estimate::Workload;
use engine::facts::{Function, LockMode, LostConstraint, NewValue, Relation, RenamedColumn, RenamedObject, Worked};
use engine::finding::Finding;
use engine::hash::QuickSet;
use pgrx::pg_sys;
use pgrx::pg_sys::Oid;
use std::cell::RefCell;

/// The subtransaction that every transaction begins with.
const TOP: u32 = 1;

/// The most objects that are remembered. A transaction that touches more is judged for the first ones, and says so.
pub const MOST_TOUCHED: usize = 200_000;

/// The most findings that `architect.last_findings()` shows.
const MOST_FINDINGS: usize = 1_000;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// It was created.
    Created,
    /// It was changed.
    Altered,
    /// It was dropped.
    Dropped,
}

/// An object that the transaction touched.
#[derive(Clone, Debug)]
pub struct Touched {
    /// Its catalog: `pg_class`, `pg_constraint`, `pg_proc`, `pg_publication` and its kin, `pg_index` for an index whose state was
    /// changed, or `pg_inherits` for a table that got or lost partitions.
    pub class: Oid,
    /// Its OID.
    pub object: Oid,
    /// The column; 0 for the whole object.
    pub sub: i32,
    /// What happened.
    pub how: How,
    /// For an index or a primary key that was dropped: its table, looked up while it still had one. Invalid otherwise.
    pub relation: Oid,
    /// For an index that was dropped: its key columns.
    pub keys: Vec<i16>,
    /// For a constraint or a unique index that was dropped: what it was, and of which table.
    pub lost: Option<(Oid, LostConstraint)>,
    /// What an altered column was like before.
    pub before: Option<ColumnBefore>,
    /// The subtransaction in which it happened.
    pub subtransaction: u32,
}

/// The name that a relation had before this transaction changed something about it: it was renamed or moved if its name differs
/// when the transaction ends.
#[derive(Clone, Debug)]
pub struct RenamedNote {
    /// The relation.
    pub relation: Oid,
    /// Its schema then, which may have another name by now.
    pub old_schema: Oid,
    /// Its name then.
    pub old_name: String,
    /// The subtransaction in which it was noted.
    pub(super) subtransaction: u32,
}

/// A column before it was altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnBefore {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: Oid,
    /// The type's modifier.
    pub modifier: i32,
}

/// A strong lock that a judged statement took.
#[derive(Clone, Debug)]
pub struct LockNote {
    /// The relation.
    pub relation: Oid,
    /// The mode.
    pub mode: LockMode,
    /// The statement's tag.
    pub tag: String,
    /// The relation as it was before a DROP: the lock stays when it is gone.
    pub dropped: Option<Relation>,
    /// When: microseconds since 2000.
    pub since: i64,
    pub(super) subtransaction: u32,
}

/// What a judged statement did that a later one, or the commit, is told of.
#[derive(Clone, Debug)]
pub enum Deed {
    /// CREATE TABLE AS, SELECT INTO: the schema and the name.
    CreatedAs(String, String),
    /// It wrote a table anew, or read all of it.
    Worked(Worked),
    /// It gave an enum a value.
    Value(NewValue),
    /// It dropped a table or a view by name: as it was.
    Dropped(Relation),
    /// It dropped a function by name: as it was.
    DroppedFunction(Function),
    /// It gave a column another name.
    RenamedColumn(RenamedColumn),
    /// It gave a type, a domain, a schema or a routine another name.
    RenamedObject(RenamedObject),
    /// It changed who may do what with a relation, or which of its rows.
    Rights(Oid),
    /// It changed the replica identity of a table.
    Identity(Oid),
    /// It opened something to PUBLIC.
    Opened(crate::facts::OpenedNote),
    /// It dropped the default of a column that existed before: the table, the column's number, the default.
    LostDefault(Oid, i16, String),
}

/// A statement that runs now, between its `ddl_command_start` and its `ddl_command_end`.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// Its parse tree's address.
    pub key: usize,
    /// It commits in several transactions.
    pub several_transactions: bool,
    /// It is REFRESH MATERIALIZED VIEW: DDL inside it is PostgreSQL's own.
    pub refreshes: bool,
    /// What was found before its lock.
    pub findings: Vec<Finding>,
    /// It was judged, so that the rewrites below were predicted.
    pub judged: bool,
    /// Why it could not be judged: said when it is done, if it gets that far.
    pub failure: Option<crate::pg::report::Line>,
    /// The tables that it was predicted to write anew.
    pub predicted_rewrites: Vec<Oid>,
    /// Those that it did write anew.
    pub actual_rewrites: Vec<Oid>,
    /// What it dropped.
    pub dropped: Vec<String>,
    /// The `lock_timeout` that it was given for its own time, in milliseconds; 0 for none.
    pub lock_timeout: i32,
    /// Its work, where that is large and plain enough for its time to be a measurement.
    pub work: Option<Workload>,
    /// When the work began, behind the wait for its lock: microseconds since 2000; 0 while it has not.
    pub work_began: i64,
    pub(super) subtransaction: u32,
}

#[derive(Default)]
struct Memory {
    touched: Vec<Touched>,
    known: QuickSet<(u32, u32, i32, How)>,
    overflowed: bool,
    renamed: Vec<RenamedNote>,
    locks: Vec<LockNote>,
    deeds: Vec<(Deed, u32)>,
    running: Vec<Running>,
    reported: QuickSet<String>,
    break_glass: Vec<(String, u32)>,
    /// A statement of the transaction committed parts of it already: it can no longer be stopped without damage.
    parts_committed: bool,
    /// The transaction has found something: its findings are added to the list and do not begin a new one.
    found: bool,
    last_findings: Vec<Finding>,
    told_unarmed: bool,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Memory) -> T) -> T {
    MEMORY.with(|memory| work(&mut memory.borrow_mut()))
}

/// Notes an object, once.
pub fn note(touched: Touched) {
    with(|memory| {
        if memory.touched.len() >= MOST_TOUCHED {
            memory.overflowed = true;
            return;
        }
        if memory.known.insert((touched.class.to_u32(), touched.object.to_u32(), touched.sub, touched.how)) {
            memory.touched.push(touched);
        }
    });
}

/// Whether the object is noted already.
pub fn is_noted(class: Oid, object: Oid, sub: i32, how: How) -> bool {
    with(|memory| memory.known.contains(&(class.to_u32(), object.to_u32(), sub, how)))
}

/// The objects that the transaction touched, in the order in which it did.
pub fn touched() -> Vec<Touched> {
    with(|memory| memory.touched.clone())
}

/// Whether the transaction did nothing that its commit would be judged for.
pub fn is_empty() -> bool {
    with(|memory| memory.touched.is_empty() && memory.locks.is_empty() && memory.deeds.is_empty())
}

/// Whether the transaction touched more than is remembered.
pub fn overflowed() -> bool {
    with(|memory| memory.overflowed)
}

/// Notes the name of a relation before it changes, once, and not for a relation of this very transaction.
pub fn note_name(relation: Oid, name: impl FnOnce() -> Option<(Oid, String)>) {
    let class = pg_sys::RelationRelationId.to_u32();
    let known = with(|memory| {
        memory.known.contains(&(class, relation.to_u32(), 0, How::Created))
            || memory.renamed.iter().any(|note| note.relation == relation)
    });
    if known {
        return;
    }
    if let Some((old_schema, old_name)) = name() {
        let subtransaction = crate::pg::session::subtransaction();
        with(|memory| memory.renamed.push(RenamedNote { relation, old_schema, old_name, subtransaction }));
    }
}

/// The names that relations had before the transaction changed something about them.
pub fn renamed() -> Vec<RenamedNote> {
    with(|memory| memory.renamed.clone())
}

/// Notes the strong locks that a statement takes, by relation, mode and tag, from now on; the earliest note of a relation and a mode
/// counts, and none of a weaker mode comes after it.
pub fn note_locks(locks: Vec<(Oid, LockMode, String, Option<Relation>)>) {
    if locks.is_empty() {
        return;
    }
    let (since, subtransaction) = (crate::pg::session::now(), crate::pg::session::subtransaction());
    with(|memory| {
        for (relation, mode, tag, dropped) in locks {
            let mut known = memory.locks.iter_mut().filter(|note| note.relation == relation).peekable();
            let is_new = known.peek().is_none();
            let mut stronger = true;
            for note in known {
                stronger &= note.mode < mode;
                note.dropped = dropped.clone().or(note.dropped.take());
            }
            if is_new || stronger {
                memory.locks.push(LockNote { relation, mode, tag, dropped, since, subtransaction });
            }
        }
    });
}

/// The strong locks that judged statements of the transaction took.
pub fn locks() -> Vec<LockNote> {
    with(|memory| memory.locks.clone())
}

/// The most deeds that are remembered: each is one object of one statement.
const MOST_DEEDS: usize = 10_000;

/// Notes what a statement is about to do.
pub fn note_deeds(deeds: Vec<Deed>) {
    if deeds.is_empty() {
        return;
    }
    let subtransaction = crate::pg::session::subtransaction();
    with(|memory| {
        let room = MOST_DEEDS.saturating_sub(memory.deeds.len());
        memory.deeds.extend(deeds.into_iter().take(room).map(|deed| (deed, subtransaction)));
    });
}

/// What the statements of the transaction did, in order: a copy of everything, for its end.
pub fn deeds() -> Vec<Deed> {
    with(|memory| memory.deeds.iter().map(|(deed, _)| deed.clone()).collect())
}

/// The deeds of one kind: what every statement asks for is not copied together with the rest.
fn deeds_that<T>(pick: impl Fn(&Deed) -> Option<T>) -> Vec<T> {
    with(|memory| memory.deeds.iter().filter_map(|(deed, _)| pick(deed)).collect())
}

/// How many of the last deeds `drops` looks at: enough for one statement, and few enough to ask for each of its objects.
const LAST_DEEDS: usize = 64;

/// Whether one of the last judged statements drops this table by its name. `false` where that was too long ago.
pub fn drops(table: Oid) -> bool {
    with(|memory| {
        let mut last = memory.deeds.iter().rev().take(LAST_DEEDS);
        last.any(|(deed, _)| matches!(deed, Deed::Dropped(relation) if relation.oid == table.to_u32()))
    })
}

/// The values that the transaction gave enums.
pub fn new_values() -> Vec<NewValue> {
    deeds_that(|deed| match deed {
        Deed::Value(value) => Some(value.clone()),
        _ => None,
    })
}

/// The costly work that statements of the transaction did.
pub fn worked() -> Vec<Worked> {
    deeds_that(|deed| match deed {
        Deed::Worked(worked) => Some(worked.clone()),
        _ => None,
    })
}

/// The columns that got another name.
pub fn renamed_columns() -> Vec<RenamedColumn> {
    deeds_that(|deed| match deed {
        Deed::RenamedColumn(renamed) => Some(renamed.clone()),
        _ => None,
    })
}

/// The weakest lock that `note_locks` is called for: SHARE, the first that makes writers wait.
pub const STRONG: LockMode = LockMode::Share;

/// A statement begins. What is left of statements that never came to an end, because their `ddl_command_end` is disabled, goes.
pub fn begin(mut running: Running) {
    running.subtransaction = crate::pg::session::subtransaction();
    with(|memory| {
        if let Some(stale) = memory.running.iter().position(|r| r.key == running.key || r.several_transactions) {
            memory.running.truncate(stale);
        }
        memory.running.push(running);
    });
}

/// Changes what is remembered of the innermost statement that runs; nothing happens if there is none.
pub fn innermost(work: impl FnOnce(&mut Running)) {
    with(|memory| {
        if let Some(running) = memory.running.last_mut() {
            work(running);
        }
    });
}

/// A first sign that the innermost statement has its lock and works: what it changes is being changed.
pub fn work_begins() {
    let waited_for = with(|memory| memory.running.last().is_some_and(|r| r.work.is_some() && r.work_began == 0));
    if waited_for {
        let now = crate::pg::session::now();
        innermost(|running| running.work_began = now);
    }
}

/// A statement ends; what is remembered of it, where it is. Statements inside it that never ended go too.
pub fn end(key: usize) -> Option<Running> {
    with(|memory| {
        let at = memory.running.iter().rposition(|running| running.key == key)?;
        memory.running.drain(at..).next()
    })
}

/// A REFRESH MATERIALIZED VIEW runs.
pub fn refreshing() -> bool {
    with(|memory| memory.running.iter().any(|running| running.refreshes))
}

/// The transaction is the last of several that one statement made.
pub fn parts_committed() -> bool {
    with(|memory| memory.parts_committed)
}

/// Whether the finding is new in this transaction; it no longer is after this.
pub fn report_once(fingerprint: &str) -> bool {
    with(|memory| memory.reported.insert(fingerprint.to_owned()))
}

/// Remembers findings for `architect.last_findings()`: those of one transaction.
pub fn remember(findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    with(|memory| {
        if !memory.found {
            memory.last_findings.clear();
            memory.found = true;
        }
        let room = MOST_FINDINGS.saturating_sub(memory.last_findings.len());
        memory.last_findings.extend(findings.iter().take(room).cloned());
    });
}

/// The findings of the last transaction of this session that had any.
pub fn last_findings() -> Vec<Finding> {
    with(|memory| memory.last_findings.clone())
}

/// Breaks the glass, until the transaction or the subtransaction is rolled back or the transaction ends.
pub fn break_glass(reason: String) {
    let subtransaction = crate::pg::session::subtransaction();
    with(|memory| memory.break_glass.push((reason, subtransaction)));
}

/// The reason for which the glass is broken.
pub fn broken_glass() -> Option<String> {
    with(|memory| memory.break_glass.last().map(|(reason, _)| reason.clone()))
}

/// Whether this session was not yet told that blocking is not armed; it was, after this.
pub fn tell_unarmed_once() -> bool {
    with(|memory| !std::mem::replace(&mut memory.told_unarmed, true))
}

/// A subtransaction committed: what it did counts as its parent's.
pub fn promote(subtransaction: u32, parent: u32) {
    with(|memory| {
        promote_tail(&mut memory.touched, subtransaction, parent);
        promote_tail(&mut memory.renamed, subtransaction, parent);
        promote_tail(&mut memory.locks, subtransaction, parent);
        promote_tail(&mut memory.deeds, subtransaction, parent);
        promote_tail(&mut memory.running, subtransaction, parent);
        promote_tail(&mut memory.break_glass, subtransaction, parent);
    });
}

/// A subtransaction was rolled back: what it did was not done.
pub fn roll_back(subtransaction: u32) {
    with(|memory| {
        let Memory { touched, known, renamed, locks, deeds, running, break_glass, .. } = memory;
        drop_tail(touched, subtransaction, |t| {
            known.remove(&(t.class.to_u32(), t.object.to_u32(), t.sub, t.how));
        });
        drop_tail(renamed, subtransaction, |_| {});
        drop_tail(locks, subtransaction, |_| {});
        drop_tail(deeds, subtransaction, |_| {});
        drop_tail(running, subtransaction, |_| {});
        drop_tail(break_glass, subtransaction, |_| {});
    });
}

/// What belongs to a subtransaction.
///
/// Subtransactions nest and their numbers only grow, so what the one at hand noted is always at the end of a list: its end costs
/// as much as it noted, however much the transaction did before. (The guard itself makes a subtransaction per statement.)
trait Scoped {
    fn scope(&mut self) -> &mut u32;
}

impl Scoped for Touched {
    fn scope(&mut self) -> &mut u32 {
        &mut self.subtransaction
    }
}

impl Scoped for RenamedNote {
    fn scope(&mut self) -> &mut u32 {
        &mut self.subtransaction
    }
}

impl Scoped for LockNote {
    fn scope(&mut self) -> &mut u32 {
        &mut self.subtransaction
    }
}

impl Scoped for Running {
    fn scope(&mut self) -> &mut u32 {
        &mut self.subtransaction
    }
}

impl Scoped for (Deed, u32) {
    fn scope(&mut self) -> &mut u32 {
        &mut self.1
    }
}

impl Scoped for (String, u32) {
    fn scope(&mut self) -> &mut u32 {
        &mut self.1
    }
}

fn promote_tail<T: Scoped>(list: &mut [T], subtransaction: u32, parent: u32) {
    list.iter_mut().rev().map(Scoped::scope).take_while(|s| **s >= subtransaction).for_each(|s| *s = parent);
}

fn drop_tail<T: Scoped>(list: &mut Vec<T>, subtransaction: u32, mut dropped: impl FnMut(&T)) {
    while let Some(last) = list.last_mut() {
        if *last.scope() < subtransaction {
            break;
        }
        dropped(last);
        list.pop();
    }
}

/// A transaction committed. In the middle of a statement that makes several, what it touched is kept for the last one.
pub fn committed(between_transactions: bool) {
    with(|memory| {
        if between_transactions {
            memory.parts_committed = true;
            // The numbers begin anew with the next transaction.
            promote_tail(&mut memory.touched, TOP, TOP);
            promote_tail(&mut memory.renamed, TOP, TOP);
            promote_tail(&mut memory.running, TOP, TOP);
            promote_tail(&mut memory.break_glass, TOP, TOP);
            memory.locks.clear();
            memory.deeds.clear();
        } else {
            memory.forget();
        }
    });
}

/// A transaction was rolled back, or prepared.
pub fn over() {
    with(Memory::forget);
}

impl Memory {
    fn forget(&mut self) {
        // The collections of an ordinary transaction keep their memory; those of a huge one give it back.
        fn clear<T>(list: &mut Vec<T>) {
            list.clear();
            list.shrink_to(1_024);
        }
        clear(&mut self.touched);
        self.known.clear();
        self.known.shrink_to(1_024);
        clear(&mut self.renamed);
        clear(&mut self.locks);
        clear(&mut self.deeds);
        clear(&mut self.running);
        self.reported.clear();
        self.reported.shrink_to(1_024);
        self.break_glass.clear();
        self.overflowed = false;
        self.parts_committed = false;
        self.found = false;
    }
}
