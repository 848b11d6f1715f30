//! What a text has done so far: a schema in memory, laid over the catalog. Nothing is executed.

use engine::facts::*;
use engine::hash::QuickMap;
use std::rc::Rc;

use super::aftermath::{owner, textual, touch_all};
use super::catalog;
use pgrx::pg_sys;

mod copies;
mod coverage;
mod gone;
mod inherited;
mod names;
mod partitions;
mod publications;
mod rights;
mod schemas;
mod sequences;
mod shared;

use partitions::Lineage;
use schemas::Schemas;
use shared::{Log, Shared};

/// One relation that the text created, changed or dropped.
#[derive(Clone)]
pub struct Entry {
    /// The relation with its parts; none when it is gone.
    table: Option<Rc<Table>>,
    /// Where the text first touched it.
    position: usize,
    /// Where the text last touched a column, a constraint or an index, by its name.
    places: QuickMap<String, usize>,
    /// The text touched something that the state rules look at.
    touched: bool,
    /// Its place among the relations that the text made or changed; none for one that it only dropped.
    number: Option<usize>,
    /// Schema and name before the text, if it renamed or moved it, and where it did that last.
    was: Option<(Key, usize)>,
}

impl Entry {
    /// A relation that is not, or no longer, there.
    fn gone(position: usize) -> Entry {
        Entry { table: None, position, places: QuickMap::default(), touched: false, number: None, was: None }
    }
}

/// The schema as the text leaves it.
///
/// Every BEGIN and SAVEPOINT of the text keeps a copy to go back to, so copies are cheap.
#[derive(Clone, Default)]
pub struct Overlay {
    entries: Shared<Key, Rc<Entry>>,
    /// Entries by the OID of the relation in the catalog.
    oids: Shared<u32, Key>,
    /// Where an index of this schema and name was put last; its table may have lost it since.
    indexes: Shared<Key, Key>,
    /// The tables whose columns own sequences that the text made, by the sequence's name as SQL.
    sequences: Shared<String, Key>,
    /// How many relations the text made or changed: the next one's number.
    count: usize,
    /// Which tables may use a relation or a type by what the text added to them.
    users: Shared<Used, Rc<QuickMap<Key, ()>>>,
    dropped: Log<(Relation, usize)>,
    dropped_functions: Log<(Function, usize)>,
    /// Types, domains, schemas and routines of the catalog that the text renamed.
    renamed_objects: Log<RenamedObject>,
    /// The types of the catalog that the text renamed, by schema and name now.
    renamed_types: Shared<Key, Oid>,
    /// The names that the text gave types and routines, new or old ones.
    given_names: Shared<(bool, Key), ()>,
    /// What the text dropped that is no relation nor a part of one, by class and OID.
    dropped_objects: Shared<(u32, Oid), ()>,
    /// Tables into which the text puts rows in bulk, by schema and name.
    filled: Shared<Key, ()>,
    functions: Rc<Vec<(Function, usize)>>,
    /// What GRANT opened to PUBLIC that is no relation by name, by kind and name.
    opened: Shared<Key, Opened>,
    /// Publications that the text made or changed, by name.
    publications: Shared<String, publications::Published>,
    /// GRANT and REVOKE on all tables of schemas, with their places.
    granted_on_all: Log<(GrantOrRevoke, usize)>,
    search_path: Vec<String>,
    schemas: Schemas,
    lineage: Lineage,
    /// The text dropped or changed objects that are no relations: what the catalog says of triggers, policies and defaults may not hold
    /// any more.
    parts_changed: bool,
}

/// Schema and name.
pub type Key = Rc<(String, String)>;

fn key(schema: &str, name: &str) -> Key {
    Rc::new((schema.to_owned(), name.to_owned()))
}

/// What a foreign key or a column of a table stands on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Used {
    /// A relation of the catalog.
    Relation(Oid),
    /// A relation by its name when the key was made.
    Named(Key),
    /// A type of the catalog.
    Type(Oid),
}

/// The alias of the schema of temporary tables, which stands before the search path.
pub const TEMPORARY: &str = "pg_temp";

impl Overlay {
    /// An overlay over the catalog with this search path.
    pub fn new(search_path: Vec<String>) -> Overlay {
        Overlay { search_path, ..Overlay::default() }
    }

