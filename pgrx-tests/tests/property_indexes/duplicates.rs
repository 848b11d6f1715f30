//! 'This index repeats that one', against what the planner loses.
//!
//! Not too much: with only the cover left, every probing query that had only the redundant index must be planned as well, and
//! what an index promises (ON CONFLICT) must still be promised. Not too little: of the indexes that are left and that nothing
//! needs, each is worth something to some probing query.

use crate::random::{Random, cases};
use crate::{execute, stage};
use anyhow::{Result, ensure};
use harness::{Cluster, Session};
use postgres::SimpleQueryMessage;
use serde_json::Value;
use std::collections::BTreeSet;

const COLUMNS: &str = "u integer NOT NULL, v integer, a integer NOT NULL, b integer, c text, d text COLLATE \"C\" NOT NULL, \
                       f integer[]";

/// An index that is to be made.
#[derive(Clone)]
struct Spec {
    method: &'static str,
    keys: Vec<Key>,
    included: Vec<&'static str>,
    predicate: Option<&'static str>,
    unique: bool,
    nulls_not_distinct: bool,
    options: &'static str,
    constraint: bool,
}

#[derive(Clone, PartialEq)]
struct Key {
    what: &'static str,
    collation: &'static str,
    class: &'static str,
    descending: bool,
    /// The other place for NULLs than the usual one.
    odd_nulls: bool,
}

impl Key {
    fn sql(&self) -> String {
        let order = match (self.descending, self.odd_nulls) {
            (false, false) => "",
            (false, true) => " NULLS FIRST",
            (true, false) => " DESC",
            (true, true) => " DESC NULLS LAST",
        };
        format!("{}{}{}{order}", self.what, self.collation, self.class)
    }
}

impl Spec {
    fn sql(&self, name: &str, table: &str) -> String {
        let keys: Vec<String> = self.keys.iter().map(Key::sql).collect();
        let included =
            if self.included.is_empty() { String::new() } else { format!(" INCLUDE ({})", self.included.join(", ")) };
        let nulls = if self.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
        if self.constraint {
            return format!("ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE{nulls} ({}){included};", keys.join(", "));
        }
        let predicate = self.predicate.map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
        format!(
            "CREATE {}INDEX {name} ON {table} USING {} ({}){included}{nulls}{}{predicate};",
            if self.unique { "UNIQUE " } else { "" },
            self.method,
            keys.join(", "),
            self.options
        )
    }
}

const WHATS: &[&str] = &["u", "v", "a", "b", "c", "d", "lower(c)"];
const PREDICATES: &[&str] =
    &["a > 25", "b IS NOT NULL", "a IS NOT NULL", "d IS NOT NULL AND a IS NOT NULL", "b IS NULL"];

fn key(random: &mut Random) -> Key {
    let what = *random.pick(WHATS);
    let text = matches!(what, "c" | "d" | "lower(c)");
    Key {
        what,
        collation: if text && random.one_in(6) { " COLLATE \"POSIX\"" } else { "" },
        class: if text && random.one_in(5) { " text_pattern_ops" } else { "" },
        descending: random.one_in(4),
        odd_nulls: random.one_in(6),
    }
}

fn fresh(random: &mut Random) -> Spec {
    let mut spec = Spec {
        method: "btree",
        keys: Vec::new(),
        included: Vec::new(),
        predicate: None,
        unique: false,
        nulls_not_distinct: false,
        options: "",
        constraint: false,
    };
    match random.below(14) {
        0 => {
            spec.method = "hash";
            spec.keys = vec![plain(random.pick::<&str>(&["a", "b", "c", "u"]))];
            return spec;
        }
        1 => {
            spec.method = "gin";
            spec.keys = vec![plain("f")];
            spec.options = *random.pick(&["", " WITH (fastupdate = off)"]);
            return spec;
        }
        2 => {
            spec.method = "brin";
            spec.keys = vec![plain(random.pick::<&str>(&["a", "u"]))];
            spec.options = *random.pick(&["", " WITH (pages_per_range = 8)"]);
            return spec;
        }
        _ => {}
    }
    for _ in 0..=random.below(3) {
        let next = key(random);
        if !spec.keys.iter().any(|key| key.what == next.what) {
            spec.keys.push(next);
        }
    }
    if random.one_in(5) {
        spec.predicate = Some(*random.pick(PREDICATES));
    }
    if random.one_in(5) {
        include(&mut spec, random);
    }
    make_unique(&mut spec, random, 3);
    spec
}

