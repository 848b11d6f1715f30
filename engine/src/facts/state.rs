//! What only a full check knows of a table, a column or an index: how it is stored, used and guarded.
//!
//! At commit and in texts these facts are absent (`None`, empty); a rule that needs them is silent there.

use super::Oid;

/// A point in time: seconds since 1970, as `extract(epoch from ...)` gives them.
pub type Epoch = f64;

/// How a table is partitioned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// By hash of the key.
    Hash,
    /// By list of values.
    #[default]
    List,
    /// By range.
    Range,
}

/// What a full check knows of a table besides its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableState {
    /// The role that owns it.
    pub owner: Oid,
    /// `pg_class.reloptions`: `fillfactor=70`, ...
    pub options: Vec<String>,
    /// The options of its TOAST table, without the prefix `toast.`.
    pub toast_options: Vec<String>,
    /// Pages of the heap by `pg_class.relpages` (as of the last VACUUM or ANALYZE).
    pub pages: u64,
    /// Pages that are all-visible, as of then.
    pub all_visible_pages: u64,
    /// Pages that are all-frozen, as of then (18 and later; 0 before).
    pub all_frozen_pages: u64,
    /// `pg_class.reltuples`; none: never vacuumed or analysed.
    pub tuples: Option<f64>,
    /// The TOAST table; 0 for none.
    pub toast: Oid,
    /// Pages of the TOAST table.
    pub toast_pages: u64,
    /// The partitioned table or inheritance parents that it belongs to.
    pub parents: Vec<Oid>,
    /// Its partitions or inheritance children.
    pub children: Vec<Oid>,
    /// Its own partitioning.
    pub strategy: Option<Strategy>,
    /// As a partition: its bound as SQL (`FOR VALUES FROM ...`, `DEFAULT`).
    pub bound: Option<String>,
    /// ROW LEVEL SECURITY is enabled.
    pub row_security: bool,
    /// It holds for the owner too (FORCE).
    pub row_security_forced: bool,
    /// `pg_class.relreplident`: `d` default, `n` nothing, `f` full, `i` index.
    pub replica_identity: char,
    /// Columns that ever were, dropped ones included (`relnatts`); the server allows 1600.
    pub attributes: i64,
    /// Transactions since `relfrozenxid`; none where the relation has none.
    pub xid_age: Option<i64>,
    /// Multixacts since `relminmxid`.
    pub multixact_age: Option<i64>,
    /// The table access method; empty for a partitioned table before 17.
    pub access_method: String,
    /// The tablespace; 0 for the database's own.
    pub tablespace: Oid,
    /// It has a comment.
    pub commented: bool,
    /// The words of its comment that begin with `@`, without that, in lower case: what its makers declare about it (`public`,
    /// `append-only`).
    pub tags: Vec<String>,
    /// Another session holds or waits for ACCESS EXCLUSIVE: what needs a lock to be read was left out.
    pub locked: bool,
    /// The cumulative statistics; none where the caller may not see them or they are not collected.
    pub usage: Option<TableUsage>,
    /// Its triggers; of the internal ones (of constraints) only those that do not fire as usual (`enabled` is not `O`).
    pub triggers: Vec<Trigger>,
    /// Its row security policies.
    pub policies: Vec<RowPolicy>,
    /// The privileges that are granted on it; empty where none were ever granted or revoked, and only its owner has any.
    pub grants: Vec<Grant>,
    /// The caller may read the statistics of at least one of its columns (`pg_stats` shows them).
    pub statistics_visible: bool,
    /// Its TOAST table; none where it has none.
    pub toast_state: Option<ToastState>,
    /// Its dropped columns: rows that were written before the drop still hold their values.
    pub dropped: Vec<DroppedColumn>,
    /// DETACH PARTITION CONCURRENTLY began and was not finished.
    pub detach_pending: bool,
    /// As a range partition: its bounds; none where the key is an expression or an enumerated kind of value.
    pub range: Option<RangeBound>,
    /// As a hash partition: modulus and remainder.
    pub hash: Option<(i64, i64)>,
}

/// What a full check knows of a TOAST table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToastState {
    /// Chunks by `reltuples`; none: never vacuumed.
    pub chunks: Option<f64>,
    /// Transactions since its `relfrozenxid`.
    pub xid_age: Option<i64>,
    /// Multixacts since its `relminmxid`.
    pub multixact_age: Option<i64>,
    /// Live chunks, estimated by the cumulative statistics.
    pub live: i64,
    /// Dead chunks, estimated.
    pub dead: i64,
}

/// A column that was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DroppedColumn {
    /// `pg_attribute.attnum`.
    pub number: i16,
    /// `pg_attribute.attlen`: bytes, -1 for variable length.
    pub length: i16,
    /// `pg_attribute.attalign`: `c`, `s`, `i` or `d`.
    pub alignment: char,
}

/// The bounds of a range partition by the first column of the key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RangeBound {
    /// The key has one column: the bounds are whole.
    pub single: bool,
    /// The lower bound as SQL: a literal, or MINVALUE.
    pub lower_sql: String,
    /// The upper bound as SQL: a literal, or MAXVALUE.
    pub upper_sql: String,
    /// The lower bound, inclusive: seconds since 1970 for a key of date or time, else the value; negative infinity for MINVALUE.
    /// None for other types.
    pub lower: Option<f64>,
    /// The upper bound, exclusive, in the same way.
    pub upper: Option<f64>,
    /// Now, on the clock of the key; none where the key is no time.
    pub clock: Option<Epoch>,
    /// Where the next partition of the same length would end, as SQL; none where that is unknown.
    pub next_sql: Option<String>,
}

