//! A table as the catalog holds it, or as a text that is judged would leave it.

use std::rc::Rc;

use super::{
    Aspects, ColumnStatistics, IndexUsage, Lazy, Oid, PartitionCoverage, PartitionOf, Relation, Rights, TableState,
};

/// A data type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeName {
    /// The type's OID; 0 where the text that is judged creates it.
    pub oid: Oid,
    /// The type modifier (length, precision); -1 for none.
    pub modifier: i32,
    /// The name with its modifier, as `format_type` prints it: `character varying(20)`.
    pub name: String,
    /// The type under the domains and, for an array, of its elements, without modifier: `timestamp without time zone`.
    pub base: String,
    /// The OID of that type.
    pub base_oid: Oid,
    /// Whether it is an array (also through a domain).
    pub is_array: bool,
    /// Whether it is a domain.
    pub is_domain: bool,
    /// What the base type is (`pg_type.typtype`): `b`, `c`, `e`, `r`, `m`, `p`; none outside of full checks.
    pub base_kind: Option<char>,
    /// The category of the base type (`pg_type.typcategory`): `N` numeric, `S` string, ...; none outside of full checks.
    pub base_category: Option<char>,
}

/// How the server fills a column by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generated {
    /// It does not.
    #[default]
    No,
    /// `GENERATED ALWAYS AS (...) STORED`.
    Stored,
    /// `GENERATED ALWAYS AS (...) VIRTUAL` (18 and later).
    Virtual,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// `pg_attribute.attnum`.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its type; the columns of a full check share a few.
    pub data_type: Rc<TypeName>,
    /// Its collation; 0 where the type has none.
    pub collation: Oid,
    /// Whether it is NOT NULL.
    pub not_null: bool,
    /// Its default as SQL.
    pub default: Lazy<Option<String>>,
    /// Whether it is an identity column.
    pub identity: bool,
    /// Whether it is a generated column.
    pub generated: Generated,
    /// The sequence that it owns, when its default draws from it (`serial`), as SQL; none for identity columns.
    pub serial_sequence: Lazy<Option<String>>,
    /// The type of that sequence; 0 for none and in full checks.
    pub serial_type: Lazy<Oid>,
    /// Added in this transaction, or earlier in the text that is judged.
    pub created_here: bool,
    /// Created, renamed or given another type by what is judged now; always true in a full check.
    pub touched: bool,
    /// `pg_attribute.attlen`: bytes, -1 for variable length, -2 for a C string; 0 where only a full check would know.
    pub length: i16,
    /// `pg_attribute.attalign`: `c`, `s`, `i` or `d`; none outside of full checks.
    pub alignment: Option<char>,
    /// `pg_attribute.attstorage`: `p`, `e`, `m` or `x`; none outside of full checks.
    pub storage: Option<char>,
    /// It has a comment; false outside of full checks.
    pub commented: bool,
    /// The highest value that the planner has seen, for narrow integers that are unique by themselves; none where that is unknown
    /// and outside of full checks.
    pub highest: Option<i64>,
    /// What the planner knows of it; none where it was never analysed, where the caller may not see it, and outside of full
    /// checks.
    pub statistics: Option<Box<ColumnStatistics>>,
}

/// One key column of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexKey {
    /// The column's number; none for an expression.
    pub column: Option<i16>,
    /// The expression as SQL; none for a plain column.
    pub expression: Option<String>,
    /// The operator class.
    pub opclass: Oid,
    /// The operator family of that class.
    pub opfamily: Oid,
    /// The collation; 0 for none.
    pub collation: Oid,
    /// Whether the order is descending.
    pub descending: bool,
    /// Whether NULLs come first.
    pub nulls_first: bool,
    /// A btree folds equal keys of this operator class and collation (`btequalimage`); false outside of full checks.
    pub foldable: bool,
    /// The order, or the equality, of the keys depends on the version of the collation; false outside of full checks.
    pub by_collation: bool,
}

