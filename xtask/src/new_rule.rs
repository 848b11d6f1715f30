//! `new-rule`: the skeleton of a rule.

use anyhow::{Context, Result, bail, ensure};
use engine::rule::Category;
use engine::rules::RULES;
use harness::prefix::repository;
use std::fs;
use std::path::Path;

/// Write the skeleton of a rule into engine/src/rules/<category>/ and add it to the
/// category's list
///
/// A name is the pattern that the rule finds, not the cure, in lower case with hyphens:
/// `index-not-concurrent`. Then fill in the file, and run `cargo xtask test <name>` and
/// `cargo xtask docs`.
///
/// Example:
///
///   cargo xtask new-rule locks explicit-lock
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// locks, breakage, data-loss, transactions, design, types, naming or security
    #[arg(value_parser = category)]
    category: Category,
    /// The rule's name
    name: String,
}

fn category(text: &str) -> Result<Category, String> {
    Category::ALL.into_iter().find(|category| category.as_str() == text).ok_or_else(|| {
        let names: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
        format!("the categories are {}", names.join(", "))
    })
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let name = arguments.name.as_str();
    check_name(name)?;
    ensure!(!RULES.iter().any(|rule| rule.name == name), "there is a rule {name} already");
    let folder = repository().join("engine/src/rules").join(arguments.category.as_str().replace('-', "_"));
    let file = write(&folder, arguments.category, name)?;
    println!("wrote {}", file.strip_prefix(repository()).unwrap_or(&file).display());
    println!("next: fill it in, then `cargo xtask test {name}` and `cargo xtask docs`");
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    let words: Vec<&str> = name.split('-').collect();
    let sound = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    ensure!(
        words.iter().all(sound) && (2..=6).contains(&words.len()) && name.len() <= 40,
        "a rule's name is two to six words in lower case, joined by hyphens, of 40 letters at most: {name:?} is not"
    );
    Ok(())
}

fn write(folder: &Path, category: Category, name: &str) -> Result<std::path::PathBuf> {
    let module = name.replace('-', "_");
    let file = folder.join(format!("{module}.rs"));
    ensure!(!file.exists(), "{} is there already", file.display());
    let list = folder.join("mod.rs");
    let source = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let listed = add_to_list(&source, &module)?;
    fs::write(&file, skeleton(category, name))?;
    fs::write(&list, listed)?;
    Ok(file)
}

/// Adds `mod x;` in alphabetical order, and `&x::RULE` at the end of the list: the order of
/// the list is the order of the docs.
fn add_to_list(source: &str, module: &str) -> Result<String> {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let line = format!("mod {module};");
    ensure!(!lines.contains(&line), "mod.rs names {module} already");
    let modules: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].starts_with("mod ")).collect();
    match modules.iter().find(|i| lines[**i] > line) {
        Some(next) => lines.insert(*next, line),
        None => match modules.last() {
            Some(last) => lines.insert(last + 1, line),
            None => {
                // The first rule of its category: behind the head comment.
                let head = lines.iter().take_while(|line| line.starts_with("//!")).count();
                lines.splice(head..head, [String::new(), line]);
            }
        },
    }
    let mut text = lines.join("\n") + "\n";
    let Some(start) = text.find("RULES: &[&Rule] = &[") else { bail!("mod.rs holds no list of RULES") };
    let Some(end) = text[start..].find("];").map(|found| start + found) else { bail!("the list of RULES has no end") };
    let inside = start + "RULES: &[&Rule] = &[".len();
    let mut entries: Vec<String> =
        text[inside..end].split(',').map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect();
    entries.push(format!("&{module}::RULE"));
    // rustfmt's own forms: on one line where that fits, else one entry a line.
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let one_line = entries.join(", ");
    let list = if inside - line_start + one_line.len() + "];".len() <= 120 {
        one_line
    } else {
        format!("\n{}", entries.iter().map(|entry| format!("    {entry},\n")).collect::<String>())
    };
    text.replace_range(inside..end, &list);
    Ok(text)
}

fn skeleton(category: Category, name: &str) -> String {
    let variant = format!("{category:?}");
    format!(
        r#"//! One line: what PostgreSQL does that makes this worth a rule.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {{
    name: "{name}",
    category: {variant},
    severity: Warning,
    title: "lower case, no full stop",
    why: "What PostgreSQL does, and who suffers from it.",
    remedy: "What to do instead.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "the section that says so")],
    examples: &[
        bad("ALTER TABLE orders ...;").given(ORDERS),
        good("ALTER TABLE orders ...;").title("an empty table").given(EMPTY_ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
}};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {{
    let (Ddl::AlterTable(_), Some(table)) = (&statement.ddl, &statement.target) else {{ return }};
    let relation = &table.relation;
    if !cx.live(relation) {{
        return;
    }}
    out.relation(relation, format!("what happens to {{}}", relation.display()))
        .detail(format!("The numbers: {{}}.", cx.sized(relation)))
        .advice("What to do, before the SQL:")
        .remedy("ALTER TABLE ...;");
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str =
        "//! What blocks.\n\nuse crate::rule::Rule;\n\n/// The rules.\npub static RULES: &[&Rule] = &[];\n";

    #[test]
    fn names() {
        assert!(check_name("index-not-concurrent").is_ok());
        assert!(check_name("primary-key-int4").is_ok());
        for bad in ["Index-dropped", "index", "index_dropped", "index--dropped", "-index", "a b", "4-index", ""] {
            assert!(check_name(bad).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn a_rule_is_added_in_order_and_once() {
        let one = add_to_list(EMPTY, "index_dropped").expect("the first");
        assert!(one.contains("//! What blocks.\n\nmod index_dropped;\n\nuse crate"), "{one}");
        let two = add_to_list(&one, "a_first").expect("the second");
        assert!(two.contains("mod a_first;\nmod index_dropped;\n"), "{two}");
        assert!(two.contains("= &[&index_dropped::RULE, &a_first::RULE];"), "{two}");
        assert!(add_to_list(&two, "a_first").is_err());
    }

    #[test]
    fn a_long_list_has_one_rule_a_line() {
        let mut text = EMPTY.to_owned();
        for name in
            ["primary_key_missing", "foreign_key_without_index", "index_duplicate", "timestamp_without_time_zone"]
        {
            text = add_to_list(&text, name).expect("added");
        }
        assert!(text.contains("= &[\n    &primary_key_missing::RULE,\n"), "{text}");
        assert!(text.contains("    &timestamp_without_time_zone::RULE,\n];\n"), "{text}");
    }

    #[test]
    fn the_skeleton_is_written_once() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("mod.rs"), EMPTY).expect("written");
        let file = write(folder.path(), Category::DataLoss, "rows-lost").expect("written");
        let text = fs::read_to_string(&file).expect("read");
        assert!(text.contains("name: \"rows-lost\"") && text.contains("category: DataLoss"), "{text}");
        assert!(fs::read_to_string(folder.path().join("mod.rs")).expect("read").contains("&rows_lost::RULE"));
        assert!(write(folder.path(), Category::DataLoss, "rows-lost").is_err());
    }
}
