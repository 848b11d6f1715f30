//! 'No index finds the rows of this foreign key', against the plan and the pages of the referential trigger's own query.

use crate::random::{Random, cases};
use crate::{execute, extension, stage};
use anyhow::{Context, Result, anyhow, ensure};
use harness::{Cluster, Session};
use serde_json::Value;
use std::collections::BTreeSet;

/// Rows of a referencing table: enough that reading an index whole shows.
const ROWS: usize = 10_000;
/// Pages that a search may touch; reading an index whole touches more than twice as many.
const PAGES: u64 = 12;

/// A column of the key: the type there and here, and an expression for its value number `v`.
struct Kind {
    parent: &'static str,
    child: &'static str,
    value: &'static str,
    text: bool,
}

const KINDS: &[Kind] = &[
    Kind { parent: "bigint", child: "bigint", value: "{}", text: false },
    Kind { parent: "bigint", child: "integer", value: "{}", text: false },
    Kind { parent: "integer", child: "bigint", value: "{}", text: false },
    Kind { parent: "smallint", child: "integer", value: "{}", text: false },
    Kind { parent: "numeric", child: "bigint", value: "{}", text: false },
    Kind { parent: "numeric", child: "numeric", value: "{}", text: false },
    Kind { parent: "double precision", child: "real", value: "{}", text: false },
    Kind { parent: "uuid", child: "uuid", value: "md5({}::text)::uuid", text: false },
    Kind { parent: "date", child: "date", value: "'2026-01-01'::date + {}", text: false },
    Kind { parent: "timestamp", child: "date", value: "'2026-01-01'::date + {}", text: false },
    Kind { parent: "text", child: "text", value: "'k' || {}", text: true },
    Kind { parent: "text", child: "varchar(20)", value: "'k' || {}", text: true },
    Kind { parent: "varchar(20)", child: "text", value: "'k' || {}", text: true },
    Kind { parent: "text", child: "text COLLATE \"C\"", value: "'k' || {}", text: true },
    Kind { parent: "char(8)", child: "char(8)", value: "'k' || {}", text: true },
    Kind { parent: "text", child: "char(8)", value: "'k' || {}", text: true },
];

struct Case {
    name: String,
    create: String,
    /// Run behind, with the guard off.
    after: String,
    /// Deletes of referenced rows that nothing refers to, each with another column that has no match.
    deletes: Vec<String>,
    columns: Vec<String>,
    indexes: Vec<String>,
}

