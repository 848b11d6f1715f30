//! `explain_ddl`'s estimates beside the time that the statements then took.

use super::ddl::progress;
use super::figures::{Spread, table};
use anyhow::{Context, Result};
use console::style;
use harness::{Cluster, Session};
use serde_json::{Value, json};
use std::time::Instant;

/// Rows of the tables by whose statements the server is measured, and of those whose statements are foretold by that.
const LEARNT: [u32; 2] = [200_000, 500_000];
const FORETOLD: [u32; 4] = [150_000, 400_000, 1_000_000, 2_500_000];

/// The tables: narrow rows, wide rows, and rows with values in TOAST (a hundredth as many).
const SHAPES: [(&str, &str); 3] = [
    (
        "narrow",
        "CREATE TABLE $t (id integer, a integer, b integer, at timestamptz);
         INSERT INTO $t SELECT g, g % 1000, (g::bigint * 7919) % $n, now() FROM generate_series(1, $n) AS g",
    ),
    (
        "wide",
        "CREATE TABLE $t (id integer, a integer, b integer, at timestamptz, note text);
         INSERT INTO $t SELECT g, g % 1000, (g::bigint * 7919) % $n, now(), repeat(md5(g::text), 8) FROM generate_series(1, $n) AS g",
    ),
    (
        "toast",
        "CREATE TABLE $t (id integer, a integer, b integer, at timestamptz, note text);
         ALTER TABLE $t ALTER COLUMN note SET STORAGE EXTERNAL;
         INSERT INTO $t SELECT g, g % 1000, (g::bigint * 7919) % $n, now(), repeat(md5(g::text), 200) FROM generate_series(1, $n / 100) AS g",
    ),
];

/// The statements, in an order in which each can run.
const STATEMENTS: [(&str, &str); 8] = [
    ("CREATE INDEX (integer)", "CREATE INDEX idx_$t_b ON $t (b)"),
    ("CREATE INDEX (two columns)", "CREATE INDEX idx_$t_a_at ON $t (a, at)"),
    ("ADD PRIMARY KEY", "ALTER TABLE $t ADD PRIMARY KEY (id)"),
    ("SET NOT NULL", "ALTER TABLE $t ALTER COLUMN b SET NOT NULL"),
    ("ADD CHECK", "ALTER TABLE $t ADD CONSTRAINT c CHECK (b >= 0)"),
    ("ADD FOREIGN KEY", "ALTER TABLE $t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES referenced (id)"),
    ("TYPE bigint, 3 indexes", "ALTER TABLE $t ALTER COLUMN a TYPE bigint"),
    ("SET UNLOGGED, 3 indexes", "ALTER TABLE $t SET UNLOGGED"),
];

/// Work below this is over before anybody minds, and its time is that of starting it.
const LEAST_SECONDS: f64 = 0.05;

struct Case {
    statement: &'static str,
    default: f64,
    measured: f64,
    actual: f64,
}

/// Runs it, prints the ratios, and gives them.
///
/// # Errors
/// When a statement fails.
pub fn run(server: &Cluster) -> Result<Value> {
    server.named_database("estimate")?;
    let mut session = server.connect("estimate")?;
    session.batch_execute(
        "SET architect.mode = off; SET max_parallel_maintenance_workers = 0;
         CREATE TABLE referenced (id bigint PRIMARY KEY);
         INSERT INTO referenced SELECT generate_series(0, 999); ANALYZE referenced; SET architect.mode = observe",
    )?;
    let bar = progress("estimates", (LEARNT.len() + FORETOLD.len()) * SHAPES.len());
    let mut learnt = Vec::new();
    let mut cases = Vec::new();
    for (rows, list) in LEARNT.map(|n| (n, false)).into_iter().chain(FORETOLD.map(|n| (n, true))) {
        for (shape, sql) in SHAPES {
            let found = one(&mut session, &format!("{shape}_{rows}"), sql, rows)?;
            if list {
                cases.extend(found)
            } else {
                learnt.extend(found)
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    println!("\n{}", style("Estimated blocking time / actual time").bold());
    let speeds = session.query("SELECT work, bytes_per_second, measurements FROM architect.work_speeds()", &[])?;
    for row in &speeds {
        let (work, speed, count): (String, i64, i32) = (row.get(0), row.get(1), row.get(2));
        println!("  {work}: {:.0} MB/s after {count} measurements", speed as f64 / 1e6);
    }
    let counted: Vec<&Case> = cases.iter().filter(|case| case.actual >= LEAST_SECONDS).collect();
    let mut lines = Vec::new();
    let mut report = serde_json::Map::new();
    let names = STATEMENTS.iter().map(|(name, _)| *name).chain(["all"]);
    for name in names {
        let own: Vec<&&Case> = counted.iter().filter(|case| name == "all" || case.statement == name).collect();
        if own.is_empty() {
            continue;
        }
        let default = Spread::of(own.iter().map(|case| case.default / case.actual));
        let measured = Spread::of(own.iter().map(|case| case.measured / case.actual));
        let within = own.iter().filter(|case| (0.5..=2.0).contains(&(case.measured / case.actual))).count();
        lines.push(vec![
            name.to_owned(),
            own.len().to_string(),
            spread(&default),
            spread(&measured),
            format!("{within} of {}", own.len()),
        ]);
        report.insert(
            name.to_owned(),
            json!({ "cases": own.len(), "default": default.json(), "measured": measured.json(), "within_factor_2": within }),
        );
    }
    println!(
        "{}",
        table(&["statement", "cases", "by default speeds", "by measured speeds", "within factor 2"], &lines)
    );
    println!(
        "  {} statements were run to measure, {} to compare; {} of those took less than {} ms and do not count.",
        learnt.len(),
        cases.len(),
        cases.len() - counted.len(),
        LEAST_SECONDS * 1000.0
    );
    Ok(Value::Object(report))
}

fn spread(spread: &Spread) -> String {
    format!("{:.2} ({:.2} to {:.2})", spread.median, spread.least, spread.greatest)
}

/// One table's statements: each is estimated, and then run.
fn one(session: &mut Session, name: &str, shape: &str, rows: u32) -> Result<Vec<Case>> {
    let fill = |sql: &str| sql.replace("$t", name).replace("$n", &rows.to_string());
    session.batch_execute(&format!("SET architect.mode = off; {}; SET architect.mode = observe", fill(shape)))?;
    session.batch_execute(&format!("VACUUM ANALYZE {name}"))?;
    let mut cases = Vec::new();
    for (statement, sql) in STATEMENTS {
        let sql = fill(sql);
        let row = session
            .query_one(
                "SELECT extract(epoch FROM max(estimated_blocking))::float8, sum(read_bytes)::float8, sum(write_bytes)::float8,
                        sum(sort_bytes)::float8
                 FROM architect.explain_ddl($1)",
                &[&sql],
            )
            .with_context(|| sql.clone())?;
        let measured: Option<f64> = row.get(0);
        let bytes: [f64; 3] = [row.get(1), row.get(2), row.get(3)];
        let default = bytes.iter().zip(engine::estimate::DEFAULTS).map(|(bytes, speed)| bytes / speed).sum();
        let began = Instant::now();
        session.batch_execute(&sql).with_context(|| sql.clone())?;
        let actual = began.elapsed().as_secs_f64();
        let measured = measured.with_context(|| format!("no estimate for {sql}"))?;
        cases.push(Case { statement, default, measured, actual });
    }
    session.batch_execute(&format!("DROP TABLE {name}"))?;
    Ok(cases)
}
