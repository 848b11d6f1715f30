//! The pages of the rules are what the rules and a real server say today. `cargo xtask docs` writes them.

use engine::doc::{self, ExampleOutput};
use engine::rule::{Expect, Rule};
use engine::rules::RULES;
use harness::prefix::repository;
use harness::{Cluster, example};
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

/// The pages are made on one major; others differ in sizes and in examples that do not exist there.
const MAJOR: u32 = 15;

#[test]
fn the_pages_of_the_rules_are_current() {
    let cluster = Cluster::shared().expect("a cluster");
    if cluster.major() != MAJOR {
        return;
    }
    let folder = repository().join("docs/rules");
    let mut wanted: Vec<(String, String)> = vec![("README.md".to_owned(), doc::index(&RULES))];
    wanted.extend(pages(&cluster));

    let names: BTreeSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    let stray: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !names.contains(name.as_str()))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(&folder).expect("the folder of the pages");
        for (name, text) in &wanted {
            fs::write(folder.join(name), text).expect("a page");
        }
        for name in stray {
            fs::remove_file(folder.join(name)).expect("a page without a rule");
        }
        return;
    }
    let stale: Vec<&str> = wanted
        .iter()
        .filter(|(name, text)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        stale.is_empty() && stray.is_empty(),
        "run `cargo xtask docs` and commit docs/rules; not current: {stale:?}, without a rule: {stray:?}"
    );
}

/// What of the pages needs no server: on the majors on which they are not made, and before one is started.
#[test]
fn the_pages_have_all_texts_of_their_rules() {
    let folder = repository().join("docs/rules");
    let stale: Vec<&str> = RULES
        .iter()
        .filter(|rule| {
            let page = fs::read_to_string(folder.join(format!("{}.md", rule.name))).unwrap_or_default();
            // The findings stand between these lines.
            let mut lines = page.lines();
            !doc::markdown(rule, &[]).lines().all(|wanted| lines.any(|line| line == wanted))
        })
        .map(|rule| rule.name)
        .collect();
    assert!(stale.is_empty(), "run `cargo xtask docs` and commit docs/rules; not current: {stale:?}");
}

/// Every page, made by two threads: most of the time goes into waiting for the server.
fn pages(cluster: &Arc<Cluster>) -> Vec<(String, String)> {
    let chunk = RULES.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = RULES
            .chunks(chunk)
            .map(|rules| scope.spawn(move || rules.iter().map(|rule| page(cluster, rule)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the pages of some rules")).collect()
    })
}

fn page(cluster: &Arc<Cluster>, rule: &'static Rule) -> (String, String) {
    let mut outputs = Vec::new();
    for (number, example) in rule.examples.iter().enumerate() {
        if example.expect != Expect::Found || !example::applies(cluster, example).expect("an answer") {
            continue;
        }
        let outcome = example::run(cluster, rule, example)
            .unwrap_or_else(|error| panic!("an example of {} cannot be run: {error:#}", rule.name));
        let messages: Vec<String> = if example.lint || example::by_check(rule, example) {
            let text = |f: &harness::Reported| {
                let lines = [format!("{}: {} [{}]", f.severity, f.message, f.rule), f.detail.clone(), f.hint.clone()];
                lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
            };
            outcome.reported.iter().map(text).collect()
        } else {
            outcome.findings.iter().map(|finding| finding.message.to_string()).collect()
        };
        assert!(!messages.is_empty(), "a bad example of {} gives nothing: {}", rule.name, example.sql);
        outputs.push(ExampleOutput {
            example: number,
            text: settled_dates(&settled(&messages.join("\n")), &[example.given, example.sql]),
        });
    }
    (format!("{}.md", rule.name), doc::markdown(rule, &outputs))
}

/// `test_4711_12` as the name of a database: `mydb`.
fn replace_database(text: &str) -> String {
    let mut parts = text.split("test_");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        out.push_str(if rest.len() + 3 <= part.len() { "mydb" } else { "test_" });
        out.push_str(if rest.len() + 3 <= part.len() { rest } else { part });
    }
    out
}

