//! Generates rows for tables, so that a verdict is about a live table.
//!
//! The values are plain but lawful as far as the catalog tells: types, NOT NULL, foreign keys to rows that exist, unique
//! columns, enums, and the simple forms of CHECK. Where that is not enough the table stays as it is, and a note says so.

use anyhow::{Context, Result, bail, ensure};
use engine::sql::{ident, literal};
use engine::text::rows as in_words;
use harness::Session;
use std::collections::{BTreeSet, HashSet};

/// Fills tables, and remembers what went wrong.
#[derive(Default)]
pub struct Filler {
    /// Tables that took no rows: the note about one is written once.
    noted: HashSet<u32>,
    /// Forms of tables (OID, columns, CHECKs) that refused the rows: no use in trying again until they change.
    refused: HashSet<(u32, i16, i16)>,
    /// Tables whose triggers take too long.
    slow_triggers: HashSet<u32>,
}

/// How a partition's key must look.
enum Bound {
    /// The lowest value of a range.
    From(String),
    /// One of a list.
    In(String),
}

struct Column {
    name: String,
    number: i16,
    /// As SQL, domains as themselves.
    data_type: String,
    /// The name of the base type: `int4`, `text`, ...
    base: String,
    /// `pg_type.typcategory` of it: A array, B boolean, D date, E enum, ...
    category: String,
    /// Characters of a varchar or char, digits before the point of a numeric; 0 for no limit.
    limit: i32,
    not_null: bool,
    default: Option<String>,
    filled_by_server: bool,
    /// In a unique index.
    unique: bool,
    /// The values that a CHECK allows.
    choices: Vec<String>,
    /// The bounds that a CHECK gives.
    at_least: Option<f64>,
    at_most: Option<f64>,
    /// The key of the partition that the table is.
    bound: Option<Bound>,
    /// Its place among columns of which a CHECK wants exactly one not to be NULL, and their number.
    one_of: Option<(i32, i32)>,
}

impl Column {
    /// The value, in those rows in which it is this column's turn.
    fn in_turn(&self, value: String) -> String {
        match self.one_of {
            Some((place, number)) => format!("CASE WHEN g % {number} = {place} THEN {value} END"),
            None => value,
        }
    }
}

struct ForeignKey {
    table: String,
    columns: Vec<i16>,
    referenced: Vec<String>,
    rows: i64,
    to_itself: bool,
}

/// A table that must be referred to is empty.
#[derive(Debug)]
struct NoParent(String);

impl std::fmt::Display for NoParent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} has no rows to refer to", self.0)
    }
}

impl std::error::Error for NoParent {}

impl Filler {
    /// Fills one table (or the leaves of a partitioned one), named as in SQL; gives the number of new rows.
    ///
    /// # Errors
    /// When there is no such table, or it takes no generated row.
    pub fn fill_named(&mut self, session: &mut Session, table: &str, rows: u64) -> Result<u64> {
        session.batch_execute("SET architect.mode = off")?;
        let found = session.query_one(
            // A bare name is looked for in every schema of the user's: a file may have set its own search_path.
            "SELECT coalesce(to_regclass($1)::oid, (SELECT c.oid FROM pg_class AS c
                 JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' LIMIT 1))",
            &[&table],
        )?;
        let oid: u32 = found.get::<_, Option<u32>>(0).context("there is no such table")?;
        let leaves = session.query(
            "SELECT relid::oid FROM pg_partition_tree($1::oid::regclass) WHERE isleaf AND level > 0 ORDER BY relid::text",
            &[&oid],
        )?;
        let leaves: Vec<u32> = leaves.iter().map(|row| row.get(0)).collect();
        let leaves = if leaves.is_empty() { vec![oid] } else { leaves };
        let share = rows.div_ceil(leaves.len() as u64);
        let mut made = 0;
        for leaf in leaves {
            made += self.fill(session, leaf, share)?;
        }
        let whole = name_of(session, oid)?;
        session.batch_execute(&format!("ANALYZE {whole}"))?;
        Ok(made)
    }

    /// Fills every table of the user's that is empty; parents first.
    ///
    /// # Errors
    /// When the catalog cannot be read; a table that takes no rows is a note.
    pub fn fill_empty(&mut self, session: &mut Session, rows: u64) -> Result<Vec<String>> {
        self.fill_short(session, 1, rows)
    }