/// One index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    /// Its OID; 0 where only the text that is judged creates it.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The access method: `btree`, `gin`, ...
    pub method: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether it is the primary key's.
    pub primary: bool,
    /// Whether it is an exclusion constraint's.
    pub exclusion: bool,
    /// Whether queries may use it (`indisvalid`).
    pub valid: bool,
    /// Whether it is checked at once (`indimmediate`): false for a deferrable constraint's.
    pub immediate: bool,
    /// `NULLS NOT DISTINCT` (15 and later).
    pub nulls_not_distinct: bool,
    /// Whether it is the replica identity.
    pub replica_identity: bool,
    /// Whether `CLUSTER` uses it.
    pub clustered: bool,
    /// The constraint that it serves.
    pub constraint: Lazy<Option<String>>,
    /// Whether it is attached to an index of the parent.
    pub is_partition: bool,
    /// Its keys.
    pub keys: Vec<IndexKey>,
    /// Its INCLUDE columns.
    pub included: Vec<i16>,
    /// Its predicate as SQL.
    pub predicate: Option<String>,
    /// Bytes on disk.
    pub bytes: Lazy<u64>,
    /// Created or renamed by what is judged now; always true in a full check.
    pub touched: bool,
    /// Whether writes go into it (`indisready`); meaningful in full checks.
    pub ready: bool,
    /// Whether it is not being dropped (`indislive`); meaningful in full checks.
    pub live: bool,
    /// A session builds or rebuilds it at this moment; meaningful in full checks.
    pub building: bool,
    /// The index of the parent table that it is attached to; 0 for none or outside of full checks.
    pub parent: Oid,
    /// Its storage options; empty outside of full checks.
    pub options: Vec<String>,
    /// Options of its operator classes, by key (`siglen=32`); empty for a btree and outside of full checks.
    pub class_options: Vec<String>,
    /// Entries by `reltuples`; none where unknown.
    pub tuples: Option<f64>,
    /// What the planner knows of its expressions; none where it has no expression or more than one, where it was never
    /// analysed, and outside of full checks.
    pub expression_statistics: Option<Box<ColumnStatistics>>,
    /// When it was made, as far as the server remembers (`track_commit_timestamp`); none where it does not, and outside of full
    /// checks.
    pub created: Option<super::Epoch>,
    /// Its cumulative statistics; none where the caller may not see them, and outside of full checks.
    pub usage: Option<Box<IndexUsage>>,
}

impl Index {
    /// The name as SQL, with its schema.
    #[must_use]
    pub fn sql(&self) -> String {
        crate::sql::qualified(&self.schema, &self.name)
    }

    /// Whether key or INCLUDE names the column (expressions and predicates not looked at).
    #[must_use]
    pub fn mentions(&self, column: i16) -> bool {
        self.keys.iter().any(|key| key.column == Some(column)) || self.included.contains(&column)
    }
}

/// What a constraint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    /// CHECK.
    #[default]
    Check,
    /// FOREIGN KEY.
    ForeignKey,
    /// PRIMARY KEY.
    PrimaryKey,
    /// UNIQUE.
    Unique,
    /// EXCLUDE.
    Exclusion,
    /// NOT NULL as a constraint of its own (18 and later).
    NotNull,
    /// A constraint trigger.
    Trigger,
}

/// What happens to the referencing row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReferentialAction {
    /// An error, at the end of the statement or later.
    #[default]
    NoAction,
    /// An error at once.
    Restrict,
    /// The row goes or follows too.
    Cascade,
    /// The columns become NULL.
    SetNull,
    /// The columns take their default.
    SetDefault,
}

/// One constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraint {
    /// Its OID; 0 where only the text that is judged creates it.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ConstraintKind,
    /// The constrained columns, in order.
    pub columns: Vec<i16>,
    /// Whether existing rows are known to satisfy it.
    pub validated: bool,
    /// Whether new rows are checked (18 and later can say NOT ENFORCED).
    pub enforced: bool,
    /// Whether it may be deferred.
    pub deferrable: bool,
    /// Whether children do not inherit it.
    pub no_inherit: bool,
    /// Whether it comes from a parent table's constraint.
    pub inherited: bool,
    /// A CHECK's expression as SQL.
    pub expression: Lazy<Option<String>>,
    /// What a foreign key refers to.
    pub references: Option<Lazy<Reference>>,
    /// The table that a foreign key refers to; 0 for others, and where only the text that is judged creates it.
    pub referenced: Oid,
    /// The table that owns the constraint (for those that refer to the table at hand).
    pub table: Oid,
    /// Created by what is judged now; always true in a full check.
    pub touched: bool,
    /// MATCH FULL.
    pub match_full: bool,
    /// INITIALLY DEFERRED.
    pub deferred: bool,
    /// ON DELETE SET NULL or SET DEFAULT for these columns only; empty for all.
    pub delete_columns: Vec<i16>,
    /// The index that serves the key, or that a foreign key refers to; 0 for none or outside of full checks.
    pub index: Oid,
}