fn case(n: usize, random: &mut Random, gist: bool, gin: bool) -> Case {
    let (parent, child) = (format!("parent_{n}"), format!("child_{n}"));
    let width = 1 + random.below(3);
    let kinds: Vec<&Kind> = (0..width).map(|_| random.pick(KINDS)).collect();
    let columns: Vec<String> = (0..width).map(|i| format!("fk{i}")).collect();
    let keys: Vec<String> = (0..width).map(|i| format!("k{i}")).collect();

    let value = |kind: &Kind, v: &str| kind.value.replace("{}", &format!("({v})"));
    let there: Vec<String> = keys.iter().zip(&kinds).map(|(key, kind)| format!("{key} {}", kind.parent)).collect();
    let nullable = random.one_in(2);
    let here: Vec<String> = columns
        .iter()
        .zip(&kinds)
        .map(|(column, kind)| format!("{column} {}{}", kind.child, if nullable { "" } else { " NOT NULL" }))
        .collect();
    let partitioned = random.one_in(8);
    let mut create = format!(
        "CREATE TABLE {parent} ({}, PRIMARY KEY ({}));\n\
         CREATE TABLE {child} ({}, x integer NOT NULL, y text){};\n",
        there.join(", "),
        keys.join(", "),
        here.join(", "),
        if partitioned { " PARTITION BY HASH (x)" } else { "" }
    );
    let mut tables = vec![child.clone()];
    if partitioned {
        for part in 0..2 {
            create.push_str(&format!(
                "CREATE TABLE {child}_{part} PARTITION OF {child} FOR VALUES WITH (MODULUS 2, REMAINDER {part});\n"
            ));
            tables.push(format!("{child}_{part}"));
        }
    }
    // The values 0 to 2 are there, 0 and 2 are referred to.
    let spread = |i: usize| format!("(g / {} % 3)", 3usize.pow(u32::try_from(i).unwrap_or(0)));
    let all: Vec<String> =
        kinds.iter().enumerate().map(|(i, kind)| value(kind, &format!("{}::int", spread(i)))).collect();
    create.push_str(&format!(
        "INSERT INTO {parent} SELECT {} FROM generate_series(0, {}) AS g;\n",
        all.join(", "),
        3usize.pow(u32::try_from(width).unwrap_or(1)) - 1
    ));
    let some: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(i, kind)| {
            let filled = value(kind, &format!("(2 * (g / {} % 2))::int", 1 << i));
            if nullable { format!("CASE WHEN g % 97 > 0 THEN {filled} END") } else { filled }
        })
        .collect();
    create.push_str(&format!(
        "INSERT INTO {child} SELECT {}, g, 'y' || g FROM generate_series(1, {ROWS}) AS g;\n",
        some.join(", ")
    ));
    let mut indexes = Vec::new();
    let mut after = String::new();
    for i in 0..random.below(4) {
        let name = format!("idx_{n}_{i}");
        // Mostly on the table; sometimes on the partitions one by one.
        let on = if partitioned && random.one_in(2) { random.pick(&tables).clone() } else { child.clone() };
        let sql = index(&name, &on, &columns, &kinds, random, gist, gin);
        if random.one_in(10) {
            after.push_str(&format!("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass;\n"));
        }
        create.push_str(&sql);
        create.push('\n');
        indexes.push(sql);
    }
    create.push_str(&format!(
        "ALTER TABLE {child} ADD CONSTRAINT {child}_fk FOREIGN KEY ({}) REFERENCES {parent};\n",
        columns.join(", ")
    ));
    let deletes = (0..width)
        .map(|absent| {
            let conditions: Vec<String> = keys
                .iter()
                .zip(&kinds)
                .enumerate()
                .map(|(i, (key, kind))| format!("{key} = {}", value(kind, if i == absent { "1" } else { "0" })))
                .collect();
            format!("DELETE FROM {parent} WHERE {}", conditions.join(" AND "))
        })
        .collect();
    Case { name: format!("p.{child}.{child}_fk"), create, after, deletes, columns, indexes }
}

