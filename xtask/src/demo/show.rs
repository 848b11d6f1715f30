//! What a person sees.

use super::replay::{FileReport, Mode, Shown, StatementReport};
use crate::steps::seconds;
use anyhow::Result;
use console::{Alignment, StyledObject, Term, measure_text_width, pad_str, style, truncate_str};
use engine::text::{bytes, count};
use harness::{Reported, Session};
use std::collections::BTreeMap;
use std::time::Duration;

/// Lines longer than this tire the eye, however wide the terminal is.
const WIDEST: usize = 120;

fn width() -> usize {
    Term::stdout().size_checked().map_or(100, |(_, columns)| usize::from(columns)).clamp(60, WIDEST)
}

pub fn head(version: &str, mode: Mode, files: usize, folder: &str) {
    let version = version.split(" (").next().unwrap_or(version);
    println!();
    println!(
        "{} {}",
        style("pg_architect").bold(),
        style(format!("on {version} · architect.mode = {} · {files} migrations from {folder}", mode.as_str())).dim()
    );
}

fn severity(name: &str) -> StyledObject<String> {
    let text = style(name.to_owned()).bold();
    match name {
        "error" => text.red(),
        "warning" => text.yellow(),
        _ => text.cyan(),
    }
}

pub fn file(report: &FileReport, brief: bool) {
    let statements = report.statements.iter().filter(|statement| statement.line.is_some()).count();
    let how = if report.transaction { "" } else { ", no transaction" };
    println!();
    println!(
        "{} {}",
        style(&report.name).bold().underlined(),
        style(format!("{}{how}, {}", plural(statements, "statement"), seconds(report.time))).dim()
    );
    let mut quiet = 0;
    for statement in &report.statements {
        if statement.findings.is_empty() && statement.error.is_none() {
            quiet += usize::from(statement.line.is_some());
            continue;
        }
        one_statement(statement, brief, report.may_fail);
    }
    let spoken = report.statements.iter().any(|statement| !statement.findings.is_empty() || statement.error.is_some());
    if !spoken {
        println!("  {}", style("nothing to say").dim());
    } else if quiet == statements {
        println!("  {}", style("nothing to say about the statements themselves").dim());
    } else if quiet > 0 {
        println!("  {}", style(format!("nothing to say about the other {}", plural(quiet, "statement"))).dim());
    }
    for note in &report.notes {
        for line in wrap(note, width() - 4) {
            println!("  {}", style(line).dim().italic());
        }
    }
}

fn one_statement(statement: &StatementReport, brief: bool, may_fail: bool) {
    let place = statement.line.map_or_else(|| "what the file leaves behind".to_owned(), |line| format!("line {line}"));
    println!("  {} {}", style(abbreviated(&statement.text, width() - 16)).white(), style(place).dim());
    for finding in &statement.findings {
        one_finding(finding, brief);
    }
    if let Some(error) = &statement.error {
        let word = if may_fail { style("failed, as it may").yellow() } else { style("failed").red().bold() };
        println!("    {word}: {} {}", error.message, style(format!("({})", error.code)).dim());
        if let Some(detail) = &error.detail {
            paragraph(detail, 6, false);
        }
    }
}

fn one_finding(finding: &Shown, brief: bool) {
    let refused =
        if finding.blocked { format!("{} ", style(" refused ").on_red().white().bold()) } else { String::new() };
    let label = format!("{refused}{}[{}]:", severity(&finding.severity), finding.rule);
    let lines = wrap(&format!("{label} {}", finding.headline), width() - 4);
    for (i, line) in lines.iter().enumerate() {
        println!("    {}{line}", if i > 0 { "  " } else { "" });
    }
    if brief {
        return;
    }
    paragraph(&finding.detail, 6, false);
    // The advice is text; what follows it is SQL, to be copied as it stands.
    let (advice, sql) = match finding.hint.split_once('\n') {
        Some((advice, sql)) => (advice, sql),
        None if finding.hint.ends_with(';') => ("", finding.hint.as_str()),
        None => (finding.hint.as_str(), ""),
    };
    paragraph(advice, 6, true);
    for line in sql.lines() {
        println!("        {}", style(line).green());
    }
}

fn paragraph(text: &str, indent: usize, bright: bool) {
    for line in text.lines().flat_map(|line| wrap(line, width() - indent)) {
        let line = if bright { style(line) } else { style(line).dim() };
        println!("{:indent$}{line}", "");
    }
}

/// The statement on one line, cut to the width.
fn abbreviated(text: &str, width: usize) -> String {
    let line = text.lines().map(|line| line.split(" --").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if measure_text_width(&line) <= width {
        return line;
    }
    format!("{} …", truncate_str(&line, width.saturating_sub(2), "").trim_end())
}

/// Breaks at blanks; a word longer than the width stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && measure_text_width(line) + 1 + measure_text_width(word) > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn plural(n: usize, noun: &str) -> String {
    let n = n as u64;
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(n)) }
}

