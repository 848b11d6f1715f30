//! What only a full check knows of functions, views, rewrite rules, event triggers and types.

use super::{Grant, Oid, RelationKind};

/// What a full check knows of a function or procedure besides its signature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunctionState {
    /// The role that owns it.
    pub owner: Oid,
    /// Who may execute it, as the server resolves it (a NULL `proacl` is the built-in default: PUBLIC may).
    pub grants: Vec<Grant>,
    /// The name of its language: `sql`, `plpgsql`, `c`, ...
    pub language: String,
    /// `pg_proc.provolatile`: `i` immutable, `s` stable, `v` volatile.
    pub volatility: char,
    /// `pg_proc.proparallel`: `s` safe, `r` restricted, `u` unsafe.
    pub parallel: char,
    /// STRICT: not called where an argument is NULL.
    pub strict: bool,
    /// LEAKPROOF.
    pub leakproof: bool,
    /// COST, in units of `cpu_operator_cost`.
    pub cost: f64,
    /// ROWS; 0 where it does not return a set.
    pub rows: f64,
    /// It returns a set.
    pub returns_set: bool,
    /// The type that it returns, as `format_type` prints it; empty for a procedure without one.
    pub returns: String,
    /// It returns `trigger`.
    pub is_trigger: bool,
    /// It returns `event_trigger`.
    pub is_event_trigger: bool,
    /// The settings that it makes (`pg_proc.proconfig`): `search_path=pg_catalog`, ...
    pub settings: Vec<String>,
    /// The body, as it was written; only of trigger functions and of functions that run with their owner's rights, in languages
    /// whose body is text, and none where it is SQL-standard.
    pub body: Option<String>,
    /// It has a comment.
    pub commented: bool,
    /// A trigger or event trigger calls it.
    pub called_by_trigger: bool,
}

/// A view or materialised view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Its OID.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// View or materialised view.
    pub kind: RelationKind,
    /// The role that owns it, with whose rights the tables are read unless `security_invoker` says otherwise.
    pub owner: Oid,
    /// `security_invoker`: the tables are read with the caller's rights. Always false for a materialised view.
    pub security_invoker: bool,
    /// `security_barrier`.
    pub security_barrier: bool,
    /// `check_option`: `local` or `cascaded`.
    pub check_option: Option<String>,
    /// The materialised view holds rows (`relispopulated`); always true for a view.
    pub populated: bool,
    /// When its row in `pg_class` was last written, as far as the server remembers (`track_commit_timestamp`, not on a standby): a
    /// materialised view was not refreshed since.
    pub written: Option<super::Epoch>,
    /// The relations that it reads by name, in no order: tables, views, foreign tables. System tables are not recorded.
    pub reads: Vec<Oid>,
    /// The functions that it calls, in no order. Built-in functions are not recorded.
    pub calls: Vec<Oid>,
    /// How many views deep it stands on others: 1 for a view of tables, 2 for a view of such a view.
    pub depth: u32,
    /// The privileges that are granted on it, as the server resolves them.
    pub grants: Vec<Grant>,
    /// It has a comment.
    pub commented: bool,
    /// Belongs to the system or to an extension, or is ours.
    pub exempt: bool,
}

impl View {
    /// The name as SQL, with its schema.
    #[must_use]
    pub fn sql(&self) -> String {
        crate::sql::qualified(&self.schema, &self.name)
    }
}

/// A rule that somebody made with CREATE RULE; those that make a view are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RewriteRule {
    /// Its name.
    pub name: String,
    /// The table or view that it rewrites.
    pub relation: Oid,
    /// `pg_rewrite.ev_type`: `1` SELECT, `2` UPDATE, `3` INSERT, `4` DELETE.
    pub event: char,
    /// `pg_rewrite.ev_enabled`: `O` origin, `D` disabled, `R` replica, `A` always.
    pub enabled: char,
    /// INSTEAD.
    pub instead: bool,
    /// DO INSTEAD NOTHING without a condition: what the statement would do does not happen.
    pub nothing: bool,
}

/// An event trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventTrigger {
    /// Its OID.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub owner: Oid,
    /// `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite` or `login`.
    pub event: String,
    /// `pg_event_trigger.evtenabled`: `O` origin, `D` disabled, `R` replica, `A` always.
    pub enabled: char,
    /// The command tags of its WHEN; empty for all.
    pub tags: Vec<String>,
    /// Its function.
    pub function: Oid,
    /// Belongs to an extension, or is ours.
    pub exempt: bool,
}

/// What a type is (`pg_type.typtype`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// A base type.
    #[default]
    Base,
    /// A composite type that was made by CREATE TYPE; the row types of tables are left out.
    Composite,
    /// A domain.
    Domain,
    /// An enum.
    Enum,
    /// A range; multirange types are left out.
    Range,
}

/// A type that somebody made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserType {
    /// Its OID.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TypeKind,
    /// The role that owns it.
    pub owner: Oid,
    /// The types that it is made of: of a domain its base type, of a composite type those of its attributes, of a range its
    /// subtype.
    pub parts: Vec<Oid>,
    /// Of a domain: NOT NULL.
    pub not_null: bool,
    /// Of a domain: its default as SQL.
    pub default: Option<String>,
    /// Of a domain: its CHECK constraints.
    pub checks: Vec<DomainCheck>,
    /// Of an enum: its values, in order.
    pub labels: Vec<String>,
    /// It has a comment.
    pub commented: bool,
    /// Belongs to the system or to an extension, or is ours.
    pub exempt: bool,
}

impl UserType {
    /// The name as SQL, with its schema.
    #[must_use]
    pub fn sql(&self) -> String {
        crate::sql::qualified(&self.schema, &self.name)
    }
}

/// A CHECK constraint of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainCheck {
    /// Its name.
    pub name: String,
    /// Whether existing values are known to satisfy it.
    pub validated: bool,
    /// The expression as SQL.
    pub expression: String,
}
