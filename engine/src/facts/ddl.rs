//! What a statement says, lowered from PostgreSQL's raw parse tree. What no rule asks about is `Other`.

use super::{Generated, Name, ReferentialAction, RelationKind, TypeName};

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Ddl {
    /// CREATE TABLE, also `PARTITION OF` and `OF type`.
    CreateTable(CreateTable),
    /// CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW.
    CreateTableAs(CreateTableAs),
    /// CREATE INDEX.
    CreateIndex(CreateIndex),
    /// ALTER TABLE, ALTER INDEX, ALTER VIEW, ... with sub-commands.
    AlterTable(AlterTable),
    /// ALTER ... RENAME.
    Rename(Rename),
    /// ALTER ... SET SCHEMA of a relation.
    SetSchema(SetSchema),
    /// DROP of any kind of object.
    Drop(Drop),
    /// CREATE FUNCTION or PROCEDURE.
    CreateFunction(Name),
    /// CREATE VIEW.
    CreateView(Name),
    /// CREATE SEQUENCE.
    CreateSequence(Name),
    /// CREATE TYPE of a composite type; seen in texts only.
    CreateCompositeType(Name),
    /// CREATE TRIGGER on a table.
    CreateTrigger {
        /// The trigger.
        name: String,
        /// Its table.
        table: Name,
    },
    /// CREATE SCHEMA with the statements that it holds.
    CreateSchema {
        /// The schema.
        name: Option<String>,
        /// Its elements.
        elements: Vec<Ddl>,
    },
    /// REFRESH MATERIALIZED VIEW.
    RefreshMaterializedView {
        /// The view.
        view: Name,
        /// CONCURRENTLY.
        concurrently: bool,
        /// WITH NO DATA.
        skip_data: bool,
    },
    /// REINDEX of an index or a table.
    Reindex {
        /// What is rebuilt.
        target: Name,
        /// Whether `target` is an index.
        is_index: bool,
        /// CONCURRENTLY.
        concurrently: bool,
    },
    /// REINDEX of a whole schema, of the database or of its system catalogs.
    ReindexAll {
        /// `SCHEMA`, `DATABASE` or `SYSTEM`.
        what: &'static str,
        /// The schema or database, where one is named.
        name: Option<String>,
        /// CONCURRENTLY.
        concurrently: bool,
    },
    /// TRUNCATE.
    Truncate {
        /// The tables.
        tables: Vec<Name>,
        /// CASCADE.
        cascade: bool,
    },
    /// VACUUM (not ANALYZE by itself).
    Vacuum {
        /// The tables; none for all of the database.
        tables: Vec<Name>,
        /// FULL.
        full: bool,
    },
    /// CLUSTER.
    Cluster {
        /// The table; none for all that were clustered before.
        table: Option<Name>,
        /// The index that it orders by, where one is named.
        index: Option<String>,
    },
    /// LOCK TABLE.
    LockTable {
        /// The tables.
        tables: Vec<Name>,
        /// The mode.
        mode: super::LockMode,
        /// NOWAIT.
        nowait: bool,
    },
    /// ALTER DOMAIN.
    AlterDomain {
        /// The domain.
        domain: Name,
        /// What is done to it.
        action: DomainAction,
    },
    /// ALTER SEQUENCE with options (not RENAME, OWNER or SET SCHEMA).
    AlterSequence {
        /// The sequence.
        name: Name,
        /// Its new type (AS); 0 where it stays.
        data_type: super::Oid,
    },
    /// ALTER TYPE ... RENAME VALUE.
    RenameEnumValue {
        /// The type.
        data_type: Name,
        /// The value before.
        old: String,
        /// The value after.
        new: String,
    },
    /// ALTER TYPE ... ADD VALUE.
    AddEnumValue(NewValue),
    /// CREATE RULE.
    CreateRule {
        /// The rule.
        name: String,
        /// Its table or view.
        table: Name,
        /// What it rewrites: `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
        event: &'static str,
        /// DO INSTEAD NOTHING.
        nothing: bool,
    },
    /// CREATE POLICY, ALTER POLICY.
    Policy {
        /// The policy.
        name: String,
        /// Its table.
        table: Name,
    },
    /// CREATE PUBLICATION, ALTER PUBLICATION of what it holds or publishes.
    Publication {
        /// The publication.
        name: String,
        /// It publishes UPDATEs or DELETEs.
        changes: bool,
        /// FOR ALL TABLES.
        everything: bool,
        /// The schemas whose tables it is for.
        schemas: Vec<String>,
    },
    /// GRANT, REVOKE of privileges on objects.
    Grant(super::GrantOrRevoke),
    /// DROP DATABASE.
    DropDatabase {
        /// The database.
        name: String,
    },
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ...
    Transaction(TransactionCommand),
    /// SET or RESET of a parameter.
    Set(SetParameter),
    /// A statement that changes data; seen in texts only.
    Dml(Dml),
    /// EXECUTE in a DO block or a function, of a text that is computed; seen in texts only.
    DynamicSql {
        /// The expression, as it is written.
        expression: String,
    },
    /// Anything else, with its command tag.
    Other(String),
}

