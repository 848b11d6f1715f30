//! squawk: `[{"file", "line" (from 0), "rule_name", ...}]`, the line of the part of the statement that is meant.

use super::rivals::{At, Parsed, Told, file_name, json, text};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::process::Command;

pub fn command(command: &mut Command, files: &[PathBuf], transaction: bool, major: u32) {
    command.args(["--reporter", "json", "--pg-version", &format!("{major}.0")]);
    command.args(transaction.then_some("--assume-in-transaction")).args(files);
}

pub fn parse(output: &[u8]) -> Result<Parsed> {
    let value = json(output)?;
    ensure!(value.is_array(), "no list");
    let mut parsed = Parsed::default();
    for item in value.as_array().into_iter().flatten() {
        let line = usize::try_from(item["line"].as_u64().unwrap_or(0))? + 1;
        parsed.told.push(Told { file: file_name(&item["file"]), at: At::Line(line), rule: text(&item["rule_name"]) });
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_from_nought() {
        let output = br#"[{"file":"/tmp/x/0001.sql","line":2,"column":0,"level":"Warning","message":"During normal index creation, ...",
            "help":"Use `concurrently`","rule_name":"require-concurrent-index-creation","column_end":24,"line_end":2}]"#;
        let parsed = parse(output).expect("read");
        assert_eq!(parsed.told, [Told::line("0001.sql", 3, "require-concurrent-index-creation")]);
        assert!(parse(b"").is_err());
    }
}
