//! A rule's documentation, made from its `static` and nothing else: a page, a text for psql, and the index of all pages.

use crate::rule::{Category, Check, Default, Example, Expect, Parameter, Rule, Source, UNIT_TEST};
use crate::rules::other_names::OTHER_NAMES;
use crate::text::count;

/// What the guard said about one example, as a test against a real server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleOutput {
    /// The example's place in `Rule::examples`.
    pub example: usize,
    /// The findings as people see them, lines with MESSAGE, DETAIL and HINT.
    pub text: String,
}

/// The majors that the project supports.
const OLDEST_MAJOR: u32 = 15;

/// The rule's page as Markdown. Outputs of examples that the rule does not have are left out.
#[must_use]
pub fn markdown(rule: &Rule, outputs: &[ExampleOutput]) -> String {
    let mut page = format!(
        "# {}\n\n{}\n\n| category | severity | moment | PostgreSQL | default |\n|---|---|---|---|---|\n\
         | {} | {} | {} | {} | {} |\n",
        rule.name,
        prose(&sentence(rule.title)),
        rule.category.as_str(),
        rule.severity.as_str(),
        moments(rule).join(", "),
        majors(rule),
        if rule.enabled { "on" } else { "off" },
    );
    let others = other_names(rule);
    if !others.is_empty() {
        page.push_str(&format!("\nAlso called `{}`.\n", others.join("`, `")));
    }
    section(&mut page, "What it finds", &prose(&what_it_finds(rule)));
    section(&mut page, "Why it matters", &prose(rule.why));
    section(&mut page, "What to do", &prose(rule.remedy));
    section(&mut page, "Parameters", &parameters(rule));
    let examples =
        |expect: Expect| rule.examples.iter().enumerate().filter(move |(_, example)| example.expect == expect);
    page.push_str("\n## Found\n");
    for (number, example) in examples(Expect::Found) {
        page.push_str(&example_markdown(example));
        for output in outputs.iter().filter(|output| output.example == number) {
            page.push_str(&format!("\n{} says:\n\n", speaker(rule, example)));
            page.push_str(&fenced("text", &output.text));
        }
    }
    page.push_str("\n## Not found\n");
    for (_, example) in examples(Expect::Silent) {
        page.push_str(&example_markdown(example));
    }
    let sources: Vec<String> = rule.sources.iter().map(|source| format!("- {}", source_markdown(source))).collect();
    section(&mut page, "Sources", &sources.join("\n"));
    page
}

/// Who judges an example.
fn speaker(rule: &Rule, example: &Example) -> &'static str {
    if example.lint {
        "`architect.lint`"
    } else if example.check || rule.checks().all(|check| check.moment() == "check") {
        "`architect.check`"
    } else {
        "The guard"
    }
}

/// The rule's documentation as plain text of at most 80 columns (SQL is not wrapped): what `architect.rule_doc(name)` gives.
#[must_use]
pub fn text(rule: &Rule) -> String {
    let mut out = format!(
        "{} ({}, {}, {}{})\n{}\n",
        rule.name,
        rule.category.as_str(),
        rule.severity.as_str(),
        moments(rule).join(", "),
        if rule.enabled { "" } else { ", off by default" },
        wrapped(&sentence(rule.title), "")
    );
    for (heading, body) in [
        ("What it finds", what_it_finds(rule)),
        ("Why it matters", rule.why.to_owned()),
        ("What to do", rule.remedy.to_owned()),
    ] {
        out.push_str(&format!("\n{heading}\n{}\n", wrapped(&body, "  ")));
    }
    if !rule.parameters.is_empty() {
        out.push_str("\nParameters\n");
        for parameter in rule.parameters {
            let line = format!("{}: {}. Default: {}.", parameter.name, parameter.what, default_text(parameter));
            out.push_str(&format!("{}\n", wrapped(&line, "  ")));
        }
    }
    for (heading, expect) in [("Found", Expect::Found), ("Not found", Expect::Silent)] {
        out.push_str(&format!("\n{heading}\n"));
        for (number, example) in rule.examples.iter().filter(|example| example.expect == expect).enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let caption = caption(example);
            if !caption.is_empty() {
                out.push_str(&format!("  -- {caption}\n"));
            }
            for line in example.sql.lines() {
                out.push_str(&format!("  {line}\n"));
            }
        }
    }
    out.push_str("\nSources\n");
    for source in rule.sources {
        out.push_str(&format!("{}\n", wrapped(&source_text(source), "  ")));
    }
    out
}

