//! What `explain_ddl` says, what the server does, and where they differ.

use anyhow::{Context, Result};
use harness::Session;
use std::collections::{BTreeMap, BTreeSet};

/// The lock modes of `pg_locks`, weakest first, with the names that `explain_ddl` gives them.
const MODES: [(&str, &str); 8] = [
    ("AccessShareLock", "ACCESS SHARE"),
    ("RowShareLock", "ROW SHARE"),
    ("RowExclusiveLock", "ROW EXCLUSIVE"),
    ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

/// A lock mode's number in [`MODES`].
pub type Mode = usize;

/// The weakest mode that is compared.
pub const ROW_SHARE: Mode = 1;

/// The mode's name.
pub fn mode_name(mode: Mode) -> &'static str {
    MODES[mode].1
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The strongest lock on each relation.
    Lock,
    /// Tables and materialised views whose file is another one.
    Rewrite,
    /// Tables that are read from end to end without being written anew.
    Scan,
    /// Existing indexes whose file is another one although their table's is not.
    Rebuild,
    /// New indexes on existing tables.
    Build,
    /// The server refuses the statement.
    Refusal,
}

/// Every class.
pub const CLASSES: [Class; 6] =
    [Class::Lock, Class::Rewrite, Class::Scan, Class::Rebuild, Class::Build, Class::Refusal];

impl Class {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Lock => "lock",
            Class::Rewrite => "rewrite",
            Class::Scan => "scan",
            Class::Rebuild => "index rebuild",
            Class::Build => "index build",
            Class::Refusal => "refusal",
        }
    }
}

/// What a statement does, or is said to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doings {
    /// The strongest lock by relation, ROW SHARE and stronger.
    pub locks: BTreeMap<String, Mode>,
    /// Tables and materialised views.
    pub rewrites: BTreeSet<String>,
    /// Tables and materialised views.
    pub scans: BTreeSet<String>,
    /// Indexes.
    pub rebuilds: BTreeSet<String>,
    /// How many, by table.
    pub builds: BTreeMap<String, usize>,
    /// Whether the server refuses it.
    pub refused: bool,
}

impl Doings {
    /// In words: the locks, strongest first, and the work; names without their schema.
    pub fn words(&self) -> String {
        let bare = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| name.trim_start_matches("f.")).collect::<Vec<_>>().join(", ")
        };
        let mut parts = Vec::new();
        for mode in (0..MODES.len()).rev() {
            let mut names = self.locks.iter().filter(|(_, held)| **held == mode).map(|(name, _)| name).peekable();
            if names.peek().is_some() {
                parts.push(format!("{} {}", mode_name(mode), bare(&mut names)));
            }
        }
        for (work, names) in [("rewrite", &self.rewrites), ("scan", &self.scans), ("rebuild", &self.rebuilds)] {
            if !names.is_empty() {
                parts.push(format!("{work} {}", bare(&mut names.iter())));
            }
        }
        if !self.builds.is_empty() {
            parts.push(format!("builds {}", bare(&mut self.builds.keys())));
        }
        parts.join("; ")
    }

    /// Whether there is anything of the class.
    pub fn has(&self, class: Class) -> bool {
        match class {
            Class::Lock => !self.locks.is_empty(),
            Class::Rewrite => !self.rewrites.is_empty(),
            Class::Scan => !self.scans.is_empty(),
            Class::Rebuild => !self.rebuilds.is_empty(),
            Class::Build => !self.builds.is_empty(),
            Class::Refusal => self.refused,
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub class: Option<Class>,
    /// In words.
    pub text: String,
}

impl Difference {
    /// A difference that is in no class: a warning of `explain_ddl`, an error of the server, ...
    pub fn other(text: impl Into<String>) -> Difference {
        Difference { class: None, text: text.into() }
    }
}

/// Where the two differ, side by side.
pub fn compare(predicted: &Doings, actual: &Doings) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut note = |class: Class, name: &str, predicted: &str, actual: &str| {
        differences.push(Difference {
            class: Some(class),
            text: format!("{:<14} {name:<28} predicted {predicted:<24} actual {actual}", class.as_str()),
        });
    };
    let lock = |mode: Option<&Mode>| mode.map_or("-", |mode| mode_name(*mode));
    for name in predicted.locks.keys().chain(actual.locks.keys()).collect::<BTreeSet<_>>() {
        let (p, a) = (predicted.locks.get(name), actual.locks.get(name));
        if p != a {
            note(Class::Lock, name, lock(p), lock(a));
        }
    }
    for (class, predicted, actual) in [
        (Class::Rewrite, &predicted.rewrites, &actual.rewrites),
        (Class::Scan, &predicted.scans, &actual.scans),
        (Class::Rebuild, &predicted.rebuilds, &actual.rebuilds),
    ] {
        for name in predicted.symmetric_difference(actual) {
            let yes = |set: &BTreeSet<String>| if set.contains(name) { "yes" } else { "-" };
            note(class, name, yes(predicted), yes(actual));
        }
    }
    for name in predicted.builds.keys().chain(actual.builds.keys()).collect::<BTreeSet<_>>() {
        let count = |map: &BTreeMap<String, usize>| map.get(name).copied().unwrap_or_default();
        if count(&predicted.builds) != count(&actual.builds) {
            note(Class::Build, name, &count(&predicted.builds).to_string(), &count(&actual.builds).to_string());
        }
    }
    if predicted.refused != actual.refused {
        let words = |refused: bool| if refused { "refused" } else { "-" };
        note(Class::Refusal, "", words(predicted.refused), words(actual.refused));
    }
    differences
}

