//! The rules about indexes against PostgreSQL itself, on random tables, indexes and foreign keys.
//!
//! - *This index finds the rows of that foreign key* is what the server does: a referenced row is deleted, and `auto_explain`
//!   shows the plan of the referential trigger's own query, with the pages that it touched.
//! - *This index is redundant* is what the planner loses: probing queries of all kinds are planned with and without it.
//! - *This index is bloated* is what a rebuild saves, and what `pgstatindex` measures.
//!
//! `PROPERTY_SEED` chooses other random cases (the seed is part of every failure), `PROPERTY_CASES` how many.

#[path = "property_indexes/bloat.rs"]
mod bloat;
#[path = "property_indexes/cases.rs"]
mod cases;
#[path = "property_indexes/duplicates.rs"]
mod duplicates;
#[path = "property_indexes/foreign_keys.rs"]
mod foreign_keys;
#[path = "property_indexes/random.rs"]
mod random;

use anyhow::{Result, anyhow};
use harness::{Db, Session};

/// A session with the guard off and a schema `p` alone on the path, and the extensions that are there.
fn stage(db: &Db) -> Result<Session> {
    let mut session = db.connect()?;
    session.batch_execute(
        "SET client_min_messages = warning; SET architect.mode = off; SET TimeZone = 'UTC';
         CREATE SCHEMA p; SET search_path = p, public",
    )?;
    Ok(session)
}

/// Makes an extension, where the server has it.
fn extension(session: &mut Session, name: &str) -> Result<bool> {
    let there: bool =
        session.query_one("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", &[&name])?.get(0);
    if there {
        session.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public"))?;
    }
    Ok(there)
}

/// Runs SQL; an error says which.
fn execute(session: &mut Session, sql: &str) -> Result<()> {
    session.batch_execute(sql).map_err(|error| match error.as_db_error() {
        Some(error) => anyhow!("{}\nin: {sql}", error.message()),
        None => anyhow!("{error}\nin: {sql}"),
    })
}
