//! The Postgres language server's `check`: `{"diagnostics": [{"category": "lint/safety/...", "location": {"path", "start": {"line"}}}]}`, the
//! line at which the statement begins, from 1. What it cannot parse is a diagnostic of the category `syntax`.

use super::rivals::{At, Parsed, Told, file_name, json};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// All its rules about migrations: by itself it has a few of them on. What it makes of types and of functions' bodies is not asked.
pub const CONFIG: (&str, &str) = (
    "postgres-language-server.jsonc",
    r#"{"linter": {"enabled": true, "rules": {"safety": {"all": true}}}, "typecheck": {"enabled": false},
        "plpgsqlCheck": {"enabled": false}, "files": {"maxSize": 100000000}}"#,
);

/// A server tells it the version, and which functions are volatile; without one every default rewrites.
pub fn command(command: &mut Command, files: &[PathBuf], config: &Path, server: &str) {
    command.args(["check", "--reporter=json", "--max-diagnostics=1000000"]);
    command.arg(format!("--connection-string={server}"));
    command.arg(format!("--config-path={}", config.display())).args(files);
}

pub fn parse(output: &[u8]) -> Result<Parsed> {
    let value = json(output)?;
    ensure!(value["diagnostics"].is_array(), "no diagnostics");
    let mut parsed = Parsed::default();
    for item in value["diagnostics"].as_array().into_iter().flatten() {
        let category = item["category"].as_str().unwrap_or_default();
        let rule = category.rsplit('/').next().unwrap_or_default().to_owned();
        let line = usize::try_from(item["location"]["start"]["line"].as_u64().context("no line")?)?;
        parsed.told.push(Told { file: file_name(&item["location"]["path"]), at: At::Line(line), rule });
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_the_category() {
        let output = br#"{"summary": {"errors": 0, "warnings": 1}, "diagnostics": [{"severity": "warning", "message": "Creating an index ...",
            "category": "lint/safety/requireConcurrentIndexCreation", "location": {"path": "/tmp/x/0001.sql",
            "start": {"line": 3, "column": 1}, "end": {"line": 3, "column": 25}}}], "command": "check"}"#;
        assert_eq!(parse(output).expect("read").told, [Told::line("0001.sql", 3, "requireConcurrentIndexCreation")]);
        assert!(parse(b"{}").is_err());
    }
}