    /// Fills every table of the user's that has fewer rows than `below`; parents first.
    ///
    /// # Errors
    /// When the catalog cannot be read; a table that takes no rows is a note.
    pub fn fill_short(&mut self, session: &mut Session, below: u64, rows: u64) -> Result<Vec<String>> {
        session.batch_execute("SET architect.mode = off")?;
        let candidates = session.query(
            "SELECT c.oid, c.relnatts, c.relchecks, ARRAY(SELECT k.confrelid FROM pg_constraint AS k
                                 WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid)
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND c.relpersistence <> 't'
               AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'architect', 'replay_truth')
               -- The books of migration tools are not tables of the application.
               AND c.relname !~ '(migrations?|flyway_schema_history|databasechangelog.*)$'
               AND NOT EXISTS (SELECT FROM pg_depend AS d
                               WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY c.oid",
            &[],
        )?;
        let all: Vec<u32> = candidates.iter().map(|row| row.get(0)).collect();
        let before = short_ones(session, &all, below)?;
        let mut waiting: Vec<((u32, i16, i16), Vec<u32>)> = candidates
            .iter()
            .map(|row| ((row.get(0), row.get(1), row.get(2)), row.get(3)))
            .filter(|(form, _)| before.contains(&form.0) && !self.refused.contains(form))
            .collect();
        let mut filled = Vec::new();
        let mut notes = Vec::new();
        while !waiting.is_empty() {
            let all: HashSet<u32> = waiting.iter().map(|(form, _)| form.0).collect();
            // Where tables refer to one another in a circle, the first one begins.
            let next = waiting.iter().position(|(_, parents)| !parents.iter().any(|p| all.contains(p))).unwrap_or(0);
            let (form, _) = waiting.remove(next);
            let oid = form.0;
            if short_ones(session, &[oid], below)?.is_empty() {
                continue;
            }
            let name = name_of(session, oid)?;
            let there: i64 = if below > 1 {
                session.query_one(&format!("SELECT count(*) FROM (SELECT FROM {name} LIMIT {below}) AS t"), &[])?.get(0)
            } else {
                0
            };
            match self.fill(session, oid, rows.saturating_sub(there.unsigned_abs())) {
                Ok(_) => filled.push(name),
                Err(error) => {
                    // Rows of a parent may yet come.
                    if !error.is::<NoParent>() {
                        self.refused.insert(form);
                    }
                    if self.noted.insert(oid) {
                        notes.push(format!("{name} stays empty: {error:#}"));
                    }
                }
            }
        }
        if !filled.is_empty() {
            let names = engine::text::list(&filled, 6);
            notes.insert(0, format!("filled with {} each: {names}", in_words(rows)));
        }
        Ok(notes)
    }

    /// Adds rows to one table; gives their number.
    fn fill(&mut self, session: &mut Session, oid: u32, rows: u64) -> Result<u64> {
        let name = name_of(session, oid)?;
        let columns = columns(session, oid)?;
        let keys = foreign_keys(session, oid)?;
        let present: i64 = session.query_one(&format!("SELECT count(*) FROM {name}"), &[])?.get(0);
        let mut first_error = None;
        // With every column, then with the least; then both without the table's triggers.
        for (triggers, all) in [(true, true), (true, false), (false, true), (false, false)] {
            if triggers && self.slow_triggers.contains(&oid) {
                continue;
            }
            let insert = insert(&name, &columns, &keys, all, present, rows)?;
            // A trigger per row can take minutes for what takes milliseconds without it.
            let role = if triggers { "origin" } else { "replica" };
            let timeout = if triggers { 2 + rows / 5_000 } else { 10 + rows / 1_000 };
            let mut transaction = session.transaction()?;
            let set =
                format!("SET LOCAL session_replication_role = {role}; SET LOCAL statement_timeout = '{timeout}s'");
            let result = transaction.batch_execute(&set).and_then(|()| transaction.execute(&insert, &[]));
            match result {
                Ok(made) if made > 0 || rows == 0 => {
                    if let Err(error) = transaction.commit() {
                        first_error.get_or_insert(error);
                        continue;
                    }
                    // Sequences would give the numbers that are used up now.
                    set_sequences(session, oid, &name)?;
                    session.batch_execute(&format!("ANALYZE {name}"))?;
                    session.take_messages();
                    return Ok(made);
                }
                Ok(_) => {}
                Err(error) => {
                    if triggers && error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED) {
                        self.slow_triggers.insert(oid);
                    }
                    first_error.get_or_insert(error);
                }
            }
        }
        session.take_messages();
        match first_error {
            Some(error) => {
                bail!("{}", error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned()))
            }
            None => bail!("no generated row was taken"),
        }
    }
}