/// A relation of the fixture.
#[derive(Clone, Debug)]
pub struct Rel {
    /// Its OID.
    pub oid: u32,
    /// `schema.name`.
    pub name: String,
    /// `pg_class.relkind`.
    pub kind: char,
    /// Its file; 0 for none.
    pub filenode: u32,
    /// Scans of it from end to end, since the session's counters began.
    pub scans: i64,
    /// The table of an index; 0 for other relations.
    pub table: u32,
}

/// The relations of the fixture.
pub fn relations(session: &mut Session) -> Result<Vec<Rel>> {
    let rows = session.query(
        "SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind::text, coalesce(pg_relation_filenode(c.oid), 0::oid),
                coalesce(pg_stat_get_xact_numscans(c.oid), 0), coalesce(i.indrelid, 0::oid)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
         WHERE n.nspname IN ('f', 'f2', 'f3') AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I', 'S', 'f', 'c')",
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Rel {
            oid: row.get(0),
            name: row.get(1),
            kind: row.get::<_, &str>(2).chars().next().unwrap_or_default(),
            filenode: row.get(3),
            scans: row.get(4),
            table: row.get(5),
        })
        .collect())
}

/// The locks of a backend on relations of this database, strongest by OID; awaited ones too.
pub fn locks(observer: &mut Session, pid: i32) -> Result<BTreeMap<u32, Mode>> {
    let rows = observer.query(
        "SELECT relation, mode FROM pg_locks
         WHERE pid = $1 AND locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        &[&pid],
    )?;
    let mut locks = BTreeMap::new();
    for row in rows {
        let mode = MODES.iter().position(|(name, _)| *name == row.get::<_, &str>(1)).context("an unknown lock mode")?;
        let entry = locks.entry(row.get::<_, u32>(0)).or_insert(mode);
        *entry = mode.max(*entry);
    }
    Ok(locks)
}

/// What `explain_ddl` says.
#[derive(Debug, Default)]
pub struct Prediction {
    /// In the form that is compared.
    pub doings: Doings,
    /// The relations that it calls referenced tables.
    pub referenced: BTreeSet<String>,
    /// What it leaves open, and what it warns of.
    pub open: Vec<String>,
}

