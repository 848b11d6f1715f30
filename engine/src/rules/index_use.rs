//! What the rules about the use of indexes share: whether the counters may speak, and the index of a partition tree as one.

use crate::context::Context;
use crate::facts::{Column, Database, Epoch, Index, Need, Oid, Relation, RelationKind, Table};
use crate::finding::Findings;
use std::collections::HashMap;

/// The parameter that says from which age on counters speak.
pub const MIN_COUNTER_DAYS: &str = "min_counter_days";
/// The parameter that says that standbys serve no queries.
pub const STANDBYS_IDLE: &str = "standbys_serve_no_queries";

/// Whether the counters may speak of what is not used; where not, it is said once.
pub fn counters_speak(database: &Database, cx: &Context, out: &mut Findings) -> bool {
    let server = &database.server;
    if database.settings.get("track_counts").is_some_and(|setting| setting.value == "off") {
        out.not_judged("server", "track_counts is off, nothing is counted", "Set track_counts = on and wait.");
        return false;
    }
    let (days, least) = (server.counter_days(), cx.number(MIN_COUNTER_DAYS) as f64);
    if days < least {
        out.not_judged(
            "database",
            format!("the counters are {days:.0} days old, and {least:.0} days are asked for"),
            format!("Wait, or set {MIN_COUNTER_DAYS} with architect.configure()."),
        );
        return false;
    }
    if cx.boolean(STANDBYS_IDLE, &Relation::default()) {
        return true;
    }
    if server.in_recovery {
        out.not_judged(
            "server",
            "this is a standby, and the scans on the primary are counted there",
            "Judge the counters of all servers together.",
        );
        return false;
    }
    let remedy = format!("Look at the counters of the standbys, or set {STANDBYS_IDLE} with architect.configure().");
    match server.standbys {
        Some(0) => true,
        Some(n) => {
            out.not_judged("server", format!("{n} standbys are connected, and scans there are counted there"), remedy);
            false
        }
        None => {
            out.not_judged("server", "the role may not see whether there are standbys", "GRANT pg_monitor to it.");
            false
        }
    }
}

/// An index of a table, or the indexes of a whole partition tree as the one that they are.
pub struct Tree<'a> {
    /// The table; of a tree the root, or where the topmost index is.
    pub table: &'a Table,
    /// The index; of a tree the topmost one.
    pub index: &'a Index,
    /// Bytes of all.
    pub bytes: u64,
    /// Scans of all; none where one of them may not be seen.
    pub scans: Option<i64>,
    /// Entries that scans returned.
    pub entries: i64,
    /// The last scan of any (16 and later).
    pub last_scan: Option<Epoch>,
    /// Row versions that were written to the tables.
    pub writes: i64,
    /// Pages of the indexes that were asked for, by scans and by writes.
    pub pages_touched: i64,
    /// Scans of the tables, by other indexes and sequential ones included.
    pub table_scans: i64,
    /// All are valid.
    pub valid: bool,
    /// One of them is being built.
    pub building: bool,
    /// One of them is needed whatever its use.
    pub need: Option<Need>,
    /// One of them is an index that finds the rows of a foreign key.
    pub serves_foreign_key: bool,
    /// When the youngest was made, as far as known.
    pub created: Option<Epoch>,
}

impl Tree<'_> {
    /// Whether the index is younger than the counters: it has seen fewer writes than the table. Each write of an entry touches at
    /// least one page, so fewer pages than writes mean that the index was not there yet.
    pub fn younger_than_counters(&self, database: &Database, days: f64) -> bool {
        if let Some(created) = self.created
            && database.server.now - created < days * 86_400.0
        {
            return true;
        }
        let plain = matches!(self.index.method.as_str(), "btree" | "hash") && self.index.predicate.is_none();
        // A few writes may have been counted for the one and not yet for the other.
        plain && self.writes >= 100 && self.pages_touched < self.writes / 2
    }
}

