//! Many findings about names say one thing: that names are made in another way here. They become one finding.
//!
//! A full check groups by schema. A transaction, or a statement of a text, groups the columns of a table. Both happen when it is
//! settled what is suppressed, adopted and switched off, column by column: what is accepted is not counted and not named.

use crate::facts::{Aftermath, Relation};
use crate::finding::{Finding, Findings};
use crate::hash::QuickMap;
use crate::rule::{Category, Rule, Severity};
use crate::sql;
use crate::text::list;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// From how many findings of one naming rule on a schema has a convention of its own.
pub const IN_A_SCHEMA: usize = 25;

/// From how many columns of a table one rule speaks of the table, and no longer of each column.
pub const IN_A_TABLE: usize = 3;

/// Columns that a message names; the evidence names all.
const SHOWN: usize = 12;

/// One finding about the schema in place of many about its names.
#[must_use]
pub fn of_schemas(findings: Vec<Finding>, limit: usize) -> Vec<Finding> {
    let mut counts: QuickMap<(&str, &str), (&'static Rule, usize)> = QuickMap::default();
    for finding in findings.iter().filter(|finding| finding.rule.category == Category::Naming) {
        counts.entry((finding.rule.name, &finding.object.schema)).or_insert((finding.rule, 0)).1 += 1;
    }
    counts.retain(|(_, schema), (_, count)| *count > limit && !schema.is_empty());
    if counts.is_empty() {
        return findings;
    }
    // By rule and schema.
    let mut places: QuickMap<&str, QuickMap<String, usize>> = QuickMap::default();
    let mut groups: Vec<(&'static Rule, String, Vec<String>)> = Vec::with_capacity(counts.len());
    for ((name, schema), (rule, count)) in counts {
        places.entry(name).or_default().insert(schema.to_owned(), groups.len());
        groups.push((rule, schema.to_owned(), Vec::with_capacity(count)));
    }
    let mut findings = findings;
    findings.retain(|finding| {
        let place = places.get(finding.rule.name).and_then(|schemas| schemas.get(&finding.object.schema));
        if let Some(place) = place {
            groups[*place].2.push(finding.object.identity());
        }
        place.is_none()
    });
    findings.extend(groups.into_iter().map(|(rule, schema, names)| of_schema(rule, &schema, names)));
    findings
}

/// Whether the rule's findings on this schema are too few for one that speaks for all.
#[must_use]
pub fn stays_apart(findings: &[Finding], schema: &str, limit: Option<usize>) -> bool {
    let count = findings.iter().filter(|finding| finding.object.schema == schema).count();
    limit.is_none_or(|limit| count <= limit)
}

fn of_schema(rule: &'static Rule, schema: &str, mut names: Vec<String>) -> Finding {
    names.sort_unstable();
    let mut findings = Findings::new(rule, None);
    findings
        .schema(schema, format!("{} names in schema {}: {}", names.len(), sql::ident(schema), rule.title))
        .severity(Severity::Info)
        .detail(format!("For example {}; the evidence names all of them.", list(&names, 3)))
        .advice(format!("So many are a convention. {}", switch_off(rule, schema)))
        .evidence("names", names);
    findings.into_vec().remove(0)
}

fn switch_off(rule: &Rule, schema: &str) -> String {
    format!(
        "Where it is one that you keep, switch the rule off for the schema: SELECT architect.configure({}, 'off', \
         schema_pattern => {}).",
        sql::literal(rule.name),
        sql::literal(schema)
    )
}

/// What tells the groups of columns apart. A place in the text belongs to it: a comment may allow one statement of several.
type Key = (&'static str, String, String, Option<usize>);

/// One finding about the table in place of many about its columns' names.
#[must_use]
pub fn of_tables(findings: Vec<Finding>, aftermath: &Aftermath) -> Vec<Finding> {
    if findings.len() <= IN_A_TABLE {
        return findings;
    }
    let key = |finding: &Finding| -> Option<Key> {
        let object = &finding.object;
        (finding.rule.category == Category::Naming && object.column.is_some())
            .then(|| (finding.rule.name, object.schema.clone(), object.name.clone(), finding.position))
    };
    let mut groups: HashMap<Key, Vec<Finding>> = HashMap::new();
    for finding in &findings {
        if let Some(key) = key(finding) {
            groups.entry(key).or_default().push(finding.clone());
        }
    }
    groups.retain(|_, group| group.len() > IN_A_TABLE);
    if groups.is_empty() {
        return findings;
    }
    let relations: HashMap<(&str, &str), &Relation> = aftermath
        .tables
        .iter()
        .map(|table| ((table.relation.schema.as_str(), table.relation.name.as_str()), &table.relation))
        .collect();
    let mut said: HashSet<Key> = HashSet::new();
    let mut kept = Vec::new();
    for finding in findings {
        let group = key(&finding).and_then(|key| Some((groups.get(&key)?, key)));
        let relation = relations.get(&(finding.object.schema.as_str(), finding.object.name.as_str()));
        match (group, relation) {
            (Some((group, key)), Some(relation)) => {
                if said.insert(key) {
                    kept.push(of_table(relation, group));
                }
            }
            _ => kept.push(finding),
        }
    }
    kept
}

fn of_table(relation: &Relation, group: &[Finding]) -> Finding {
    let first = &group[0];
    let rule = first.rule;
    let name = |finding: &Finding| finding.object.column.clone().unwrap_or_default();
    let names: Vec<String> = group.iter().map(name).collect();
    // In the order of the columns, as their findings were.
    let mut details: Vec<(&str, Vec<String>)> = Vec::new();
    for finding in group {
        let shown = sql::ident(&name(finding));
        match details.iter_mut().find(|(detail, _)| *detail == finding.detail) {
            Some((_, columns)) => columns.push(shown),
            None => details.push((&finding.detail, vec![shown])),
        }
    }
    let detail = details.iter().map(|(detail, columns)| format!("{}: {detail}", list(columns, SHOWN)));
    let proposed: BTreeMap<String, Value> = group
        .iter()
        .filter_map(|finding| Some((name(finding), finding.evidence.get("proposed_name")?.clone())))
        .collect();
    let (remedy, without) = together(group);
    let mut advice = vec![format!("So many may be a convention. {}", switch_off(rule, &relation.schema))];
    if remedy.is_empty() {
        advice.push(format!(
            "If no deployed code uses the names yet, change them in the migration that creates them. Otherwise a rename would \
             break that code: accept those of the table with architect.suppress({}, {}, 'reason').",
            sql::literal(rule.name),
            sql::literal(&relation.sql())
        ));
    } else {
        if !without.is_empty() {
            advice.push(format!("For {} find other names.", list(&without, SHOWN)));
        }
        advice.push("Otherwise rename them before code depends on the names:".to_owned());
    }
    let mut findings = Findings::new(rule, first.position);
    let finding =
        findings.relation(relation, format!("{} columns of {}: {}", group.len(), relation.display(), rule.title));
    finding
        .severity(group.iter().map(|finding| finding.severity).max().unwrap_or(rule.severity))
        .detail(detail.collect::<Vec<_>>().join("\n"))
        .advice(advice.join(" "))
        .remedy(remedy)
        .discriminator(names.join(","))
        .evidence("columns", names);
    if !proposed.is_empty() {
        finding.evidence("proposed_names", Value::Object(Map::from_iter(proposed)));
    }
    findings.into_vec().remove(0)
}

/// The remedies one after the other, and the columns that have none. Of two columns that would get the same name, one does.
fn together(group: &[Finding]) -> (String, Vec<String>) {
    let mut taken: HashSet<&Value> = HashSet::new();
    let (mut remedies, mut without) = (Vec::new(), Vec::new());
    for finding in group {
        let free = finding.evidence.get("proposed_name").is_none_or(|name| taken.insert(name));
        if finding.remedy.is_empty() || !free {
            without.push(sql::ident(finding.object.column.as_deref().unwrap_or_default()));
        } else {
            remedies.push(finding.remedy.as_str());
        }
    }
    (remedies.join("\n"), without)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Table;
    use crate::judge;

    fn about(table: &Table, columns: &[&str], position: Option<usize>) -> Vec<Finding> {
        let mut findings = Findings::new(judge::rule("column-name-snake-case").expect("a rule"), position);
        for column in columns {
            let new = column.to_lowercase();
            findings
                .column(&table.relation, column, format!("column name {column}"))
                .detail("Quotes.")
                .remedy(format!("ALTER TABLE shop.t RENAME COLUMN {} TO {new};", sql::ident(column)))
                .evidence("proposed_name", new.as_str());
        }
        findings.into_vec()
    }

    fn aftermath(tables: &[Table]) -> Aftermath {
        Aftermath { tables: tables.to_vec(), ..Aftermath::default() }
    }

    #[test]
    fn up_to_three_columns_speak_for_themselves() {
        let table = crate::rules::testing::table(1, "t", 0, &[]);
        let three = of_tables(about(&table, &["aB", "bB", "cB"], None), &aftermath(std::slice::from_ref(&table)));
        assert!(three.len() == 3 && three.iter().all(|finding| finding.object.column.is_some()));
        let four = of_tables(about(&table, &["aB", "bB", "cB", "dB"], None), &aftermath(&[table]));
        let [one] = four.as_slice() else { panic!("{four:?}") };
        assert_eq!((one.object.kind, one.object.identity().as_str()), ("table", "shop.t"));
        assert_eq!(one.detail, "\"aB\", \"bB\", \"cB\" and \"dB\": Quotes.");
        assert_eq!(one.remedy.lines().count(), 4);
    }

    #[test]
    fn tables_and_places_are_kept_apart() {
        let tables = [crate::rules::testing::table(1, "t", 0, &[]), crate::rules::testing::table(2, "u", 0, &[])];
        let mut findings = about(&tables[0], &["aB", "bB", "cB"], Some(0));
        findings.extend(about(&tables[0], &["dB"], Some(90)));
        findings.extend(about(&tables[1], &["aB", "bB", "cB", "dB"], Some(50)));
        let grouped = of_tables(findings, &aftermath(&tables));
        assert_eq!(grouped.iter().filter(|finding| finding.object.column.is_some()).count(), 4);
        assert_eq!(grouped.len(), 5);
        assert!(grouped.iter().any(|f| f.object.name == "u" && f.position == Some(50) && f.object.column.is_none()));
    }

    #[test]
    fn the_worst_severity_counts_and_no_name_is_given_twice() {
        let table = crate::rules::testing::table(1, "t", 0, &[]);
        let mut findings = about(&table, &["aB", "AB", "bB", "cB"], None);
        findings[2].severity = Severity::Warning;
        findings[3].detail = "Other.".to_owned();
        findings[3].remedy.clear();
        let grouped = of_tables(findings, &aftermath(&[table]));
        assert_eq!(grouped[0].severity, Severity::Warning);
        assert_eq!(grouped[0].detail, "\"aB\", \"AB\" and \"bB\": Quotes.\n\"cB\": Other.");
        assert!(grouped[0].advice.contains("For \"AB\" and \"cB\" find other names."), "{}", grouped[0].advice);
        assert_eq!(grouped[0].remedy.lines().count(), 2);
    }

    #[test]
    fn other_columns_are_another_finding() {
        let table = crate::rules::testing::table(1, "t", 0, &[]);
        let print = |columns: &[&str]| {
            of_tables(about(&table, columns, None), &aftermath(std::slice::from_ref(&table)))[0].fingerprint()
        };
        assert_eq!(print(&["aB", "bB", "cB", "dB"]), print(&["aB", "bB", "cB", "dB"]));
        assert_ne!(print(&["aB", "bB", "cB", "dB"]), print(&["aB", "bB", "cB", "eB"]));
    }
}