fn name_of(session: &mut Session, oid: u32) -> Result<String> {
    let row = session.query_opt(
        "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[&oid],
    )?;
    let row = row.context("the table is gone")?;
    Ok(format!("{}.{}", ident(row.get(0)), ident(row.get(1))))
}

/// Those of the tables that hold fewer rows than `below`.
fn short_ones(session: &mut Session, tables: &[u32], below: u64) -> Result<BTreeSet<u32>> {
    let names = session.query(
        "SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.oid = ANY ($1)",
        &[&tables],
    )?;
    let parts: Vec<String> = names
        .iter()
        .map(|row| {
            let (oid, name): (u32, String) = (row.get(0), row.get(1));
            let last = below.saturating_sub(1);
            format!("SELECT {oid}::oid WHERE NOT EXISTS (SELECT FROM {name} OFFSET {last})")
        })
        .collect();
    if parts.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(session.query(&parts.join(" UNION ALL "), &[])?.iter().map(|row| row.get(0)).collect())
}

const COLUMNS: &str = r#"
WITH RECURSIVE base AS (
    -- Down through domains to the type that stores the value.
    SELECT a.attnum, t.oid AS type, a.atttypmod AS typmod, t.typtype, t.typbasetype, t.typtypmod, ARRAY[t.oid] AS domains,
           t.typnotnull
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
    SELECT b.attnum, t.oid, b.typtypmod, t.typtype, t.typbasetype, t.typtypmod, b.domains || t.oid, b.typnotnull OR t.typnotnull
    FROM base AS b JOIN pg_type AS t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
), checks AS (
    SELECT b.attnum, pg_get_constraintdef(k.oid) AS definition
    FROM base AS b
    JOIN pg_constraint AS k ON k.contype = 'c'
     AND (k.conrelid = $1 AND b.attnum = ANY (k.conkey) AND cardinality(k.conkey) = 1 OR k.contypid = ANY (b.domains))
    WHERE b.typtype <> 'd'
)
SELECT a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), t.typname, t.typcategory::text,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND b.typmod > 4 THEN b.typmod - 4
            WHEN t.typname = 'numeric' AND b.typmod > 4
            THEN greatest(((b.typmod - 4) >> 16) - ((b.typmod - 4) & 2047), 1)
            WHEN t.typname = 'bit' AND b.typmod > 0 THEN b.typmod
            ELSE 0 END,
       a.attnotnull OR b.typnotnull, pg_get_expr(d.adbin, d.adrelid),
       a.attidentity <> '' OR a.attgenerated <> '',
       EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = $1 AND i.indisunique AND a.attnum = ANY (i.indkey)),
       (SELECT array_agg(m[1]) FROM checks AS c,
           regexp_matches(c.definition, '''((?:[^'']|'''')*)''', 'g') AS m
           WHERE c.attnum = a.attnum AND c.definition ~ '= ANY'),
       (SELECT max(m[1])::float8 FROM checks AS c, regexp_matches(c.definition, '>=? \(?''?(-?[0-9]+)', 'g') AS m
           WHERE c.attnum = a.attnum AND c.definition !~ 'length'),
       (SELECT min(m[1])::float8 FROM checks AS c, regexp_matches(c.definition, '<=? \(?''?(-?[0-9]+)', 'g') AS m
           WHERE c.attnum = a.attnum AND c.definition !~ 'length'),
       (SELECT array_agg(m[1]) FROM checks AS c, regexp_matches(c.definition, 'ARRAY\[([-0-9, ]+)\]') AS m
           WHERE c.attnum = a.attnum),
       one.place, one.number
FROM pg_attribute AS a
LEFT JOIN LATERAL (
    SELECT array_position(k.conkey, a.attnum) - 1 AS place, cardinality(k.conkey) AS number FROM pg_constraint AS k
    WHERE k.conrelid = $1 AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
      AND pg_get_constraintdef(k.oid) ~ '^CHECK \(+num_nonnulls\([^()]*\) = 1\)+$' LIMIT 1) AS one ON true
JOIN base AS b ON b.attnum = a.attnum AND b.typtype <> 'd'
JOIN pg_type AS t ON t.oid = b.type
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1
ORDER BY a.attnum"#;

