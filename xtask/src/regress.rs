//! `regress`: PostgreSQL's own regression suite under the guard, and each of its statements as a text to judge.
//!
//! It is made of what people rarely write and a server must survive: half of it are statements that are refused.

use crate::build;
use crate::postgres_server::{self, Server};
use crate::steps::step;
use anyhow::{Context, Result, bail, ensure};
use harness::cluster::Cluster;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Run PostgreSQL's own regression suite under the guard
///
/// First without the extension, to know which tests fail on this machine anyway; then with it,
/// in mode observe with small_table_rows = 0, so that every rule speaks and no output changes.
/// What fails only then is a fault of the guard, as are a crash and each line of the server's log
/// in which the guard could not judge, or predicted another rewrite than there was. At last each
/// statement of the suite is given to lint(), explain_ddl() and safe_now().
///
/// SOURCES is the tree in which a server was built from source, with `make -C src/test/regress`
/// done; --pg-config is best that of the server that was installed from it. The suite of another
/// major does for the comparison: more tests fail both ways, and must print the same both ways.
///
/// Example:
///
///   cargo xtask regress ~/postgresql-18.6 --pg-config ~/pg18/bin/pg_config
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// PostgreSQL's source tree, built
    sources: PathBuf,
    #[command(flatten)]
    server: Server,
}

/// Tests that see the extension itself, with the reason.
const DIFFERENT: &[(&str, &str)] = &[("event_trigger", "lists the event triggers of the database, ours among them")];

/// What the server's log says where the guard did not do what it should.
const FAULTS: &[&str] =
    &["was terminated by signal", "PANIC:", "pg_architect could not", "are not those that pg_architect predicted"];

/// The functions that judge a text.
const FUNCTIONS: &[&str] = &["lint", "explain_ddl", "safe_now"];

const GUARDED: &[(&str, &str)] = &[
    ("architect.mode", "observe"),
    ("architect.small_table_rows", "0"),
    // A test lists the locks of a transaction: a row in architect.ddl_log takes one.
    ("architect.log_ddl", "none"),
];

pub fn run(arguments: &Arguments) -> Result<()> {
    let suite = arguments.sources.join("src/test/regress");
    for needed in ["pg_regress", "regress.so", "parallel_schedule", "sql", "expected"] {
        ensure!(
            suite.join(needed).exists(),
            "{} is not there: SOURCES is a source tree in which PostgreSQL was configured and built; \
             `make -C {}` builds what is missing",
            suite.join(needed).display(),
            suite.display()
        );
    }
    let installation = postgres_server::ready(&arguments.server)?;
    let extension = build::extension(&installation, false)?;

    let plain = build::start(&installation, &extension, &[])?;
    let alone = step("the suite without the extension", "", |step| {
        let outcome = regress(&plain, &suite, false)?;
        step.note(outcome.in_words());
        Ok(outcome)
    })?;
    drop(plain);

    let cluster = build::start(&installation, &extension, GUARDED)?;
    let guarded = step("the suite under the guard", "", |step| {
        let outcome = regress(&cluster, &suite, true)?;
        step.note(outcome.in_words());
        Ok(outcome)
    })?;
    ensure!(alone.run == guarded.run && alone.run > 100, "{} tests ran without, {} with it", alone.run, guarded.run);

    let mut faults = Vec::new();
    // What fails without the extension must at least print the same.
    let different: Vec<&String> = guarded
        .failed
        .iter()
        .filter(|(test, output)| alone.failed.get(*test) != Some(output))
        .map(|(test, _)| test)
        .collect();
    for test in &different {
        match DIFFERENT.iter().find(|(name, _)| name == test) {
            Some((_, why)) => println!("{test} differs, as it must: it {why}."),
            None => faults.push(format!("{test} prints something else under the guard")),
        }
    }
    let log = cluster.log()?;
    faults.extend(log.lines().filter(|line| FAULTS.iter().any(|fault| line.contains(fault))).map(str::to_owned));
    let (statements, asked) = step("every statement as a text", "", |step| {
        let (statements, faults) = ask(&cluster, &suite)?;
        step.note(format!("{statements} statements, {} functions", FUNCTIONS.len()));
        Ok((statements, faults))
    })?;
    faults.extend(asked);

    println!();
    println!(
        "{}: {} of {} tests as without the extension, {statements} statements asked about.",
        installation.version,
        guarded.run - different.len(),
        guarded.run,
    );
    if faults.is_empty() {
        return Ok(());
    }
    for fault in faults.iter().take(50) {
        println!("  {fault}");
    }
    if let Some(differences) = guarded.differences {
        let kept = std::env::temp_dir().join("pg_architect-regression.diffs");
        fs::write(&kept, differences)?;
        println!("The differences are in {}.", kept.display());
    }
    bail!("{} faults", faults.len())
}

struct Outcome {
    run: usize,
    /// The tests whose output was not the expected one, with what they printed.
    failed: BTreeMap<String, String>,
    differences: Option<Vec<u8>>,
}

impl Outcome {
    fn in_words(&self) -> String {
        format!("{} of {} tests passed", self.run - self.failed.len(), self.run)
    }
}