/// The indexes of all tables that may be judged and are in scope, each tree once, in the order of the tables.
pub fn trees(database: &Database) -> Vec<Tree<'_>> {
    let mut parents: HashMap<Oid, Oid> = HashMap::new();
    for index in database.tables.iter().flat_map(|table| &table.indexes).filter(|index| index.parent != 0) {
        parents.insert(index.oid, index.parent);
    }
    let top = |oid: Oid| {
        let mut at = oid;
        // No tree is deeper; the bound ends a cycle that a torn catalog might hold.
        for _ in 0..64 {
            match parents.get(&at) {
                Some(parent) => at = *parent,
                None => break,
            }
        }
        at
    };
    let mut trees: Vec<Tree> = Vec::new();
    let mut places: HashMap<Oid, usize> = HashMap::new();
    let mut parts: Vec<(Oid, &Table, &Index)> = Vec::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        for index in &table.indexes {
            if index.parent != 0 {
                parts.push((top(index.oid), table, index));
            } else if database.in_scope(table.relation.oid) {
                places.insert(index.oid, trees.len());
                trees.push(Tree {
                    table,
                    index,
                    bytes: 0,
                    scans: Some(0),
                    entries: 0,
                    last_scan: None,
                    writes: 0,
                    pages_touched: 0,
                    table_scans: 0,
                    valid: true,
                    building: false,
                    need: index.needed(table),
                    serves_foreign_key: false,
                    created: None,
                });
                let place = trees.len() - 1;
                add(&mut trees[place], table, index);
            }
        }
    }
    for (root, table, index) in parts {
        if let Some(place) = places.get(&root) {
            add(&mut trees[*place], table, index);
        }
    }
    trees
}

fn add(tree: &mut Tree, table: &Table, index: &Index) {
    tree.valid &= index.valid;
    tree.building |= index.building;
    tree.bytes += *index.bytes;
    if let Some(created) = index.created {
        tree.created = Some(tree.created.map_or(created, |known| known.max(created)));
    }
    if tree.need.is_none() && index.parent != 0 {
        // That a part belongs to its parent is no reason to keep the whole.
        tree.need = Index { parent: 0, is_partition: false, ..index.clone() }.needed(table);
    }
    tree.serves_foreign_key |= table.foreign_keys().any(|key| index.obstacle(key, table).is_none());
    // A partitioned table has no counters of its own.
    if table.relation.kind == RelationKind::PartitionedTable {
        return;
    }
    match &index.usage {
        Some(usage) => {
            tree.scans = tree.scans.map(|scans| scans + usage.scans);
            tree.entries += usage.entries;
            tree.pages_touched += usage.blocks_read + usage.blocks_hit;
            if let Some(last) = usage.last_scan {
                tree.last_scan = Some(tree.last_scan.map_or(last, |known| known.max(last)));
            }
        }
        None => tree.scans = None,
    }
    if let Some(usage) = table.state.as_ref().and_then(|state| state.usage.as_ref()) {
        tree.writes += usage.index_writes();
        tree.table_scans += usage.sequential_scans + usage.index_scans;
    }
}

/// `DROP INDEX CONCURRENTLY s.i;`, or the plain form on a partitioned table, where the other is refused.
pub fn drop_index(table: &Table, index: &Index) -> String {
    let partitioned = table.relation.kind == RelationKind::PartitionedTable;
    format!("DROP INDEX {}{};", if partitioned { "" } else { "CONCURRENTLY " }, index.sql())
}

/// Whether the keys are plain columns with the classes, collations and order that they would have unsaid: CREATE INDEX with the names
/// of the columns makes the same. Which class is the usual one is known here for common types without a choice.
pub fn usual_classes(index: &Index, table: &Table) -> bool {
    index.keys.iter().all(|key| {
        key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| {
            let usual = matches!(
                column.data_type.base.as_str(),
                "smallint"
                    | "integer"
                    | "bigint"
                    | "uuid"
                    | "date"
                    | "boolean"
                    | "timestamp with time zone"
                    | "timestamp without time zone"
                    | "numeric"
                    | "double precision"
                    | "real"
            );
            usual
                && !column.data_type.is_array
                && key.collation == column.collation
                && !key.descending
                && !key.nulls_first
        })
    })
}

/// The different values of a column; none where the planner does not know.
pub fn distinct_values(column: &Column, rows: f64) -> Option<f64> {
    let distinct = column.statistics.as_ref()?.distinct;
    if distinct < 0.0 { Some(-distinct * rows) } else { (distinct > 0.0).then_some(distinct) }
}