/// Rows under a head. Columns are as wide as their widest cell; those that hold numbers stand to the right; the last one is
/// cut where the terminal ends.
struct Table {
    head: Vec<&'static str>,
    numbers: std::ops::Range<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&'static str], numbers: std::ops::Range<usize>) -> Table {
        Table { head: head.to_vec(), numbers, rows: Vec::new() }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    fn print(&self) {
        let mut lines = vec![self.head.iter().map(|text| style(*text).dim().to_string()).collect::<Vec<_>>()];
        lines.extend(self.rows.iter().cloned());
        let columns = self.head.len();
        let widths: Vec<usize> = (0..columns)
            .map(|column| lines.iter().map(|line| measure_text_width(&line[column])).max().unwrap_or(0))
            .collect();
        for line in &lines {
            let cells: Vec<String> = (0..columns)
                .map(|column| {
                    let side = if self.numbers.contains(&column) { Alignment::Right } else { Alignment::Left };
                    pad_str(&line[column], widths[column], side, None).into_owned()
                })
                .collect();
            let text = cells.join("  ");
            println!("  {}", truncate_str(text.trim_end(), width() - 2, "…"));
        }
    }
}

fn title(text: &str) {
    println!("\n{}", style(text).bold().underlined());
}

fn rank(severity: &str) -> u8 {
    match severity {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    }
}

/// What is left: findings by rule, and the tables by size.
pub fn state(session: &mut Session) -> Result<()> {
    let findings = session.reported("SELECT * FROM architect.check()", &[])?;
    title("What is left in the schema");
    if findings.is_empty() {
        println!("  architect.check() has nothing to say.");
    } else {
        let mut by_rule: BTreeMap<(u8, &str), Vec<&Reported>> = BTreeMap::new();
        for finding in &findings {
            by_rule.entry((rank(&finding.severity), &finding.rule)).or_default().push(finding);
        }
        let mut out = Table::new(&["severity", "rule", "n", "objects"], 2..3);
        for ((_, rule), found) in &by_rule {
            let mut objects: Vec<&str> = found.iter().take(4).map(|finding| finding.object.as_str()).collect();
            if found.len() > objects.len() {
                objects.push("...");
            }
            out.row([
                severity(&found[0].severity).to_string(),
                (*rule).to_owned(),
                count(found.len() as u64),
                objects.join(", "),
            ]);
        }
        out.print();
    }
    let rows = session.query(
        "SELECT format('%I.%I', n.nspname, c.relname), greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid),
                (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid)
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
         ORDER BY 3 DESC, 1 LIMIT 10",
        &[],
    )?;
    if rows.is_empty() {
        return Ok(());
    }
    title("The largest tables");
    let mut out = Table::new(&["table", "rows", "size with indexes", "indexes", "findings"], 1..5);
    for row in rows {
        let name: String = row.get(0);
        let size = |index: usize| u64::try_from(row.get::<_, i64>(index)).unwrap_or(0);
        let inside = format!("{name}.");
        let about = findings.iter().filter(|f| f.object == name || f.object.starts_with(&inside)).count();
        out.row([name, count(size(1)), bytes(size(2)), count(size(3)), count(about as u64)]);
    }
    out.print();
    Ok(())
}

/// The figures of the replay.
pub fn summary(reports: &[FileReport], time: Duration) {
    let statements = reports.iter().flat_map(|report| &report.statements);
    let findings: Vec<&Shown> = statements.clone().flat_map(|statement| &statement.findings).collect();
    let count_of = |severity: &str| findings.iter().filter(|finding| finding.severity == severity).count();

    title("The replay");
    if !findings.is_empty() {
        let mut by_rule: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
        for finding in &findings {
            by_rule.entry(&finding.rule).or_default()[usize::from(rank(&finding.severity))] += 1;
        }
        let mut rules: Vec<(&str, [u64; 3])> = by_rule.into_iter().collect();
        rules.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
        let mut out = Table::new(&["rule", "error", "warning", "info"], 1..4);
        for (rule, numbers) in rules {
            let cell = |n: u64| if n == 0 { String::new() } else { count(n) };
            out.row([rule.to_owned(), cell(numbers[0]), cell(numbers[1]), cell(numbers[2])]);
        }
        out.print();
        println!();
    }
    let files = reports.len();
    let number = statements.filter(|statement| statement.line.is_some()).count();
    println!(
        "{} in {}, {}: {}",
        plural(number, "statement"),
        plural(files, "file"),
        seconds(time),
        plural(findings.len(), "finding")
    );
    if !findings.is_empty() {
        println!(
            "{} {} · {} {} · {} {}",
            count(count_of("error") as u64),
            severity("error"),
            count(count_of("warning") as u64),
            severity("warning"),
            count(count_of("info") as u64),
            severity("info")
        );
    }
    let blocked = reports.iter().filter(|report| report.blocked()).count();
    let expected = reports.iter().filter(|report| report.failed() && report.may_fail).count();
    let failed = reports.iter().filter(|report| report.failed()).count() - expected;
    if blocked > 0 {
        println!("{} refused", plural(blocked, "file"));
    }
    if failed > 0 {
        println!("{}", style(format!("{} failed", plural(failed, "file"))).red());
    }
    if expected > 0 {
        println!("{} failed, as they may", plural(expected, "file"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("averylongword b", 4), ["averylongword", "b"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(abbreviated("CREATE TABLE t ( -- why\n  a int\n)", 80), "CREATE TABLE t ( a int )");
        assert_eq!(abbreviated("SELECT 'a long text'", 12), "SELECT 'a …");
    }
}