/// Asks `explain_ddl`. `before` are the relations that there are.
pub fn predict(session: &mut Session, sql: &str, before: &[Rel]) -> Result<Prediction> {
    session.take_messages();
    let rows = session.query(
        "SELECT relation, role, lock, rewrite, scan, index_builds, refused, unknown FROM architect.explain_ddl($1)",
        &[&sql],
    )?;
    let mut prediction = Prediction::default();
    for message in session.take_messages() {
        prediction.open.push(format!(
            "{}: {} {}",
            message.severity,
            message.message,
            message.detail.unwrap_or_default()
        ));
    }
    let doings = &mut prediction.doings;
    for row in &rows {
        doings.refused |= row.get::<_, Option<&str>>(6).is_some();
        prediction.open.extend(row.get::<_, Option<&str>>(7).map(|unknown| format!("unknown: {unknown}")));
        // What is refused before it locks anything has no relation.
        let Some(name) = row.get::<_, Option<String>>(0) else { continue };
        let Some(relation) = before.iter().find(|rel| rel.name == name) else {
            prediction.open.push(format!("a relation that is not there: {name}"));
            continue;
        };
        let index = matches!(relation.kind, 'i' | 'I');
        let lock: &str = row.get(2);
        let mode = MODES.iter().position(|(_, words)| *words == lock);
        match mode {
            Some(mode) if mode >= ROW_SHARE => {
                if doings.locks.insert(name.clone(), mode).is_some() {
                    prediction.open.push(format!("{name} twice"));
                }
            }
            Some(_) => {}
            None => prediction.open.push(format!("{name}: lock {lock:?}")),
        }
        if row.get::<_, Option<&str>>(3).is_some() {
            if index {
                doings.rebuilds.insert(name.clone())
            } else {
                doings.rewrites.insert(name.clone())
            };
        }
        let builds: Vec<String> = row.get::<_, Option<Vec<String>>>(5).unwrap_or_default();
        if row.get::<_, Option<&str>>(4).is_some() || !builds.is_empty() {
            doings.scans.insert(name.clone());
        }
        for build in builds {
            match build.split_once(" anew: ") {
                Some((index, _)) => {
                    doings.rebuilds.insert(index.to_owned());
                }
                None => *doings.builds.entry(name.clone()).or_default() += 1,
            }
        }
        if row.get::<_, &str>(1) == "referenced table" {
            prediction.referenced.insert(name.clone());
        }
    }
    // A table that is written anew is read for it, and its indexes come anew with it: neither is compared.
    let rewrites = doings.rewrites.clone();
    doings.scans.retain(|name| !rewrites.contains(name));
    let of_rewritten: BTreeSet<&str> = before
        .iter()
        .filter(|rel| {
            rel.table != 0 && before.iter().any(|table| table.oid == rel.table && rewrites.contains(&table.name))
        })
        .map(|rel| rel.name.as_str())
        .collect();
    doings.rebuilds.retain(|name| !of_rewritten.contains(name.as_str()));
    Ok(prediction)
}

/// What the server did, from what was there before and after it.
pub fn actual(before: &[Rel], after: &[Rel], locks: &BTreeMap<u32, Mode>, prediction: &Prediction) -> Doings {
    let mut doings = Doings::default();
    let now = |rel: &Rel| {
        after
            .iter()
            .find(|candidate| candidate.oid == rel.oid)
            // An index under ALTER TYPE is dropped and defined anew: another OID, the same name, and the old file where
            // that could be kept.
            .or_else(|| {
                after
                    .iter()
                    .find(|candidate| rel.table != 0 && candidate.name == rel.name && candidate.table == rel.table)
            })
    };
    let mut rewritten_oids = BTreeSet::new();
    for rel in before {
        if let Some(mode) = locks.get(&rel.oid)
            && *mode >= ROW_SHARE
            // Drawing a value from a sequence locks it so, in every INSERT as in a new column's default.
            && !(rel.kind == 'S' && mode_name(*mode) == "ROW EXCLUSIVE")
        {
            doings.locks.insert(rel.name.clone(), *mode);
        }
        if matches!(rel.kind, 'r' | 'm')
            && let Some(now) = now(rel)
        {
            if now.filenode != rel.filenode {
                doings.rewrites.insert(rel.name.clone());
                rewritten_oids.insert(rel.oid);
            } else if now.scans > rel.scans
                // Tables that a query of the statement reads under ACCESS SHARE: nobody asked for them.
                && locks.get(&rel.oid).is_some_and(|mode| *mode >= ROW_SHARE)
                // The check of a foreign key reads the other side through its key or from end to end, as the planner likes.
                && (!prediction.referenced.contains(&rel.name) || prediction.doings.scans.contains(&rel.name))
            {
                doings.scans.insert(rel.name.clone());
            }
        }
    }
    // An index that was dropped and another one that took its name, as against one that was defined anew: from outside both
    // look the same. Whichever was predicted is looked for.
    let replaced = |index: &Rel| {
        before.iter().any(|rel| {
            rel.name == index.name
                && rel.table == index.table
                && !rewritten_oids.contains(&rel.table)
                && rel.oid != index.oid
                && rel.filenode != index.filenode
                && !prediction.doings.rebuilds.contains(&rel.name)
                && prediction
                    .doings
                    .builds
                    .keys()
                    .any(|table| before.iter().any(|t| t.name == *table && t.oid == rel.table))
        })
    };
    for rel in before.iter().filter(|rel| rel.kind == 'i' && !rewritten_oids.contains(&rel.table)) {
        if now(rel).is_some_and(|now| now.filenode != rel.filenode && !replaced(now)) {
            doings.rebuilds.insert(rel.name.clone());
        }
    }
    for index in after.iter().filter(|rel| rel.kind == 'i') {
        let known = before.iter().any(|rel| rel.oid == index.oid || now(rel).is_some_and(|now| now.oid == index.oid));
        if (!known || replaced(index))
            && let Some(table) = before.iter().find(|rel| rel.oid == index.table)
        {
            *doings.builds.entry(table.name.clone()).or_default() += 1;
        }
    }
    doings
}
