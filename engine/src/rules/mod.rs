//! The rules, one small file each; the folder is the category.

#[macro_use]
pub mod fixtures;
pub(crate) mod index_use;
pub(crate) mod layout;
pub mod other_names;
pub(crate) mod recipes;
pub(crate) mod state;
#[cfg(test)]
pub(crate) mod testing;

mod breakage;
mod capacity;
mod code;
mod data_loss;
mod design;
mod health;
mod indexes;
mod locks;
mod naming;
mod partitioning;
mod policy;
mod replication;
mod security;
mod settings;
mod transactions;
mod types;

use crate::rule::Rule;
use std::sync::LazyLock;

pub(crate) use locks::{LOCK_TIMEOUT_MISSING, awaited_locks};

/// Every rule, by category and in the order of its `mod.rs`.
pub static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    [
        locks::RULES,
        breakage::RULES,
        data_loss::RULES,
        transactions::RULES,
        design::RULES,
        types::RULES,
        naming::RULES,
        security::RULES,
        indexes::RULES,
        partitioning::RULES,
        code::RULES,
        health::RULES,
        capacity::RULES,
        settings::RULES,
        replication::RULES,
        policy::RULES,
    ]
    .concat()
});

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::rule::{Category, Expect, Rule};
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn folder(category: Category) -> String {
        category.as_str().replace('-', "_")
    }

    fn file(rule: &Rule) -> String {
        format!("{}/{}.rs", folder(rule.category), rule.name.replace('-', "_"))
    }

    /// `locks/index_not_concurrent.rs`: every file of a rule, with its text.
    fn files() -> BTreeMap<String, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(&root).expect("the rules' folder") {
            let folder = entry.expect("an entry").path();
            if !folder.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&folder).expect("a category's folder") {
                let path = entry.expect("an entry").path();
                if path.file_name().is_some_and(|name| name != "mod.rs") {
                    let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                    found.insert(name, std::fs::read_to_string(&path).expect("a readable file"));
                }
            }
        }
        found
    }

    #[test]
    fn no_rule_is_left_out_and_each_is_where_its_name_says() {
        let on_disk: BTreeSet<String> = files().into_keys().collect();
        let registered: BTreeSet<String> = RULES.iter().map(|rule| file(rule)).collect();
        assert!(!on_disk.is_empty());
        assert_eq!(on_disk, registered, "files of rules (left) and registered rules (right)");
        for (name, text) in files() {
            assert_eq!(text.matches("pub static RULE: Rule").count(), 1, "{name} holds one rule");
        }
    }

    #[test]
    fn every_category_has_its_folder() {
        for category in Category::ALL {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(folder(category)).join("mod.rs");
            assert!(path.is_file(), "{}", path.display());
        }
    }

    #[test]
    fn names_are_unique_and_name_the_pattern() {
        let grammar = regex::Regex::new("^[a-z][a-z0-9]*(-[a-z0-9]+)*$").expect("a regular expression");
        let mut seen = BTreeSet::new();
        for rule in RULES.iter() {
            assert!(seen.insert(rule.name), "{} twice", rule.name);
            assert!(grammar.is_match(rule.name), "{} is not kebab-case", rule.name);
            for cure in ["use-", "prefer-", "avoid-", "require-", "no-", "missing-"] {
                assert!(!rule.name.starts_with(cure), "{} names the cure", rule.name);
            }
        }
    }

    #[test]
    fn texts_are_there_and_in_style() {
        for rule in RULES.iter() {
            let name = rule.name;
            let first = rule.title.split(' ').next().unwrap_or_default();
            let keyword = first.len() > 1 && first.chars().all(|c| c.is_ascii_uppercase());
            assert!(keyword || first.starts_with(|c: char| c.is_lowercase()), "{name}: the title starts in lower case");
            assert!(!rule.title.ends_with('.'), "{name}: the title ends without a full stop");
            for (what, text) in [("why", rule.why), ("remedy", rule.remedy)] {
                assert!(text.len() > 20 && text.ends_with('.'), "{name}: {what} is made of whole sentences");
            }
            for text in [rule.title, rule.why, rule.remedy] {
                assert!(!text.contains("  ") && !text.contains('\n'), "{name}: stray white space in {text:?}");
            }
            assert!(!rule.sources.is_empty(), "{name} has no source");
        }
    }

    #[test]
    fn parameters_are_documented() {
        for rule in RULES.iter() {
            let mut seen = BTreeSet::new();
            for parameter in rule.parameters {
                assert!(seen.insert(parameter.name), "{}: {} twice", rule.name, parameter.name);
                assert!(parameter.what.len() > 10, "{}: what is {}?", rule.name, parameter.name);
                assert!(!parameter.what.ends_with('.'), "{}: {} is a clause", rule.name, parameter.name);
                assert_eq!(rule.parameter(parameter.name).map(|p| p.what), Some(parameter.what));
            }
        }
    }

    #[test]
    fn examples_show_both_sides() {
        for rule in RULES.iter() {
            let name = rule.name;
            let of = |expect: Expect| rule.examples.iter().filter(move |example| example.expect == expect);
            assert!(of(Expect::Found).count() >= 1, "{name} has no bad example");
            assert!(of(Expect::Silent).count() >= 1, "{name} has no good example");
            let mut seen = BTreeSet::new();
            for example in rule.examples {
                assert!(example.sql.trim_end().ends_with(';'), "{name}: {} is no whole statement", example.sql);
                assert!(
                    example.until == 0 || example.since <= example.until,
                    "{name}: {} is for no major",
                    example.sql
                );
                // The same SQL may be judged under the guard, as a text and by a full check.
                let how = (example.lint, example.check);
                assert!(
                    seen.insert((example.given, example.sql, example.meanwhile, example.since, example.server, how)),
                    "{name}: {} twice",
                    example.sql
                );
            }
            for example in of(Expect::Silent) {
                assert!(example.cured, "{name}: {} has nothing to cure", example.sql);
            }
        }
    }
}