fn index(
    name: &str,
    on: &str,
    columns: &[String],
    kinds: &[&Kind],
    random: &mut Random,
    gist: bool,
    gin: bool,
) -> String {
    let key = |i: usize, random: &mut Random, btree: bool| {
        let kind = kinds[i];
        let mut text = columns[i].clone();
        if btree && random.one_in(12) {
            return if kind.text { format!("lower({text})") } else { format!("(coalesce({text}, {text}))") };
        }
        if kind.text && btree {
            if random.one_in(5) {
                text.push_str(" COLLATE \"POSIX\"");
            } else if random.one_in(4) {
                text.push_str(if kind.child.starts_with("char") {
                    " bpchar_pattern_ops"
                } else if kind.child.starts_with("varchar") {
                    " varchar_pattern_ops"
                } else {
                    " text_pattern_ops"
                });
            }
        }
        if btree && random.one_in(4) {
            let order: &str = random.pick::<&str>(&[" DESC", " NULLS FIRST", " DESC NULLS LAST"]);
            text.push_str(order);
        }
        text
    };
    let all: Vec<usize> = random.shuffled(&(0..columns.len()).collect::<Vec<_>>());
    match random.below(12) {
        0 => return format!("CREATE INDEX {name} ON {on} USING hash ({});", columns[all[0]]),
        1 => {
            let keys: Vec<String> = all.iter().map(|i| columns[*i].clone()).collect();
            return format!("CREATE INDEX {name} ON {on} USING brin ({});", keys.join(", "));
        }
        2 if gist => {
            let keys: Vec<String> = all.iter().map(|i| columns[*i].clone()).collect();
            return format!("CREATE INDEX {name} ON {on} USING gist ({});", keys.join(", "));
        }
        3 if gin => {
            let mut keys: Vec<String> = all.iter().map(|i| columns[*i].clone()).collect();
            if random.one_in(2) {
                keys.push("x".to_owned());
            }
            return format!("CREATE INDEX {name} ON {on} USING gin ({});", random.shuffled(&keys).join(", "));
        }
        4 if kinds[all[0]].text && !kinds[all[0]].child.starts_with("char") => {
            return format!("CREATE INDEX {name} ON {on} USING spgist ({});", columns[all[0]]);
        }
        _ => {}
    }
    // The key's columns, perhaps not all, and perhaps x or y somewhere among them.
    let mut keys: Vec<String> = all.iter().map(|i| key(*i, random, true)).collect();
    if keys.len() > 1 && random.one_in(5) {
        keys.pop();
    }
    for other in ["x", "y"] {
        if random.one_in(5) {
            let at = random.below(keys.len() + 1);
            keys.insert(at, other.to_owned());
        }
    }
    let included = if random.one_in(6) && !keys.iter().any(|key| key == "y") { " INCLUDE (y)" } else { "" };
    let predicate = match random.below(8) {
        0 => format!(" WHERE {} IS NOT NULL", columns[0]),
        1 => {
            let parts: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
            format!(" WHERE {}", parts.join(" AND "))
        }
        2 => format!(" WHERE {}", random.pick(&["x > 10", "x IS NOT NULL", "y IS NULL", "x > 10 AND x IS NOT NULL"])),
        _ => String::new(),
    };
    format!("CREATE INDEX {name} ON {on} ({}){included}{predicate};", keys.join(", "))
}

/// Whether an index serves, and a sentence about it. Where there are several, the planner may prefer one that does not serve (BRIN, by
/// its low estimate): so all, all but BRIN, and each alone are tried.
fn actual(session: &mut Session, case: &Case) -> Result<(bool, String)> {
    let names = |keep: &dyn Fn(&str) -> bool| -> String {
        let gone = case.indexes.iter().filter(|sql| !keep(sql)).filter_map(|sql| sql.split_whitespace().nth(2));
        gone.map(|name| format!("DROP INDEX {name};")).collect()
    };
    let mut tries = vec![String::new(), names(&|sql| !sql.contains("USING brin"))];
    tries.extend(case.indexes.iter().map(|one| names(&|sql| sql == one)));
    let mut said = Vec::new();
    for drops in tries {
        let (served, how) = with_indexes(session, case, &drops)?;
        if served {
            return Ok((true, how));
        }
        said.push(how);
    }
    Ok((false, said.join("\n  ")))
}

/// What the server does to look for referencing rows when these indexes are dropped.
fn with_indexes(session: &mut Session, case: &Case, drops: &str) -> Result<(bool, String)> {
    let mut served = true;
    let mut said = Vec::new();
    for delete in &case.deletes {
        session.take_messages();
        execute(session, &format!("BEGIN; {drops} {delete}; ROLLBACK"))?;
        let plans: Vec<Value> = session
            .take_messages()
            .iter()
            .filter_map(|message| serde_json::from_str(&message.message[message.message.find('{')?..]).ok())
            .collect();
        // The server first looks whether the key is still there; the query that counts is the one on the referencing table.
        let of_trigger = |plan: &&Value| {
            plan["Query Text"].as_str().is_some_and(|text| text.contains("FOR KEY SHARE") && text.contains("\"child_"))
        };
        let plan = plans.iter().find(of_trigger).ok_or_else(|| anyhow!("no plan of the trigger for {delete}"))?;
        let top = &plan["Plan"];
        let pages = top["Shared Hit Blocks"].as_u64().unwrap_or(0) + top["Shared Read Blocks"].as_u64().unwrap_or(0);
        let mut scans = Vec::new();
        scans_of(top, &mut scans);
        let searches = |condition: &str| case.columns.iter().all(|column| condition.contains(column.as_str()));
        let found = !scans.is_empty()
            && scans.iter().all(|(_, condition)| condition.as_deref().is_some_and(searches))
            && pages <= PAGES;
        served &= found;
        said.push(format!("{drops} {delete}: {pages} pages, {scans:?}"));
    }
    Ok((served, said.join("\n  ")))
}

