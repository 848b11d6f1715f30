//! How the time of `architect.lint()` grows with the text: nothing in it may grow faster than the text itself.

use super::ddl::progress;
use super::figures::table;
use super::lint::script;
use super::meter;
use anyhow::{Context, Result};
use console::style;
use harness::Session;
use serde_json::{Value, json};

/// The statements of the smaller of the two texts, where nothing else is said.
const QUARTER: usize = 2_500;

/// One kind of text.
struct Kind {
    name: &'static str,
    /// As many times the usual length: a walk over all that the text made is cheap, and shows later.
    scale: usize,
    /// The statements that one number gives.
    make: fn(usize) -> String,
}

#[rustfmt::skip]
const KINDS: [Kind; 11] = [
    Kind { name: "changes of one table", scale: 1,
        make: |n| format!("ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'note {n}';\n") },
    Kind { name: "statements that are no DDL", scale: 1,
        make: |n| format!("INSERT INTO customers (name) VALUES ('name {n}'); DROP TABLE nothing_{n};\n") },
    Kind { name: "new tables", scale: 1,
        make: |n| format!("CREATE TABLE parcels_{n} (weight integer);\n") },
    Kind { name: "transactions", scale: 1,
        make: |n| format!("BEGIN; CREATE TABLE parcels_{n} (weight integer); COMMIT;\n") },
    Kind { name: "DO blocks", scale: 1,
        make: |n| format!("DO $$ BEGIN IF true THEN ALTER TABLE orders ADD COLUMN c{n} int, DROP COLUMN c{n}; END IF; END $$;\n") },
    Kind { name: "functions", scale: 1,
        make: |n| format!("CREATE FUNCTION f{n}() RETURNS int BEGIN ATOMIC UPDATE orders SET note = ''; SELECT {n}; END;\n") },
    Kind { name: "comments that allow", scale: 1,
        make: |n| format!("-- architect: allow table-dropped old\nDROP TABLE nothing_{n};\n") },
    Kind { name: "changes that the planner estimates", scale: 1,
        make: |n| format!("UPDATE orders SET note = '' WHERE amount > {n} AND id <> {n};\n") },
    Kind { name: "new tables with indexes", scale: 1,
        make: |n| format!("CREATE TABLE parcels_{n} (id bigint, weight integer); CREATE INDEX idx_parcels_{n} ON parcels_{n} (weight);\n") },
    Kind { name: "tables that go with CASCADE", scale: 4,
        make: |n| format!("CREATE TABLE parcels_{n} (id bigint PRIMARY KEY); DROP TABLE parcels_{n} CASCADE;\n") },
    Kind { name: "constraints of one table", scale: 1,
        make: |n| format!("ALTER TABLE orders ADD CONSTRAINT amount_{n} CHECK (amount <> {n}) NOT VALID;\n") },
];

/// The tables that the texts are about.
const SCHEMA: &str = "
    CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
        amount integer NOT NULL, note text);
    CREATE INDEX idx_orders_customer_id ON orders (customer_id);
    CREATE TABLE events (id bigint PRIMARY KEY);
    INSERT INTO customers (name) SELECT 'name ' || i FROM generate_series(1, 5000) i;
    INSERT INTO orders (customer_id, amount, note) SELECT 1 + i % 5000, i, 'note' FROM generate_series(1, 20000) i;
    INSERT INTO events SELECT generate_series(1, 5000);
    ANALYZE customers, orders, events";

/// One kind as measured.
pub struct Growth {
    name: &'static str,
    /// The statements of the longer text, four times those of the shorter.
    statements: usize,
    /// CPU seconds of the shorter text.
    quarter: f64,
    /// CPU seconds of the longer one.
    whole: f64,
}

/// Measures all kinds: of each text the least of some rounds.
///
/// # Errors
/// When the server fails.
pub fn run(session: &mut Session, pid: i32, rounds: usize) -> Result<Vec<Growth>> {
    session
        .batch_execute(&format!(
            "SET architect.mode = off; SET client_min_messages = error; SET lock_timeout = '2s'; {SCHEMA}"
        ))
        .context("cannot create the tables that the texts are about")?;
    let mut least = |text: &str| -> Result<f64> {
        let mut least = f64::INFINITY;
        for _ in 0..rounds.max(2) {
            let (_, times) = meter::server(pid, || Ok(session.query("SELECT * FROM architect.lint($1)", &[&text])?))?;
            session.take_messages();
            least = least.min(times.cpu.as_secs_f64());
        }
        Ok(least)
    };
    let bar = progress("growth", KINDS.len() + 1);
    let mut measured = vec![Growth {
        name: "the script above",
        statements: 4 * QUARTER,
        quarter: least(&script(QUARTER))?,
        whole: least(&script(4 * QUARTER))?,
    }];
    bar.inc(1);
    for kind in KINDS {
        let each = harness::split(&(kind.make)(0)).len();
        // The last statement has a finding in every text.
        let text = |parts: usize| (0..parts).map(kind.make).collect::<String>() + "DROP TABLE events;";
        let statements = QUARTER * kind.scale;
        measured.push(Growth {
            name: kind.name,
            statements: 4 * statements,
            quarter: least(&text(statements / each))?,
            whole: least(&text(4 * statements / each))?,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(measured)
}

/// Prints them.
pub fn show(measured: &[Growth]) {
    println!("\n{}\n", style("Growth: the CPU time of a text beside that of a quarter of it").bold());
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|growth| {
            vec![
                growth.name.to_owned(),
                engine::text::count(growth.statements as u64),
                format!("{:.0} ms", growth.quarter * 1e3),
                format!("{:.0} ms", growth.whole * 1e3),
                format!("{:.1}", growth.whole / growth.quarter),
            ]
        })
        .collect();
    println!("{}", table(&["text of", "statements", "a quarter", "all", "ratio (linear: 4)"], &rows));
}

/// The same for a file.
pub fn json(measured: &[Growth]) -> Value {
    measured
        .iter()
        .map(|growth| {
            json!({ "text": growth.name, "statements": growth.statements, "cpu_seconds_of_a_quarter": growth.quarter,
                "cpu_seconds": growth.whole })
        })
        .collect()
}
