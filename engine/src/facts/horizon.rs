//! How far back transaction ids reach, and who holds them there.

use super::Oid;

/// What keeps dead rows from being removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HolderKind {
    /// A session with an open transaction or a running query.
    #[default]
    Session,
    /// A standby that sends feedback.
    Standby,
    /// A replication slot that holds rows of every table.
    Slot,
    /// A replication slot that holds rows of the system catalogs only.
    CatalogSlot,
    /// A prepared transaction.
    Prepared,
}

/// Who keeps VACUUM from removing dead rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HorizonHolder {
    /// What it is.
    pub kind: HolderKind,
    /// The application, role, slot or transaction by name.
    pub name: String,
    /// The process; none for a prepared transaction and an inactive slot.
    pub pid: Option<i64>,
    /// How old the oldest transaction id is that it holds: transactions.
    pub xid_age: i64,
    /// For how long: seconds; none where that is unknown (slots, standbys).
    pub seconds: Option<f64>,
    /// The state of the session (`idle in transaction`) or slot (`active`, `inactive`).
    pub state: String,
    /// The other database that it belongs to: of this one it holds back the shared catalogs only.
    pub elsewhere: Option<String>,
}

/// How far the transaction ids of a database reach back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseAge {
    /// Its name.
    pub name: String,
    /// It takes connections.
    pub allows_connections: bool,
    /// It is a template.
    pub is_template: bool,
    /// It is the one that is judged.
    pub current: bool,
    /// Transactions since `datfrozenxid`.
    pub xid_age: i64,
    /// Multixacts since `datminmxid`.
    pub multixact_age: i64,
}

/// How far the transaction ids of a relation reach back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationAge {
    /// The relation.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// It is a TOAST table.
    pub is_toast: bool,
    /// It is temporary: only its own session can vacuum it.
    pub is_temporary: bool,
    /// Its pages, by `relpages`.
    pub pages: u64,
    /// Its storage options.
    pub options: Vec<String>,
    /// Transactions since `relfrozenxid`.
    pub xid_age: i64,
    /// Multixacts since `relminmxid`.
    pub multixact_age: i64,
    /// For a TOAST table: the table, its schema and name.
    pub toast_of: Option<(Oid, String, String)>,
}

impl RelationAge {
    /// The relation that VACUUM is to be given, as SQL: for a TOAST table the table that it belongs to.
    #[must_use]
    pub fn vacuum_sql(&self) -> String {
        let (schema, name) = match &self.toast_of {
            Some((_, schema, name)) => (schema, name),
            None => (&self.schema, &self.name),
        };
        crate::sql::qualified(schema, name)
    }
}

/// The temporary tables of another session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemporarySchema {
    /// `pg_temp_7`.
    pub name: String,
    /// Its tables.
    pub tables: i64,
    /// Their pages, by `relpages`.
    pub pages: u64,
    /// Transactions since the oldest `relfrozenxid` of them.
    pub xid_age: i64,
    /// Multixacts since the oldest `relminmxid`.
    pub multixact_age: i64,
    /// Whether it is known if the session is there still (16 and later).
    pub session_known: bool,
    /// The session that they belong to; none where it is gone, or not known.
    pub pid: Option<i64>,
}
