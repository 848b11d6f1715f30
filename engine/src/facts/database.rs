//! A whole database as one snapshot, for full checks.

use super::{
    Access, DatabaseAge, Epoch, EventTrigger, Function, HorizonHolder, NamedRelation, Oid, RelationAge, RelationKind,
    RewriteRule, ServerState, Table, TemporarySchema, UserType, View,
};
use crate::hash::QuickMap;
use std::collections::{HashMap, HashSet};

/// The server and the state of its counters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    /// `server_version_num`.
    pub version_num: u32,
    /// The time of the check.
    pub now: Epoch,
    /// When the server started.
    pub started: Epoch,
    /// When the counters of the database were last reset; none: never, or they were lost in a crash and count since the start.
    pub counters_reset: Option<Epoch>,
    /// The server is a standby.
    pub in_recovery: bool,
    /// Standbys that are connected to it; their counters are their own. None: the caller may not see them.
    pub standbys: Option<i64>,
    /// The caller may read every statistic (`pg_read_all_stats`).
    pub reads_all_stats: bool,
    /// Bytes of a page.
    pub block_size: u64,
    /// The database.
    pub database: String,
    /// The owner of the database.
    pub database_owner: Oid,
    /// Transactions since the database's `datfrozenxid`.
    pub xid_age: i64,
    /// Multixacts since its `datminmxid`.
    pub multixact_age: i64,
    /// The role that asks.
    pub role: String,
    /// Which is a superuser.
    pub superuser: bool,
}

impl Server {
    /// The age of the cumulative counters in days: since the reset, or since the server started where no reset is known (a crash
    /// zeroes them and leaves no trace).
    #[must_use]
    pub fn counter_days(&self) -> f64 {
        (self.now - self.counters_reset.unwrap_or(self.started)) / 86_400.0
    }
}

/// A setting of the server (`pg_settings`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// Its value, in its unit.
    pub value: String,
    /// Its unit (`8kB`, `ms`), empty for none.
    pub unit: String,
    /// Where the value comes from: `default`, `configuration file`, `database`, ...
    pub source: String,
    /// The built-in value.
    pub boot: String,
    /// A changed value waits for a restart.
    pub pending_restart: bool,
}

impl Setting {
    /// The value is the server's, and not this session's own (from its role, its database, its client or SET).
    #[must_use]
    pub fn of_server(&self) -> bool {
        !matches!(
            self.source.as_str(),
            "database" | "user" | "database user" | "client" | "session" | "interactive" | "test"
        )
    }
}

/// A schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its OID.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub owner: Oid,
    /// Its privileges, as the server resolves them.
    pub grants: Vec<super::Grant>,
    /// Belongs to the system or to an extension, or is ours.
    pub exempt: bool,
}

/// Why the last value of a sequence was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Another session has it locked, and reading would wait.
    Locked,
    /// It is unlogged, and this is a standby.
    Unlogged,
    /// The caller has neither USAGE nor SELECT on it.
    Denied,
}

/// A sequence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// Its OID.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its type as SQL: `integer`, `bigint`.
    pub data_type: String,
    /// START.
    pub start: i64,
    /// MINVALUE.
    pub min: i64,
    /// MAXVALUE.
    pub max: i64,
    /// INCREMENT.
    pub increment: i64,
    /// CYCLE.
    pub cycle: bool,
    /// The last value; none where it was never used, or was not read.
    pub last_value: Option<i64>,
    /// The value that it was set to and that was not drawn yet; none where one was drawn, or before 18.
    pub next_value: Option<i64>,
    /// It was restarted, or altered in a way that writes it anew, since it was made: where no value was drawn since, it need not stand
    /// at its start.
    pub was_set: bool,
    /// The last value was read, be it that there is none.
    pub readable: bool,
    /// Why it was not.
    pub unread: Option<Unread>,
    /// The last value was not read since it cannot matter: a sequence up to the end of bigint, in steps of at most 1000 from a
    /// start below the middle, that feeds bigint columns only.
    pub endless: bool,
    /// The column that owns it: table and column number.
    pub owned_by: Option<(Oid, i16)>,
    /// It belongs to an identity column.
    pub identity: bool,
    /// The columns whose default draws from it: table and column number.
    pub feeds: Vec<(Oid, i16)>,
    /// Belongs to the system or to an extension, or is temporary, or ours.
    pub exempt: bool,
}

/// A collation that a column or an index uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collation {
    /// Its OID; 100 is the collation of the database.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `pg_collation.collprovider`: `c` libc, `i` ICU, `b` built-in, `d` the database's own.
    pub provider: char,
    /// Equal strings are the same bytes.
    pub deterministic: bool,
    /// The version that it was recorded with; none where the provider has no versions.
    pub recorded: Option<String>,
    /// The version that the library has now.
    pub actual: Option<String>,
}

/// A table that is published, by its own name or with what it is a part of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// The publication.
    pub publication: String,
    /// The table.
    pub relation: Oid,
    /// UPDATE or DELETE is published, for which a replica identity is needed.
    pub needs_identity: bool,
}

