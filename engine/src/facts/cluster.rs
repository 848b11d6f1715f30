//! What concerns the whole server: sessions, settings of roles, replication, files. Only where everything is checked.

use super::{Epoch, Oid};

/// A setting that is bound to a role, a database, or both (`pg_db_role_setting`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSetting {
    /// The role; none for all.
    pub role: Option<Oid>,
    /// The database; none for all.
    pub database: Option<String>,
    /// The setting, in lower case.
    pub name: String,
    /// Its value as it was written.
    pub value: String,
}

/// A session of a client (`pg_stat_activity`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Its process.
    pub pid: i64,
    /// Its database.
    pub database: String,
    /// Its role.
    pub role: Oid,
    /// `application_name`.
    pub application: String,
    /// `active`, `idle`, `idle in transaction`, ...; empty where it is not tracked.
    pub state: String,
    /// Seconds since its transaction began; none outside of one.
    pub open_for: Option<f64>,
    /// Seconds since its state changed.
    pub state_for: f64,
    /// VACUUM, CREATE INDEX or pg_dump at work.
    pub maintains: bool,
    /// This very session.
    pub own: bool,
    /// The address of a client on another machine; none for a local one.
    pub address: Option<String>,
    /// It is encrypted; none where that is not known.
    pub encrypted: Option<bool>,
}

/// A limit on connections that a database has, with the sessions there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseLimit {
    /// The database.
    pub name: String,
    /// CONNECTION LIMIT.
    pub limit: i64,
}

/// A standby, or another receiver of WAL (`pg_stat_replication`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sender {
    /// `application_name`, or `pid N`.
    pub name: String,
    /// `streaming`, `catchup`, `startup`, `backup`, ...; empty where the caller may not see it.
    pub state: String,
    /// `async`, `potential`, `sync`, `quorum`.
    pub sync_state: String,
    /// Bytes of WAL that it has not replayed; none while it has reported nothing.
    pub lag_bytes: Option<i64>,
    /// Delay of replay in seconds; none while nothing flows.
    pub lag_seconds: Option<f64>,
}

/// A replication slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// A logical slot.
    pub logical: bool,
    /// It goes with its session.
    pub temporary: bool,
    /// Somebody reads from it.
    pub active: bool,
    /// It holds WAL (`restart_lsn` is not null).
    pub reserves: bool,
    /// Bytes of WAL that it keeps.
    pub retained: Option<i64>,
    /// `reserved`, `extended`, `unreserved`, `lost`; empty where it holds nothing.
    pub wal_status: String,
    /// Why it is invalid (16 and later); none where it is not.
    pub invalid: Option<String>,
    /// A copy of a slot on the primary (17 and later).
    pub synced: bool,
    /// It is to be copied to standbys (17 and later); none before.
    pub failover: Option<bool>,
    /// When it was last used, of an inactive one (17 and later).
    pub inactive_since: Option<Epoch>,
}

/// The archiver (`pg_stat_archiver`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archiver {
    /// The latest try failed.
    pub failing: bool,
    /// The file that failed last.
    pub last_failed: String,
    /// Files archived and failures since the counters began.
    pub archived: i64,
    /// Failures.
    pub failed: i64,
    /// Bytes of finished WAL after the last archived file; none where it is not known.
    pub behind: Option<i64>,
}

/// A transaction that was prepared for two-phase commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// Its name.
    pub gid: String,
    /// When it was prepared.
    pub at: Epoch,
    /// Who prepared it.
    pub owner: String,
    /// Its database.
    pub database: String,
    /// Transactions since it began.
    pub xid_age: i64,
}

/// A subscription of this database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// Enabled.
    pub enabled: bool,
    /// Its worker runs.
    pub running: bool,
    /// Tables that are not in step yet.
    pub unready: i64,
    /// Errors while applying and while copying since the counters began.
    pub errors: i64,
}

/// What a standby knows of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// It is connected to its primary.
    pub connected: bool,
    /// Replay is paused, or is about to be.
    pub paused: bool,
    /// Bytes of WAL that are received and not replayed.
    pub bytes: Option<i64>,
    /// Seconds since the last replayed transaction was committed.
    pub seconds: Option<f64>,
}

/// A line of pg_hba.conf.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HbaLine {
    /// Its number.
    pub line: i64,
    /// `local`, `host`, `hostssl`, `hostnossl`, ...
    pub kind: String,
    /// The databases.
    pub databases: String,
    /// The roles.
    pub users: String,
    /// The address; empty for none.
    pub address: String,
    /// The netmask; empty for none.
    pub netmask: String,
    /// The method: `trust`, `scram-sha-256`, ...
    pub method: String,
    /// What is wrong with the line.
    pub error: Option<String>,
}

/// What a configuration file has wrong (`pg_file_settings`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: i64,
    /// The setting; empty where the line could not be read.
    pub name: String,
    /// What is wrong.
    pub error: String,
}

/// The server as a whole.
#[derive(Clone, Debug, Default)]
pub struct ServerState {
    /// Settings of roles and databases.
    pub role_settings: Vec<RoleSetting>,
    /// The sessions of clients; none where the caller may not see them.
    pub sessions: Option<Vec<Session>>,
    /// Databases with a limit on connections.
    pub limits: Vec<DatabaseLimit>,
    /// Who receives WAL; none where the caller may not see it.
    pub senders: Option<Vec<Sender>>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The archiver.
    pub archiver: Archiver,
    /// Prepared transactions.
    pub prepared: Vec<Prepared>,
    /// Subscriptions of this database.
    pub subscriptions: Vec<Subscription>,
    /// A standby's replay; none on a primary.
    pub replay: Option<Replay>,
    /// Pages of this database with a wrong checksum, since the counters began; none without checksums.
    pub checksum_failures: Option<i64>,
    /// pg_hba.conf; none where the caller may not read it.
    pub hba: Option<Vec<HbaLine>>,
    /// Errors of the configuration files; none where the caller may not read them.
    pub file_errors: Option<Vec<FileError>>,
    /// Memory of the machine in bytes, as the operator stated it.
    pub memory: Option<f64>,
    /// `pg_stat_statements` is preloaded; none where the caller may not see it.
    pub preloaded: Option<String>,
    /// Bytes of this database by the catalog (`relpages`).
    pub database_bytes: f64,
}