fn columns(session: &mut Session, oid: u32) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = session
        .query(COLUMNS, &[&oid])?
        .iter()
        .map(|row| {
            let numbers: Vec<String> = row.get::<_, Option<Vec<String>>>(13).unwrap_or_default();
            let mut choices: Vec<String> = row.get::<_, Option<Vec<String>>>(10).unwrap_or_default();
            choices.extend(numbers.iter().flat_map(|list| list.split(',')).map(|number| number.trim().to_owned()));
            Column {
                name: row.get(0),
                number: row.get(1),
                data_type: row.get(2),
                base: row.get(3),
                category: row.get(4),
                limit: row.get(5),
                not_null: row.get(6),
                default: row.get(7),
                filled_by_server: row.get(8),
                unique: row.get(9),
                choices,
                at_least: row.get(11),
                at_most: row.get(12),
                bound: None,
                one_of: row.get::<_, Option<i32>>(14).zip(row.get(15)),
            }
        })
        .collect();
    // The first column of the parent's partition key, and the bound of this partition.
    let bound = session.query_opt(
        "SELECT a.attname, pg_get_expr(c.relpartbound, c.oid)
         FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
         JOIN pg_partitioned_table AS p ON p.partrelid = i.inhparent
         JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
         WHERE c.oid = $1 AND c.relpartbound IS NOT NULL",
        &[&oid],
    )?;
    if let Some(row) = bound {
        let (key, text): (String, String) = (row.get(0), row.get(1));
        let bound = partition_bound(&text);
        if let Some(column) = columns.iter_mut().find(|column| column.name == key) {
            column.bound = bound;
        }
    }
    Ok(columns)
}

/// The first value that a partition takes: `FOR VALUES FROM ('2024-01-01') TO (...)`, `FOR VALUES IN ('de', 'at')`.
fn partition_bound(text: &str) -> Option<Bound> {
    let value = |rest: &str| {
        let rest = rest.trim_start_matches('(');
        let end = rest.find([',', ')'])?;
        let value = rest[..end].trim().trim_matches('\'').to_owned();
        (value != "MINVALUE").then_some(value)
    };
    if let Some(rest) = text.strip_prefix("FOR VALUES FROM ") {
        return value(rest).map(Bound::From);
    }
    text.strip_prefix("FOR VALUES IN ").and_then(value).map(Bound::In)
}

fn foreign_keys(session: &mut Session, oid: u32) -> Result<Vec<ForeignKey>> {
    let rows = session.query(
        "SELECT k.confrelid, k.conkey,
                ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, o)
                      JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o)
         FROM pg_constraint AS k WHERE k.conrelid = $1 AND k.contype = 'f' ORDER BY k.conname",
        &[&oid],
    )?;
    let mut keys = Vec::new();
    for row in rows {
        let referenced: u32 = row.get(0);
        let table = name_of(session, referenced)?;
        let count =
            session.query_one(&format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT {MOST_PARENTS}) AS t"), &[])?;
        keys.push(ForeignKey {
            table,
            columns: row.get(1),
            referenced: row.get(2),
            rows: count.get(0),
            to_itself: referenced == oid,
        });
    }
    Ok(keys)
}

/// Rows of a referenced table that are referred to.
const MOST_PARENTS: u32 = 100_000;