/// Runs the suite against the cluster.
fn regress(cluster: &Cluster, suite: &Path, with_extension: bool) -> Result<Outcome> {
    // The server itself reads and writes there, as its own user.
    let folder = cluster.folder().join("regress");
    let results = cluster.folder().join("regress-output");
    ensure!(
        Command::new("cp").arg("-R").arg(suite).arg(&folder).status()?.success()
            && Command::new("chmod").args(["-R", "a+rX"]).arg(&folder).status()?.success(),
        "cannot copy {}",
        suite.display()
    );
    fs::create_dir(&results)?;
    fs::set_permissions(&results, fs::Permissions::from_mode(0o777))?;
    // pg_regress makes it otherwise, for its own user alone.
    fs::create_dir(results.join("results"))?;
    fs::set_permissions(results.join("results"), fs::Permissions::from_mode(0o777))?;
    let psql = cluster.program("psql");
    let mut command = Command::new(folder.join("pg_regress"));
    command
        .current_dir(&folder)
        .arg("--bindir")
        .arg(psql.parent().context("psql is in a folder")?)
        .arg("--dlpath")
        .arg(&folder)
        .arg("--inputdir")
        .arg(&folder)
        .arg("--outputdir")
        .arg(&results)
        .arg("--schedule")
        .arg(folder.join("parallel_schedule"))
        .arg("--host")
        .arg(cluster.host())
        .args(["--port", harness::cluster::PORT, "--user", harness::cluster::SUPERUSER, "--max-connections", "4"])
        .stdin(Stdio::null());
    if with_extension {
        command.args(["--load-extension", "pg_architect"]);
    }
    let output = command.output().with_context(|| format!("cannot run {}", folder.join("pg_regress").display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let here = cluster.folder().display().to_string();
    let (mut run, mut failed) = (0, BTreeMap::new());
    for line in text.lines() {
        if let Some((test, passed)) = verdict(line) {
            run += 1;
            if !passed {
                let printed = fs::read(results.join("results").join(format!("{test}.out"))).unwrap_or_default();
                // The two servers have folders of their own, which show in messages.
                let printed = String::from_utf8_lossy(&printed).replace(&here, "/folder");
                failed.insert(test.to_owned(), printed);
            }
        }
    }
    ensure!(run > 0, "pg_regress ran no test:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(Outcome { run, failed, differences: fs::read(results.join("regression.diffs")).ok() })
}

/// A test's name and whether it passed: `ok 1         - test_setup   352 ms` from 16 on, `test boolean    ... ok   40 ms` before.
fn verdict(line: &str) -> Option<(&str, bool)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["ok", _, "+" | "-", test, ..] => Some((test, true)),
        ["not", "ok", _, "+" | "-", test, ..] => Some((test, false)),
        ["test", test, "...", outcome, ..] | [test, "...", outcome, ..] => Some((test, *outcome == "ok")),
        _ => None,
    }
}

/// Gives each statement of the suite to the functions that judge a text, in the database that the suite left behind. An ERROR is an
/// answer, unless it is the server's own surprise or ours.
fn ask(cluster: &Cluster, suite: &Path) -> Result<(usize, Vec<String>)> {
    let mut files: Vec<PathBuf> = fs::read_dir(suite.join("sql"))?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let (mut statements, mut faults) = (0, Vec::new());
    for file in files {
        let mut session = cluster.connect("regression")?;
        session.batch_execute("SET statement_timeout = '60s'")?;
        let text = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for statement in harness::split::split(&text) {
            statements += 1;
            for function in FUNCTIONS {
                let Err(error) =
                    session.query_one(&format!("SELECT count(*) FROM architect.{function}($1)"), &[&statement.text])
                else {
                    continue;
                };
                let place = format!("{name}:{}: {function}()", statement.line);
                match error.code().map(|code| code.code().to_owned()) {
                    None => {
                        faults.push(format!("{place}: the connection was lost: {error}"));
                        session = cluster.connect("regression")?;
                    }
                    Some(code) if code.starts_with("XX") || code.starts_with("PA004") || code == "57014" => {
                        let words = error.as_db_error().map_or_else(String::new, |error| error.message().to_owned());
                        faults.push(format!("{place}: {code} {words}"));
                    }
                    Some(_) => {}
                }
            }
            session.take_messages();
        }
    }
    Ok((statements, faults))
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn verdicts_of_every_major() {
        assert_eq!(
            verdict("ok 1         - test_setup                                352 ms"),
            Some(("test_setup", true))
        );
        assert_eq!(
            verdict("not ok 69    + create_type                                58 ms"),
            Some(("create_type", false))
        );
        assert_eq!(verdict("test tablespace                   ... ok          302 ms"), Some(("tablespace", true)));
        assert_eq!(verdict("     boolean                      ... FAILED       40 ms"), Some(("boolean", false)));
        assert_eq!(verdict("# using postmaster on /tmp, port 5432"), None);
        assert_eq!(verdict("parallel group (20 tests):  char name"), None);
    }
}
