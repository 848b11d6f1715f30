//! A random sample of findings, to be read by hand.

use super::history::Seen;
use std::collections::BTreeMap;

/// The text on one line, cut.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most { line } else { format!("{} ...", line.chars().take(most).collect::<String>()) }
}

/// SplitMix64: the same seed gives the same sample on every machine.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Picks findings at random, at most `per_rule` of a rule: a few frequent rules would fill the sample otherwise.
#[must_use]
pub fn pick(findings: &[Seen], number: usize, per_rule: usize, seed: u64) -> Vec<&Seen> {
    let mut random = Random(seed);
    let mut order: Vec<(u64, &Seen)> = findings.iter().map(|finding| (random.next(), finding)).collect();
    order.sort_by_key(|(key, _)| *key);
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut picked = Vec::new();
    for (_, finding) in order {
        let count = taken.entry(&finding.rule).or_default();
        if *count < per_rule && picked.len() < number {
            *count += 1;
            picked.push(finding);
        }
    }
    picked.sort_by(|a, b| (&a.rule, &a.history, &a.file, a.line).cmp(&(&b.rule, &b.history, &b.file, b.line)));
    picked
}

/// Prints one of the sample.
pub fn print(number: usize, seen: &Seen) {
    println!("\n#{number} {} [{}] {} {}:{}", seen.rule, seen.severity, seen.history, seen.file, seen.line);
    println!("  SQL    {}", one_line(&seen.statement, 700));
    println!("  says   {}", one_line(&seen.headline, 300));
    println!("  detail {}", one_line(&seen.detail, 500));
    println!("  hint   {}", one_line(&seen.hint, 400));
    println!("  object {}; {}", seen.object, one_line(&seen.state, 900));
    let about = seen.object.rsplit('.').next().unwrap_or_default().replace('"', "");
    let table = seen.object.split('.').nth(1).unwrap_or_default().replace('"', "");
    let mentions =
        |text: &&String| !about.is_empty() && text.contains(&about) || !table.is_empty() && text.contains(&table);
    for text in seen.before.iter().filter(mentions).take(4) {
        println!("  before {}", one_line(text, 250));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rule: &str, line: usize) -> Seen {
        let text = String::new;
        Seen {
            history: text(),
            file: text(),
            line,
            statement: text(),
            rule: rule.to_owned(),
            severity: text(),
            object: text(),
            headline: text(),
            detail: text(),
            hint: text(),
            state: text(),
            before: Vec::new(),
        }
    }

    #[test]
    fn a_seed_gives_the_same_sample_and_no_rule_fills_it() {
        let mut all: Vec<Seen> = (0..100).map(|line| seen("frequent", line)).collect();
        all.extend((0..3).map(|line| seen("rare", line)));
        let lines = |seed| pick(&all, 20, 5, seed).iter().map(|seen| seen.line).collect::<Vec<_>>();
        assert_eq!(lines(1), lines(1));
        assert_ne!(lines(1), lines(2));
        assert_eq!(lines(1).len(), 8);
        assert_eq!(pick(&all, 4, 5, 1).len(), 4);
    }
}
