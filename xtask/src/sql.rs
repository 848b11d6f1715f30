//! `sql`: the install script, put together from the files that `src/install.rs` lists.

use anyhow::{Context, Result, bail, ensure};
use harness::prefix::{VERSION, repository};
use std::fs;
use std::path::PathBuf;

/// Write sql/pg_architect--<version>.sql from the files that src/install.rs lists, in that
/// order
///
/// The script is committed, so that nobody needs cargo-pgrx to install the extension;
/// `cargo xtask test` fails when it is not current.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Write nothing; fail when the script is not current
    #[arg(long)]
    check: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.check {
        check()?;
        println!("{} is current", path().display());
        return Ok(());
    }
    println!("{} ({} lines)", path().display(), write()?);
    Ok(())
}

/// Writes the script; gives the number of its lines.
///
/// # Errors
/// When a file is missing.
pub fn write() -> Result<usize> {
    let text = script()?;
    fs::write(path(), &text)?;
    Ok(text.lines().count())
}

/// Whether the committed script is what the sources give.
///
/// # Errors
/// When it is not.
pub fn check() -> Result<()> {
    let committed = fs::read_to_string(path()).with_context(|| format!("there is no {}", path().display()))?;
    ensure!(committed == script()?, "{} is not current: run `cargo xtask sql`", path().display());
    Ok(())
}

fn path() -> PathBuf {
    repository().join(format!("sql/pg_architect--{VERSION}.sql"))
}

fn script() -> Result<String> {
    let list = repository().join("src/install.rs");
    let source = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let mut text = String::from(
        "/* The install script of pg_architect, written by `cargo xtask sql` from the files named below. */\n\n\
         -- complain if script is sourced in psql, rather than via CREATE EXTENSION\n\
         \\echo Use \"CREATE EXTENSION pg_architect\" to load this file. \\quit\n",
    );
    let files = files(&source)?;
    ensure!(!files.is_empty(), "{} lists no file", list.display());
    for file in files {
        // `extension_sql_file!` takes its path from the file that it stands in.
        let path = repository().join("src").join(&file);
        let content = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = file.trim_start_matches("../");
        text.push_str(&format!("\n-- {name}\n\n{}\n", content.trim_end()));
    }
    Ok(text)
}

/// The first argument of each `extension_sql_file!`, in order.
fn files(source: &str) -> Result<Vec<String>> {
    let code: String = source
        .lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .collect::<Vec<_>>()
        .join("\n");
    let mut files = Vec::new();
    for call in code.split("extension_sql_file!").skip(1) {
        let Some(file) = call.split('"').nth(1) else { bail!("an extension_sql_file! names no file") };
        files.push(file.to_owned());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn the_order_is_that_of_the_source() {
        let source = r#"
            // extension_sql_file!("../sql/never.sql");
            use pgrx::extension_sql_file;
            extension_sql_file!("../sql/tables/policy.sql", name = "policy");
            extension_sql_file!(
                "../sql/functions.sql",
                requires = ["policy"],
                finalize
            );
        "#;
        assert_eq!(files(source).expect("files"), ["../sql/tables/policy.sql", "../sql/functions.sql"]);
    }
}