impl TableState {
    /// Whether the comment declares this: `@public`.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }

    /// The triggers that somebody made, those of constraints left out.
    pub fn own_triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.triggers.iter().filter(|trigger| !trigger.internal)
    }

    /// As a partition: it takes what no other one takes.
    #[must_use]
    pub fn is_default_partition(&self) -> bool {
        self.bound.as_deref() == Some("DEFAULT")
    }

    /// The value of a storage option of its TOAST table.
    #[must_use]
    pub fn toast_option(&self, name: &str) -> Option<&str> {
        self.toast_options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    /// The value of a storage option.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The cumulative statistics of a table since they were last reset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableUsage {
    /// Sequential scans.
    pub sequential_scans: i64,
    /// Rows that they read.
    pub sequential_rows: i64,
    /// Scans of its indexes, all together.
    pub index_scans: i64,
    /// Rows fetched by index scans.
    pub index_rows: i64,
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated, heap-only updates included.
    pub updated: i64,
    /// Rows deleted.
    pub deleted: i64,
    /// Heap-only updates: no index was touched.
    pub hot_updated: i64,
    /// Updates that put the row on another page (16 and later).
    pub newpage_updated: Option<i64>,
    /// Live rows, estimated.
    pub live: i64,
    /// Dead rows, estimated.
    pub dead: i64,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: i64,
    /// Rows inserted since the last VACUUM.
    pub inserted_since_vacuum: i64,
    /// The last VACUUM, by hand or by autovacuum.
    pub last_vacuum: Option<Epoch>,
    /// The last ANALYZE, by hand or by autovacuum.
    pub last_analyze: Option<Epoch>,
    /// The last sequential scan (16 and later).
    pub last_sequential_scan: Option<Epoch>,
    /// Heap blocks read from the kernel.
    pub blocks_read: i64,
    /// Heap blocks found in shared buffers.
    pub blocks_hit: i64,
}

impl TableUsage {
    /// Rows inserted, updated and deleted.
    #[must_use]
    pub fn writes(&self) -> i64 {
        self.inserted + self.updated + self.deleted
    }

    /// Row versions that went into every index: rows inserted, and updates that were not heap-only.
    #[must_use]
    pub fn index_writes(&self) -> i64 {
        (self.inserted + self.updated - self.hot_updated).max(0)
    }
}

/// What the planner knows of a column (`pg_stats`), values left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnStatistics {
    /// The share of NULLs, 0 to 1.
    pub null_fraction: f64,
    /// The mean width in bytes.
    pub width: i64,
    /// Distinct values; negative: as a share of the rows.
    pub distinct: f64,
    /// The share of the most common value, 0 to 1; none where there is no common one.
    pub most_common: Option<f64>,
    /// The correlation of physical and logical order, -1 to 1.
    pub correlation: Option<f64>,
}

/// The cumulative statistics of an index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexUsage {
    /// Scans.
    pub scans: i64,
    /// Entries returned by scans.
    pub entries: i64,
    /// Live rows fetched by plain index scans.
    pub rows: i64,
    /// The last scan (16 and later).
    pub last_scan: Option<Epoch>,
    /// Blocks read from the kernel.
    pub blocks_read: i64,
    /// Blocks found in shared buffers.
    pub blocks_hit: i64,
}

/// A trigger that somebody made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// Its OID.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Its function's OID.
    pub function: Oid,
    /// Its function, qualified, as SQL.
    pub function_name: String,
    /// `pg_trigger.tgenabled`: `O` origin, `D` disabled, `R` replica, `A` always.
    pub enabled: char,
    /// FOR EACH ROW.
    pub for_each_row: bool,
    /// BEFORE.
    pub before: bool,
    /// INSTEAD OF.
    pub instead: bool,
    /// Fires on INSERT.
    pub insert: bool,
    /// Fires on UPDATE.
    pub update: bool,
    /// Fires on DELETE.
    pub delete: bool,
    /// Fires on TRUNCATE.
    pub truncate: bool,
    /// It has a WHEN condition.
    pub conditional: bool,
    /// A clone of the parent table's trigger.
    pub inherited: bool,
    /// The internal trigger of a constraint (a foreign key's check or action).
    pub internal: bool,
    /// The constraint that an internal trigger serves; 0 for none.
    pub constraint: Oid,
    /// UPDATE OF these columns; empty for any.
    pub columns: Vec<i16>,
    /// The columns that its function gives a value, in lower case, as far as its text shows.
    pub assigns: Vec<String>,
    /// What the function does cannot be told from its text: not PL/pgSQL, dynamic SQL, the row assigned as a whole.
    pub opaque: bool,
}

/// A row security policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowPolicy {
    /// Its name.
    pub name: String,
    /// `pg_policy.polcmd`: `r` SELECT, `a` INSERT, `w` UPDATE, `d` DELETE, `*` all.
    pub command: char,
    /// PERMISSIVE (else RESTRICTIVE).
    pub permissive: bool,
    /// The roles that it holds for; 0 is PUBLIC.
    pub roles: Vec<Oid>,
    /// USING as SQL.
    pub using: Option<String>,
    /// WITH CHECK as SQL.
    pub with_check: Option<String>,
    /// Stable functions that its expressions call outside of a sub-select and without a column of the table: once for each row,
    /// where once for the query would do.
    pub per_row: Vec<String>,
    /// Its expressions were not read: another session has a table locked that they read.
    pub hidden: bool,
}

/// A privilege that somebody has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Who has it; 0 is PUBLIC.
    pub grantee: Oid,
    /// The privilege in words: `SELECT`, `EXECUTE`, `CREATE`, ...
    pub privilege: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
}