/// The far side of a foreign key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// The referenced table.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The referenced columns' names, in the order of the constraint's own columns.
    pub columns: Vec<String>,
    /// The types of those columns.
    pub types: Vec<Rc<TypeName>>,
    /// Rows of the referenced table.
    pub rows: Lazy<u64>,
    /// ON DELETE.
    pub on_delete: ReferentialAction,
    /// ON UPDATE.
    pub on_update: ReferentialAction,
    /// The operator families of the equality operators that the server uses to find referencing rows, per column; empty
    /// where the key exists only in a text.
    pub opfamilies: Vec<Oid>,
    /// Per column: the operator families that hold the equality operator with which the server looks for referencing rows, as far
    /// as indexes have them; empty where the key exists only in a text.
    pub equality_families: Vec<Vec<Oid>>,
}

/// A constraint, or a unique index without one, that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostConstraint {
    /// Its name.
    pub name: String,
    /// What it was; an index counts as UNIQUE.
    pub kind: ConstraintKind,
    /// The columns, in order; 0 for an expression of an index.
    pub columns: Vec<i16>,
    /// The expressions of an index as SQL, in order.
    pub expressions: Vec<String>,
    /// The columns that these use.
    pub in_expressions: Vec<i16>,
    /// The table that a foreign key referred to; 0 for others.
    pub referenced: Oid,
    /// A CHECK that said nothing but that its columns are not NULL.
    pub only_not_null: bool,
    /// All rows were known to satisfy it.
    pub validated: bool,
    /// It came from a parent table.
    pub inherited: bool,
}

impl LostConstraint {
    /// What is told of a constraint that goes; `only_not_null` is for whoever can read its expression.
    #[must_use]
    pub fn of(constraint: &Constraint) -> LostConstraint {
        LostConstraint {
            name: constraint.name.clone(),
            kind: constraint.kind,
            columns: constraint.columns.clone(),
            referenced: constraint.referenced,
            validated: constraint.validated,
            inherited: constraint.inherited,
            ..LostConstraint::default()
        }
    }
}

/// Why publications make the server refuse changes of a table that has a replica identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityGap {
    /// `UPDATE`, `DELETE` or both of them.
    pub commands: &'static str,
    /// Why, as a sentence.
    pub why: &'static str,
    /// REPLICA IDENTITY FULL mends it.
    pub full_mends: bool,
}

/// `pg_class.relreplident`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplicaIdentity {
    /// The primary key, if there is one.
    #[default]
    Default,
    /// The whole row.
    Full,
    /// A chosen index.
    Index,
    /// None.
    Nothing,
}

