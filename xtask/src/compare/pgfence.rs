//! pgfence: `{"results": [{"filePath", "checks": [{"statement", "ruleId", "risk", ...}], "policyViolations": [{"ruleId"}]}]}`.
//!
//! It gives no line but the statement's text with the comments before it; the policies are about the file. It gives nothing at all
//! when it cannot read one of the files: then [`super::rivals`] asks again for fewer.

use super::rivals::{At, Parsed, Told, file_name, json, text};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use std::process::Command;

pub fn command(command: &mut Command, files: &[PathBuf], major: u32) {
    command
        .args(["analyze", "--format", "sql", "--output", "json", "--min-pg-version", &major.to_string()])
        .args(files);
}

pub fn parse(output: &[u8]) -> Result<Parsed> {
    let value = json(output)?;
    ensure!(value["results"].is_array(), "no results");
    let mut parsed = Parsed::default();
    for result in value["results"].as_array().into_iter().flatten() {
        let file = file_name(&result["filePath"]);
        for check in result["checks"].as_array().into_iter().flatten() {
            let rule = match (check["ruleId"].as_str().unwrap_or_default(), check["risk"].as_str().unwrap_or_default())
            {
                // Of some changes it says that they only touch the catalog, of others that it depends on the old type.
                ("alter-column-type", "LOW" | "SAFE") => "alter-column-type (said to be safe)".to_owned(),
                ("alter-column-type", "MEDIUM") => "alter-column-type (if not widening)".to_owned(),
                (rule, _) => rule.to_owned(),
            };
            parsed.told.push(Told { file: file.clone(), at: At::Text(text(&check["statement"])), rule });
        }
        for policy in result["policyViolations"].as_array().into_iter().flatten() {
            parsed.told.push(Told { file: file.clone(), at: At::File, rule: text(&policy["ruleId"]) });
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_by_their_text() {
        let output = br#"{"version": "1.0", "results": [{"filePath": "/tmp/x/0001.sql", "checks": [
            {"statement": "-- why\nALTER TABLE t ALTER a TYPE bigint", "risk": "HIGH", "ruleId": "alter-column-type"},
            {"statement": "ALTER TABLE t ALTER b TYPE text", "risk": "LOW", "ruleId": "alter-column-type"},
            {"statement": "ALTER TABLE t ALTER b TYPE varchar(9)", "risk": "MEDIUM", "ruleId": "alter-column-type"}],
            "policyViolations": [{"ruleId": "missing-lock-timeout", "severity": "error"}], "statementCount": 3}]}"#;
        let told = parse(output).expect("read").told;
        let rules: Vec<&str> = told.iter().map(|told| told.rule.as_str()).collect();
        assert_eq!(
            rules,
            [
                "alter-column-type",
                "alter-column-type (said to be safe)",
                "alter-column-type (if not widening)",
                "missing-lock-timeout"
            ]
        );
        assert_eq!(told[0].at, At::Text("-- why\nALTER TABLE t ALTER a TYPE bigint".to_owned()));
        assert_eq!(told[3].at, At::File);
    }
}