/// `docs/rules/README.md`: every rule by category, each with a link to its page.
#[must_use]
pub fn index(rules: &[&Rule]) -> String {
    let mut page = format!(
        "# Rules\n\n{} rules. Each page is made from the rule's own file; the findings that it shows are real.\n",
        count(rules.len() as u64)
    );
    for category in Category::ALL {
        let mut listed: Vec<&Rule> = rules.iter().copied().filter(|rule| rule.category == category).collect();
        if listed.is_empty() {
            continue;
        }
        listed.sort_by_key(|rule| rule.name);
        page.push_str(&format!(
            "\n## {}: {}\n\n| rule | severity | moment | finds |\n|---|---|---|---|\n",
            category.as_str(),
            category.title()
        ));
        for rule in listed {
            page.push_str(&format!(
                "| [{name}]({name}.md) | {}{} | {} | {} |\n",
                rule.severity.as_str(),
                if rule.enabled { "" } else { " (off)" },
                moments(rule).join(", "),
                cell(&prose(rule.title)),
                name = rule.name,
            ));
        }
    }
    page
}

fn section(page: &mut String, heading: &str, body: &str) {
    if !body.is_empty() {
        page.push_str(&format!("\n## {heading}\n\n{body}\n"));
    }
}

/// The moments of all checks, each once.
fn moments(rule: &Rule) -> Vec<&'static str> {
    let mut list: Vec<&'static str> = Vec::new();
    for moment in rule.checks().map(Check::moment) {
        if !list.contains(&moment) {
            list.push(moment);
        }
    }
    list
}

/// The majors on which the rule can find something: its bad examples say so.
fn majors(rule: &Rule) -> String {
    let run = |example: &&Example| example.expect == Expect::Found && example.since < UNIT_TEST;
    let bad = || rule.examples.iter().filter(run);
    let since = bad().map(|example| example.since.max(OLDEST_MAJOR)).min().unwrap_or(OLDEST_MAJOR);
    // An example without an end holds on every later major.
    let until = if bad().next().is_some() && bad().all(|example| example.until > 0) {
        bad().map(|example| example.until).max()
    } else {
        None
    };
    match until {
        Some(until) if until > since => format!("{since} to {until}"),
        Some(until) => until.to_string(),
        None => format!("{since} and later"),
    }
}

fn other_names(rule: &Rule) -> Vec<&'static str> {
    OTHER_NAMES.iter().filter(|(_, own)| *own == rule.name).map(|(other, _)| *other).collect()
}

fn what_it_finds(rule: &Rule) -> String {
    let when = |moment: &str| match moment {
        "start" => "before the statement takes its first lock, and in a text that architect.lint() is given",
        "lint" => "in a text that architect.lint() is given",
        "check" => "in a full check",
        _ => "when the transaction commits, at the end of a text, and in a full check",
    };
    let moments = moments(rule);
    // What is judged at commit is judged in full checks, too.
    let told = moments.iter().filter(|moment| **moment != "check" || !moments.contains(&"commit"));
    let when: Vec<&str> = told.map(|moment| when(moment)).collect();
    format!("{} It is judged {}.", sentence(rule.title), when.join("; "))
}

/// A title as a sentence.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Text that Markdown shows as it is written.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '<' | '*' | '`' | '[' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A fenced block; the fence is longer than any in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

