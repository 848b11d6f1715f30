//! What `compare` prints.

use super::kinds::{KINDS, Kind};
use super::rivals::Tool;
use super::verdict::{self, Verdict};
use crate::replay::history::Truth;
use crate::replay::sample::{Random, one_line};
use std::collections::{BTreeMap, BTreeSet};

/// A finding's place: history, file, line of the statement (0: the file).
pub type Place = (String, String, usize);
/// Places by rule.
pub type Found = BTreeMap<String, BTreeSet<Place>>;

/// All that was found, and what the server said about it.
#[derive(Default)]
pub struct Findings {
    pub ours: Found,
    pub theirs: BTreeMap<Tool, Found>,
    pub truths: BTreeMap<Place, Truth>,
    /// The statements.
    pub texts: BTreeMap<Place, String>,
    /// Files that a program could not read: nothing in them is a difference.
    pub unread: BTreeMap<Tool, BTreeSet<(String, String)>>,
}

/// A statement on which only one of two speaks.
#[derive(Clone)]
struct Difference {
    kind: &'static Kind,
    tool: Tool,
    ours: bool,
    place: Place,
    verdict: Verdict,
}

impl Findings {
    fn of(&self, tool: Option<Tool>, kind: &Kind) -> BTreeSet<Place> {
        let (found, rules) = match tool {
            None => (Some(&self.ours), kind.ours),
            Some(tool) => (self.theirs.get(&tool), kind.of(tool)),
        };
        let places = rules.iter().filter_map(|rule| found?.get(*rule)).flatten();
        places
            // What a program says about the file is not about a statement.
            .filter(|place| kind.by_file || place.2 > 0)
            .map(|(history, file, line)| (history.clone(), file.clone(), if kind.by_file { 0 } else { *line }))
            .collect()
    }

    fn could_read(&self, tool: Tool, place: &Place) -> bool {
        !self.unread.get(&tool).is_some_and(|files| files.contains(&(place.0.clone(), place.1.clone())))
    }