/// The INSERT. `g` counts the new rows on from those that are there.
fn insert(table: &str, columns: &[Column], keys: &[ForeignKey], all: bool, present: i64, rows: u64) -> Result<String> {
    let mut names = Vec::new();
    let mut values = Vec::new();
    let mut parents = Vec::new();
    let mut joins = Vec::new();
    // Two keys that turn at their own speed give every pair of a junction table.
    let mut stride: i64 = 1;
    let mut done: HashSet<i16> = HashSet::new();
    for (i, key) in keys.iter().enumerate() {
        let needed = columns.iter().any(|c| key.columns.contains(&c.number) && (c.not_null || c.one_of.is_some()));
        if key.columns.iter().any(|number| done.contains(number)) {
            continue;
        }
        if key.to_itself || key.rows == 0 || (!all && !needed) {
            if needed && !key.to_itself && key.rows == 0 {
                return Err(NoParent(key.table.clone()).into());
            }
            if !needed {
                // NULL: nothing to refer to.
                done.extend(&key.columns);
            }
            continue;
        }
        let unique = columns.iter().any(|c| key.columns.contains(&c.number) && c.unique);
        parents.push(format!(
            "p{i} AS MATERIALIZED (SELECT row_number() OVER () - 1 AS n, {} FROM (SELECT * FROM {} LIMIT {MOST_PARENTS}) AS t)",
            key.referenced.iter().map(|name| ident(name)).collect::<Vec<_>>().join(", "),
            key.table
        ));
        joins.push(format!("JOIN p{i} ON p{i}.n = ((g - 1) / {stride}) % {}", key.rows));
        for (number, referenced) in key.columns.iter().zip(&key.referenced) {
            let Some(column) = columns.iter().find(|column| column.number == *number) else { continue };
            names.push(ident(&column.name));
            values.push(column.in_turn(format!("p{i}.{}", ident(referenced))));
            done.insert(*number);
        }
        if unique {
            stride = stride.saturating_mul(key.rows).min(1 << 40);
        }
    }
    for column in columns {
        if column.filled_by_server || done.contains(&column.number) {
            continue;
        }
        let required = column.not_null && column.default.is_none() || column.one_of.is_some();
        // A default is what the application would get, unless it is one value for a unique column.
        let constant = column.default.as_ref().is_some_and(|default| !default.contains('('));
        let by_default = column.default.is_some() && !(constant && column.unique) && column.bound.is_none();
        if by_default || !(all || required || column.unique && column.not_null) {
            continue;
        }
        if let Some(value) = value(column) {
            names.push(ident(&column.name));
            values.push(column.in_turn(value));
        } else {
            ensure!(!required, "no value is known for {} {}", column.name, column.data_type);
        }
    }
    let series = format!("generate_series({}::bigint, {}::bigint) AS g", present + 1, present + i64::try_from(rows)?);
    if names.is_empty() {
        // Nothing but defaults: an INSERT of no column takes one row at a time, so a column is set to its default's value.
        let Some(column) = columns.iter().find(|c| !c.filled_by_server) else {
            bail!("the table has no column to fill")
        };
        let value = value(column).or_else(|| column.default.clone()).context("no value is known")?;
        return Ok(format!(
            "INSERT INTO {table} ({}) SELECT {value} FROM {series} ON CONFLICT DO NOTHING",
            ident(&column.name)
        ));
    }
    let with = if parents.is_empty() { String::new() } else { format!("WITH {} ", parents.join(", ")) };
    Ok(format!(
        "{with}INSERT INTO {table} ({}) SELECT {} FROM {series} {} ON CONFLICT DO NOTHING",
        names.join(", "),
        values.join(", "),
        joins.join(" ")
    ))
}