    /// The schemas in which an unqualified name is looked for.
    pub fn search_path(&self) -> Vec<String> {
        self.search_path.clone()
    }

    /// SET search_path in the text.
    pub fn set_search_path(&mut self, path: Vec<String>) {
        self.search_path = path;
    }

    /// The relation: none when the text did not touch it, `Some(None)` when the text dropped or renamed it away.
    pub fn table(&self, schema: &str, name: &str) -> Option<Option<&Table>> {
        let entry = self.entries.get(&(schema.to_owned(), name.to_owned()))?;
        Some(entry.table.as_deref())
    }

    /// The relation of the catalog with this OID: none when the text did not touch it, `Some(None)` when it is gone.
    pub fn table_by_oid(&self, oid: u32) -> Option<Option<&Table>> {
        if oid == 0 {
            return None;
        }
        let key = self.oids.get(&oid)?;
        Some(self.entries.get(key).and_then(|entry| entry.table.as_deref()))
    }

    /// An index of a table that the text touched.
    pub fn index(&self, schema: &str, name: &str) -> Option<(Index, Table)> {
        self.index_here(schema, name).map(|(index, table)| (index.clone(), table.clone()))
    }

    fn index_here(&self, schema: &str, name: &str) -> Option<(&Index, &Table)> {
        let table = self.entry_of_index(schema, name)?.table.as_deref()?;
        let index = table.indexes.iter().find(|index| index.schema == schema && index.name == name)?;
        Some((index, table))
    }

    fn entry_of_index(&self, schema: &str, name: &str) -> Option<&Rc<Entry>> {
        self.entries.get(self.indexes.get(&(schema.to_owned(), name.to_owned()))?)
    }

    fn put(&mut self, table: Table, position: usize, touched: bool) -> &mut Entry {
        let key = key(&table.relation.schema, &table.relation.name);
        if table.relation.oid != 0 {
            self.oids.insert(table.relation.oid, Rc::clone(&key));
        }
        for index in &table.indexes {
            self.indexes.insert(self::key(&index.schema, &index.name), Rc::clone(&key));
        }
        self.note_users(&table, &key);
        self.note_sequences(&table, &key);
        let entries = self.entries.change(&key);
        let entry = Rc::make_mut(entries.entry(key).or_insert_with(|| Rc::new(Entry::gone(position))));
        if entry.number.is_none() {
            entry.number = Some(self.count);
            self.count += 1;
        }
        if entry.table.is_none() {
            entry.position = position;
            entry.places.clear();
            entry.was = None;
        }
        entry.table = Some(Rc::new(table));
        entry.touched |= touched;
        entry
    }

    /// Notes what the table uses by keys and columns that the text added.
    fn note_users(&mut self, table: &Table, key: &Key) {
        let mut uses = Vec::new();
        for constraint in table.constraints.iter().filter(|constraint| constraint.oid == 0) {
            if constraint.referenced != 0 {
                uses.push(Used::Relation(constraint.referenced));
            }
            if let Some(reference) = constraint.references.as_ref() {
                uses.push(Used::Named(self::key(&reference.schema, &reference.table)));
            }
        }
        // Nobody drops a type of the system.
        let of_users = |column: &&Column| column.created_here && column.data_type.oid >= pg_sys::FirstNormalObjectId;
        uses.extend(table.columns.iter().filter(of_users).map(|column| Used::Type(column.data_type.oid)));
        for used in uses {
            if self.users.get(&used).is_none_or(|users| !users.contains_key(key)) {
                let users = self.users.change(&used).entry(used).or_default();
                Rc::make_mut(users).insert(Rc::clone(key), ());
            }
        }
    }

    /// The tables that may use it now, in the order in which the text made or changed them.
    pub fn users(&self, used: &[Used]) -> Vec<&Table> {
        let keys = used.iter().filter_map(|used| self.users.get(used)).flat_map(|users| users.keys());
        let mut entries: Vec<&Rc<Entry>> = keys.filter_map(|key| self.entries.get(key)).collect();
        entries.sort_by_key(|entry| entry.number);
        entries.dedup_by_key(|entry| entry.number);
        entries.into_iter().filter_map(|entry| entry.table.as_deref()).collect()
    }

    /// The relation is dropped.
    fn remove(&mut self, relation: &Relation, position: usize) {
        if relation.is_partition {
            self.loses_partition(relation);
            self.drop_partition(relation, position);
        }
        self.take_away(relation, position);
    }

