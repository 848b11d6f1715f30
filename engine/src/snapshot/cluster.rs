//! The server as a whole: only where everything is checked.

use super::build::Loader;
use super::source::Error;
use crate::facts::*;

impl Loader<'_> {
    pub(super) fn server_state(&mut self) -> Result<(), Error> {
        if self.database.scope.is_some() {
            return Ok(());
        }
        let mut state = ServerState::default();
        let (mut reads_hba, mut reads_files) = (false, false);
        self.read("server_state", &[], |_, row| {
            (reads_hba, reads_files) = (row.boolean(), row.boolean());
            state.memory = row.float();
            state.checksum_failures = row.integer();
        })?;
        state.preloaded = self.database.settings.get("shared_preload_libraries").map(|setting| setting.value.clone());
        let block_size = i64::try_from(self.database.server.block_size).unwrap_or(0);
        state.database_bytes = (self.pages * block_size) as f64;
        self.read("role_settings", &[], |_, row| {
            state.role_settings.push(RoleSetting {
                role: row.integer().and_then(|oid| Oid::try_from(oid).ok()),
                database: row.optional(),
                name: row.text(),
                value: row.text(),
            });
        })?;
        self.read("database_limits", &[], |_, row| {
            state.limits.push(DatabaseLimit { name: row.text(), limit: row.number() });
        })?;
        if self.database.server.reads_all_stats {
            let mut sessions = Vec::new();
            self.read("sessions", &[], |_, row| {
                let mut session = Session {
                    pid: row.number(),
                    database: row.text(),
                    role: row.oid(),
                    application: row.text(),
                    state: row.text(),
                    open_for: row.float(),
                    state_for: row.float().unwrap_or(0.0),
                    maintains: row.boolean(),
                    own: row.boolean(),
                    address: row.optional(),
                    encrypted: None,
                };
                let (known, encrypted) = (row.boolean(), row.boolean());
                session.encrypted = known.then_some(encrypted);
                sessions.push(session);
            })?;
            state.sessions = Some(sessions);
            let mut senders = Vec::new();
            self.read("senders", &[], |_, row| {
                senders.push(Sender {
                    name: row.text(),
                    state: row.text(),
                    sync_state: row.text(),
                    lag_bytes: row.integer(),
                    lag_seconds: row.float(),
                });
            })?;
            state.senders = Some(senders);
        }
        self.read("slots", &[], |_, row| {
            let mut slot = Slot {
                name: row.text(),
                logical: row.boolean(),
                temporary: row.boolean(),
                active: row.boolean(),
                reserves: row.boolean(),
                retained: row.integer(),
                wal_status: row.text(),
                invalid: row.optional(),
                synced: row.boolean(),
                ..Slot::default()
            };
            let (known, failover) = (row.boolean(), row.boolean());
            slot.failover = known.then_some(failover);
            slot.inactive_since = row.float();
            state.slots.push(slot);
        })?;
        self.read("archiver", &[], |_, row| {
            state.archiver = Archiver {
                failing: row.boolean(),
                last_failed: row.text(),
                archived: row.number(),
                failed: row.number(),
                behind: row.integer(),
            };
        })?;
        self.read("prepared", &[], |_, row| {
            state.prepared.push(Prepared {
                gid: row.text(),
                at: row.float().unwrap_or(0.0),
                owner: row.text(),
                database: row.text(),
                xid_age: row.number(),
            });
        })?;
        self.read("subscriptions", &[], |_, row| {
            state.subscriptions.push(Subscription {
                name: row.text(),
                enabled: row.boolean(),
                running: row.boolean(),
                unready: row.number(),
                errors: row.number(),
            });
        })?;
        self.read("replay", &[], |_, row| {
            state.replay = Some(Replay {
                connected: row.boolean(),
                paused: row.boolean(),
                bytes: row.integer(),
                seconds: row.float(),
            });
        })?;
        // PostgreSQL asks for the right to call a function when the query starts, so these are not even sent without it.
        if reads_hba {
            let mut lines = Vec::new();
            self.read("hba", &[], |_, row| {
                lines.push(HbaLine {
                    line: row.number(),
                    kind: row.text(),
                    databases: row.text(),
                    users: row.text(),
                    address: row.text(),
                    netmask: row.text(),
                    method: row.text(),
                    error: row.optional(),
                });
            })?;
            state.hba = Some(lines);
        }
        if reads_files {
            let mut errors = Vec::new();
            self.read("file_errors", &[], |_, row| {
                errors.push(FileError { file: row.text(), line: row.number(), name: row.text(), error: row.text() });
            })?;
            state.file_errors = Some(errors);
        }
        self.database.state = Some(Box::new(state));
        Ok(())
    }
}