/// The text with what differs from run to run (process ids, ages of transactions, databases) in one form.
fn settled(text: &str) -> String {
    let text = &replace_database(text);
    let text = replace_number(text, "pid ", "4711");
    let text = replace_unit(&replace_number(&text, "\nSession ", "4711"), "transactions for ");
    replace_age(&replace_unit(&replace_number(&text, "pg_terminate_backend(", "4711"), "open for "))
}

/// The dates that no text of the example names are made of today's: one in the place of each, a month apart. And how many days ago
/// something was.
fn settled_dates(text: &str, written: &[&str]) -> String {
    let is_date = |word: &str| {
        let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = word.split('-').collect();
        matches!(parts[..], [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
    };
    let mut parts = text.split(" ended ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let days = if part.len() > rest.len() + 3 { "2000" } else { "10" };
        text.push_str(&format!(" ended {}{rest}", if rest.len() < part.len() { days } else { "" }));
    }
    let words: Vec<String> = text.split(|c: char| !(c.is_ascii_digit() || c == '-')).map(str::to_owned).collect();
    let made = words.iter().filter(|word| is_date(word) && !written.iter().any(|sql| sql.contains(&***word)));
    let mut month = 0;
    for date in made {
        month += 1;
        text = text.replacen(date.as_str(), &format!("2030-{month:02}-01"), 1);
    }
    text
}

/// How long ago something was goes: on a fast machine it is not said.
fn replace_age(text: &str) -> String {
    let parts: Vec<&str> = text.split(" ago").collect();
    let last = parts.len() - 1;
    let aged = |part: &str| {
        let (rest, unit) = part.rsplit_once(' ').unwrap_or(("", part));
        let (before, number) = rest.rsplit_once(' ').unwrap_or(("", rest));
        let is_age = ["ms", "s", "min", "h"].contains(&unit) && number.bytes().all(|b| b.is_ascii_digit());
        if is_age { before.to_owned() } else { format!("{part} ago") }
    };
    let mut out: String = parts[..last].iter().map(|part| aged(part)).collect();
    out.push_str(parts[last]);
    out
}

/// The number behind each `before` becomes `number`.
fn replace_number(text: &str, before: &str, number: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(before);
        out.push_str(if rest.len() < part.len() { number } else { "" });
        out.push_str(rest);
    }
    out
}

/// The duration behind each `before` becomes `12 s`.
fn replace_unit(text: &str, before: &str) -> String {
    let mut out = replace_number(text, before, "12");
    for unit in ["ms", "min", "h"] {
        out = out.replace(&format!("{before}12 {unit}"), &format!("{before}12 s"));
    }
    out
}

#[test]
fn what_differs_from_run_to_run_is_settled() {
    assert_eq!(
        settled("In the way now: pid 93211 (holds SHARE, transaction open for 5312 ms), pid 7 (open for 3 min)."),
        "In the way now: pid 4711 (holds SHARE, transaction open for 12 s), pid 4711 (open for 12 s)."
    );
    assert_eq!(
        settled("run pg_terminate_backend(99) or pg_terminate_backend(pid)"),
        "run pg_terminate_backend(4711) or pg_terminate_backend(pid)"
    );
    assert_eq!(settled("took SHARE on t 1 s ago, and long ago"), "took SHARE on t, and long ago");
    assert_eq!(settled("rapid fire"), "rapid fire");
    assert_eq!(
        settled_dates(
            "p ended 2151 days ago: FROM ('2026-11-24') TO ('2026-12-24'), not '2020-01-01'",
            &["'2020-01-01'"]
        ),
        "p ended 2000 days ago: FROM ('2030-01-01') TO ('2030-02-01'), not '2020-01-01'"
    );
}
