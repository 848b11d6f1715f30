//! eugene lint: one JSON object after the other, a file each, with the line at which each statement begins, from 1.
//!
//! It ends at the first file that it cannot read: then [`super::rivals`] asks again for fewer files.

use super::rivals::{At, Parsed, Told, file_name, text};
use anyhow::{Context, Result, ensure};
use serde_json::{Deserializer, Value};
use std::path::PathBuf;
use std::process::Command;

pub fn command(command: &mut Command, files: &[PathBuf]) {
    // In the order given, and no failure for what is found.
    command.args(["lint", "--format", "json", "--accept-failures", "--sort-mode", "none"]).args(files);
}

pub fn parse(output: &[u8]) -> Result<Parsed> {
    let mut parsed = Parsed::default();
    for report in Deserializer::from_slice(output).into_iter::<Value>() {
        let report = report.context("no JSON")?;
        ensure!(report["statements"].is_array(), "no statements");
        for statement in report["statements"].as_array().into_iter().flatten() {
            let line = usize::try_from(statement["line_number"].as_u64().context("no line")?)?;
            for rule in statement["triggered_rules"].as_array().into_iter().flatten() {
                let told = Told { file: file_name(&report["name"]), at: At::Line(line), rule: text(&rule["id"]) };
                parsed.told.push(told);
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_for_each_file() {
        let output = br#"{ "name": "/tmp/x/0001.sql", "statements": [ { "statement_number": 1, "line_number": 3,
              "sql": "CREATE INDEX i ON t (a)", "triggered_rules": [ { "id": "E6", "name": "..." }, { "id": "E9" } ] },
              { "statement_number": 2, "line_number": 5, "sql": "SELECT 1", "triggered_rules": [] } ],
              "passed_all_checks": false, "skip_summary": false }
            { "name": "0002.sql", "statements": [ { "line_number": 1, "triggered_rules": [ { "id": "W13" } ] } ] }"#;
        let wanted =
            [Told::line("0001.sql", 3, "E6"), Told::line("0001.sql", 3, "E9"), Told::line("0002.sql", 1, "W13")];
        assert_eq!(parse(output).expect("read").told, wanted);
        assert!(parse(b"{}").is_err());
    }
}