    /// There is no relation of this name any more.
    fn take_away(&mut self, relation: &Relation, position: usize) {
        let key = key(&relation.schema, &relation.name);
        if relation.oid != 0 {
            self.oids.insert(relation.oid, Rc::clone(&key));
        }
        let mut gone = Entry::gone(position);
        gone.number = self.entries.get(&key).and_then(|entry| entry.number);
        self.entries.insert(key, Rc::new(gone));
    }

    /// The functions of the catalog that the text dropped.
    pub fn dropped_functions(&self) -> Vec<u32> {
        self.dropped_functions.iter().map(|(function, _)| function.oid).collect()
    }

    /// The type of the catalog that the text gave this name.
    pub fn renamed_type(&self, name: &Name) -> Option<Oid> {
        let path = name.schema.as_ref().map_or(&*self.search_path, std::slice::from_ref);
        path.iter().find_map(|schema| self.renamed_types.get(&(schema.clone(), name.name.clone()))).copied()
    }

    /// Whether the text dropped this object, which is no relation.
    pub fn dropped_object(&self, class: u32, oid: Oid) -> bool {
        self.dropped_objects.get(&(class, oid)).is_some()
    }

    /// A function that the text creates.
    pub fn add_function(&mut self, function: Function, position: usize) {
        let functions = Rc::make_mut(&mut self.functions);
        functions.retain(|(known, _)| known.name != function.name || known.sql() != function.sql());
        self.given_names.insert((false, key(&function.schema, &function.name)), ());
        functions.push((function, position));
    }

    /// Applies a statement.
    pub fn apply(&mut self, statement: &Statement) {
        let position = statement.position;
        if statement.nothing_to_do {
            return;
        }
        if let Some(name) = &statement.made_type {
            self.given_names.insert((true, key(&self.schema_of(name), &name.name)), ());
        }
        self.parts_changed |= match &statement.ddl {
            Ddl::Drop(drop) => matches!(drop.kind, DropKind::Other(_)) || drop.cascade,
            Ddl::Other(_) | Ddl::Policy { .. } | Ddl::CreateRule { .. } | Ddl::CreateTrigger { .. } => true,
            _ => false,
        };
        match &statement.ddl {
            Ddl::CreateTable(create) => self.create_table(create, statement),
            Ddl::CreateTableAs(create) => {
                let schema = if create.temporary { TEMPORARY.to_owned() } else { self.schema_of(&create.name) };
                let kind = if create.materialized { RelationKind::MaterializedView } else { RelationKind::Table };
                if create.if_not_exists && statement.existing.is_some() {
                    return;
                }
                let mut relation = textual(&schema, &create.name.name, kind);
                relation.persistence = match (create.temporary || schema == TEMPORARY, create.unlogged) {
                    (true, _) => Persistence::Temporary,
                    (_, true) => Persistence::Unlogged,
                    _ => Persistence::Permanent,
                };
                let columns = create.query.as_ref().map(|query| self.taken(query)).unwrap_or_default();
                let mut table = Table { relation, created_as: true, columns: columns.into(), ..Table::default() };
                touch_all(&mut table);
                if kind == RelationKind::Table {
                    table.identity_touched = true;
                    table.publishers = statement.falls_into.clone().into();
                }
                self.put(table, position, true);
            }
            Ddl::CreateView(name) if statement.existing.is_none() => {
                let mut relation = textual(&self.schema_of(name), &name.name, RelationKind::View);
                if relation.schema == TEMPORARY {
                    relation.persistence = Persistence::Temporary;
                }
                self.put(Table { relation, named: true, ..Table::default() }, position, true);
            }
            Ddl::CreateCompositeType(name) => {
                let relation = textual(&self.schema_of(name), &name.name, RelationKind::CompositeType);
                self.put(Table { relation, named: true, ..Table::default() }, position, true);
            }
            Ddl::CreateSequence(name) if statement.existing.is_none() => {
                let mut relation = textual(&self.schema_of(name), &name.name, RelationKind::Sequence);
                if relation.schema == TEMPORARY {
                    relation.persistence = Persistence::Temporary;
                }
                self.put(Table { relation, named: true, ..Table::default() }, position, true);
            }
            Ddl::CreateIndex(create) => {
                let Some(mut table) = statement.target.clone() else { return };
                let mut index = create.index.as_deref().cloned().unwrap_or_default();
                index.schema.clone_from(&table.relation.schema);
                index.name = create.name.clone().unwrap_or_else(|| self.free_name(&table, Some(&create.keys), "idx"));
                index.touched = true;
                // That of a partitioned table alone is not valid before each partition has its part.
                index.valid = !(create.only
                    && table.relation.kind == RelationKind::PartitionedTable
                    && !table.relation.size.is_empty());
                let name = index.name.clone();
                table.indexes.push(index);
                self.put(table, position, true).places.insert(name, position);
            }
            Ddl::AlterTable(alter) => self.alter_table(alter, statement),
            Ddl::Rename(rename) => self.rename(rename, statement),
            Ddl::SetSchema(set) => {
                // Where it is already it stays.
                let elsewhere = |table: &&Table| table.relation.schema != set.schema;
                let Some(mut table) = statement.target.as_ref().filter(elsewhere).cloned() else { return };
                if table.relation.kind == RelationKind::Table && !*table.publishes_changes {
                    table.identity_touched = true;
                    table.publishers = statement.falls_into.clone().into();
                }
                let name = table.relation.name.clone();
                self.move_to(table, &set.schema, &name, position);
            }
            Ddl::AlterSequence { data_type, .. } if *data_type != 0 => {
                let Some(sequence) = &statement.target else { return };
                let name = sequence.relation.sql();
                let table = self.world().table_by_oid(pg_sys::Oid::from(owner(&sequence.relation)));
                let Some(mut table) = table else { return };
                let draws = |column: &&mut Column| column.serial_sequence.as_deref() == Some(name.as_str());
                if let Some(column) = table.columns.iter_mut().find(draws) {
                    column.serial_type = (*data_type).into();
                    self.put(table, position, false);
                }
            }
            Ddl::Drop(drop) => self.drop(drop, statement),
            Ddl::Dml(change) => self.change_rows(change, statement),
            Ddl::Truncate { .. } => {
                for table in statement.target.iter().chain(&statement.others) {
                    self.set_emptied(table, true, position);
                }
            }
            _ => {}
        }
        self.change_rights(statement);
        self.publish(statement);
    }