fn parameters(rule: &Rule) -> String {
    if rule.parameters.is_empty() {
        return String::new();
    }
    let mut table = "| name | default | what it does |\n|---|---|---|\n".to_owned();
    for parameter in rule.parameters {
        let default = match parameter.default {
            Default::List(values) if !values.is_empty() => {
                values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            Default::Text(value) if !value.is_empty() => format!("`{value}`"),
            _ => default_text(parameter),
        };
        table.push_str(&format!("| `{}` | {} | {} |\n", parameter.name, cell(&default), cell(&prose(parameter.what))));
    }
    table.trim_end().to_owned()
}

fn default_text(parameter: &Parameter) -> String {
    match parameter.default {
        Default::Integer(value) => value.to_string(),
        Default::Boolean(value) => value.to_string(),
        Default::Text("") => "empty".to_owned(),
        Default::Text(value) => value.to_owned(),
        Default::List([]) => "none".to_owned(),
        Default::List(values) => values.join(", "),
    }
}

/// The title of an example and where it holds.
fn caption(example: &Example) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !example.title.is_empty() {
        parts.push(example.title.to_owned());
    }
    match (example.since, example.until) {
        (0 | UNIT_TEST, 0) => {}
        (since, 0) => parts.push(format!("PostgreSQL {since} and later")),
        (0, until) => parts.push(format!("up to PostgreSQL {until}")),
        (since, until) if since == until => parts.push(format!("PostgreSQL {since}")),
        (since, until) => parts.push(format!("PostgreSQL {since} to {until}")),
    }
    if example.lint {
        parts.push("as a text, not executed".to_owned());
    }
    parts.join("; ")
}

fn example_markdown(example: &Example) -> String {
    let mut out = String::from("\n");
    let caption = caption(example);
    if !caption.is_empty() {
        out.push_str(&format!("{}:\n\n", prose(&sentence(&caption)).trim_end_matches('.')));
    }
    out.push_str(&fenced("sql", example.sql));
    if !example.meanwhile.is_empty() {
        out.push_str(&format!("\nWhile another session has this open:\n\n{}", fenced("sql", example.meanwhile)));
    }
    if !example.server.is_empty() {
        out.push_str(&format!("\nWith this in postgresql.conf:\n\n{}", fenced("ini", example.server)));
    }
    if !example.given.is_empty() {
        out.push_str(&format!("\n<details><summary>given</summary>\n\n{}\n</details>\n", fenced("sql", example.given)));
    }
    out
}

/// The address of a page of the manual.
fn manual(page: &str) -> String {
    format!("https://www.postgresql.org/docs/current/{page}.html")
}

fn source_markdown(source: &Source) -> String {
    match source {
        Source::Guide(row) => format!("Guide {row}"),
        Source::Manual(page, what) => format!("[PostgreSQL manual, {page}: {}]({})", prose(what), manual(page)),
        Source::Code(file, what) => format!("PostgreSQL source, `{file}`: `{what}`"),
    }
}

fn source_text(source: &Source) -> String {
    match source {
        Source::Guide(row) => format!("Guide {row}"),
        Source::Manual(page, what) => format!("{} ({what})", manual(page)),
        Source::Code(file, what) => format!("PostgreSQL source, {file}: {what}"),
    }
}

