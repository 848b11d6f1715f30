//! Predicted against actual: what `architect.explain_ddl` says a statement will do, and what PostgreSQL then does.
//!
//! For each generated case: BEGIN, ask `explain_ddl`, run the statement, look at what it did, ROLLBACK. Compared are
//!
//! - locks: the strongest mode by relation in `pg_locks`, for the relations that were there before (tables, partitions, views,
//!   materialised views, indexes, sequences; no TOAST tables, no system catalogs). ROW SHARE and stronger must be the same in
//!   both directions. ACCESS SHARE is left out on both sides: every query takes it, and only ACCESS EXCLUSIVE, which is then
//!   held by somebody else, makes it wait.
//! - rewrites: tables and materialised views whose file (`pg_relation_filenode`) is another one.
//! - scans: tables that were read from end to end (`pg_stat_get_xact_numscans`) and not written anew. An index build reads
//!   its table too, so what is compared is 'scan or build'. Not counted are tables that a query of the statement reads under
//!   ACCESS SHARE, and the referenced table of a foreign key that is checked (the planner chooses how to read it).
//! - index rebuilds: existing indexes whose file is another one although that of their table is not.
//! - index builds: new indexes on tables that were there, by table.
//! - refusals: CONCURRENTLY, USING INDEX and REFRESH forms that the server refuses.
//!
//! Besides, `explain_ddl` must have an answer (nothing unknown, no warning), and must itself lock no relation of the fixture
//! and take no transaction id.
//!
//! Forms that cannot run in a transaction block run while other sessions hold, on each table, the weakest lock in the way of
//! what is said of it (EXCLUSIVE where nothing is said), and one that is in the way of stronger locks only; a third session
//! looks at the locks that the statement holds and awaits, and lets those holders go that it waits for. What such a form does
//! to indexes is compared, the locks that it takes on them are not: no session can hold a lock on an index alone. (When its
//! work is done it locks the old index ACCESS EXCLUSIVE for an instant, at a time when nobody uses that any more.
//! `explain_ddl` does not tell that.)
//!
//! `PREDICTED=attach/range cargo test -p pg_architect_tests --test predicted` runs the cases whose name contains the text.

#[path = "predicted/boundaries.rs"]
mod boundaries;
#[path = "predicted/case.rs"]
mod case;
#[path = "predicted/columns.rs"]
mod columns;
#[path = "predicted/constraints.rs"]
mod constraints;
#[path = "predicted/indexes.rs"]
mod indexes;
#[path = "predicted/maintenance.rs"]
mod maintenance;
#[path = "predicted/matrix.rs"]
mod matrix;
#[path = "predicted/measure.rs"]
mod measure;
#[path = "predicted/others.rs"]
mod others;
#[path = "predicted/partitions.rs"]
mod partitions;
#[path = "predicted/shapes.rs"]
mod shapes;
#[path = "predicted/statements.rs"]
mod statements;
#[path = "predicted/types.rs"]
mod types;

use anyhow::{Context, Result, ensure};
use case::{Case, Fixture};
use harness::{Cluster, Db, Session};
use libtest_mimic::{Arguments, Failed, Trial};
use measure::{CLASSES, Difference, Doings, Mode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many cases there are at least.
const ENOUGH: usize = 3000;

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        Trial::test("a_difference_is_seen", a_difference_is_seen),
        Trial::test("predicted_against_actual", predicted_against_actual),
        Trial::test("predicted_before_it_runs_reindex", reindex_fires_event_triggers_from_17_on),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// A boundary that no lock shows: from 17 on the guard is told of a REINDEX before it runs; before, only a text shows it.
fn reindex_fires_event_triggers_from_17_on() -> Result<(), Failed> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = db.connect()?;
    session.batch_execute(
        "SET architect.mode = off; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);
         ANALYZE t; SET architect.mode = warn; SET architect.small_table_rows = 0; SET architect.small_table_bytes = 0",
    )?;
    let told = session.run("REINDEX TABLE t").rules().contains(&"reindex-not-concurrent");
    let in_text: bool = session
        .query_one(
            "SELECT EXISTS (SELECT FROM architect.lint('REINDEX TABLE t') WHERE rule = 'reindex-not-concurrent')",
            &[],
        )?
        .get(0);
    if told != (cluster.major() >= 17) || !in_text {
        return Err(format!("on {}: told {told}, in a text {in_text}", cluster.major()).into());
    }
    Ok(())
}

/// What came of one case.
struct Outcome {
    form: String,
    name: String,
    sql: String,
    actual: Doings,
    differences: Vec<Difference>,
}