    fn change_rows(&mut self, change: &Dml, statement: &Statement) {
        let Some(table) = &statement.target else { return };
        let adds = matches!(change.verb, "INSERT" | "COPY" | "MERGE");
        if adds && change.bulk && table.relation.created_here {
            self.filled.insert(key(&table.relation.schema, &table.relation.name), ());
        }
        if change.empties {
            self.set_emptied(table, true, statement.position);
        } else if adds
            && matches!(self.table(&table.relation.schema, &table.relation.name), Some(Some(t)) if *t.emptied)
        {
            self.set_emptied(table, false, statement.position);
        }
    }

    /// Rows of a table that was there before went, or came again.
    fn set_emptied(&mut self, table: &Table, emptied: bool, position: usize) {
        if table.relation.oid != 0 {
            let mut table = table.clone();
            table.emptied = emptied.into();
            self.put(table, position, false);
        }
    }

    /// The columns that CREATE TABLE AS takes from a relation: name, type and collation, and nothing else.
    fn taken(&self, query: &PlainQuery) -> Vec<Column> {
        let Some(from) = self.world().table(&query.from) else { return Vec::new() };
        let mut columns: Vec<Column> = Vec::new();
        for (wanted, name) in &query.columns {
            for column in from.columns.iter().filter(|column| wanted.as_ref().is_none_or(|w| *w == column.name)) {
                columns.push(Column {
                    number: columns.len() as i16 + 1,
                    name: name.clone().unwrap_or_else(|| column.name.clone()),
                    data_type: column.data_type.clone(),
                    collation: column.collation,
                    created_here: true,
                    ..Column::default()
                });
            }
        }
        for (column, name) in columns.iter_mut().zip(&query.names) {
            column.name.clone_from(name);
        }
        columns
    }

    /// Whether the parts of tables that the text did not touch are as the catalog has them.
    pub fn parts_stand(&self) -> bool {
        !self.parts_changed
    }

    fn schema_of(&self, name: &Name) -> String {
        name.schema.clone().or_else(|| self.creation_schema()).unwrap_or_default()
    }