fn plain(what: &'static str) -> Key {
    Key { what, collation: "", class: "", descending: false, odd_nulls: false }
}

fn include(spec: &mut Spec, random: &mut Random) {
    let column = *random.pick(&["a", "b", "d", "v"]);
    if !spec.keys.iter().any(|key| key.what == column) && !spec.included.contains(&column) {
        spec.included.push(column);
    }
}

/// u and v hold different values.
fn make_unique(spec: &mut Spec, random: &mut Random, one_in: usize) {
    if spec.method == "btree" && spec.keys.iter().any(|key| matches!(key.what, "u" | "v")) && random.one_in(one_in) {
        spec.unique = true;
        // v is NULL in many rows.
        let whole = spec.keys.iter().any(|key| key.what == "u");
        spec.nulls_not_distinct = whole && random.one_in(3);
        let simple = spec.keys.iter().all(|key| !key.what.contains('(') && *key == plain(key.what));
        spec.constraint = simple && spec.predicate.is_none() && random.one_in(2);
    }
}

/// The same index, or one like it.
fn like(spec: &Spec, random: &mut Random) -> Spec {
    let mut other = Spec { constraint: false, ..spec.clone() };
    if spec.method != "btree" {
        if random.one_in(3) {
            other.options = match spec.method {
                "gin" => " WITH (fastupdate = off)",
                "brin" => " WITH (pages_per_range = 8)",
                _ => " WITH (fillfactor = 80)",
            };
        }
        return other;
    }
    match random.below(12) {
        0 | 1 => {}
        2 | 3 => {
            let next = key(random);
            if !other.keys.iter().any(|key| key.what == next.what) {
                other.included.retain(|column| *column != next.what);
                other.keys.push(next);
            }
            other.unique = false;
        }
        4 => {
            other.keys.truncate(other.keys.len().max(2) - 1);
            other.unique = false;
        }
        5 => {
            for key in &mut other.keys {
                key.descending = !key.descending;
            }
        }
        6 => {
            let at = random.below(other.keys.len());
            other.keys[at].descending = !other.keys[at].descending;
        }
        7 => {
            let at = random.below(other.keys.len());
            other.keys[at].odd_nulls = !other.keys[at].odd_nulls;
        }
        8 => include(&mut other, random),
        9 => other.predicate = if other.predicate.is_some() { None } else { Some(*random.pick(PREDICATES)) },
        10 => {
            other.unique = false;
            other.options = " WITH (fillfactor = 70)";
        }
        _ => {
            other.unique = false;
            make_unique(&mut other, random, 1);
        }
    }
    other
}