fn predicted_against_actual() -> Result<(), Failed> {
    let cluster = Cluster::shared()?;
    let major = cluster.major();
    let version: i32 =
        cluster.connect("postgres")?.query_one("SELECT current_setting('server_version_num')::int", &[])?.get(0);
    let filter = std::env::var("PREDICTED").ok();
    let mut fixtures = fixtures(version.unsigned_abs());
    for fixture in &mut fixtures {
        fixture.cases.retain(|case| {
            case.runs_on(version.unsigned_abs()) && filter.as_deref().is_none_or(|part| case.name.contains(part))
        });
    }
    fixtures.retain(|fixture| fixture.since <= major && !fixture.cases.is_empty());
    let mut names: Vec<&str> =
        fixtures.iter().flat_map(|fixture| &fixture.cases).map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    let twice: Vec<&str> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    if !twice.is_empty() {
        return Err(format!("two cases have the same name: {}", twice.join(", ")).into());
    }

    once_per_cluster(&cluster)?;
    let started = Instant::now();
    let outcomes = run(&cluster, fixtures).map_err(|error| format!("{error:#}"))?;
    summarise(major, &outcomes, started.elapsed());
    let different = outcomes.iter().filter(|outcome| !outcome.differences.is_empty()).count();
    if different > 0 {
        return Err(format!("{different} of {} cases differ", outcomes.len()).into());
    }
    if filter.is_none() {
        enough(&outcomes)?;
    }
    Ok(())
}