/// A value that ALTER TYPE ... ADD VALUE gives an enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewValue {
    /// The type's OID; 0 where only the text that is judged creates it.
    pub type_oid: super::Oid,
    /// The type's name, as it is written.
    pub data_type: Name,
    /// The value.
    pub label: String,
    /// The same transaction created the type.
    pub of_new_type: bool,
    /// The type has the value already, and IF NOT EXISTS is written.
    pub there: bool,
}

/// What ALTER DOMAIN does.
#[derive(Clone, Debug, PartialEq)]
pub enum DomainAction {
    /// ADD CONSTRAINT.
    AddConstraint(Box<ConstraintDef>),
    /// VALIDATE CONSTRAINT.
    Validate(String),
    /// SET NOT NULL.
    SetNotNull,
    /// Anything else: no table is looked at.
    Other,
}

/// A column's definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnDef {
    /// Its name.
    pub name: String,
    /// Its type; the OID is 0 where the type is not known (yet).
    pub data_type: TypeName,
    /// `smallserial`, `serial` or `bigserial`, where it is written so.
    pub serial: Option<String>,
    /// NOT NULL, also through PRIMARY KEY, identity or serial.
    pub not_null: bool,
    /// Its type is a domain that refuses NULL, or lies over one.
    pub domain_not_null: bool,
    /// The default's SQL, as far as it can be decompiled; an empty text where it cannot.
    pub default: Option<String>,
    /// GENERATED ... AS IDENTITY.
    pub identity: bool,
    /// GENERATED ALWAYS AS (expression).
    pub generated: Generated,
    /// The constraints written with the column, those of the column list of a table apart.
    pub constraints: Vec<ConstraintDef>,
}

/// A constraint's definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConstraintDef {
    /// Its name, where one is given.
    pub name: Option<String>,
    /// What it is.
    pub kind: super::ConstraintKind,
    /// The constrained columns.
    pub columns: Vec<String>,
    /// `USING INDEX name`.
    pub using_index: Option<String>,
    /// NOT VALID.
    pub not_valid: bool,
    /// NOT ENFORCED (18 and later).
    pub not_enforced: bool,
    /// NO INHERIT.
    pub no_inherit: bool,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// CHECK: the expression's SQL, as far as it can be decompiled.
    pub expression: Option<String>,
    /// CHECK: the columns that the expression names, each once.
    pub mentions: Vec<String>,
    /// FOREIGN KEY: the referenced table.
    pub references: Option<Name>,
    /// FOREIGN KEY: the referenced columns, where they are written.
    pub referenced_columns: Vec<String>,
    /// FOREIGN KEY: ON DELETE.
    pub on_delete: ReferentialAction,
    /// FOREIGN KEY: ON UPDATE.
    pub on_update: ReferentialAction,
    /// FOREIGN KEY: MATCH FULL.
    pub match_full: bool,
    /// INITIALLY DEFERRED.
    pub deferred: bool,
    /// FOREIGN KEY: ON DELETE SET NULL or SET DEFAULT of these columns only; empty for all.
    pub delete_columns: Vec<String>,
    /// UNIQUE: NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// INCLUDE columns.
    pub included: Vec<String>,
}

/// The INCLUDING of a LIKE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LikeParts {
    /// Defaults.
    pub defaults: bool,
    /// Generated columns.
    pub generated: bool,
    /// CHECK constraints.
    pub constraints: bool,
    /// Identity columns.
    pub identity: bool,
    /// Indexes, primary keys and unique constraints.
    pub indexes: bool,
}