    fn create_table(&mut self, create: &CreateTable, statement: &Statement) {
        let schema = if create.temporary { TEMPORARY.to_owned() } else { self.schema_of(&create.name) };
        let kind = match (create.foreign, create.partitioned) {
            (true, _) => RelationKind::ForeignTable,
            (_, true) => RelationKind::PartitionedTable,
            _ => RelationKind::Table,
        };
        let mut relation = textual(&schema, &create.name.name, kind);
        relation.inherits = !create.inherits.is_empty();
        relation.is_partition = create.partition_of.is_some() || relation.inherits;
        relation.persistence = match (create.temporary || schema.starts_with("pg_temp"), create.unlogged) {
            (true, _) => Persistence::Temporary,
            (_, true) => Persistence::Unlogged,
            _ => Persistence::Permanent,
        };
        let mut table = Table { relation, ..Table::default() };
        self.copy_from_others(&mut table, create);
        for def in &create.columns {
            add_column(&mut table, def);
        }
        for def in create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints) {
            self.add_constraint(&mut table, def, &statement.others);
        }
        self.copy_keys_from_others(&mut table, create);
        let key: Option<Vec<i16>> =
            create.partition_key.iter().map(|name| table.column(name.as_ref()?).map(|column| column.number)).collect();
        table.partition_key = key.unwrap_or_default();
        touch_all(&mut table);
        table.identity_touched = true;
        let mut publishers = statement.falls_into.clone();
        if let Some(parent) = create.partition_of.as_ref().and(statement.others.last()) {
            publishers.extend(parent.publishers.iter().cloned());
            publishers.sort();
            publishers.dedup();
            table.root = Some(parent.root.as_ref().unwrap_or(&parent.relation).clone()).into();
        }
        table.publishers = publishers.into();
        if create.partitioned && create.partition_key_plain {
            table.family = self.lineage.new_family();
        }
        if let Some(parent) = create.partition_of.as_ref().and(statement.others.last()) {
            self.becomes_partition(&mut table, parent, statement);
        }
        self.put(table, statement.position, true);
        if create.partition_of.is_some() {
            let child = textual(&schema, &create.name.name, kind);
            statement.others.iter().for_each(|parent| self.partition_comes(parent.relation.oid, &child, statement));
        }
    }

    fn alter_table(&mut self, alter: &AlterTable, statement: &Statement) {
        let Some(mut table) = statement.target.clone() else { return };
        let position = statement.position;
        let mut places: Vec<String> = Vec::new();
        for command in &alter.commands {
            match command {
                AlterCommand::AddColumn { column, .. } => {
                    if table.column(&column.name).is_none() {
                        add_column(&mut table, column);
                        for def in &column.constraints {
                            self.add_constraint(&mut table, def, &statement.others);
                        }
                        places.push(column.name.clone());
                    }
                }
                AlterCommand::DropColumn { column, .. } => {
                    if let Some(number) = table.column(column).map(|c| c.number) {
                        gone::column(&mut table, number);
                    }
                }
                AlterCommand::AlterType { column, data_type, .. } => {
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        let _: &Oid = &found.serial_type;
                        found.touched |= data_type.oid == 0 || *found.data_type != *data_type;
                        found.data_type = data_type.clone().into();
                        places.push(column.clone());
                    }
                    self.renew_foreign_keys(&mut table, column, statement);
                }
                AlterCommand::SetDefault { column, default } => {
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        // DEFAULT NULL is none.
                        found.default = Some(default.clone()).filter(|default| default != "NULL").into();
                        if !default.contains("nextval") {
                            found.serial_sequence = None.into();
                        }
                    }
                }
                AlterCommand::DropDefault { column } => {
                    let existed = table.relation.oid != 0;
                    let mut lost = None;
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        let old = found.default.as_ref().filter(|_| existed && !found.created_here).cloned();
                        lost = old.map(|old| (found.number, old));
                        found.default = None.into();
                        found.serial_sequence = None.into();
                    }
                    table.lost_defaults.extend(lost);
                }
                AlterCommand::SetNotNull { column } => {
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        found.not_null = true;
                    }
                }
                AlterCommand::DropNotNull { column } => {
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        found.not_null = false;
                    }
                }
                AlterCommand::AddIdentity { column } => {
                    if let Some(found) = table.columns.iter_mut().find(|c| c.name == *column) {
                        found.identity = true;
                    }
                }
                AlterCommand::AddConstraint(def) => {
                    self.add_constraint(&mut table, def, &statement.others);
                    if let Some(added) = table.constraints.last() {
                        places.push(added.name.clone());
                    }
                }
                AlterCommand::DropConstraint { name, .. } => gone::constraint(&mut table, name),
                AlterCommand::ValidateConstraint { name } => {
                    if let Some(found) = table.constraints.iter_mut().find(|c| c.name == *name) {
                        found.validated = true;
                    }
                }
                AlterCommand::SetPersistence { logged } => {
                    table.relation.persistence = if *logged { Persistence::Permanent } else { Persistence::Unlogged };
                }
                AlterCommand::AttachPartition { .. } => {
                    // A partition's problems are its parent's from now on.
                    if let Some(attached) = statement.others.first() {
                        let mut attached = attached.clone();
                        attached.relation.is_partition = true;
                        self.becomes_partition(&mut attached, &table, statement);
                        self.joins(&mut table, &attached, statement);
                        self.put(attached, position, false);
                    }
                }
                AlterCommand::DetachPartition { .. } => {
                    if let Some(detached) = statement.others.first() {
                        let mut detached = detached.clone();
                        detached.relation.is_partition = false;
                        self.is_no_partition(&mut detached, &table);
                        detached.indexes.iter_mut().for_each(|index| index.is_partition = false);
                        detached.constraints.iter_mut().for_each(|constraint| constraint.inherited = false);
                        self.leaves(&mut table, &detached);
                        self.put(detached, position, false);
                    }
                }
                AlterCommand::SetTablespace { .. }
                | AlterCommand::SetAccessMethod { .. }
                | AlterCommand::DisableTrigger { .. }
                | AlterCommand::SetOptions(_)
                | AlterCommand::Other(_) => {}
            }
        }
        let entry = self.put(table, position, true);
        for place in places {
            entry.places.insert(place, position);
        }
        self.pass_down(alter, statement);
        self.take_along(statement);
    }

    fn rename(&mut self, rename: &Rename, statement: &Statement) {
        self.renamed_objects.extend(statement.renamed_object.clone());
        if let Renamed::Other(kind) = rename.what
            && kind != "SCHEMA"
        {
            let schema =
                statement.renamed_object.as_ref().map_or_else(|| self.schema_of(&rename.target), |o| o.schema.clone());
            let is_type = matches!(kind, "TYPE" | "DOMAIN");
            let known = statement.renamed_object.as_ref().map(|object| object.oid);
            if let Some(oid) =
                known.filter(|_| is_type).or_else(|| self.renamed_type(&rename.target).filter(|_| is_type))
            {
                self.renamed_types.insert(key(&schema, &rename.new_name), oid);
            }
            self.given_names.insert((is_type, key(&schema, &rename.new_name)), ());
        }
        if rename.what == Renamed::Other("SCHEMA") {
            return self.rename_schema(&rename.target.name, &rename.new_name);
        }
        let position = statement.position;
        if matches!(rename.what, Renamed::Relation(_)) {
            self.rename_sequence(&rename.target, &rename.new_name, position);
        }
        let Some(mut table) = statement.target.clone() else { return };
        match &rename.what {
            Renamed::Relation(_) => {
                if let Some(index) = &statement.index {
                    if let Some(found) = table.indexes.iter_mut().find(|i| i.name == index.name) {
                        found.name.clone_from(&rename.new_name);
                        found.touched = true;
                    }
                    self.put(table, position, true).places.insert(rename.new_name.clone(), position);
                } else {
                    let schema = table.relation.schema.clone();
                    self.move_to(table, &schema, &rename.new_name, position);
                }
            }
            Renamed::Column(old) => {
                if let Some(found) = table.columns.iter_mut().find(|c| c.name == *old) {
                    found.name.clone_from(&rename.new_name);
                    found.touched = true;
                }
                self.put(table, position, true).places.insert(rename.new_name.clone(), position);
                self.pass_down_name(old, &rename.new_name, statement);
            }
            Renamed::Constraint(old) => {
                if let Some(found) = table.constraints.iter_mut().find(|c| c.name == *old) {
                    found.name.clone_from(&rename.new_name);
                }
                for index in &mut table.indexes {
                    if index.constraint.as_deref() == Some(old) {
                        index.constraint = Some(rename.new_name.clone()).into();
                        index.name.clone_from(&rename.new_name);
                    }
                }
                self.put(table, position, false);
            }
            Renamed::Attribute(_) | Renamed::Other(_) => {}
        }
    }

    fn move_to(&mut self, mut table: Table, schema: &str, name: &str, position: usize) {
        let old = key(&table.relation.schema, &table.relation.name);
        let was = self
            .entries
            .get(&old)
            .and_then(|entry| entry.was.as_ref())
            .map_or_else(|| Rc::clone(&old), |(first, _)| Rc::clone(first));
        self.take_away(&table.relation.clone(), position);
        schema.clone_into(&mut table.relation.schema);
        name.clone_into(&mut table.relation.name);
        table.named = true;
        if old.0 != schema {
            sequences::moved(&mut table, &old.0, schema);
        }
        for index in &mut table.indexes {
            schema.clone_into(&mut index.schema);
        }
        self.put(table, position, true).was = Some((was, position));
    }

    fn drop(&mut self, drop: &Drop, statement: &Statement) {
        let position = statement.position;
        match drop.kind {
            DropKind::Relation(RelationKind::Index) => {
                for name in &drop.names {
                    let Some((index, mut table)) = self.world().index(name) else { continue };
                    // The server refuses to drop the part of a constraint, or of the index of a partitioned table, by itself.
                    if index.constraint.is_some() || index.is_partition {
                        continue;
                    }
                    gone::index(&mut table, &index);
                    self.put(table, position, true);
                }
            }
            DropKind::Relation(_) => {
                let named = super::transaction::dropped(statement, drop.kind);
                self.dropped.extend(named.into_iter().map(|relation| (relation, position)));
                for table in statement.target.iter().chain(&statement.others) {
                    self.remove(&table.relation, position);
                }
            }
            DropKind::Other(kind) => {
                if kind == "SCHEMA" {
                    drop.names.iter().for_each(|schema| self.drop_schema(&schema.name, position));
                }
                let gone = statement.impact.dropped_functions.iter().cloned();
                self.dropped_functions.extend(gone.map(|function| (function, position)));
            }
        }
        self.take_along(statement);
    }

    /// What the text leaves behind, with the place of each relation.
    pub fn aftermath(&self) -> Aftermath {
        let mut result = Aftermath::default();
        let families = self.families();
        let mut entries: Vec<&Rc<Entry>> = self.entries.values().filter(|entry| entry.number.is_some()).collect();
        entries.sort_by_key(|entry| entry.number);
        for entry in entries {
            let Some(table) = entry.table.as_deref() else { continue };
            if !entry.touched && !self.changes_partitions(table) {
                continue;
            }
            if let Some((old, position)) = &entry.was {
                result.renamed.push(RenamedRelation {
                    relation: table.relation.clone(),
                    old_schema: old.0.clone(),
                    old_name: old.1.clone(),
                    taken_over: matches!(self.table(&old.0, &old.1), Some(Some(_))),
                    owner: owner(&table.relation),
                    position: *position,
                });
            }
            match table.relation.kind {
                RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => {
                    let mut table = table.clone();
                    self.refer(&mut table);
                    self.grant_on_all(&mut table, entry.position);
                    self.cover(&mut table, &families);
                    result.tables.push(table);
                }
                kind if table.named => result.named.push(NamedRelation {
                    relation: table.relation.clone(),
                    kind,
                    derived: (owner(&table.relation) != 0).into(),
                }),
                _ => {}
            }
        }
        let gone = self.entries.iter().filter(|(_, entry)| entry.table.is_none());
        let gone = gone.map(|(key, _)| (key.0.clone(), key.1.clone())).collect();
        catalog::add_siblings(&mut result.tables, &Rc::new(gone));
        for object in self.renamed_objects.iter() {
            let is_type = matches!(object.kind, "type" | "domain");
            let taken_over = match object.kind {
                "schema" => self.has_schema(&object.name),
                _ => self.given_names.get(&(is_type, key(&object.schema, &object.name))).is_some(),
            };
            result.renamed_objects.push(RenamedObject { taken_over, ..object.clone() });
        }
        for (relation, position) in self.dropped.iter() {
            let now = self.table(&relation.schema, &relation.name).flatten();
            result.dropped.push(DroppedRelation {
                relation: relation.clone(),
                now: now.map(|table| table.relation.clone()),
                filled: now.is_some_and(|table| table.created_as)
                    || self.filled.get(&key(&relation.schema, &relation.name)).is_some(),
                position: *position,
            });
        }
        for (old, position) in self.dropped_functions.iter() {
            let same_name = |function: &&Function| function.name == old.name && function.schema == old.schema;
            let mut now = self.functions.iter().map(|(function, _)| function).filter(same_name);
            let first = now.clone().next();
            if let Some(function) = first.filter(|_| now.all(|function| function.arguments != old.arguments)) {
                result.replaced.push(ReplacedFunction {
                    function: function.clone(),
                    old_arguments: old.arguments.clone(),
                    old_calls_fit: false,
                    position: *position,
                });
            }
        }
        result.opened = self.left_open();
        result.functions = self.functions.iter().map(|(function, _)| function.clone()).collect();
        result
    }

    /// The far sides of the table's foreign keys, as the text leaves them.
    fn refer(&self, table: &mut Table) {
        let foreign = |key: &Constraint| key.kind == ConstraintKind::ForeignKey;
        if !table.constraints.iter().any(foreign) {
            return;
        }
        for key in table.constraints.iter_mut().filter(|key| foreign(key)) {
            let Some(reference) = &mut key.references else { continue };
            let by_name = || self.table(&reference.schema, &reference.table);
            let Some(Some(far)) = self.table_by_oid(key.referenced).or_else(by_name) else { continue };
            let mut now = Reference::clone(reference);
            now.schema.clone_from(&far.relation.schema);
            now.table.clone_from(&far.relation.name);
            let types: Option<Vec<_>> =
                now.columns.iter().map(|name| Some(far.column(name)?.data_type.clone())).collect();
            now.types = types.unwrap_or(now.types);
            *reference = now.into();
        }
    }

    /// Where the text made what a finding is about.
    pub fn place(&self, object: &engine::finding::Object) -> Option<usize> {
        if object.arguments.is_some() {
            return self
                .functions
                .iter()
                .find(|(f, _)| f.schema == object.schema && f.name == object.name)
                .map(|(_, at)| *at);
        }
        if let Some(entry) = self.entries.get(&(object.schema.clone(), object.name.clone())) {
            let part = object.column.as_ref().or(object.constraint.as_ref());
            return Some(part.and_then(|part| entry.places.get(part)).copied().unwrap_or(entry.position));
        }
        // An index is known by its own name.
        let entry = self.entry_of_index(&object.schema, &object.name)?;
        Some(entry.places.get(&object.name).copied().unwrap_or(entry.position))
    }
}