fn fixtures(version: u32) -> Vec<Fixture> {
    [
        types::fixtures(),
        partitions::fixtures(),
        columns::fixtures(),
        constraints::fixtures(),
        indexes::fixtures(),
        others::fixtures(),
        shapes::fixtures(),
        maintenance::fixtures(),
        matrix::fixtures(),
        statements::fixtures(),
        boundaries::fixtures(version),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What belongs to no database.
fn once_per_cluster(cluster: &Cluster) -> Result<()> {
    let mut admin = cluster.connect("postgres")?;
    let there = |admin: &mut Session, query: &str| -> Result<bool> { Ok(admin.query_one(query, &[])?.get(0)) };
    for role in ["predicted_owner", "predicted_idle"] {
        if !there(&mut admin, &format!("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"))? {
            admin.batch_execute(&format!("CREATE ROLE {role}"))?;
        }
    }
    if !there(&mut admin, "SELECT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'predicted')")? {
        admin.batch_execute("SET allow_in_place_tablespaces = on")?;
        admin.batch_execute("CREATE TABLESPACE predicted LOCATION ''")?;
    }
    Ok(())
}

/// Runs all fixtures, two at a time, each thread in a database of its own: the forms CONCURRENTLY wait for the snapshots of
/// their own database.
fn run(cluster: &Arc<Cluster>, fixtures: Vec<Fixture>) -> Result<Vec<Outcome>> {
    let queue = Mutex::new(fixtures.into_iter());
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    let db = cluster.database()?;
                    let mut session = db.connect()?;
                    session.batch_execute("CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler")?;
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(fixture) = next else { return Ok(()) };
                        let done = run_fixture(&db, &mut session, &fixture).unwrap_or_else(|error| {
                            let difference = Difference::other(format!("{error:#}"));
                            vec![Outcome {
                                form: "fixtures".to_owned(),
                                name: format!("fixtures/{}", fixture.name),
                                sql: String::new(),
                                actual: Doings::default(),
                                differences: vec![difference],
                            }]
                        });
                        outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(done);
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    Ok(outcomes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn run_fixture(db: &Db, session: &mut Session, fixture: &Fixture) -> Result<Vec<Outcome>> {
    if let Some(extension) = fixture.extension {
        let available: bool = session
            .query_one("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", &[&extension])?
            .get(0);
        if !available {
            eprintln!("left out: {} (the server has no {extension})", fixture.name);
            return Ok(Vec::new());
        }
        session.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public"))?;
    }
    make(session, fixture)?;
    let pid: i32 = session.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    let mut outcomes = Vec::new();
    for case in &fixture.cases {
        let (actual, differences) = if case.alone {
            let result = run_alone(db, session, case);
            make(session, fixture)?;
            result
        } else {
            let result = run_in_block(session, pid, case);
            session.batch_execute("ROLLBACK")?;
            result
        }
        .with_context(|| format!("{}: {}", case.name, case.sql))?;
        outcomes.push(Outcome {
            form: case.form().to_owned(),
            name: case.name.clone(),
            sql: case.sql.clone(),
            actual,
            differences,
        });
    }
    Ok(outcomes)
}

/// Makes the fixture.
fn make(session: &mut Session, fixture: &Fixture) -> Result<()> {
    session.batch_execute(
        "SET client_min_messages = warning;
         SET architect.mode = off;
         -- The check of a foreign key reads the referencing table from end to end, and not through some index.
         SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
         DROP SCHEMA IF EXISTS f, f2, f3 CASCADE;
         CREATE SCHEMA f; CREATE SCHEMA f2; SET search_path = f, public; SET TimeZone = 'UTC'; SET allow_system_table_mods = on",
    )?;
    session.batch_execute(&fixture.setup).map_err(|error| anyhow::anyhow!("it cannot be made: {}", words(&error)))?;
    session.batch_execute("SET allow_system_table_mods = off")?;
    Ok(())
}

/// A case in a transaction block.
fn run_in_block(session: &mut Session, pid: i32, case: &Case) -> Result<(Doings, Vec<Difference>)> {
    session.batch_execute("BEGIN")?;
    if let Some(before) = &case.before {
        session.batch_execute(before)?;
    }
    let relations = measure::relations(session)?;
    let prediction = match measure::predict(session, &case.sql, &relations) {
        Ok(prediction) => prediction,
        // What this version has no words for, both refuse.
        Err(error) if case.expected.is_some_and(|expected| expected.contains("syntax error")) => {
            let refused = format!("{error:#}").contains("syntax error");
            let differences = if refused { vec![] } else { vec![Difference::other(format!("{error:#}"))] };
            let Err(error) = session.batch_execute(&case.sql) else {
                return Ok((Doings::default(), vec![Difference::other("the server takes it")]));
            };
            let taken = Doings { refused: true, ..Doings::default() };
            return Ok(failed(case, &taken, differences, &error));
        }
        Err(error) => {
            return Ok((Doings::default(), vec![Difference::other(format!("explain_ddl failed: {error:#}"))]));
        }
    };
    let mut differences: Vec<Difference> = prediction.open.iter().map(Difference::other).collect();
    let locked = measure::locks(session, pid)?;
    for relation in relations.iter().filter(|relation| locked.contains_key(&relation.oid)) {
        differences.push(Difference::other(format!("explain_ddl itself locks {}", relation.name)));
    }
    let xid: Option<String> = session.query_one("SELECT pg_current_xact_id_if_assigned()::text", &[])?.get(0);
    if xid.is_some() {
        differences.push(Difference::other("explain_ddl takes a transaction id"));
    }
    if let Err(error) = session.batch_execute(&case.sql) {
        return Ok(failed(case, &prediction.doings, differences, &error));
    }
    let after = measure::relations(session)?;
    let locks = measure::locks(session, pid)?;
    let mut actual = measure::actual(&relations, &after, &locks, &prediction);
    if case.form() == "truncate" {
        // It gives the tables and their indexes new, empty files: nothing is read or written.
        actual.rewrites.clear();
        actual.rebuilds.clear();
        actual.scans.clear();
    }
    if case.refused {
        differences.push(Difference::other("meant to be refused, but the server took it"));
    }
    if let Some(expected) = case.expected.filter(|expected| *expected != actual.words()) {
        differences.push(Difference::other(format!("expected: {expected}\n    actual:   {}", actual.words())));
    }
    differences.extend(measure::compare(&prediction.doings, &actual));
    Ok((actual, differences))
}

/// The server's own words.
fn words(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The server refused the statement.
fn failed(
    case: &Case,
    predicted: &Doings,
    mut differences: Vec<Difference>,
    error: &postgres::Error,
) -> (Doings, Vec<Difference>) {
    let actual = Doings { refused: true, ..Doings::default() };
    if !case.refused {
        differences.push(Difference::other(format!("the server refuses the case: {}", words(error))));
    }
    if let Some(expected) = case.expected.and_then(|expected| expected.strip_prefix("refused: "))
        && !words(error).contains(expected)
    {
        differences.push(Difference::other(format!("expected: {expected}\n    actual:   {}", words(error))));
    }
    // What a refused statement would have locked is not to be known.
    let predicted = Doings { refused: predicted.refused, ..Doings::default() };
    differences.extend(measure::compare(&predicted, &actual));
    (actual, differences)
}

/// A case outside of a transaction block, in a session of its own, while others hold what it waits for.
fn run_alone(db: &Db, session: &mut Session, case: &Case) -> Result<(Doings, Vec<Difference>)> {
    let relations = measure::relations(session)?;
    let prediction = measure::predict(session, &case.sql, &relations)?;
    let mut differences: Vec<Difference> = prediction.open.iter().map(Difference::other).collect();
    let mut runner = db.connect()?;
    runner.batch_execute("SET architect.mode = off; SET search_path = f, public; SET statement_timeout = '60s'")?;
    let pid: i32 = runner.query_one("SELECT pg_backend_pid()", &[])?.get(0);

    // A lock that is held for an instant only would be seen by luck if nothing were in its way. For each table: one session that
    // holds the weakest lock in the way of what is said (of any that is compared, where nothing is said), and one that holds a
    // lock that lets this pass but no stronger one.
    let mut holders = BTreeMap::new();
    for relation in relations.iter().filter(|rel| matches!(rel.kind, 'r' | 'p') && !prediction.doings.refused) {
        let said = prediction.doings.locks.get(&relation.name).map(|mode| measure::mode_name(*mode));
        let held: &[&str] = match said {
            None => &["EXCLUSIVE"],
            Some("ROW SHARE") => &["EXCLUSIVE", "ACCESS SHARE"],
            Some("ROW EXCLUSIVE") => &["SHARE", "ROW SHARE"],
            Some("SHARE UPDATE EXCLUSIVE") => &["SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE"],
            Some("SHARE" | "SHARE ROW EXCLUSIVE") => &["ROW EXCLUSIVE", "ROW SHARE"],
            Some("EXCLUSIVE") => &["ROW SHARE", "ACCESS SHARE"],
            Some(_) => &["ACCESS SHARE"],
        };
        for mode in held {
            let mut holder = db.connect()?;
            let holder_pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[])?.get(0);
            holder.batch_execute(&format!("BEGIN; LOCK TABLE ONLY {} IN {mode} MODE", relation.name))?;
            holders.insert(holder_pid, holder);
        }
    }
    let mut locks: BTreeMap<u32, Mode> = BTreeMap::new();
    let result = std::thread::scope(|scope| -> Result<_> {
        let statement = scope.spawn(move || runner.batch_execute(&case.sql));
        let deadline = Instant::now() + Duration::from_secs(30);
        while !statement.is_finished() {
            // Seen to wait before and after the look at its locks, it holds and awaits what was seen.
            let in_the_way: Vec<i32> = session.query_one("SELECT pg_blocking_pids($1)", &[&pid])?.get(0);
            for (oid, mode) in measure::locks(session, pid)? {
                let entry = locks.entry(oid).or_insert(mode);
                *entry = mode.max(*entry);
            }
            for holder in in_the_way {
                if let Some(mut holder) = holders.remove(&holder) {
                    holder.batch_execute("ROLLBACK")?;
                }
            }
            ensure!(Instant::now() < deadline, "the statement neither waits for a holder nor ends");
            std::thread::sleep(Duration::from_millis(2));
        }
        statement.join().map_err(|_| anyhow::anyhow!("a thread panicked"))
    })?;
    if let Err(error) = result {
        return Ok(failed(case, &prediction.doings, differences, &error));
    }
    let after = measure::relations(session)?;
    let mut actual = measure::actual(&relations, &after, &locks, &prediction);
    let mut predicted = prediction.doings;
    // The counters of another session are not to be seen in time.
    predicted.scans.clear();
    actual.scans.clear();
    // Nothing makes the statement wait for its lock on an index or a materialised view (LOCK TABLE does not take them).
    let tables: BTreeSet<&str> =
        relations.iter().filter(|rel| matches!(rel.kind, 'r' | 'p')).map(|rel| rel.name.as_str()).collect();
    predicted.locks.retain(|name, _| tables.contains(name.as_str()));
    actual.locks.retain(|name, _| tables.contains(name.as_str()));
    if case.refused {
        differences.push(Difference::other("meant to be refused, but the server took it"));
    }
    if let Some(expected) = case.expected.filter(|expected| *expected != actual.words()) {
        differences.push(Difference::other(format!("expected: {expected}\n    actual:   {}", actual.words())));
    }
    differences.extend(measure::compare(&predicted, &actual));
    Ok((actual, differences))
}

fn summarise(major: u32, outcomes: &[Outcome], took: Duration) {
    for outcome in outcomes.iter().filter(|outcome| !outcome.differences.is_empty()) {
        eprintln!("\n{}\n    {}", outcome.name, outcome.sql);
        for difference in &outcome.differences {
            eprintln!("    {}", difference.text);
        }
    }
    let mut forms: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for outcome in outcomes {
        let (cases, different) = forms.entry(&outcome.form).or_default();
        *cases += 1;
        *different += usize::from(!outcome.differences.is_empty());
    }
    let different = outcomes.iter().filter(|outcome| !outcome.differences.is_empty()).count();
    eprintln!(
        "\nPredicted against actual on PostgreSQL {major}: {} cases, {different} differ, {:.0} s\n",
        outcomes.len(),
        took.as_secs_f64()
    );
    eprintln!("| {:<28} | {:>5} | {:>6} |", "form", "cases", "differ");
    eprintln!("|{:-<30}|{:->6}:|{:->7}:|", "", "", "");
    for (form, (cases, different)) in forms {
        eprintln!("| {form:<28} | {cases:>5} | {different:>6} |");
    }
    eprintln!("\n| {:<28} | {:>5} | {:>6} | {:>6} |", "compared", "there", "absent", "differ");
    eprintln!("|{:-<30}|{:->6}:|{:->7}:|{:->7}:|", "", "", "", "");
    for class in CLASSES {
        let there = outcomes.iter().filter(|outcome| outcome.actual.has(class)).count();
        let different = outcomes.iter().filter(|o| o.differences.iter().any(|d| d.class == Some(class))).count();
        eprintln!("| {:<28} | {there:>5} | {:>6} | {different:>6} |", class.as_str(), outcomes.len() - there);
    }
    let mut modes: BTreeMap<Mode, usize> = BTreeMap::new();
    for mode in outcomes.iter().flat_map(|outcome| outcome.actual.locks.values()) {
        *modes.entry(*mode).or_default() += 1;
    }
    let modes: Vec<String> =
        modes.iter().map(|(mode, count)| format!("{} {count}", measure::mode_name(*mode))).collect();
    eprintln!("\nLocks compared: {}\n", modes.join(", "));
}

/// A comparison that never had anything to compare proves nothing.
fn enough(outcomes: &[Outcome]) -> Result<()> {
    ensure!(outcomes.len() >= ENOUGH, "{} cases are not enough: {ENOUGH} are wanted", outcomes.len());
    for class in CLASSES {
        let there = outcomes.iter().filter(|outcome| outcome.actual.has(class)).count();
        ensure!(there >= 10, "only {there} cases have a {}", class.as_str());
        ensure!(outcomes.len() - there >= 10, "nearly all cases have a {}", class.as_str());
    }
    for mode in ["ROW SHARE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"]
    {
        let seen = outcomes.iter().any(|o| o.actual.locks.values().any(|m| measure::mode_name(*m) == mode));
        ensure!(seen, "no case takes {mode}");
    }
    Ok(())
}

/// The comparison itself: whatever is left out of a prediction, added to it or changed is reported, in its class.
fn a_difference_is_seen() -> Result<(), Failed> {
    let name = || "f.t".to_owned();
    let all = Doings {
        locks: BTreeMap::from([(name(), 4)]),
        rewrites: [name()].into(),
        scans: [name()].into(),
        rebuilds: [name()].into(),
        builds: BTreeMap::from([(name(), 1)]),
        refused: true,
    };
    let none = Doings::default();
    for class in CLASSES {
        let only = |from: &Doings| {
            let mut one = none.clone();
            match class {
                measure::Class::Lock => one.locks.clone_from(&from.locks),
                measure::Class::Rewrite => one.rewrites.clone_from(&from.rewrites),
                measure::Class::Scan => one.scans.clone_from(&from.scans),
                measure::Class::Rebuild => one.rebuilds.clone_from(&from.rebuilds),
                measure::Class::Build => one.builds.clone_from(&from.builds),
                measure::Class::Refusal => one.refused = from.refused,
            }
            one
        };
        let one = only(&all);
        for (predicted, actual, expected) in [(&one, &none, 1), (&none, &one, 1), (&one, &one, 0), (&none, &none, 0)] {
            let differences = measure::compare(predicted, actual);
            let classes: Vec<_> = differences.iter().map(|difference| difference.class).collect();
            if classes != vec![Some(class); expected] {
                return Err(format!("{}: {differences:?}", class.as_str()).into());
            }
        }
    }
    let weaker = Doings { locks: BTreeMap::from([(name(), 3)]), ..all.clone() };
    let more = Doings { builds: BTreeMap::from([(name(), 2)]), ..all.clone() };
    for other in [&weaker, &more] {
        if measure::compare(&all, other).len() != 1 {
            return Err("a weaker lock or one more build is not seen".into());
        }
    }
    Ok(())
}