/// Queries of all kinds, for the columns and for what the indexes are made of.
fn probes(table: &str, specs: &[Spec]) -> Vec<String> {
    let mut probes = BTreeSet::new();
    let mut add = |sql: String| {
        probes.insert(sql);
    };
    let equal = |what: &str| match what {
        "c" | "d" => format!("{what} = 'w7'"),
        "lower(c)" => "lower(c) = 'w7'".to_owned(),
        _ => format!("{what} = 7"),
    };
    for what in WHATS {
        let any_collation =
            if matches!(*what, "c" | "d" | "lower(c)") { vec!["", " COLLATE \"POSIX\""] } else { vec![""] };
        for collation in &any_collation {
            for (order, nulls) in [("", ""), (" DESC", ""), ("", " NULLS FIRST"), (" DESC", " NULLS LAST")] {
                add(format!("SELECT * FROM {table} ORDER BY {what}{collation}{order}{nulls} LIMIT 5"));
            }
            add(format!(
                "SELECT * FROM {table} WHERE {what}{collation} > {} LIMIT 5",
                if any_collation.len() > 1 { "'w9'" } else { "9" }
            ));
        }
        add(format!("SELECT * FROM {table} WHERE {}", equal(what)));
        add(format!("SELECT * FROM {table} WHERE {what} IS NULL"));
        add(format!("SELECT * FROM {table} WHERE {what} IS NOT NULL ORDER BY {what} LIMIT 3"));
        if any_collation.len() > 1 {
            add(format!("SELECT * FROM {table} WHERE {what} LIKE 'w12%'"));
        }
    }
    add(format!("SELECT * FROM {table} WHERE f @> ARRAY[7]"));
    add(format!("SELECT * FROM {table} WHERE a BETWEEN 3 AND 4"));
    add(format!("SELECT * FROM {table} WHERE u BETWEEN 30 AND 40"));
    for spec in specs.iter().filter(|spec| spec.method == "btree") {
        let predicate = spec.predicate.map(|predicate| format!(" AND {predicate}")).unwrap_or_default();
        let wheres: Vec<String> = spec.keys.iter().map(|key| equal(key.what)).collect();
        for n in 1..=wheres.len() {
            add(format!("SELECT * FROM {table} WHERE {}{predicate}", wheres[..n].join(" AND ")));
            // Only what the index holds: an index-only scan.
            let mut held: Vec<&str> = spec.keys.iter().map(|key| key.what).filter(|what| !what.contains('(')).collect();
            held.extend(&spec.included);
            if !held.is_empty() {
                add(format!("SELECT {} FROM {table} WHERE {}{predicate}", held.join(", "), wheres[..n].join(" AND ")));
            }
            let order = |flip: bool| {
                let keys = spec.keys[..n].iter().map(|key| {
                    let down = key.descending != flip;
                    // Flipped, NULLs are at the other end, too.
                    let first = (key.descending != key.odd_nulls) != flip;
                    let collation = if key.class.is_empty() { key.collation } else { "" };
                    let by = if key.class.is_empty() {
                        if down { "DESC" } else { "ASC" }
                    } else if down {
                        "USING ~>~"
                    } else {
                        "USING ~<~"
                    };
                    format!("{}{collation} {by} NULLS {}", key.what, if first { "FIRST" } else { "LAST" })
                });
                keys.collect::<Vec<_>>().join(", ")
            };
            for flip in [false, true] {
                let wanted = spec.predicate.map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
                add(format!("SELECT * FROM {table}{wanted} ORDER BY {} LIMIT 5", order(flip)));
            }
        }
        if spec.unique {
            let keys: Vec<String> =
                spec.keys.iter().map(|key| format!("{}{}{}", key.what, key.collation, key.class)).collect();
            let wanted = spec.predicate.map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
            add(format!(
                "INSERT INTO {table} (u, a, d) VALUES (1, 1, 'x') ON CONFLICT ({}){wanted} DO NOTHING",
                keys.join(", ")
            ));
        }
    }
    probes.into_iter().collect()
}

/// A plan: its cost, and what it can and has to do (sort, read the table, answer from the index alone).
struct Plan {
    cost: f64,
    shape: String,
}

/// The nodes that tell what an index could not do.
fn shape(plan: &Value) -> String {
    let node = plan["Node Type"].as_str().unwrap_or_default();
    let telling = matches!(node, "Sort" | "Incremental Sort" | "Seq Scan" | "Index Only Scan");
    let below: Vec<String> = plan["Plans"].as_array().into_iter().flatten().map(shape).collect();
    format!("{} {}", if telling { node } else { "" }, below.join(" ")).trim().to_owned()
}