/// The text in lines of at most 80 columns, each after the indent.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let columns = indent.len() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && columns > 80 {
            lines.push(format!("{indent}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{indent}{line}"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Severity, bad, good};
    use crate::rules::RULES;

    static RULE: Rule = Rule {
        name: "index-odd",
        category: Category::Locks,
        severity: Severity::Warning,
        title: "an index is odd",
        why: "It is named idx_<table>, and * is odd.",
        remedy: "Do not.",
        parameters: &[
            Parameter { name: "limit", default: Default::Integer(3), what: "how many | at most" },
            Parameter { name: "names", default: Default::List(&["a", "b"]), what: "which" },
            Parameter { name: "others", default: Default::List(&[]), what: "which not" },
        ],
        sources: &[
            Source::Guide("S-001"),
            Source::Manual("sql-createindex", "Building Indexes Concurrently"),
            Source::Code("src/backend/commands/indexcmds.c", "DefineIndex"),
        ],
        examples: &[
            good("SELECT 1;").title("nothing"),
            bad("CREATE INDEX i ON t (a);").given("CREATE TABLE t (a int);").since(16),
            bad("CREATE INDEX j ON t (a);").title("while it is read").meanwhile("BEGIN; SELECT * FROM t;").since(17),
        ],
        check: Check::Statement(|_, _, _| {}),
        also: &[Check::Table(|_, _, _| {})],
        enabled: false,
    };

    #[test]
    fn a_page_shows_everything_once_and_in_order() {
        let page = markdown(
            &RULE,
            &[
                ExampleOutput { example: 1, text: "WARNING:  odd [index-odd]\nHINT:  no".to_owned() },
                ExampleOutput { example: 9, text: "of no example".to_owned() },
            ],
        );
        let expected = "\
# index-odd

An index is odd.

| category | severity | moment | PostgreSQL | default |
|---|---|---|---|---|
| locks | warning | start, commit | 16 and later | off |

## What it finds

An index is odd. It is judged before the statement takes its first lock, and in a text that architect.lint() is given; when the transaction commits, at the end of a text, and in a full check.

## Why it matters

It is named idx_\\<table>, and \\* is odd.

## What to do

Do not.

## Parameters

| name | default | what it does |
|---|---|---|
| `limit` | 3 | how many \\| at most |
| `names` | `a`, `b` | which |
| `others` | none | which not |

## Found

PostgreSQL 16 and later:

```sql
CREATE INDEX i ON t (a);
```

<details><summary>given</summary>

```sql
CREATE TABLE t (a int);
```

</details>

The guard says:

```text
WARNING:  odd [index-odd]
HINT:  no
```

While it is read; PostgreSQL 17 and later:

```sql
CREATE INDEX j ON t (a);
```

While another session has this open:

```sql
BEGIN; SELECT * FROM t;
```

## Not found

Nothing:

```sql
SELECT 1;
```

## Sources

- Guide S-001
- [PostgreSQL manual, sql-createindex: Building Indexes Concurrently](https://www.postgresql.org/docs/current/sql-createindex.html)
- PostgreSQL source, `src/backend/commands/indexcmds.c`: `DefineIndex`
";
        assert_eq!(page, expected);
    }

    #[test]
    fn a_text_fits_a_terminal() {
        for rule in RULES.iter().copied().chain([&RULE]) {
            let text = text(rule);
            assert!(text.starts_with(rule.name));
            let sql: Vec<&str> = rule.examples.iter().flat_map(|example| example.sql.lines()).collect();
            for line in text.lines() {
                let body = line.strip_prefix("  ").unwrap_or(line);
                let written_by_hand = sql.contains(&body) || body.starts_with("-- ");
                // A single long word, such as an address, cannot be wrapped.
                assert!(line.chars().count() <= 80 || written_by_hand || !body.contains(' '), "{}: {line}", rule.name);
            }
            for parameter in rule.parameters {
                assert!(text.contains(parameter.name), "{}: {}", rule.name, parameter.name);
            }
        }
        assert!(text(&RULE).contains("\n  limit: how many | at most. Default: 3.\n"));
        assert!(text(&RULE).contains("\n  https://www.postgresql.org/docs/current/sql-createindex.html"));
    }

    #[test]
    fn the_index_links_every_rule_once() {
        let page = index(&RULES);
        for rule in RULES.iter() {
            assert_eq!(page.matches(&format!("[{name}]({name}.md)", name = rule.name)).count(), 1, "{}", rule.name);
        }
        assert!(
            index(&[&RULE]).contains("| [index-odd](index-odd.md) | warning (off) | start, commit | an index is odd |")
        );
        assert!(!index(&[&RULE]).contains("## naming"));
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("sql", "SELECT '```';"), "````sql\nSELECT '```';\n````\n");
        assert_eq!(wrapped("a b", "  "), "  a b");
    }
}
