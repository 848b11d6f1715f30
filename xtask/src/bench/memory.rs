//! Memory of one server process over many DDL statements.

use super::ddl::progress;
use super::figures::table;
use super::meter::private_memory;
use anyhow::{Context, Result};
use console::style;
use harness::{Cluster, Session};
use serde_json::{Value, json};

/// One table's life, with mistakes that are found when each statement commits: no index for the foreign key, a timestamp without
/// time zone, a duplicate index.
const LIFE: [&str; 5] = [
    "CREATE TABLE leak.items_$n (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id bigint NOT NULL, \
     seen_at timestamp, code varchar(20))",
    "ALTER TABLE leak.items_$n ADD CONSTRAINT items_$n_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES leak.owners",
    "CREATE INDEX items_$n_code_idx ON leak.items_$n (code)",
    "CREATE INDEX items_$n_code_idx1 ON leak.items_$n (code)",
    "DROP TABLE leak.items_$n",
];

const SCHEMA: &str =
    "CREATE SCHEMA leak; CREATE TABLE leak.owners (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)";

/// Measures it, prints it, and gives its figures.
///
/// # Errors
/// When a statement fails.
pub fn run(server: &Cluster, statements: usize) -> Result<Value> {
    let mut figures = serde_json::Map::new();
    let mut rows = Vec::new();
    let bar = progress("memory of a server process", 2 * statements);
    for (name, key, extension) in [("no extension", "memory_none", false), ("pg_architect, warn", "memory_warn", true)]
    {
        if extension {
            server.named_database(key)?;
        } else {
            server.connect("postgres")?.batch_execute(&format!("CREATE DATABASE {key} TEMPLATE template0"))?;
        }
        let mut session = server.connect(key)?;
        session.batch_execute(SCHEMA)?;
        let pid = session.query_one("SELECT pg_backend_pid()", &[])?.get(0);
        // Caches fill with the first ones.
        live(&mut session, 500)?;
        let before = private_memory(pid)?;
        let messages = live(&mut session, statements)?;
        bar.inc(statements as u64);
        let after = private_memory(pid)?;
        rows.push(vec![
            name.to_owned(),
            format!("{before} kB"),
            format!("{after} kB"),
            format!("{} kB", after as i64 - before as i64),
            format!("{:.2}", messages as f64 / statements as f64),
        ]);
        figures.insert(key.to_owned(), json!({ "before_kb": before, "after_kb": after, "messages": messages }));
    }
    bar.finish_and_clear();
    println!("\n{}", style("Private memory of a server process").bold());
    println!(
        "After 500 DDL statements, and {} later; one connection, with findings.\n",
        engine::text::count(statements as u64)
    );
    println!("{}", table(&["", "before", "after", "growth", "messages per DDL"], &rows));
    Ok(json!({ "statements": statements, "sessions": figures }))
}

fn live(session: &mut Session, statements: usize) -> Result<usize> {
    let mut messages = 0;
    for (done, sql) in LIFE.iter().cycle().take(statements.next_multiple_of(LIFE.len())).enumerate() {
        let statement = sql.replace("$n", &(done / LIFE.len()).to_string());
        session.batch_execute(&statement).with_context(|| format!("cannot run {statement}"))?;
        messages += session.take_messages().len();
    }
    Ok(messages)
}