/// What the disabled nodes of a plan would cost: up to 17 the server adds it to the cost itself (`disable_cost`), from 18 on it
/// counts them and shows them.
fn disabled(plan: &Value) -> f64 {
    let here = if plan["Disabled"].as_bool() == Some(true) { 1e10 } else { 0.0 };
    plan["Plans"].as_array().into_iter().flatten().map(disabled).sum::<f64>() + here
}

/// The plan of each probe; none where the server refuses it.
fn costs(session: &mut Session, probes: &[String]) -> Result<Vec<Option<Plan>>> {
    let mut list = Vec::new();
    for probe in probes {
        session.batch_execute("SAVEPOINT probe")?;
        let cost = match session.simple_query(&format!("EXPLAIN (FORMAT JSON) {probe}")) {
            Ok(messages) => messages.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    let plan: Value = serde_json::from_str(row.get(0)?).ok()?;
                    let plan = &plan[0]["Plan"];
                    Some(Plan { cost: plan["Total Cost"].as_f64()? + disabled(plan), shape: shape(plan) })
                }
                _ => None,
            }),
            Err(_) => None,
        };
        session.batch_execute("ROLLBACK TO SAVEPOINT probe")?;
        list.push(cost);
    }
    Ok(list)
}

fn drop_of(spec: &Spec, name: &str, table: &str) -> String {
    if spec.constraint { format!("ALTER TABLE {table} DROP CONSTRAINT {name};") } else { format!("DROP INDEX {name};") }
}