/// The scans of tables and indexes in a plan, with their index conditions.
fn scans_of(plan: &Value, into: &mut Vec<(String, Option<String>)>) {
    let node = plan["Node Type"].as_str().unwrap_or_default();
    if matches!(node, "Seq Scan" | "Index Scan" | "Index Only Scan" | "Bitmap Index Scan") {
        into.push((node.to_owned(), plan["Index Cond"].as_str().map(str::to_owned)));
    }
    for part in plan["Plans"].as_array().into_iter().flatten() {
        scans_of(part, into);
    }
}

#[test]
fn a_foreign_key_is_served_where_the_servers_own_query_is() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = stage(&db)?;
    if !session.has_contrib()? {
        eprintln!("left out: the server comes without auto_explain");
        return Ok(());
    }
    let (gist, gin) = (extension(&mut session, "btree_gist")?, extension(&mut session, "btree_gin")?);
    let (mut random, seed) = Random::from_environment(1);
    let all: Vec<Case> = (0..cases(200)).map(|n| case(n, &mut random, gist, gin)).collect();
    let mut at_commit = BTreeSet::new();
    for case in &all {
        // Judged at commit, by facts that are read in another way.
        session.batch_execute("SET architect.mode = warn")?;
        let run = session.run(&format!("BEGIN;\n{}COMMIT;", case.create));
        if let Some(error) = run.error {
            return Err(anyhow!("seed {seed}, {}: {error}\n{}", case.name, case.create));
        }
        session.batch_execute("SET architect.mode = off")?;
        if run.rules().contains(&"foreign-key-without-index") {
            at_commit.insert(case.name.clone());
        }
        execute(&mut session, &case.after)?;
    }
    session.batch_execute("VACUUM ANALYZE")?;
    let in_check: BTreeSet<String> = session
        .query("SELECT object FROM architect.check('p') WHERE rule = 'foreign-key-without-index'", &[])?
        .iter()
        .map(|row| row.get(0))
        .collect();
    session.batch_execute(
        "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;
         SET auto_explain.log_buffers = on; SET auto_explain.log_format = json; SET auto_explain.log_level = notice;
         SET client_min_messages = notice; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off",
    )?;
    let mut wrong = Vec::new();
    let mut served = 0;
    for case in &all {
        let (by_server, how) = actual(&mut session, case).with_context(|| format!("seed {seed}, {}", case.name))?;
        served += usize::from(by_server);
        let verdicts = [("check", !in_check.contains(&case.name)), ("commit", !at_commit.contains(&case.name))];
        for (moment, ours) in verdicts {
            // What was made invalid afterwards commit has not seen.
            if ours != by_server && (moment == "check" || case.after.is_empty()) {
                wrong.push(format!(
                    "{} at {moment}: we say {}, the server {}\n  {}\n  {}{how}",
                    case.name,
                    if ours { "served" } else { "not served" },
                    if by_server { "searched" } else { "did not" },
                    case.indexes.join("\n  "),
                    case.after,
                ));
            }
        }
    }
    println!("foreign keys: {} cases (seed {seed}), {served} served, {} verdicts wrong", all.len(), wrong.len());
    ensure!(wrong.is_empty(), "seed {seed}: {} of {} wrong\n{}", wrong.len(), all.len(), wrong.join("\n"));
    ensure!(
        served > all.len() / 10 && served < all.len() * 9 / 10,
        "only {served} of {} served: a poor mix",
        all.len()
    );
    Ok(())
}