/// A table with its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The table itself.
    pub relation: Relation,
    /// Its columns, dropped ones left out, in order.
    pub columns: Lazy<Vec<Column>>,
    /// Its indexes.
    pub indexes: Lazy<Vec<Index>>,
    /// Its constraints.
    pub constraints: Lazy<Vec<Constraint>>,
    /// The foreign keys of other tables that refer to it.
    pub referenced_by: Vec<Constraint>,
    /// The columns of the partition key; empty where the table is not partitioned or the key is an expression.
    pub partition_key: Vec<i16>,
    /// The table is new, or the judgement is a full check: everything in it counts as touched.
    pub whole: bool,
    /// The key columns of indexes (those of constraints included) that were dropped by what is judged now.
    pub lost_indexes: Vec<Vec<i16>>,
    /// Its primary key was dropped by what is judged now.
    pub lost_primary_key: bool,
    /// Constraints and unique indexes that were dropped by what is judged now.
    pub lost_constraints: Vec<LostConstraint>,
    /// Columns (by number) whose default was dropped by what is judged now, with that default.
    pub lost_defaults: Vec<(i16, String)>,
    /// How UPDATE and DELETE name a row to subscribers.
    pub identity: ReplicaIdentity,
    /// A publication publishes its UPDATEs or DELETEs; false in full checks.
    pub publishes_changes: Lazy<bool>,
    /// A publication publishes anything of it; false in full checks.
    pub published: Lazy<bool>,
    /// The subscriptions that fill it; empty in full checks.
    pub subscriptions: Lazy<Vec<String>>,
    /// The table's own name was given by what is judged now (created, renamed, moved); always true in a full check.
    pub named: bool,
    /// Where the table's name is new: the names of other tables of its schema, at most some dozens; empty in a full check, which
    /// knows them all.
    pub siblings: Lazy<Vec<String>>,
    /// The first few of them: enough to see that a schema's style is not in question, and cheap.
    pub oldest_siblings: Lazy<Vec<String>>,
    /// Created by CREATE TABLE AS or SELECT INTO in what is judged now.
    pub created_as: bool,
    /// What only a full check knows: storage, use, triggers, policies, privileges.
    pub state: Option<Box<TableState>>,
    /// It has pages, and no row on them that is there or may yet be: a DELETE before the statement at hand took them all. False
    /// where that was not looked up, or is not sure.
    pub emptied: Lazy<bool>,
    /// The publications that publish its UPDATEs or DELETEs, by name; empty in full checks.
    pub publishers: Lazy<Vec<String>>,
    /// What the publications ask of its replica identity and that does not give; none in full checks, and in texts.
    pub identity_gap: Lazy<Option<IdentityGap>>,
    /// What is judged now made it, changed its replica identity, or changed a publication that it is in.
    pub identity_touched: bool,
    /// As a partition: the partitioned table at the top; none in full checks.
    pub root: Lazy<Option<Relation>>,
    /// Who may do what with it, and which rows they see; empty in full checks.
    pub rights: Lazy<Rights>,
    /// What is judged now changed something of that: a policy, ROW LEVEL SECURITY, a privilege.
    pub rights_touched: bool,
    /// Privileges on it were granted to PUBLIC in the text that is judged: the byte offset of the first GRANT.
    pub opened: Option<usize>,
    /// No index counts as touched: they need not be read to see that.
    pub no_index_touched: bool,
    /// No constraint counts as touched: they need not be read to see that.
    pub no_constraint_touched: bool,
    /// What is judged now gave it partitions or took some: created, attached, detached or dropped them; false in full checks.
    pub partitions_touched: bool,
    /// Where that is so: which keys its partitions leave without a place; none where it has no partition, or that is not known.
    pub coverage: Lazy<Option<PartitionCoverage>>,
    /// In a text: the number of a partitioned table that the text makes, by which its partitions know it whatever it is called; 0
    /// for others.
    pub family: u32,
    /// In a text: whose partition it is.
    pub partition_of: PartitionOf,
}

impl Table {
    /// What of the table counts as touched, as far as that is known without reading its indexes and constraints.
    #[must_use]
    pub fn touched_aspects(&self) -> Aspects {
        let none = Aspects::default();
        let only = |touched: bool, aspect: Aspects| if touched { aspect } else { none };
        only(self.columns.iter().any(|column| column.touched), Aspects::COLUMNS)
            .or(only(!self.no_constraint_touched, Aspects::CONSTRAINTS))
            .or(only(!self.no_index_touched, Aspects::INDEXES))
            .or(only(self.whole, Aspects::WHOLE))
            .or(only(self.named, Aspects::NAME))
            .or(only(self.loses(), Aspects::LOSSES))
            .or(only(self.rights_touched, Aspects::RIGHTS))
            .or(only(self.partitions_touched, Aspects::PARTITIONS))
    }

    fn loses(&self) -> bool {
        self.lost_primary_key
            || !self.lost_indexes.is_empty()
            || !self.lost_constraints.is_empty()
            || !self.lost_defaults.is_empty()
    }

    /// The column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column with this number.
    #[must_use]
    pub fn column_by_number(&self, number: i16) -> Option<&Column> {
        self.columns.iter().find(|column| column.number == number)
    }