/// Everything that a full check looks at.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// The server.
    pub server: Server,
    /// Its settings by name.
    pub settings: QuickMap<String, Setting>,
    /// The schemas.
    pub schemas: Vec<Schema>,
    /// Tables, partitioned tables, foreign tables and materialised views, with their parts. System tables left out, those of
    /// extensions included (`Relation::exempt`).
    pub tables: Vec<Table>,
    /// Views, materialised views, sequences and composite types, by their names.
    pub named: Vec<NamedRelation>,
    /// Functions and procedures.
    pub functions: Vec<Function>,
    /// The sequences.
    pub sequences: Vec<Sequence>,
    /// The sequence that feeds a column, as its place in `sequences`, by table and column number.
    pub feeds: QuickMap<(Oid, i16), usize>,
    /// Views and materialised views.
    pub views: Vec<View>,
    /// Rules made with CREATE RULE.
    pub rewrite_rules: Vec<RewriteRule>,
    /// Event triggers; none where only a schema or a relation is judged.
    pub event_triggers: Vec<EventTrigger>,
    /// Types that somebody made: base types, composite types, domains, enums, ranges. None where only a relation is judged.
    pub types: Vec<UserType>,
    /// The collations that columns and indexes use, by OID.
    pub collations: HashMap<Oid, Collation>,
    /// Roles, memberships, and the privileges of the database as a whole.
    pub access: Access,
    /// Tables and their partitions that are published.
    pub published: Vec<Published>,
    /// Sessions, replication and the like; none where only a schema or a relation is judged.
    pub state: Option<Box<ServerState>>,
    /// Who keeps VACUUM from removing dead rows, the oldest first. Sessions that the caller may not see are left out (see
    /// `Server::reads_all_stats`).
    pub horizon_holders: Vec<HorizonHolder>,
    /// All databases of the server, the oldest transaction ids first.
    pub databases: Vec<DatabaseAge>,
    /// The relations of this database that reach back farthest, system catalogs, TOAST and temporary tables included.
    pub oldest: Vec<RelationAge>,
    /// The temporary tables of other sessions, by schema.
    pub temporary_schemas: Vec<TemporarySchema>,
    /// Where each table is in `tables`.
    pub places: QuickMap<Oid, usize>,
    /// What is to be judged, where it is not everything: relations only related to it are in `tables` too.
    pub scope: Option<HashSet<Oid>>,
}

impl Database {
    /// The table with this OID.
    #[must_use]
    pub fn table(&self, oid: Oid) -> Option<&Table> {
        self.places.get(&oid).map(|place| &self.tables[*place])
    }

    /// The sequence that feeds the column: its identity, or the one that its default draws from.
    #[must_use]
    pub fn sequence_of(&self, table: Oid, column: i16) -> Option<&Sequence> {
        self.feeds.get(&(table, column)).map(|place| &self.sequences[*place])
    }

    /// Whether the relation is to be judged, by the scope of the check.
    #[must_use]
    pub fn in_scope(&self, oid: Oid) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.contains(&oid))
    }

    /// A setting of the server; none where this session has its own value (from its role, its database or SET), which hides it.
    #[must_use]
    pub fn of_server(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name).filter(|setting| setting.of_server())
    }

    /// A setting of the server in bytes; none where it is not visible, or none of memory.
    #[must_use]
    pub fn setting_bytes(&self, name: &str) -> Option<f64> {
        let setting = self.of_server(name)?;
        let digits: String = setting.unit.chars().take_while(char::is_ascii_digit).collect();
        let factor = match &setting.unit[digits.len()..] {
            "B" => 1.0,
            "kB" => 1024.0,
            "MB" => 1_048_576.0,
            "GB" => 1_073_741_824.0,
            _ => return None,
        };
        Some(setting.value.parse::<f64>().ok()? * factor * digits.parse().unwrap_or(1.0))
    }

    /// A setting as a whole number in its own unit.
    #[must_use]
    pub fn setting_number(&self, name: &str) -> Option<f64> {
        self.settings.get(name)?.value.parse().ok()
    }

    /// The tables with storage of a tree: the table itself, its partitions and its inheritance children, all levels.
    #[must_use]
    pub fn heaps<'a>(&'a self, root: &'a Table) -> Vec<&'a Table> {
        let stored =
            |table: &Table| matches!(table.relation.kind, RelationKind::Table | RelationKind::MaterializedView);
        // Most have neither partitions nor children.
        if root.state.as_ref().is_none_or(|state| state.children.is_empty()) {
            return if stored(root) { vec![root] } else { Vec::new() };
        }
        let mut found = Vec::new();
        let mut open = vec![root];
        while let Some(table) = open.pop() {
            if stored(table) {
                found.push(table);
            }
            // A table that inherits from two parents is met twice; a torn catalog must not hold us here.
            if found.len() > self.tables.len() || open.len() > self.tables.len() {
                break;
            }
            let children = table.state.iter().flat_map(|state| state.children.iter());
            open.extend(children.filter_map(|oid| self.table(*oid)));
        }
        found.sort_by_key(|table| table.relation.oid);
        found.dedup_by_key(|table| table.relation.oid);
        found
    }

    /// The root of the partition tree or inheritance tree that the table belongs to; the table itself where it has no parent.
    #[must_use]
    pub fn root<'a>(&'a self, table: &'a Table) -> &'a Table {
        let mut at = table;
        // A tree is no deeper than its tables; the bound ends a cycle that a torn catalog might hold.
        for _ in 0..64 {
            let parent = at.state.as_ref().and_then(|state| state.parents.first());
            match parent.and_then(|oid| self.table(*oid)) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }
}