fn add_column(table: &mut Table, def: &ColumnDef) {
    // The number of a dropped column is not given again.
    let used = if table.relation.oid == 0 { 0 } else { catalog::last_column(pg_sys::Oid::from(table.relation.oid)) };
    let number = table.columns.iter().map(|column| column.number).max().unwrap_or(0).max(used) + 1;
    // SAFETY: takes any type, 0 included.
    let collation = unsafe { pg_sys::get_typcollation(pg_sys::Oid::from(def.data_type.oid)) };
    table.columns.push(Column {
        number,
        name: def.name.clone(),
        data_type: def.data_type.clone().into(),
        collation: if def.data_type.oid == 0 { 0 } else { collation.to_u32() },
        not_null: def.not_null,
        default: match (&def.default, &def.serial) {
            (None, None) => Lazy::default(),
            (Some(default), _) => Some(default.clone()).into(),
            (None, Some(_)) => Some("nextval(...)".to_owned()).into(),
        },
        identity: def.identity,
        generated: def.generated,
        serial_sequence: match &def.serial {
            None => Lazy::default(),
            Some(_) => {
                let name = names::object_name(&table.relation.name, Some(&def.name), "seq");
                Some(engine::sql::qualified(&table.relation.schema, &name)).into()
            }
        },
        touched: true,
        created_here: true,
        ..Column::default()
    });
}

/// The server's search path, as names.
pub fn server_search_path() -> Vec<String> {
    // SAFETY: fetch_search_path returns a copied list of OIDs.
    let oids = unsafe { super::node::oids(pg_sys::fetch_search_path(false)) };
    oids.into_iter().map(catalog::schema_name).filter(|name| !name.is_empty()).collect()
}
