//! `docs`: what is generated and committed: the pages of the rules, and the install script.

use crate::build::{self, cargo};
use crate::postgres_server::{self, Server};
use crate::sql;
use crate::steps::step;
use anyhow::Result;

/// Write what is generated: docs/rules/*.md from the rules, with what a real server says to
/// every bad example, and the install script (see `cargo xtask sql`)
///
/// Both are committed; `cargo xtask test` fails when they are not current. The pages are
/// made on PostgreSQL 15.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Write nothing; fail when something is not current
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let server = Server { major: Some(postgres_server::DEFAULT_MAJOR), pg_config: None };
    let installation = postgres_server::ready(&server)?;
    step("the install script", "mend src/install.rs, or the file that it names", |_| {
        if arguments.check { sql::check() } else { sql::write().map(drop) }
    })?;
    let extension = build::extension(&installation, false)?;
    let cluster = build::start(&installation, &extension, &[])?;
    let (what, advice) = if arguments.check {
        ("the pages of the rules are current", "run `cargo xtask docs` and commit what it writes")
    } else {
        (
            "write the pages of the rules",
            "an example that does not do what it promises: `cargo xtask test <rule>` says more",
        )
    };
    step(what, advice, |step| {
        let mut command = cargo();
        command.args(["test", "--package", "pg_architect_tests", "--test", "docs"]);
        build::hand_over(&mut command, &installation, &extension, &cluster);
        if !arguments.check {
            // The other tests hold what is written against the rules: they would fail beside it.
            command.args(["--", "the_pages_of_the_rules_are_current"]).env("UPDATE", "1");
        }
        step.command(&mut command)?;
        step.note("docs/rules/");
        Ok(())
    })
}