    /// The names of the numbered columns; a number without a column is left out.
    #[must_use]
    pub fn column_names(&self, numbers: &[i16]) -> Vec<&str> {
        numbers.iter().filter_map(|n| self.column_by_number(*n)).map(|c| c.name.as_str()).collect()
    }

    /// The primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// The foreign keys.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &Constraint> {
        self.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
    }

    /// The indexes that count as touched.
    pub fn touched_indexes(&self) -> impl Iterator<Item = &Index> {
        let indexes: &[Index] = if self.no_index_touched { &[] } else { &self.indexes };
        indexes.iter().filter(|index| index.touched)
    }

    /// The constraints that count as touched.
    pub fn touched_constraints(&self) -> impl Iterator<Item = &Constraint> {
        let constraints: &[Constraint] = if self.no_constraint_touched { &[] } else { &self.constraints };
        constraints.iter().filter(|constraint| constraint.touched)
    }

    /// The foreign keys that count as touched.
    pub fn touched_foreign_keys(&self) -> impl Iterator<Item = &Constraint> {
        self.touched_constraints().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
    }

    /// Whether a constraint may be of interest: it counts as touched, or a column that it is over does. A column that is new has only
    /// constraints that are new too.
    #[must_use]
    pub fn touches_constraints(&self) -> bool {
        !self.no_constraint_touched || self.columns.iter().any(|column| column.touched && !column.created_here)
    }

    /// Reads everything that was to be read when it is asked for: where nothing can be read later.
    pub fn load(&self) {
        self.relation.load();
        let _: (&bool, &bool) = (&self.publishes_changes, &self.published);
        for column in &self.columns {
            let _: (&Option<String>, &Option<String>) = (&column.default, &column.serial_sequence);
            let _: &Oid = &column.serial_type;
        }
        for index in &self.indexes {
            let _: (&u64, &Option<String>) = (&index.bytes, &index.constraint);
        }
        for constraint in self.constraints.iter().chain(&self.referenced_by) {
            let _: &Option<String> = &constraint.expression;
            if let Some(reference) = &constraint.references {
                let _: &u64 = &reference.rows;
            }
        }
    }

    /// Whether UPDATE and DELETE of a published table can name its rows (`RelationGetReplicaIndex`).
    #[must_use]
    pub fn names_rows(&self) -> bool {
        match self.identity {
            ReplicaIdentity::Full => true,
            ReplicaIdentity::Nothing => false,
            ReplicaIdentity::Index => self.indexes.iter().any(|index| index.replica_identity),
            ReplicaIdentity::Default => self.primary_key().is_some_and(|key| !key.deferrable),
        }
    }

    /// The constraint with this name.
    #[must_use]
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// The index with this name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }
}

/// A function or procedure that a transaction leaves behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// Its OID.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its identity arguments: `integer, text`.
    pub arguments: String,
    /// The types that a call gives it: one element for what is VARIADIC; empty in full checks, and for one that only a text makes.
    pub call_types: Vec<Oid>,
    /// `FUNCTION` or `PROCEDURE`.
    pub keyword: &'static str,
    /// Whether it runs with its owner's rights.
    pub security_definer: bool,
    /// The value of `SET search_path` as it is stored; none where the function does not pin it.
    pub search_path: Option<String>,
    /// The schemas of that path in which PUBLIC, or anybody but the owner, may create objects.
    pub writable_schemas: Vec<String>,
    /// Whether the body is SQL-standard (`BEGIN ATOMIC`): its names were bound at creation.
    pub sql_body: bool,
    /// Everybody may execute it; not known in full checks, which know all its privileges.
    pub public_execute: Lazy<bool>,
    /// It returns `trigger` or `event_trigger`: nobody can call it.
    pub for_triggers: bool,
    /// Member of an extension, of a system schema, or ours: never judged.
    pub exempt: bool,
    /// What only a full check knows: owner, privileges, language, volatility, cost, result, body.
    pub state: Option<Box<super::FunctionState>>,
}

impl Function {
    /// The function's signature as SQL: `schema.name(integer, text)`.
    #[must_use]
    pub fn sql(&self) -> String {
        format!("{}({})", crate::sql::qualified(&self.schema, &self.name), self.arguments)
    }
}
