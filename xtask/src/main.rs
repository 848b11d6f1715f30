//! `cargo xtask`: everything that a person does with this repository, by one name.

use clap::{Parser, Subcommand};

mod bench;
mod build;
mod compare;
mod demo;
mod docs;
mod new_rule;
mod postgres_server;
mod regress;
mod replay;
mod sql;
mod steps;
mod test;

/// pg_architect: set-up, tests, demo and generators.
///
/// Start with `cargo xtask demo` to see what the extension does, and `cargo xtask test` to run every test. Both install what
/// is missing (after saying so), build the extension and run it on a throw-away server of their own: no PostgreSQL of the
/// system is touched, and nothing is left behind.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    Demo(demo::Arguments),
    Replay(replay::Arguments),
    Compare(compare::Arguments),
    Bench(bench::Arguments),
    Test(test::Arguments),
    Prove(test::ProveArguments),
    Regress(regress::Arguments),
    Lint(test::LintArguments),
    NewRule(new_rule::Arguments),
    Docs(docs::Arguments),
    Sql(sql::Arguments),
    Stop(demo::StopArguments),
}

fn main() -> std::process::ExitCode {
    let result = match Arguments::parse().command {
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Compare(arguments) => compare::run(&arguments),
        Task::Replay(arguments) => replay::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Prove(arguments) => test::prove(&arguments),
        Task::Regress(arguments) => regress::run(&arguments),
        Task::Lint(arguments) => test::lint(&arguments),
        Task::NewRule(arguments) => new_rule::run(&arguments),
        Task::Docs(arguments) => docs::run(&arguments),
        Task::Sql(arguments) => sql::run(&arguments),
        Task::Stop(arguments) => demo::stop(&arguments),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} {error:#}", console::style("error:").red().bold().for_stderr());
            std::process::ExitCode::FAILURE
        }
    }
}
