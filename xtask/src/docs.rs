//! `docs`: the pages of the rules.

use crate::build::{self, cargo};
use crate::postgres_server::{self, Server};
use crate::steps::step;
use anyhow::Result;

/// Write docs/rules/*.md from the rules, with what a real server says to every bad example
///
/// The pages are committed; `cargo xtask test` fails when they are not current. They are made on PostgreSQL 15.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Write nothing; fail when a page is not current
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let server = Server { major: Some(postgres_server::DEFAULT_MAJOR), pg_config: None };
    let installation = postgres_server::ready(&server)?;
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
            command.env("UPDATE", "1");
        }
        step.command(&mut command)?;
        step.note("docs/rules/");
        Ok(())
    })
}