#[test]
fn what_is_called_redundant_is_what_the_planner_does_not_miss() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = stage(&db)?;
    let (mut random, seed) = Random::from_environment(2);
    let count = cases(120);
    let mut tables: Vec<Vec<Spec>> = Vec::new();
    for n in 0..count {
        let mut specs = vec![fresh(&mut random)];
        for _ in 0..1 + random.below(4) {
            let next = if random.one_in(4) {
                fresh(&mut random)
            } else {
                like(&specs[random.below(specs.len())].clone(), &mut random)
            };
            specs.push(next);
        }
        let mut sql = format!(
            "CREATE TABLE t{n} ({COLUMNS});
             INSERT INTO t{n} SELECT g, CASE WHEN g % 3 > 0 THEN g END, g * 7919 % 50, CASE WHEN g % 10 > 0 THEN g * 31 % 300 END,
                    'w' || g * 17 % 400, 'w' || g % 900, ARRAY[g % 40, g % 7] FROM generate_series(1, 3000) AS g;\n"
        );
        for (i, spec) in specs.iter().enumerate() {
            sql.push_str(&spec.sql(&format!("t{n}_i{i}"), &format!("t{n}")));
            sql.push('\n');
        }
        execute(&mut session, &sql)?;
        tables.push(specs);
    }
    execute(&mut session, "VACUUM ANALYZE")?;
    let rows = session
        .query("SELECT object, evidence->>'twin' FROM architect.check('p') WHERE rule = 'index-duplicate'", &[])?;
    let bare = |text: String| text.trim_start_matches("p.").to_owned();
    let found: Vec<(String, String)> = rows.iter().map(|row| (bare(row.get(0)), bare(row.get(1)))).collect();
    // What another rule calls useless: from 17 on the planner drops IS NOT NULL of a NOT NULL column before it looks for what
    // proves the predicate of an index.
    let rows = session.query("SELECT object FROM architect.check('p') WHERE rule = 'needless-index-predicate'", &[])?;
    let useless: BTreeSet<String> = rows.iter().map(|row| bare(row.get(0))).collect();
    // How the planner would do without a sequential scan; a bitmap scan loses the order, and is left to those that need it.
    session.batch_execute("SET enable_seqscan = off")?;
    let mut wrong = Vec::new();
    let (mut pairs, mut kept, mut plans) = (0, 0, 0);
    for (n, specs) in tables.iter().enumerate() {
        let table = format!("t{n}");
        let name = |i: usize| format!("t{n}_i{i}");
        let place = |of: &str| (0..specs.len()).find(|i| name(*i) == of);
        let all: String =
            specs.iter().enumerate().map(|(i, spec)| format!("  {}\n", spec.sql(&name(i), &table))).collect();
        let probes = probes(&table, specs);
        let here: Vec<(usize, usize)> =
            found.iter().filter_map(|(index, twin)| Some((place(index)?, place(twin)?))).collect();
        let redundant: BTreeSet<usize> = here.iter().map(|(index, _)| *index).collect();
        // Not too much.
        for (index, twin) in &here {
            pairs += 1;
            let mut sides = Vec::new();
            for left in [index, twin] {
                session.batch_execute("BEGIN")?;
                for (i, spec) in specs.iter().enumerate().filter(|(i, _)| i != left) {
                    execute(&mut session, &drop_of(spec, &name(i), &table))?;
                }
                sides.push(costs(&mut session, &probes)?);
                plans += probes.len();
                session.batch_execute("ROLLBACK")?;
            }
            let size = |session: &mut Session, i: usize| -> Result<f64> {
                Ok(session.query_one("SELECT pg_relation_size($1::text::regclass)::float8", &[&name(i)])?.get(0))
            };
            let ratio = (size(&mut session, *twin)? / size(&mut session, *index)?).max(1.0);
            for (probe, (with, without)) in probes.iter().zip(sides[0].iter().zip(&sides[1])) {
                let lost = match (with, without) {
                    // The planner takes the rows of an index with several keys for less well ordered (`btcostestimate`), so that the
                    // same plan costs more by some factor.
                    (Some(with), Some(without)) => {
                        let factor = if with.shape == without.shape { 4.0 } else { 1.1 };
                        without.cost > with.cost * factor * ratio + 1.0
                    }
                    (with, without) => with.is_some() && without.is_none(),
                };
                if lost {
                    wrong.push(format!(
                        "{} is said to be redundant beside {}, but {probe}\n  costs {:?} with it and {:?} with the other\n{all}",
                        name(*index),
                        name(*twin),
                        with.as_ref().map(|plan| (plan.cost, &plan.shape)),
                        without.as_ref().map(|plan| (plan.cost, &plan.shape)),
                    ));
                }
            }
        }
        // Not too little: the rest, one by one.
        session.batch_execute("BEGIN")?;
        for i in &redundant {
            execute(&mut session, &drop_of(&specs[*i], &name(*i), &table))?;
        }
        let before = costs(&mut session, &probes)?;
        for (i, spec) in specs
            .iter()
            .enumerate()
            // BRIN with ranges of another size reads more or fewer pages, and is neither the same nor needed.
            .filter(|(i, spec)| !redundant.contains(i) && !spec.constraint && spec.method != "brin")
        {
            kept += 1;
            session.batch_execute("SAVEPOINT one")?;
            execute(&mut session, &drop_of(spec, &name(i), &table))?;
            let after = costs(&mut session, &probes)?;
            plans += probes.len();
            session.batch_execute("ROLLBACK TO SAVEPOINT one")?;
            let missed = before.iter().zip(&after).any(|pair| match pair {
                (Some(before), Some(after)) => after.cost > before.cost * 1.001,
                (before, after) => before.is_some() && after.is_none(),
            });
            if !missed && !useless.contains(&name(i)) {
                wrong.push(format!("{} is not said to be redundant, and no plan needs it\n{all}", name(i)));
            }
        }
        session.batch_execute("ROLLBACK")?;
    }
    println!(
        "duplicates: {count} tables (seed {seed}), {pairs} redundant indexes, {kept} others, {plans} plans, {} wrong",
        wrong.len()
    );
    ensure!(wrong.is_empty(), "seed {seed}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
    ensure!(pairs > count / 5 && kept > count / 2, "a poor mix: {pairs} and {kept}");
    Ok(())
}