/// An expression over `g` that gives a value of the column's type.
fn value(column: &Column) -> Option<String> {
    let cast = |text: String| Some(format!("({text})::{}", column.data_type));
    if let Some(bound) = &column.bound {
        return match (bound, column.category.as_str()) {
            (Bound::In(value), _) => cast(literal(value)),
            (Bound::From(value), "D") if column.base == "date" => cast(literal(value)),
            (Bound::From(value), "D") => {
                cast(format!("{}::{} + (g % 3600) * interval '1 second'", literal(value), column.base))
            }
            (Bound::From(value), _) => cast(literal(value)),
        };
    }
    if !column.choices.is_empty() {
        let list: Vec<String> = column.choices.iter().map(|choice| literal(&choice.replace("''", "'"))).collect();
        return cast(format!("(ARRAY[{}])[1 + g % {}]", list.join(", "), list.len()));
    }
    let bounded = |most: f64| {
        let least = column.at_least.unwrap_or(0.0) + 1.0;
        let most = column.at_most.map_or(most, |limit| (limit - 1.0).min(most));
        let span = (most - least + 1.0).max(1.0);
        if most < least { format!("{}", column.at_least.unwrap_or(most)) } else { format!("{least} + g % {span:.0}") }
    };
    let text = || {
        let name = column.name.to_lowercase();
        let long = if name.contains("mail") {
            "'person' || g || '@example.com'".to_owned()
        } else if name.contains("url") || name.contains("uri") || name.contains("link") {
            "'https://example.com/' || g".to_owned()
        } else if ["props", "data", "json", "participants"].iter().any(|end| name.ends_with(end)) {
            // Such a column is often made json one day.
            "'{\"n\": ' || g || '}'".to_owned()
        } else {
            format!("{} || g", literal(&format!("{} ", name.replace('_', " "))))
        };
        match column.limit {
            0 => long,
            limit @ 13.. if long.contains('{') => format!("left({long}, {limit})"),
            // Short codes: the number itself, in letters, from the right.
            limit @ 1..=12 => format!("upper(right(lpad(to_hex(g), {limit}, '0'), {limit}))"),
            limit => format!("right({long}, {limit})"),
        }
    };
    match (column.category.as_str(), column.base.as_str()) {
        (_, "int2") => cast(bounded(32_000.0)),
        (_, "int4") => cast(bounded(2_000_000_000.0)),
        (_, "int8" | "oid") => cast(bounded(4_000_000_000.0)),
        (_, "numeric") => {
            let most = if column.limit > 0 { 10f64.powi(column.limit.min(12)) - 1.0 } else { 100_000.0 };
            cast(bounded(most))
        }
        ("N", "float4" | "float8") => cast(bounded(1000.0)),
        ("N", "money") => cast("g % 1000".to_owned()),
        ("B", _) => cast("g % 2 = 0".to_owned()),
        ("D", "date") => cast("date '2024-01-01' + (g % 700)::integer".to_owned()),
        ("D", "time" | "timetz") => cast("time '00:00' + (g % 86400) * interval '1 second'".to_owned()),
        ("D", _) => cast("timestamptz '2024-01-01 00:00+00' + g * interval '1 second'".to_owned()),
        ("T", _) => cast("(g % 100) * interval '1 hour'".to_owned()),
        ("E", _) => {
            Some(format!("(enum_range(NULL::{0}))[1 + g % cardinality(enum_range(NULL::{0}))]", column.data_type))
        }
        ("A", _) => cast("'{}'".to_owned()),
        ("S", _) => cast(text()),
        ("I", "cidr") => cast("set_masklen(inet '10.0.0.0' + g, 32)".to_owned()),
        ("I", _) => cast("inet '10.0.0.0' + g".to_owned()),
        ("R", "int4range" | "int8range" | "numrange") => cast(format!("{}(g::integer, g::integer + 1)", column.base)),
        ("R", "daterange") => {
            cast("daterange(date '2024-01-01' + g::integer, date '2024-01-02' + g::integer)".to_owned())
        }
        ("R", "tsrange" | "tstzrange") => cast(format!(
            "{0}('2024-01-01'::{1} + g * interval '1 h', '2024-01-01'::{1} + (g + 1) * interval '1 h')",
            column.base,
            if column.base == "tsrange" { "timestamp" } else { "timestamptz" }
        )),
        ("V", "bit" | "varbit") => cast(format!("g::bit({})", column.limit.max(1))),
        (_, "uuid") => cast("md5(g::text)".to_owned()),
        (_, "json" | "jsonb") => cast("jsonb_build_object('n', g)".to_owned()),
        (_, "bytea") => cast("decode(md5(g::text), 'hex')".to_owned()),
        (_, "tsvector") => cast("to_tsvector('simple', 'word' || g)".to_owned()),
        (_, "point") => cast("point(g % 180, g % 90)".to_owned()),
        (_, "xml") => cast("'<n>' || g || '</n>'".to_owned()),
        (_, "hstore") => cast("'n=>' || g".to_owned()),
        (_, "ltree") => cast("'n' || g".to_owned()),
        // A type of another extension: text may do, and where the column may be NULL it need not.
        _ if column.not_null && column.default.is_none() => cast("'n' || g".to_owned()),
        _ => None,
    }
}

/// Moves the sequences of serial and identity columns behind the largest value.
fn set_sequences(session: &mut Session, oid: u32, name: &str) -> Result<()> {
    let rows = session.query(
        "SELECT a.attname, pg_get_serial_sequence($2, a.attname) FROM pg_attribute AS a
         WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
           AND pg_get_serial_sequence($2, a.attname) IS NOT NULL",
        &[&oid, &name],
    )?;
    for row in rows {
        let (column, sequence): (String, String) = (row.get(0), row.get(1));
        session.batch_execute(&format!(
            "SELECT setval({}, greatest((SELECT max({}) FROM {name}), 1))",
            literal(&sequence),
            ident(&column)
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_partitions() {
        let text = |bound: Option<Bound>| match bound {
            Some(Bound::From(value)) => format!("from {value}"),
            Some(Bound::In(value)) => format!("in {value}"),
            None => "none".to_owned(),
        };
        let bound = |definition: &str| text(partition_bound(definition));
        assert_eq!(
            bound("FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01')"),
            "from 2024-01-01 00:00:00+00"
        );
        assert_eq!(bound("FOR VALUES FROM (MINVALUE) TO (10)"), "none");
        assert_eq!(bound("FOR VALUES IN ('de', 'at')"), "in de");
        assert_eq!(bound("FOR VALUES WITH (modulus 4, remainder 0)"), "none");
        assert_eq!(bound("DEFAULT"), "none");
    }
}
