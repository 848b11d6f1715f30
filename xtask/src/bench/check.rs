//! `architect.check()` on generated catalogs, beside the time of reading the catalogs once and beside other linters of live
//! databases.

use super::ddl::progress;
use super::figures::{Spread, table};
use super::meter::{self, Times, private_memory};
use anyhow::{Context, Result, bail};
use console::style;
use harness::{Cluster, Session};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The least that anybody who looks at everything must read.
const FLOOR: &str = "SELECT (SELECT count(*) FROM pg_class) + (SELECT count(*) FROM pg_attribute) \
    + (SELECT count(*) FROM pg_index) + (SELECT count(*) FROM pg_constraint) + (SELECT count(*) FROM pg_depend)";

/// Makes `tables` tables with what tables have: keys, references (a third of them without an index), checks, duplicates, and
/// partitions. It commits as it goes, so that the locks fit into the lock table.
const GENERATOR: &str = include_str!("catalog.sql");

/// The longest that another linter may take, in seconds.
const PATIENCE: u32 = 300;

/// Measures catalogs of these sizes, prints the figures, and gives them.
///
/// # Errors
/// When a check of ours fails.
pub fn run(server: &Cluster, sizes: &[usize], rounds: usize, rivals: Option<&Path>) -> Result<Value> {
    let mut report = serde_json::Map::new();
    for tables in sizes {
        report.insert(tables.to_string(), one(server, *tables, rounds, rivals)?);
    }
    Ok(Value::Object(report))
}

fn one(server: &Cluster, tables: usize, rounds: usize, rivals: Option<&Path>) -> Result<Value> {
    let name = format!("catalog_{tables}");
    server.named_database(&name)?;
    let mut session = server.connect(&name)?;
    println!("\n{}", style(format!("A database of {} tables", engine::text::count(tables as u64))).bold());
    generate(&mut session, tables)?;
    drop(session);

    let mut session = server.connect(&name)?;
    let pid: i32 = session.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    // The floor in the process that is measured, too: the check takes no parallel workers.
    session.batch_execute("SET max_parallel_workers_per_gather = 0")?;
    let mut floor: Vec<Times> = Vec::new();
    let mut ours: Vec<Times> = Vec::new();
    let mut findings = 0;
    let bar = progress("check", rounds + 1);
    for round in 0..=rounds {
        let ((), floor_times) = meter::server(pid, || Ok(session.batch_execute(FLOOR)?))?;
        let (count, times) = meter::server(pid, || {
            let row = session.query_one("SELECT count(*) FROM architect.check()", &[])?;
            Ok(row.get::<_, i64>(0))
        })?;
        findings = count;
        // The first round fills caches.
        if round > 0 {
            floor.push(floor_times);
            ours.push(times);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let memory = private_memory(pid)?;
    let wall = |times: &[Times]| Spread::of(times.iter().map(|t| t.wall.as_secs_f64()));
    // CPU time: other programs disturb it less.
    let to_floor = Spread::of(ours.iter().zip(&floor).map(|(t, f)| t.cpu.as_secs_f64() / f.cpu.as_secs_f64()));
    let mut rows = vec![
        vec![
            "the catalogs read once".to_owned(),
            seconds(wall(&floor).median),
            "1".to_owned(),
            String::new(),
            String::new(),
        ],
        vec![
            "architect.check()".to_owned(),
            seconds(wall(&ours).median),
            to_floor.ratio(),
            "1".to_owned(),
            engine::text::count(findings as u64),
        ],
    ];
    let mut figures = json!({
        "floor_seconds": wall(&floor).json(),
        "check_seconds": wall(&ours).json(),
        "check_to_floor": to_floor.json(),
        "findings": findings,
        "private_memory_kb": memory,
    });
    let cancel = cancelled(&mut session, wall(&ours).median)?;
    figures["cancel_seconds"] = json!(cancel);
    let ours = wall(&ours).median;
    let floor = wall(&floor).median;
    for rival in rivals.map(found).unwrap_or_default() {
        let mut session = server.connect(&name)?;
        match rival.measure(&mut session) {
            Ok((took, complete, rows_given)) => {
                let at_least = if complete { "" } else { "> " };
                rows.push(vec![
                    rival.name.to_owned(),
                    format!("{at_least}{}", seconds(took)),
                    format!("{at_least}{:.1}", took / floor),
                    format!("{at_least}{:.1}", took / ours),
                    engine::text::count(rows_given),
                ]);
                figures[rival.name] = json!({ "seconds": took, "complete": complete, "rows": rows_given });
            }
            Err(why) => println!("{}", style(format!("{} is left out: {why:#}", rival.name)).yellow()),
        }
    }
    println!("{}", table(&["", "wall", "to the floor (ours: CPU)", "to check()", "rows"], &rows));
    println!("Private memory of the server process that ran the checks: {}.", engine::text::bytes(memory * 1024));
    println!(
        "A check that is cancelled ends within {:.0} ms: the longest of nine, at each tenth of its time.",
        cancel * 1e3
    );
    Ok(figures)
}

/// How long a check goes on after it was told to stop, at the most: it is told after each tenth of its usual time.
fn cancelled(session: &mut Session, usual: f64) -> Result<f64> {
    let mut longest: f64 = 0.0;
    for tenth in 1..10 {
        let timeout = (usual * 1e3 * f64::from(tenth) / 10.0).max(1.0) as u64;
        session.batch_execute(&format!("SET statement_timeout = {timeout}"))?;
        let started = std::time::Instant::now();
        let ended = session.query_one("SELECT count(*) FROM architect.check()", &[]);
        let took = started.elapsed().as_secs_f64();
        // It may have been faster this time.
        if let Err(error) = ended {
            anyhow::ensure!(error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED), "{error}");
            longest = longest.max(took - timeout as f64 / 1e3);
        }
    }
    session.batch_execute("RESET statement_timeout")?;
    Ok(longest)
}

fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.0} s") }
}

