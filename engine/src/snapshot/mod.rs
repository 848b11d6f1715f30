//! The catalog snapshot: a whole database, a schema or one relation, read by a constant number of set-based queries.
//!
//! The queries are the files in `sql/`. They run through SPI inside the server and through a client's connection alike
//! ([`Source`]), on 15 to 18, on a standby, and with the rights of `pg_monitor`. Nothing in them waits for a lock: what could
//! is left out for relations that another session has locked.

mod access;
mod build;
mod cluster;
mod code;
mod defaults;
mod horizon;
mod names;
mod relations;
mod source;
mod storage;
mod triggers;

pub use build::{Scope, load};
pub use source::{Counters, Cursor, Error, Parameter, Row, Source, for_version};

/// The queries, by name; each test of the catalogue runs all of them.
pub const QUERIES: &[(&str, &str)] = &[
    ("scope", include_str!("sql/scope.sql")),
    ("server", include_str!("sql/server.sql")),
    ("settings", include_str!("sql/settings.sql")),
    ("schemas", include_str!("sql/schemas.sql")),
    ("access_methods", include_str!("sql/access_methods.sql")),
    ("extension_members", include_str!("sql/extension_members.sql")),
    ("comments", include_str!("sql/comments.sql")),
    ("partitioned", include_str!("sql/partitioned.sql")),
    ("locks", include_str!("sql/locks.sql")),
    ("parts", include_str!("sql/parts.sql")),
    ("relations", include_str!("sql/relations.sql")),
    ("counters", include_str!("sql/counters.sql")),
    ("inheritance", include_str!("sql/inheritance.sql")),
    ("columns", include_str!("sql/columns.sql")),
    ("defaults", include_str!("sql/defaults.sql")),
    ("default_texts", include_str!("sql/default_texts.sql")),
    ("types", include_str!("sql/types.sql")),
    ("operator_classes", include_str!("sql/operator_classes.sql")),
    ("equality_families", include_str!("sql/equality_families.sql")),
    ("collations", include_str!("sql/collations.sql")),
    ("indexes", include_str!("sql/indexes.sql")),
    ("class_options", include_str!("sql/class_options.sql")),
    ("constraints", include_str!("sql/constraints.sql")),
    ("sequences", include_str!("sql/sequences.sql")),
    ("sequence_feeds", include_str!("sql/sequence_feeds.sql")),
    ("sequence_values", include_str!("sql/sequence_values.sql")),
    ("column_statistics", include_str!("sql/column_statistics.sql")),
    ("visible_statistics", include_str!("sql/visible_statistics.sql")),
    ("functions", include_str!("sql/functions.sql")),
    ("triggers", include_str!("sql/triggers.sql")),
    ("views", include_str!("sql/views.sql")),
    ("view_dependencies", include_str!("sql/view_dependencies.sql")),
    ("rewrite_rules", include_str!("sql/rewrite_rules.sql")),
    ("event_triggers", include_str!("sql/event_triggers.sql")),
    ("user_types", include_str!("sql/user_types.sql")),
    ("roles", include_str!("sql/roles.sql")),
    ("memberships", include_str!("sql/memberships.sql")),
    ("database_grants", include_str!("sql/database_grants.sql")),
    ("default_privileges", include_str!("sql/default_privileges.sql")),
    ("extensions", include_str!("sql/extensions.sql")),
    ("foreign_access", include_str!("sql/foreign_access.sql")),
    ("table_grants", include_str!("sql/table_grants.sql")),
    ("published", include_str!("sql/published.sql")),
    ("policies", include_str!("sql/policies.sql")),
    ("policy_functions", include_str!("sql/policy_functions.sql")),
    ("server_state", include_str!("sql/server_state.sql")),
    ("role_settings", include_str!("sql/role_settings.sql")),
    ("database_limits", include_str!("sql/database_limits.sql")),
    ("sessions", include_str!("sql/sessions.sql")),
    ("senders", include_str!("sql/senders.sql")),
    ("slots", include_str!("sql/slots.sql")),
    ("archiver", include_str!("sql/archiver.sql")),
    ("prepared", include_str!("sql/prepared.sql")),
    ("subscriptions", include_str!("sql/subscriptions.sql")),
    ("replay", include_str!("sql/replay.sql")),
    ("hba", include_str!("sql/hba.sql")),
    ("file_errors", include_str!("sql/file_errors.sql")),
    ("partition_bounds", include_str!("sql/partition_bounds.sql")),
    ("key_values", include_str!("sql/key_values.sql")),
    ("horizon_holders", include_str!("sql/horizon_holders.sql")),
    ("databases", include_str!("sql/databases.sql")),
    ("ages", include_str!("sql/ages.sql")),
    ("oldest_relations", include_str!("sql/oldest_relations.sql")),
    ("temporary_schemas", include_str!("sql/temporary_schemas.sql")),
];

/// The query of this name.
///
/// # Panics
/// When there is none: a slip of ours that every test shows.
#[must_use]
pub fn query(name: &str) -> &'static str {
    QUERIES.iter().find(|(known, _)| *known == name).map(|(_, sql)| *sql).expect("a query of the snapshot")
}