/// CREATE TABLE.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTable {
    /// The new table.
    pub name: Name,
    /// TEMPORARY.
    pub temporary: bool,
    /// UNLOGGED.
    pub unlogged: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// The columns.
    pub columns: Vec<ColumnDef>,
    /// The table constraints.
    pub constraints: Vec<ConstraintDef>,
    /// `PARTITION OF parent`.
    pub partition_of: Option<Name>,
    /// `INHERITS (...)`.
    pub inherits: Vec<Name>,
    /// `LIKE ...`: columns come from elsewhere.
    pub like: Vec<Name>,
    /// What each of them takes besides.
    pub like_parts: Vec<LikeParts>,
    /// The columns of `PARTITION BY`; none for an expression.
    pub partition_key: Vec<Option<String>>,
    /// No part of `PARTITION BY` has an operator class or a collation of its own.
    pub partition_key_plain: bool,
    /// `OF type`.
    pub of_type: bool,
    /// `PARTITION BY`.
    pub partitioned: bool,
    /// A foreign table.
    pub foreign: bool,
}

/// A query that takes columns of one relation as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlainQuery {
    /// The relation.
    pub from: Name,
    /// The columns in order: the one of the relation (none for all of them), and its new name, where it is given one.
    pub columns: Vec<(Option<String>, Option<String>)>,
    /// The names that CREATE TABLE AS gives the first columns.
    pub names: Vec<String>,
}

/// CREATE TABLE AS and its kin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTableAs {
    /// UNLOGGED.
    pub unlogged: bool,
    /// The query, where it is that plain; seen in texts only.
    pub query: Option<PlainQuery>,
    /// The new relation.
    pub name: Name,
    /// A materialised view.
    pub materialized: bool,
    /// TEMPORARY.
    pub temporary: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// It is filled: WITH NO DATA is not written.
    pub with_data: bool,
}

/// CREATE INDEX.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateIndex {
    /// The index's name, where one is given.
    pub name: Option<String>,
    /// What the server calls its keys in the name of an index that is given none: `a_lower`.
    pub keys: String,
    /// Its table.
    pub table: Name,
    /// UNIQUE.
    pub unique: bool,
    /// CONCURRENTLY.
    pub concurrently: bool,
    /// IF NOT EXISTS.
    pub if_not_exists: bool,
    /// ON ONLY.
    pub only: bool,
    /// The definition after the table's name, as SQL: `USING btree (a, lower(b)) WHERE c`. Empty where an expression of it
    /// cannot be decompiled.
    pub definition: String,
    /// The index as the catalog would hold it, where its table is known.
    pub index: Option<Box<super::Index>>,
}

/// ALTER TABLE and its kin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlterTable {
    /// What is altered.
    pub target: Name,
    /// The kind that the statement names (`ALTER TABLE` works on indexes and views too: see the facts' target).
    pub kind: RelationKind,
    /// ONLY.
    pub only: bool,
    /// IF EXISTS.
    pub if_exists: bool,
    /// The sub-commands in the order of the text.
    pub commands: Vec<AlterCommand>,
}

/// One sub-command of ALTER TABLE.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterCommand {
    /// ADD COLUMN.
    AddColumn {
        /// The column.
        column: ColumnDef,
        /// IF NOT EXISTS.
        if_not_exists: bool,
    },
    /// DROP COLUMN.
    DropColumn {
        /// The column.
        column: String,
        /// CASCADE.
        cascade: bool,
        /// IF EXISTS.
        if_exists: bool,
    },
    /// ALTER COLUMN ... TYPE.
    AlterType {
        /// The column.
        column: String,
        /// The new type.
        data_type: TypeName,
        /// The USING expression as SQL (empty where it cannot be decompiled).
        using: Option<String>,
        /// The collation that is written.
        collation: Option<Name>,
    },
    /// ALTER COLUMN ... SET DEFAULT.
    SetDefault {
        /// The column.
        column: String,
        /// The default as SQL.
        default: String,
    },
    /// ALTER COLUMN ... DROP DEFAULT.
    DropDefault {
        /// The column.
        column: String,
    },
    /// ALTER COLUMN ... SET NOT NULL.
    SetNotNull {
        /// The column.
        column: String,
    },
    /// ALTER COLUMN ... DROP NOT NULL.
    DropNotNull {
        /// The column.
        column: String,
    },
    /// ADD CONSTRAINT.
    AddConstraint(ConstraintDef),
    /// DROP CONSTRAINT.
    DropConstraint {
        /// The constraint.
        name: String,
        /// CASCADE.
        cascade: bool,
        /// IF EXISTS.
        if_exists: bool,
    },
    /// VALIDATE CONSTRAINT.
    ValidateConstraint {
        /// The constraint.
        name: String,
    },
    /// ADD GENERATED ... AS IDENTITY.
    AddIdentity {
        /// The column.
        column: String,
    },
    /// SET LOGGED or SET UNLOGGED.
    SetPersistence {
        /// True for SET LOGGED.
        logged: bool,
    },
    /// SET TABLESPACE.
    SetTablespace {
        /// The tablespace.
        name: String,
    },
    /// SET ACCESS METHOD.
    SetAccessMethod {
        /// The access method.
        name: String,
    },
    /// ATTACH PARTITION (of a table or an index).
    AttachPartition {
        /// The new partition.
        partition: Name,
    },
    /// DETACH PARTITION.
    DetachPartition {
        /// The partition.
        partition: Name,
        /// CONCURRENTLY.
        concurrently: bool,
        /// FINALIZE.
        finalize: bool,
    },
    /// DISABLE TRIGGER.
    DisableTrigger {
        /// The trigger; none for ALL and USER.
        name: Option<String>,
        /// USER: those of constraints stay on.
        user: bool,
    },
    /// SET of a storage option, or RESET, by the options' names.
    SetOptions(Vec<String>),
    /// Anything else, by the words of the statement: `SET STATISTICS`, `ENABLE TRIGGER`, ...
    Other(String),
}

