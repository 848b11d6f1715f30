//! pgsafe: `{"files": [{"file", "error"?, "findings": [{"rule_id", "message", "location": {"line"}, "suppression"?}]}]}`, the line at which
//! the statement begins, from 1.

use super::rivals::{At, Parsed, Told, file_name, json};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

pub fn command(command: &mut Command, files: &[PathBuf], transaction: bool) {
    command.args(["--format", "json", "--no-config"]).args(transaction.then_some("--in-transaction")).args(files);
}

pub fn parse(output: &[u8]) -> Result<Parsed> {
    let value = json(output)?;
    ensure!(value["files"].is_array(), "no files");
    let mut parsed = Parsed::default();
    for file in value["files"].as_array().into_iter().flatten() {
        let name = file_name(&file["file"]);
        if file["error"].is_string() {
            parsed.unread.push(name);
            continue;
        }
        for finding in file["findings"].as_array().into_iter().flatten() {
            let line = usize::try_from(finding["location"]["line"].as_u64().context("no line")?)?;
            let rule = finding["rule_id"].as_str().unwrap_or_default();
            // One rule for all that can be renamed.
            let renamed = finding["message"].as_str().and_then(|message| message.split_once("Renaming this "));
            let rule = match renamed.and_then(|(_, rest)| rest.split_once(" breaks ")) {
                Some((what, _)) if rule == "rename" => format!("rename ({what})"),
                _ => rule.to_owned(),
            };
            parsed.told.push(Told { file: name.clone(), at: At::Line(line), rule });
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_renamed_and_what_is_not_read() {
        let output = br#"{"schema_version": 2, "files": [
            {"file": "/tmp/x/0001.sql", "findings": [
                {"rule_id": "rename", "severity": "error", "message": "Renaming this column breaks every application query, ...",
                 "statement_index": 1, "location": {"byte": 46, "line": 3, "column": 26}, "snippet": "ALTER TABLE ..."},
                {"rule_id": "add-index-non-concurrent", "message": "Inside a DO block: CREATE INDEX ...", "location": {"line": 9}}]},
            {"file": "/tmp/x/0002.sql", "findings": [], "error": "parse error: Invalid statement: ..."}]}"#;
        let parsed = parse(output).expect("read");
        let wanted =
            [Told::line("0001.sql", 3, "rename (column)"), Told::line("0001.sql", 9, "add-index-non-concurrent")];
        assert_eq!(parsed.told, wanted);
        assert_eq!(parsed.unread, ["0002.sql"]);
    }
}
