//! `architect.lint()` beside squawk, on the same script, and how its time grows with the text.

use super::ddl::progress;
use super::figures::{Spread, table};
use super::growth;
use super::meter::{self, Times};
use super::rivals::Squawk;
use anyhow::{Context, Result, ensure};
use console::style;
use harness::Cluster;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

const DATABASE: &str = "lint";
const TABLES: usize = 200;

/// Measures both, prints it, and gives the figures.
///
/// # Errors
/// When one of them fails.
pub fn run(server: &Cluster, rounds: usize, statements: usize) -> Result<Value> {
    server.named_database(DATABASE)?;
    let mut session = server.connect(DATABASE)?;
    session.batch_execute("SET architect.mode = off")?;
    session.batch_execute(&schema()).context("cannot create the tables that the script is about")?;
    drop(session);

    let script = script(statements);
    // Ours gets the text over the connection, squawk from a file.
    let file = tempfile::Builder::new().prefix("pg_architect-bench-").suffix(".sql").tempfile()?;
    std::fs::write(file.path(), &script)?;
    let squawk = Squawk::get();
    if let Err(why) = &squawk {
        println!("{}", style(format!("squawk is left out: {why:#}")).yellow());
    }

    let mut session = server.connect(DATABASE)?;
    let pid = session.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    let mut ours: Vec<Times> = Vec::new();
    let mut theirs: Vec<Times> = Vec::new();
    let (mut our_findings, mut their_findings) = (0, 0);
    let bar = progress("lint", rounds + 1);
    for round in 0..=rounds {
        let (rows, times) = meter::server(pid, || Ok(session.query("SELECT * FROM architect.lint($1)", &[&script])?))?;
        our_findings = rows.len();
        let unjudged = session.take_messages().len();
        ensure!(unjudged == 0, "{unjudged} statements of the script were not judged");
        let measured = if let Ok(squawk) = &squawk {
            let (findings, times) = meter::program(|| run_squawk(squawk, file.path()))?;
            their_findings = findings;
            Some(times)
        } else {
            None
        };
        // The first round fills caches, of both.
        if round > 0 {
            ours.push(times);
            theirs.extend(measured);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let growth = growth::run(&mut session, pid, rounds.min(3))?;

    println!("\n{}", style("Linting a script").bold());
    println!(
        "{} statements ({}) about {TABLES} tables, {rounds} rounds. Each was asked for everything that it has to say.\n",
        engine::text::count(statements as u64),
        engine::text::bytes(script.len() as u64)
    );
    let mut rows = vec![row("architect.lint()", &ours, &ours, statements, our_findings, "faster than squawk")];
    if let Ok(squawk) = &squawk {
        rows.push(row(&squawk.version, &theirs, &ours, statements, their_findings, ""));
    }
    let head = ["", "statements/s", "CPU time", "CPU, ratio", "wall, ratio", "findings", "aim"];
    println!("{}", table(&head, &rows));
    growth::show(&growth);
    let figures = |times: &[Times]| {
        json!({
            "wall_seconds": Spread::of(times.iter().map(|t| t.wall.as_secs_f64())).json(),
            "cpu_seconds": Spread::of(times.iter().map(|t| t.cpu.as_secs_f64())).json(),
        })
    };
    let mut report = json!({ "statements": statements, "bytes": script.len(), "architect_lint": figures(&ours) });
    report["growth"] = growth::json(&growth);
    if let Ok(squawk) = &squawk {
        report["squawk"] = figures(&theirs);
        report["squawk"]["version"] = json!(squawk.version);
    }
    Ok(report)
}

fn row(name: &str, times: &[Times], ours: &[Times], statements: usize, findings: usize, aim: &str) -> Vec<String> {
    let rate = Spread::of(times.iter().map(|t| statements as f64 / t.wall.as_secs_f64()));
    let cpu = Spread::of(times.iter().map(|t| t.cpu.as_secs_f64()));
    let ratio = |of: fn(&Times) -> f64| Spread::of(times.iter().zip(ours).map(|(t, o)| of(t) / of(o))).ratio();
    let first = std::ptr::eq(times, ours);
    vec![
        name.to_owned(),
        engine::text::count(rate.median as u64),
        format!("{:.0} ms", cpu.median * 1e3),
        if first { "1".to_owned() } else { ratio(|t| t.cpu.as_secs_f64()) },
        if first { "1".to_owned() } else { ratio(|t| t.wall.as_secs_f64()) },
        engine::text::count(findings as u64),
        aim.to_owned(),
    ]
}

fn run_squawk(squawk: &Squawk, file: &std::path::Path) -> Result<usize> {
    // JSON: its other formats quote the source, which ours leaves to the client.
    let output = Command::new(&squawk.program)
        .args(["--reporter", "json", "--pg-version", "15.0"])
        .arg(file)
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    // It ends with 1 when it has something to say.
    let findings: Value =
        serde_json::from_slice(&output.stdout).with_context(|| format!("squawk gave no JSON ({})", output.status))?;
    Ok(findings.as_array().map_or(0, Vec::len))
}

/// The tables that the script is about: some with rows, all with keys and references.
fn schema() -> String {
    let mut sql = String::from("CREATE SCHEMA app;\n");
    for n in 0..TABLES {
        let parent = n / 2;
        let reference = if n == 0 { String::new() } else { format!(" REFERENCES app.documents_{parent}") };
        sql.push_str(&format!(
            "CREATE TABLE app.documents_{n} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
             parent_id bigint{reference}, title varchar(200) NOT NULL, state text NOT NULL DEFAULT 'new', \
             amount numeric(12,2) CHECK (amount >= 0), created_at timestamptz NOT NULL DEFAULT now(), body jsonb);\n\
             CREATE INDEX documents_{n}_parent_id_idx ON app.documents_{n} (parent_id);\n\
             CREATE INDEX documents_{n}_state_idx ON app.documents_{n} (state) WHERE state <> 'done';\n"
        ));
        if n % 2 == 0 {
            sql.push_str(&format!(
                "INSERT INTO app.documents_{n} (title, amount) SELECT 'document ' || i, i FROM generate_series(1, 1500) i;\n"
            ));
        }
    }
    sql.push_str("ANALYZE;\n");
    sql
}

/// A history of migrations: each round of it does one more thing to every table.
pub(super) fn script(statements: usize) -> String {
    const STEPS: [&str; 20] = [
        "ALTER TABLE app.documents_$n ADD COLUMN note_$k text;",
        "CREATE INDEX CONCURRENTLY documents_$n_note_$k_idx ON app.documents_$n (note_$k);",
        "ALTER TABLE app.documents_$n ADD COLUMN checked_$k boolean NOT NULL DEFAULT false;",
        "COMMENT ON COLUMN app.documents_$n.note_$k IS 'what the editor wrote';",
        "ALTER TABLE app.documents_$n ALTER COLUMN title TYPE varchar(4$k0);",
        "CREATE INDEX documents_$n_title_$k_idx ON app.documents_$n (lower(title), created_at DESC);",
        "CREATE TABLE app.remarks_$n_$k (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         document_id bigint NOT NULL REFERENCES app.documents_$n, remark text NOT NULL, \
         written_at timestamptz NOT NULL DEFAULT now(), rating int CHECK (rating BETWEEN 1 AND 5));",
        "CREATE INDEX remarks_$n_$k_document_id_idx ON app.remarks_$n_$k (document_id);",
        "ALTER TABLE app.documents_$n ADD CONSTRAINT documents_$n_length_$k CHECK (length(title) < 4000) NOT VALID;",
        "ALTER TABLE app.documents_$n VALIDATE CONSTRAINT documents_$n_length_$k;",
        "ALTER TABLE app.documents_$n ADD COLUMN owner_$k_id bigint;",
        "ALTER TABLE app.documents_$n ADD CONSTRAINT documents_$n_owner_$k_fkey FOREIGN KEY (owner_$k_id) \
         REFERENCES app.documents_0 (id) NOT VALID;",
        "UPDATE app.documents_$n SET note_$k = '' WHERE note_$k IS NULL;",
        "ALTER TABLE app.documents_$n ALTER COLUMN note_$k SET NOT NULL;",
        "ALTER TABLE app.documents_$n RENAME COLUMN note_$k TO remark_$k;",
        "CREATE UNIQUE INDEX CONCURRENTLY documents_$n_owner_$k_idx ON app.documents_$n (owner_$k_id, id);",
        "ALTER TABLE app.documents_$n DROP COLUMN checked_$k, ALTER COLUMN state SET DEFAULT 'draft';",
        "DROP INDEX CONCURRENTLY app.documents_$n_title_$k_idx;",
        "CREATE VIEW app.open_$n_$k AS SELECT id, title FROM app.documents_$n WHERE state <> 'done';",
        "GRANT SELECT ON app.open_$n_$k TO PUBLIC;",
    ];
    let mut sql = String::from("SET lock_timeout = '2s';\n");
    for statement in 1..statements {
        let at = statement - 1;
        // All steps of one table, then the next: as the history of a project goes from feature to feature.
        let (feature, step) = (at / STEPS.len(), at % STEPS.len());
        let (table, turn) = (feature % TABLES, feature / TABLES);
        sql.push_str(&STEPS[step].replace("$n", &table.to_string()).replace("$k", &turn.to_string()));
        sql.push('\n');
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_as_many_statements_as_asked_for() {
        assert_eq!(harness::split(&script(4_100)).len(), 4_100);
    }
}