impl AlterCommand {
    /// The column that the sub-command is about.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            AlterCommand::AddColumn { column, .. } => Some(&column.name),
            AlterCommand::DropColumn { column, .. }
            | AlterCommand::AlterType { column, .. }
            | AlterCommand::SetDefault { column, .. }
            | AlterCommand::DropDefault { column }
            | AlterCommand::SetNotNull { column }
            | AlterCommand::DropNotNull { column }
            | AlterCommand::AddIdentity { column } => Some(column),
            _ => None,
        }
    }
}

/// What RENAME renames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// A relation, with the kind that the statement names.
    Relation(RelationKind),
    /// A column of a relation.
    Column(String),
    /// An attribute of a composite type.
    Attribute(String),
    /// A constraint of a table.
    Constraint(String),
    /// Something else: `type`, `schema`, `function`, ...
    Other(&'static str),
}

/// ALTER ... RENAME.
#[derive(Clone, Debug, PartialEq)]
pub struct Rename {
    /// What is renamed.
    pub what: Renamed,
    /// The relation (for a column or constraint: its table).
    pub target: Name,
    /// The new name.
    pub new_name: String,
    /// IF EXISTS.
    pub if_exists: bool,
}

/// ALTER ... SET SCHEMA of a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct SetSchema {
    /// The relation.
    pub target: Name,
    /// The kind that the statement names.
    pub kind: RelationKind,
    /// The new schema.
    pub schema: String,
}

/// What DROP drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropKind {
    /// Relations of this kind.
    Relation(RelationKind),
    /// Anything else, by its keyword: `SCHEMA`, `TYPE`, `FUNCTION`, `EXTENSION`, ...
    Other(&'static str),
}

/// DROP.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// What kind of object.
    pub kind: DropKind,
    /// The objects; for kinds without such names (functions, casts) as far as they can be named.
    pub names: Vec<Name>,
    /// CASCADE.
    pub cascade: bool,
    /// IF EXISTS.
    pub if_exists: bool,
    /// CONCURRENTLY.
    pub concurrently: bool,
}

/// A transaction command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionCommand {
    /// BEGIN, START TRANSACTION.
    Begin,
    /// COMMIT, END, PREPARE TRANSACTION.
    Commit,
    /// ROLLBACK, ABORT.
    Rollback,
    /// SAVEPOINT.
    Savepoint(String),
    /// RELEASE SAVEPOINT.
    Release(String),
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo(String),
}

/// SET, SET LOCAL, RESET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetParameter {
    /// The parameter; empty for RESET ALL.
    pub name: String,
    /// The value as text; none for RESET and SET ... TO DEFAULT.
    pub value: Option<String>,
    /// SET LOCAL.
    pub local: bool,
}

/// A statement that changes data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dml {
    /// INSERT, UPDATE, DELETE, MERGE, COPY or TRUNCATE.
    pub verb: &'static str,
    /// Its table.
    pub table: Name,
    /// Rows come from a query or a client, not from a VALUES list.
    pub bulk: bool,
    /// UPDATE or DELETE without WHERE.
    pub all_rows: bool,
    /// DELETE that leaves no row: neither WHERE nor USING, and children are not left out.
    pub empties: bool,
}