fn generate(session: &mut Session, tables: usize) -> Result<()> {
    session.batch_execute("SET architect.mode = off; SET synchronous_commit = off")?;
    session.batch_execute(GENERATOR).context("cannot make the generator")?;
    let step = 1_000;
    let bar = progress("tables", tables);
    for from in (0..tables).step_by(step) {
        let to = (from + step).min(tables);
        session.batch_execute(&format!("CALL bench.tables({from}, {to})")).context("cannot make tables")?;
        bar.inc((to - from) as u64);
    }
    bar.finish_and_clear();
    session.batch_execute("DROP SCHEMA bench CASCADE")?;
    session.batch_execute("VACUUM ANALYZE")?;
    Ok(())
}

/// Another linter of live databases: queries of its own.
struct Rival {
    name: &'static str,
    /// SQL to run before.
    setup: String,
    queries: Vec<String>,
}

impl Rival {
    /// Wall time, whether everything ran to its end, and the rows that it gave.
    fn measure(&self, session: &mut Session) -> Result<(f64, bool, u64)> {
        session.batch_execute("SET architect.mode = off")?;
        session.batch_execute(&self.setup).context("its preparation fails")?;
        session.batch_execute(&format!("SET statement_timeout = '{PATIENCE}s'"))?;
        let started = std::time::Instant::now();
        let (mut complete, mut rows) = (true, 0);
        for query in &self.queries {
            match session.simple_query(query) {
                Ok(messages) => {
                    let row = |m: &&postgres::SimpleQueryMessage| matches!(m, postgres::SimpleQueryMessage::Row(_));
                    rows += messages.iter().filter(row).count() as u64;
                }
                Err(error) if error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED) => complete = false,
                Err(error) => bail!("one of its queries fails: {error}"),
            }
            if started.elapsed().as_secs() > u64::from(PATIENCE) {
                complete = false;
                break;
            }
        }
        Ok((started.elapsed().as_secs_f64(), complete, rows))
    }
}

/// The linters whose checkouts are in the folder.
fn found(folder: &Path) -> Vec<Rival> {
    let mut rivals = Vec::new();
    if let Ok(text) = fs::read_to_string(folder.join("splinter/splinter.sql")) {
        // It speaks of the roles and settings of one platform, and is one statement behind a SET LOCAL.
        let query = text.split_once(';').map_or(text.as_str(), |(_, rest)| rest).trim();
        let roles = "DO $$ BEGIN CREATE ROLE anon; CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";
        rivals.push(Rival {
            name: "splinter",
            setup: format!("{roles} SET search_path = ''; SET pgrst.db_schemas = 'app'"),
            queries: vec![query.trim_end_matches(';').to_owned()],
        });
    }
    if let Ok(text) = fs::read_to_string(folder.join("pglinter/sql/rules.sql")) {
        rivals.push(Rival {
            name: "pglinter's queries",
            setup: format!(
                "CREATE SCHEMA IF NOT EXISTS pglinter; {}",
                text.split("-- Clear").next().unwrap_or_default()
            ),
            queries: text
                .split("$q$")
                .skip(1)
                .step_by(2)
                .map(|query| query.trim().trim_end_matches(';').to_owned())
                .collect(),
        });
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("pg-index-health-sql/sql"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
        .unwrap_or_default();
    files.sort();
    if !files.is_empty() {
        let query = |path: &PathBuf| {
            let text = fs::read_to_string(path).ok()?;
            // Its parameters as its own tests give them.
            let text = text
                .replace(":schema_name_param::text", "'app'::text")
                .replace(":schema_name_param", "'app'")
                .replace(":bloat_percentage_threshold", "10")
                .replace(":remaining_percentage_threshold", "10");
            Some(text.trim().trim_end_matches(';').to_owned())
        };
        rivals.push(Rival {
            name: "pg-index-health's queries",
            setup: "SELECT 1".to_owned(),
            queries: files.iter().filter_map(query).collect(),
        });
    }
    rivals
}