    /// One table: kinds by programs.
    pub fn by_kind(&self) {
        let tools: Vec<Tool> = self.theirs.keys().copied().collect();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name()).collect();
        println!("\n| kind | unit | {} | pg_architect |", names.join(" | "));
        println!("|---|---|{}", "---:|".repeat(tools.len() + 1));
        for kind in KINDS {
            let mut cells: Vec<String> = Vec::new();
            let mut all = 0;
            for tool in tools.iter().map(|tool| Some(*tool)).chain([None]) {
                let number = self.of(tool, kind).len();
                all += number;
                // A program that has no such rule is not silent.
                let has = tool.is_none_or(|tool| !kind.of(tool).is_empty());
                cells.push(if has { number.to_string() } else { "-".to_owned() });
            }
            if all > 0 {
                println!(
                    "| {} | {} | {} |",
                    kind.title,
                    if kind.by_file { "file" } else { "statement" },
                    cells.join(" | ")
                );
            }
        }
    }

    /// What the server did to tables that were there with rows, and who had spoken of it. Names those on which pg_architect was silent.
    pub fn by_fact(&self) {
        let mut silent = Vec::new();
        let tools: Vec<Tool> = self.theirs.keys().copied().collect();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name()).collect();
        println!(
            "\n| what DDL did to a table that was there, with rows | statements | {} | pg_architect |",
            names.join(" | ")
        );
        println!("|---|{}", "---:|".repeat(tools.len() + 2));
        let facts: BTreeSet<&str> = KINDS.iter().flat_map(|kind| kind.evidence).copied().collect();
        for fact in facts {
            let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.evidence.contains(&fact)).collect();
            let places: Vec<&Place> = self
                .truths
                .iter()
                .filter(|(place, truth)| self.is_ddl(place, fact) && truth.filled == Some(true) && holds(truth, fact))
                .map(|(place, _)| place)
                .collect();
            if places.is_empty() {
                continue;
            }
            let mut cells = Vec::new();
            for tool in tools.iter().map(|tool| Some(*tool)).chain([None]) {
                let spoken: BTreeSet<Place> = kinds.iter().flat_map(|kind| self.of(tool, kind)).collect();
                cells.push(places.iter().filter(|place| spoken.contains(**place)).count().to_string());
                if tool.is_none() {
                    silent.extend(places.iter().filter(|place| !spoken.contains(**place)).map(|place| (fact, *place)));
                }
            }
            println!("| {fact} | {} | {} |", places.len(), cells.join(" | "));
        }
        if !silent.is_empty() {
            println!("\nOf these pg_architect said nothing of the kind on:");
        }
        for (fact, place) in silent {
            let said: Vec<&str> =
                self.ours.iter().filter(|(_, places)| places.contains(place)).map(|(rule, _)| rule.as_str()).collect();
            let text = self.texts.get(place).map(|text| one_line(text, 250)).unwrap_or_default();
            println!("- {fact}: {} {}:{} (but {}) {text}", place.0, place.1, place.2, said.join(" "));
        }
    }

    fn is_ddl(&self, place: &Place, fact: &str) -> bool {
        let text = self.texts.get(place).map(|text| text.to_lowercase()).unwrap_or_default();
        let mut words = text.split_whitespace();
        match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
            _ if text.contains("concurrently") => false,
            // What goes with a table or a constraint is no kind of its own, and a query may read.
            ("drop", what) => fact != "index dropped" || what == "index",
            ("alter", _) => fact != "index dropped",
            ("do", _) if fact == "index dropped" => text.contains("drop index"),
            ("create", _) | ("do", _) => fact != "rows read",
            _ => false,
        }
    }

    fn differences(&self, tool: Tool) -> Vec<Difference> {
        let mut all = Vec::new();
        for kind in KINDS.iter().filter(|kind| !kind.of(tool).is_empty()) {
            let (theirs, ours) = (self.of(Some(tool), kind), self.of(None, kind));
            for (ours_alone, places) in [(false, theirs.difference(&ours)), (true, ours.difference(&theirs))] {
                for place in places.filter(|place| self.could_read(tool, place)) {
                    let text = self.texts.get(place).map_or("", String::as_str);
                    let verdict = verdict::of(kind, text, self.truths.get(place));
                    all.push(Difference { kind, tool, ours: ours_alone, place: place.clone(), verdict });
                }
            }
        }
        all
    }

    /// For each program: where it and we differ, and what the server says.
    pub fn by_rival(&self) {
        for tool in self.theirs.keys() {
            let differences = self.differences(*tool);
            let heads: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.name()).collect();
            println!("\n{} and pg_architect\n", tool.name());
            println!("| kind | both | {0} alone | {1} | pg_architect alone | {1} |", tool.name(), heads.join(" | "));
            println!("|---|{}", "---:|".repeat(3 + 2 * heads.len()));
            let mut sums = vec![0; 3 + 2 * heads.len()];
            for kind in KINDS.iter().filter(|kind| !kind.of(*tool).is_empty()) {
                let mine: Vec<&Difference> =
                    differences.iter().filter(|difference| std::ptr::eq(difference.kind, kind)).collect();
                let mut cells = vec![self.of(Some(*tool), kind).intersection(&self.of(None, kind)).count()];
                for ours in [false, true] {
                    let side: Vec<&&Difference> = mine.iter().filter(|difference| difference.ours == ours).collect();
                    cells.push(side.len());
                    cells
                        .extend(Verdict::ALL.map(|verdict| side.iter().filter(|side| side.verdict == verdict).count()));
                }
                if cells.iter().all(|number| *number == 0) {
                    continue;
                }
                sums.iter_mut().zip(&cells).for_each(|(sum, number)| *sum += number);
                row(kind.title, &cells);
            }
            row("all", &sums);
            let did: Vec<&Difference> =
                differences.iter().filter(|one| !one.ours && one.verdict == Verdict::Did).collect();
            if !did.is_empty() {
                println!("\nThe server did what {} says alone:", tool.name());
            }
            did.iter().for_each(|one| self.print(one));
        }
    }

    /// Rules that stand in no kind.
    pub fn without_kind(&self) {
        let rest = |name: &str, found: &Found, known: &dyn Fn(&Kind) -> &'static [&'static str]| {
            let mut rows: Vec<(usize, &str)> = found
                .iter()
                .filter(|(rule, _)| !KINDS.iter().any(|kind| known(kind).contains(&rule.as_str())))
                .map(|(rule, places)| (places.len(), rule.as_str()))
                .collect();
            rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
            let list: Vec<String> = rows.iter().map(|(number, rule)| format!("`{rule}` {number}")).collect();
            println!("\n{name}, of no kind in the table (statements or files): {}", list.join(", "));
        };
        for (tool, found) in &self.theirs {
            rest(tool.name(), found, &|kind| kind.of(*tool));
        }
        rest("pg_architect", &self.ours, &|kind| kind.ours);
    }

    /// Differences picked at random: some of each kind and side, and some of all.
    pub fn samples(&self, show: usize, sample: usize, seed: u64) {
        let mut random = Random(seed);
        let all = self.theirs.keys().flat_map(|tool| self.differences(*tool));
        let mut keyed: Vec<(u64, Difference)> = all.map(|difference| (random.next(), difference)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        if sample > 0 {
            // A few frequent kinds would fill it.
            let most = sample.div_ceil(8);
            println!("\n{sample} of {} differences, at most {most} of a kind, seed {seed}:", keyed.len());
            let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
            let few = keyed.iter().filter(|(_, one)| {
                let count = taken.entry(one.kind.title).or_default();
                *count += 1;
                *count <= most
            });
            few.take(sample).for_each(|(_, difference)| self.print(difference));
        }
        if show > 0 {
            println!("\nUp to {show} of each kind and side, seed {seed}:");
            let mut taken: BTreeMap<(Tool, &str, bool), usize> = BTreeMap::new();
            keyed.retain(|(_, one)| {
                let count = taken.entry((one.tool, one.kind.title, one.ours)).or_default();
                *count += 1;
                *count <= show
            });
            keyed.sort_by_key(|(_, one)| {
                (one.tool, KINDS.iter().position(|kind| std::ptr::eq(kind, one.kind)), one.ours)
            });
            keyed.iter().for_each(|(_, difference)| self.print(difference));
        }
    }

    fn print(&self, one: &Difference) {
        let who = if one.ours { format!("pg_architect, not {}", one.tool.name()) } else { one.tool.name().to_owned() };
        let text = self.texts.get(&one.place).map(|text| one_line(text, 300)).unwrap_or_default();
        let (history, file, line) = &one.place;
        println!("- {}: {who} alone [{}] {history} {file}:{line} {text}", one.kind.title, one.verdict.name());
    }
}

fn holds(truth: &Truth, fact: &str) -> bool {
    let has = |fact: &str| truth.happened.contains(fact);
    match fact {
        super::kinds::FAILED => false,
        // A rewrite builds the indexes anew, and rows are read for both: that is one thing to be told.
        "rows read" => has(fact) && !has("rewritten") && !has("index built"),
        "index built" => has(fact) && !has("rewritten"),
        _ => has(fact),
    }
}

fn row(title: &str, cells: &[usize]) {
    let cells: Vec<String> = cells.iter().map(usize::to_string).collect();
    println!("| {title} | {} |", cells.join(" | "));
}
