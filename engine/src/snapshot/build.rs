//! From rows to facts.

use super::names::{FUNCTIONS, Names};
use super::query;
use super::source::{Cursor, Error, Parameter, Source, for_version};
use crate::facts::*;
use crate::hash::{QuickMap, QuickSet};
use std::collections::HashSet;
use std::rc::Rc;

/// What is to be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// One schema; none for all.
    pub schema: Option<String>,
    /// The relations of this name; none for all.
    pub relation: Option<String>,
}

/// Reads a snapshot.
///
/// # Errors
/// What the server says.
pub fn load(source: &mut dyn Source, scope: &Scope) -> Result<Database, Error> {
    let mut loader = Loader::new(source);
    loader.scope(scope)?;
    loader.server()?;
    loader.settings()?;
    loader.schemas()?;
    loader.names()?;
    loader.relations()?;
    loader.inheritance()?;
    loader.columns()?;
    loader.sequences()?;
    loader.indexes()?;
    loader.collations()?;
    loader.constraints()?;
    loader.column_statistics()?;
    loader.partition_bounds()?;
    loader.key_values()?;
    loader.horizon()?;
    loader.sizes();
    loader.functions(scope)?;
    loader.triggers()?;
    loader.views()?;
    loader.rewrite_rules()?;
    loader.event_triggers(scope)?;
    loader.user_types(scope)?;
    loader.access()?;
    loader.policies()?;
    loader.server_state()?;
    Ok(loader.database)
}

/// A snapshot that is being read.
pub(super) struct Loader<'a> {
    pub(super) source: &'a mut dyn Source,
    pub(super) database: Database,
    /// The relations to read; none for all.
    pub(super) wanted: Option<Vec<Oid>>,
    /// Relations that another session holds or waits for with ACCESS EXCLUSIVE.
    pub(super) locked: Vec<Oid>,
    /// Where an index is: table and place in its list.
    indexes: QuickMap<Oid, (usize, usize)>,
    /// The index of the parent table that an index is attached to.
    index_parents: QuickMap<Oid, Oid>,
    /// What is known by number.
    pub(super) names: Names,
    /// Where what is no table is in the list of names: views, sequences, composite types.
    pub(super) named: QuickMap<Oid, usize>,
    /// Relations with privileges of their own.
    pub(super) granted: Vec<Oid>,
    /// What need not be asked for.
    pub(super) there: There,
    /// A default names a relation, as all that draw from a sequence do.
    pub(super) defaults_draw: bool,
    /// What pg_class knows of indexes, until their tables are told.
    pub(super) loose_indexes: QuickMap<Oid, Box<Index>>,
    /// The collations of index keys.
    collations_used: Vec<Oid>,
    /// The foreign keys that are told to the tables that they refer to: that table's place, their own table's and theirs in its list.
    referring: Vec<(usize, usize, usize)>,
    /// All foreign keys: their table's place, and theirs in its list.
    foreign_keys: Vec<(usize, usize)>,
    /// The ages of relations.
    pub(super) ages: Vec<Age>,
    /// There are temporary tables.
    pub(super) temporary: bool,
    /// The pages of all relations.
    pub(super) pages: i64,
}

/// What most databases do not have.
#[derive(Clone, Copy, Default)]
pub(super) struct There {
    pub(super) publications: bool,
    pub(super) foreign_servers: bool,
    pub(super) policies: bool,
}

/// How far a relation reaches back.
#[derive(Clone, Copy)]
pub(super) struct Age {
    pub(super) oid: Oid,
    pub(super) xid: i64,
    pub(super) multixact: i64,
    /// Its TOAST table; 0 for none.
    pub(super) toast: Oid,
}

/// The key of a foreign key's target, before all indexes are known.
struct Reference0 {
    table: usize,
    constraint: Oid,
    target: Oid,
    columns: Vec<i16>,
}

impl<'a> Loader<'a> {
    fn new(source: &'a mut dyn Source) -> Loader<'a> {
        Loader {
            source,
            database: Database::default(),
            wanted: None,
            locked: Vec::new(),
            indexes: QuickMap::default(),
            index_parents: QuickMap::default(),
            names: Names::default(),
            named: QuickMap::default(),
            granted: Vec::new(),
            there: There::default(),
            defaults_draw: false,
            loose_indexes: QuickMap::default(),
            collations_used: Vec::new(),
            referring: Vec::new(),
            foreign_keys: Vec::new(),
            ages: Vec::new(),
            temporary: false,
            pages: 0,
        }
    }

    /// Runs a query of ours; `each` gets the database to write to.
    pub(super) fn read(
        &mut self,
        name: &str,
        parameters: &[Parameter],
        mut each: impl FnMut(&mut Database, &mut Cursor),
    ) -> Result<(), Error> {
        let sql = for_version(query(name), self.source.version_num());
        let database = &mut self.database;
        self.source
            .query(&sql, parameters, &mut |row| {
                each(database, &mut Cursor::new(row));
                Ok(())
            })
            .map_err(|error| Error(format!("cannot read {name}: {error}")))
    }

    fn scope(&mut self, scope: &Scope) -> Result<(), Error> {
        if scope.schema.is_none() && scope.relation.is_none() {
            return Ok(());
        }
        let mut all = Vec::new();
        let mut judged = HashSet::new();
        let parameters = [Parameter::Text(scope.schema.as_deref()), Parameter::Text(scope.relation.as_deref())];
        self.read("scope", &parameters, |_, row| {
            let oid = row.oid();
            all.push(oid);
            if row.boolean() {
                judged.insert(oid);
            }
        })?;
        self.wanted = Some(all);
        self.database.scope = Some(judged);
        Ok(())
    }

    fn server(&mut self) -> Result<(), Error> {
        let mut there = There::default();
        self.read("server", &[], |database, row| {
            database.server = Server {
                version_num: u32::try_from(row.number()).unwrap_or(0),
                now: row.float().unwrap_or(0.0),
                started: row.float().unwrap_or(0.0),
                counters_reset: row.float(),
                in_recovery: row.boolean(),
                standbys: row.integer(),
                reads_all_stats: row.boolean(),
                block_size: u64::try_from(row.number()).unwrap_or(8192),
                database: row.text(),
                database_owner: row.oid(),
                xid_age: row.number(),
                multixact_age: row.number(),
                role: row.text(),
                superuser: row.boolean(),
            };
            there = There { publications: row.boolean(), foreign_servers: row.boolean(), policies: row.boolean() };
        })?;
        self.there = there;
        Ok(())
    }

    fn settings(&mut self) -> Result<(), Error> {
        self.read("settings", &[], |database, row| {
            let name = row.text();
            let setting = Setting {
                value: row.text(),
                unit: row.text(),
                source: row.text(),
                boot: row.text(),
                pending_restart: row.boolean(),
            };
            database.settings.insert(name, setting);
        })
    }

    fn schemas(&mut self) -> Result<(), Error> {
        let mut places: QuickMap<Oid, usize> = QuickMap::default();
        self.read("schemas", &[], |database, row| {
            let (oid, name, owner, exempt) = (row.oid(), row.text(), row.oid(), row.boolean());
            let place = *places.entry(oid).or_insert_with(|| {
                database.schemas.push(Schema { oid, name, owner, exempt, grants: Vec::new() });
                database.schemas.len() - 1
            });
            let (grantee, privilege, grantable) = (row.oid(), row.optional(), row.boolean());
            if let Some(privilege) = privilege {
                database.schemas[place].grants.push(Grant { grantee, privilege, grantable });
            }
        })
    }

    fn inheritance(&mut self) -> Result<(), Error> {
        let mut others = QuickMap::default();
        self.read("inheritance", &[], |database, row| {
            let (child, parent, detaching) = (row.oid(), row.oid(), row.boolean());
            if !database.places.contains_key(&child) {
                others.insert(child, parent);
            }
            if let Some(place) = database.places.get(&child).copied() {
                let table = &mut database.tables[place];
                // As the relation cache has it: a child by plain inheritance counts like a partition.
                table.relation.inherits = !table.relation.is_partition;
                table.relation.is_partition = true;
                if let Some(state) = &mut table.state {
                    state.parents.push(parent);
                    state.detach_pending |= detaching && table.relation.kind != RelationKind::ForeignTable;
                }
            }
            if let Some(place) = database.places.get(&parent).copied()
                && let Some(state) = &mut database.tables[place].state
            {
                state.children.push(child);
            }
        })?;
        self.index_parents = others;
        Ok(())
    }

    /// Reads the columns of tables and views, and of what else the source throws in.
    fn read_columns(&mut self, views: &[Oid], mut each: impl FnMut(&mut Database, &mut Cursor)) -> Result<(), Error> {
        if self.wanted.is_none() {
            let database = &mut self.database;
            let read = self.source.columns(&mut |row| {
                each(database, &mut Cursor::new(row));
                Ok(())
            });
            if let Some(result) = read {
                return result;
            }
        }
        let tables = self.database.tables.iter().map(|table| table.relation.oid);
        let read: Vec<Oid> = tables.chain(views.iter().copied()).collect();
        self.read("columns", &[Parameter::Oids(Some(&read))], each)
    }

    fn columns(&mut self) -> Result<(), Error> {
        let views = self.named.iter().filter(|(_, place)| self.database.named[**place].kind == RelationKind::View);
        let views: Vec<Oid> = views.map(|(oid, _)| *oid).collect();
        let mut kinds: QuickMap<(Oid, i32), Rc<TypeName>> = QuickMap::default();
        let names = std::mem::take(&mut self.names);
        let named = std::mem::take(&mut self.named);
        // The generated columns: their expressions are read in another way than defaults are.
        let mut generated: QuickSet<(Oid, i16)> = QuickSet::default();
        // The columns of a relation mostly follow each other.
        let mut last: (Oid, Option<usize>) = (0, None);
        self.read_columns(&views, |database, row| {
            let relation = row.oid();
            if last.0 != relation {
                last = (relation, database.places.get(&relation).copied());
            }
            let Some(place) = last.1 else {
                if let Some(view) = named.get(&relation)
                    && database.named[*view].kind == RelationKind::View
                {
                    row.seek(2);
                    let column = row.text();
                    row.seek(13);
                    add_column_grants(&mut database.access, relation, &column, &row.texts());
                }
                return;
            };
            let number = row.short();
            let name = row.text();
            let (data_type, modifier) = (row.oid(), row.number());
            let modifier = i32::try_from(modifier).unwrap_or(-1);
            let column = Column {
                number,
                name,
                data_type: kinds
                    .entry((data_type, modifier))
                    .or_insert_with(|| Rc::new(TypeName { oid: data_type, modifier, ..TypeName::default() }))
                    .clone(),
                collation: row.oid(),
                not_null: row.boolean(),
                identity: row.character() != ' ',
                generated: match row.character() {
                    's' => Generated::Stored,
                    'v' => Generated::Virtual,
                    _ => Generated::No,
                },
                length: row.short(),
                alignment: Some(row.character()),
                storage: Some(row.character()),
                commented: names.column_commented(relation, number),
                touched: true,
                ..Column::default()
            };
            let table = &mut database.tables[place];
            if row.boolean() {
                let alignment = column.alignment.unwrap_or('d');
                if let Some(state) = &mut table.state {
                    state.dropped.push(DroppedColumn { number, length: column.length, alignment });
                }
                return;
            }
            if column.generated != Generated::No {
                generated.insert((relation, number));
            }
            add_column_grants(&mut database.access, relation, &column.name, &row.texts());
            if table.columns.is_empty() {
                let attributes = table.state.as_ref().map_or(0, |state| state.attributes);
                table.columns.reserve(usize::try_from(attributes).unwrap_or(0));
            }
            table.columns.push(column);
        })?;
        (self.names, self.named) = (names, named);
        self.types(&mut kinds)?;
        for table in &mut self.database.tables {
            table.columns.sort_unstable_by_key(|column| column.number);
            if let Some(state) = &mut table.state {
                state.dropped.sort_unstable_by_key(|column| column.number);
            }
            for column in &mut table.columns {
                if let Some(known) = kinds.get(&(column.data_type.oid, column.data_type.modifier)) {
                    column.data_type.clone_from(known);
                }
            }
        }
        self.defaults(&generated)
    }

    fn types(&mut self, kinds: &mut QuickMap<(Oid, i32), Rc<TypeName>>) -> Result<(), Error> {
        let (oids, modifiers): (Vec<Oid>, Vec<i32>) = kinds.keys().copied().unzip();
        let parameters = [Parameter::Oids(Some(&oids)), Parameter::Integers(&modifiers)];
        self.read("types", &parameters, |_, row| {
            let (oid, modifier) = (row.oid(), i32::try_from(row.number()).unwrap_or(-1));
            let name = row.text();
            let base_oid = row.oid();
            let base = row.text();
            let (is_array, is_domain, refuses_null) = (row.boolean(), row.boolean(), row.boolean());
            let (base_kind, base_category) = (Some(row.character()), Some(row.character()));
            let known = TypeName {
                oid,
                modifier,
                name,
                base,
                base_oid,
                is_array,
                is_domain,
                refuses_null,
                base_kind,
                base_category,
            };
            kinds.insert((oid, modifier), Rc::new(known));
        })
    }

    fn sequences(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        let named = std::mem::take(&mut self.named);
        let mut feeds: QuickMap<Oid, Vec<(Oid, i16)>> = QuickMap::default();
        if self.defaults_draw || wanted.is_some() {
            self.read("sequence_feeds", &[Parameter::Oids(wanted.as_deref())], |_, row| {
                feeds.entry(row.oid()).or_default().push((row.oid(), row.short()));
            })?;
        }
        self.read("sequences", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let oid = row.oid();
            let Some(relation) = named.get(&oid).map(|place| &database.named[*place].relation) else { return };
            let mut sequence = Sequence {
                oid,
                schema: relation.schema.clone(),
                name: relation.name.clone(),
                exempt: *relation.exempt,
                data_type: match row.oid() {
                    20 => "bigint",
                    23 => "integer",
                    _ => "smallint",
                }
                .to_owned(),
                start: row.number(),
                min: row.number(),
                max: row.number(),
                increment: row.number(),
                cycle: row.boolean(),
                ..Sequence::default()
            };
            let (owner, column) = (row.oid(), row.short());
            sequence.owned_by = (owner != 0).then_some((owner, column));
            sequence.identity = row.boolean();
            sequence.feeds = feeds.remove(&oid).unwrap_or_default();
            if sequence.identity {
                sequence.feeds.extend(sequence.owned_by);
            }
            database.sequences.push(sequence);
        })?;
        self.named = named;
        // In the order in which they were made, whatever way the server read them.
        let Database { sequences, feeds, .. } = &mut self.database;
        sequences.sort_unstable_by_key(|sequence| sequence.oid);
        for (place, sequence) in sequences.iter().enumerate() {
            feeds.extend(sequence.feeds.iter().map(|column| (*column, place)));
        }
        self.sequence_values()?;
        let mut owned = QuickSet::default();
        let Database { sequences, tables, places, named, .. } = &mut self.database;
        for sequence in sequences.iter() {
            let Some((table, number)) = sequence.owned_by else { continue };
            owned.insert(sequence.oid);
            if sequence.identity || !sequence.feeds.contains(&(table, number)) {
                continue;
            }
            let column = places
                .get(&table)
                .and_then(|place| tables[*place].columns.iter_mut().find(|column| column.number == number));
            if let Some(column) = column {
                column.serial_sequence = Some(crate::sql::qualified(&sequence.schema, &sequence.name)).into();
            }
        }
        for named in named.iter_mut().filter(|named| named.kind == RelationKind::Sequence) {
            named.derived = owned.contains(&named.relation.oid).into();
        }
        Ok(())
    }

    /// Each value costs a page and a lock, so only those are read that can run out before the world ends.
    fn sequence_values(&mut self) -> Result<(), Error> {
        let database = &self.database;
        let wide = |(table, number): &(Oid, i16)| {
            let column = database.table(*table).and_then(|table| table.column_by_number(*number));
            column.is_none_or(|column| column.data_type.base == "bigint")
        };
        let endless = |sequence: &&Sequence| {
            sequence.max == i64::MAX
                && (1..=1_000).contains(&sequence.increment)
                && sequence.start < i64::MAX / 2
                && sequence.feeds.iter().all(wide)
        };
        let read: Vec<Oid> = database
            .sequences
            .iter()
            .filter(|sequence| !sequence.exempt && !endless(sequence))
            .map(|sequence| sequence.oid)
            .collect();
        let mut values: QuickMap<Oid, (char, Option<i64>, Option<i64>, bool)> = QuickMap::default();
        // ALTER SEQUENCE keeps writers out, and reading the value counts as writing.
        let is_locked = |oid: &&Oid| self.names.locked.contains(*oid) || self.names.shut.contains(*oid);
        let locked: Vec<Oid> = read.iter().filter(is_locked).copied().collect();
        self.read("sequence_values", &[Parameter::Oids(Some(&read)), Parameter::Oids(Some(&locked))], |_, row| {
            values.insert(row.oid(), (row.character(), row.integer(), row.integer(), row.boolean()));
        })?;
        for sequence in &mut self.database.sequences {
            if let Some((state, last_value, next_value, was_set)) = values.get(&sequence.oid) {
                sequence.readable = *state == 'r';
                sequence.unread = match state {
                    'r' => None,
                    'l' => Some(Unread::Locked),
                    'u' => Some(Unread::Unlogged),
                    _ => Some(Unread::Denied),
                };
                sequence.last_value = *last_value;
                sequence.next_value = *next_value;
                sequence.was_set = *was_set;
            } else {
                sequence.endless = true;
            }
        }
        Ok(())
    }

    fn indexes(&mut self) -> Result<(), Error> {
        /// An operator class: its family, whether a btree folds its equal keys, whether it compares by the collation.
        type Class = (Oid, bool, bool);
        let mut known: QuickMap<Oid, Class> = QuickMap::default();
        self.read("operator_classes", &[], |_, row| {
            known.insert(row.oid(), (row.oid(), row.boolean(), row.boolean()));
        })?;
        let (wanted, locked) = (self.wanted.clone(), self.locked.clone());
        let parameters = [Parameter::Oids(wanted.as_deref()), Parameter::Oids(Some(&locked))];
        let mut places = std::mem::take(&mut self.indexes);
        let mut used: QuickSet<Oid> = QuickSet::default();
        // btree and hash have classes without parameters.
        let mut asked: Vec<Oid> = Vec::new();
        let parents = std::mem::take(&mut self.index_parents);
        let names = std::mem::take(&mut self.names);
        let mut loose = std::mem::take(&mut self.loose_indexes);
        self.read("indexes", &parameters, |database, row| {
            let oid = row.oid();
            let Some(table) = database.places.get(&row.oid()).copied() else { return };
            let Some(loose) = loose.remove(&oid) else { return };
            let mut index = Index {
                unique: row.boolean(),
                primary: row.boolean(),
                exclusion: row.boolean(),
                immediate: row.boolean(),
                valid: row.boolean(),
                ready: row.boolean(),
                live: row.boolean(),
                replica_identity: row.boolean(),
                clustered: row.boolean(),
                nulls_not_distinct: row.boolean(),
                touched: true,
                ..*loose
            };
            let key_count = usize::try_from(row.number()).unwrap_or(0);
            let columns = row.shorts();
            let (classes, collations, options) = (row.oids(), row.oids(), row.shorts());
            index.parent = parents.get(&oid).copied().unwrap_or(0);
            let expressions = row.texts();
            index.predicate = row.optional();
            index.building = names.building.contains(&oid);
            index.created = row.float();
            index.keys.reserve_exact(key_count);
            for (n, column) in columns.iter().enumerate() {
                if n >= key_count {
                    index.included.push(*column);
                    continue;
                }
                let class = classes.get(n).copied().unwrap_or(0);
                // `src/include/catalog/pg_index.h`: INDOPTION_DESC is 1, INDOPTION_NULLS_FIRST is 2.
                let option = options.get(n).copied().unwrap_or(0);
                let (opfamily, foldable, by_collation) = known.get(&class).copied().unwrap_or_default();
                let collation = collations.get(n).copied().unwrap_or(0);
                if collation != 0 {
                    used.insert(collation);
                }
                index.keys.push(IndexKey {
                    column: (*column != 0).then_some(*column),
                    expression: (*column == 0).then(|| expressions.get(n).cloned().unwrap_or_default()),
                    opclass: class,
                    opfamily,
                    collation,
                    descending: option & 1 != 0,
                    nulls_first: option & 2 != 0,
                    foldable,
                    by_collation: by_collation && collation != 0,
                });
            }
            if !matches!(index.method.as_str(), "btree" | "hash") {
                asked.push(oid);
            }
            push(&mut database.tables[table].indexes, index, 2);
        })?;
        self.names = names;
        // In the order in which they were made, whatever way the server read them.
        places.reserve(loose.capacity().max(self.database.tables.len()));
        for (place, table) in self.database.tables.iter_mut().enumerate() {
            let indexes: &mut Vec<Index> = &mut table.indexes;
            indexes.sort_unstable_by_key(|index| index.oid);
            let mut scans = 0;
            for (at, index) in indexes.iter().enumerate() {
                places.insert(index.oid, (place, at));
                scans += index.usage.as_ref().map_or(0, |usage| usage.scans);
            }
            // The scans of the indexes, added up for the table.
            if let Some(usage) = table.state.as_mut().and_then(|state| state.usage.as_mut()) {
                usage.index_scans = scans;
            }
        }
        asked.sort_unstable();
        self.collations_used = used.into_iter().collect();
        if !asked.is_empty() {
            self.read("class_options", &[Parameter::Oids(Some(&asked))], |database, row| {
                if let Some((table, place)) = places.get(&row.oid()).copied() {
                    database.tables[table].indexes[place].class_options.push(row.text());
                }
            })?;
        }
        self.indexes = places;
        Ok(())
    }

    fn collations(&mut self) -> Result<(), Error> {
        let used = std::mem::take(&mut self.collations_used);
        self.read("collations", &[Parameter::Oids(Some(&used))], |database, row| {
            let collation = Collation {
                oid: row.oid(),
                schema: row.text(),
                name: row.text(),
                provider: row.character(),
                deterministic: row.boolean(),
                recorded: row.optional(),
                actual: row.optional(),
            };
            database.collations.insert(collation.oid, collation);
        })?;
        // A nondeterministic collation calls different bytes equal, and so nothing is folded.
        let Database { tables, collations, .. } = &mut self.database;
        if collations.values().all(|collation| collation.deterministic) {
            return Ok(());
        }
        let loose = |oid: Oid| collations.get(&oid).is_some_and(|collation| !collation.deterministic);
        for key in tables.iter_mut().flat_map(|table| &mut table.indexes).flat_map(|index| &mut index.keys) {
            key.foldable &= !loose(key.collation);
        }
        Ok(())
    }

    fn constraints(&mut self) -> Result<(), Error> {
        let mut families: QuickMap<Oid, Vec<Oid>> = QuickMap::default();
        self.read("equality_families", &[], |_, row| families.entry(row.oid()).or_default().push(row.oid()))?;
        let (wanted, locked) = (self.wanted.clone(), self.locked.clone());
        let parameters = [Parameter::Oids(wanted.as_deref()), Parameter::Oids(Some(&locked))];
        let mut references: Vec<Reference0> = Vec::new();
        self.read("constraints", &parameters, |database, row| {
            let oid = row.oid();
            let name = row.text();
            let kind = match row.character() {
                'f' => ConstraintKind::ForeignKey,
                'p' => ConstraintKind::PrimaryKey,
                'u' => ConstraintKind::Unique,
                'x' => ConstraintKind::Exclusion,
                'n' => ConstraintKind::NotNull,
                't' => ConstraintKind::Trigger,
                _ => ConstraintKind::Check,
            };
            let owner = row.oid();
            let Some(table) = database.places.get(&owner).copied() else { return };
            let target = row.oid();
            let index = row.oid();
            let parent = row.oid();
            let mut constraint =
                Constraint { oid, name, kind, table: owner, index, touched: true, ..Constraint::default() };
            constraint.deferrable = row.boolean();
            constraint.deferred = row.boolean();
            constraint.validated = row.boolean();
            constraint.enforced = row.boolean();
            constraint.no_inherit = row.boolean();
            constraint.inherited = row.number() > 0 || parent != 0;
            constraint.columns = row.shorts();
            let target_columns = row.shorts();
            let (on_update, on_delete) = (action(row.character()), action(row.character()));
            constraint.match_full = row.character() == 'f';
            constraint.delete_columns = row.shorts();
            let operators = row.oids();
            constraint.expression = Lazy::optional(row.optional());
            let list = &mut database.tables[table].constraints;
            if kind == ConstraintKind::ForeignKey {
                let equality_families =
                    operators.iter().map(|operator| families.get(operator).cloned().unwrap_or_default()).collect();
                let reference =
                    Reference { oid: target, on_delete, on_update, equality_families, ..Reference::default() };
                constraint.references = Some(reference.into());
                constraint.referenced = target;
                references.push(Reference0 { table, constraint: oid, target, columns: target_columns });
            }
            push(list, constraint, 2);
        })?;
        for table in &mut self.database.tables {
            table.constraints.sort_unstable_by_key(|constraint| constraint.oid);
        }
        references.sort_unstable_by_key(|reference| reference.constraint);
        self.resolve(&references);
        for table in &mut self.database.tables {
            let (constraints, indexes): (&[Constraint], &mut [Index]) = (&table.constraints, &mut table.indexes);
            for index in indexes {
                let serves = |c: &&Constraint| c.index == index.oid && c.kind != ConstraintKind::ForeignKey;
                index.constraint = Lazy::optional(constraints.iter().find(serves).map(|c| c.name.clone()));
            }
        }
        Ok(())
    }

    /// Fills in what foreign keys refer to, and tells the referenced tables.
    fn resolve(&mut self, references: &[Reference0]) {
        let Database { tables, places, .. } = &mut self.database;
        for reference in references {
            let Some(target) = places.get(&reference.target).copied() else { continue };
            let far = &tables[target];
            let list = &tables[reference.table].constraints;
            let Ok(at) = list.binary_search_by_key(&reference.constraint, |constraint| constraint.oid) else {
                continue;
            };
            let key = list[at].index;
            let families = self.indexes.get(&key).map(|(table, place)| {
                let index = &tables[*table].indexes[*place];
                let family = |number: &i16| {
                    index.keys.iter().find(|key| key.column == Some(*number)).map_or(0, |key| key.opfamily)
                };
                reference.columns.iter().map(family).collect::<Vec<Oid>>()
            });
            let columns: Vec<&Column> =
                reference.columns.iter().filter_map(|number| far.column_by_number(*number)).collect();
            let filled = Reference {
                oid: reference.target,
                schema: far.relation.schema.clone(),
                table: far.relation.name.clone(),
                columns: columns.iter().map(|column| column.name.clone()).collect(),
                types: columns.iter().map(|column| column.data_type.clone()).collect(),
                rows: Lazy::default(),
                opfamilies: families.unwrap_or_default(),
                ..Reference::default()
            };
            let constraint = &mut tables[reference.table].constraints[at];
            if let Some(old) = &mut constraint.references {
                let equality_families = std::mem::take(&mut old.equality_families);
                *old = Reference { on_delete: old.on_delete, on_update: old.on_update, equality_families, ..filled }
                    .into();
            }
            self.foreign_keys.push((reference.table, at));
            // The copies that partitions have of a foreign key are judged through their parent.
            if !constraint.inherited {
                self.referring.push((target, reference.table, at));
            }
        }
    }

    fn column_statistics(&mut self) -> Result<(), Error> {
        if !self.database.server.superuser {
            return self.visible_statistics();
        }
        let mut wanted = self.wanted.clone();
        if let Some(relations) = &mut wanted {
            relations.extend(self.indexes.keys());
        }
        let indexes = std::mem::take(&mut self.indexes);
        self.read("column_statistics", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let (relation, number, inherited) = (row.oid(), row.short(), row.boolean());
            let statistics = statistics(row);
            if let Some(place) = database.places.get(&relation) {
                let columns = &mut database.tables[*place].columns;
                // Of a table with children both kinds are there; the one that sees the children wins.
                if let Some(column) = columns.iter_mut().find(|column| column.number == number)
                    && (inherited || column.statistics.is_none())
                {
                    column.statistics = Some(Box::new(statistics));
                }
            } else if let Some((table, place)) = indexes.get(&relation) {
                let index = &mut database.tables[*table].indexes[*place];
                if has_one_expression(index) {
                    index.expression_statistics = Some(Box::new(statistics));
                }
            }
        })?;
        self.indexes = indexes;
        Ok(())
    }

    fn visible_statistics(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        // Where a name is: made when the first row comes, for a database that was never analysed has none.
        let mut names: Option<[StatisticsNames; 2]> = None;
        self.read("visible_statistics", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let relation = (row.text(), row.text());
            let name = row.text();
            let statistics = statistics(row);
            let [tables, expressions] = names.get_or_insert_with(|| statistics_names(&database.tables));
            if let Some((place, _)) = tables.get(&relation) {
                let columns = &mut database.tables[*place].columns;
                if let Some(column) = columns.iter_mut().find(|column| column.name == name) {
                    column.statistics = Some(Box::new(statistics));
                }
            } else if let Some((table, place)) = expressions.get(&relation) {
                database.tables[*table].indexes[*place].expression_statistics = Some(Box::new(statistics));
            }
        })
    }

    /// Rows and bytes of each table: by the catalog, scaled to the pages on disk where the catalog does not know; a tree's root
    /// is the sum of its leaves.
    fn sizes(&mut self) {
        let block_size = self.database.server.block_size.max(1);
        let unknown: Vec<usize> = (0..self.database.tables.len())
            .filter(|place| {
                let state = self.database.tables[*place].state.as_deref();
                state.is_some_and(|state| {
                    let live = state.usage.as_ref().map_or(0, |usage| usage.live);
                    state.strategy.is_none() && (state.tuples.is_none() || state.pages == 0 && live > 0)
                })
            })
            .collect();
        let oids: Vec<Oid> = unknown.iter().map(|place| self.database.tables[*place].relation.oid).collect();
        for table in &mut self.database.tables {
            let Some(state) = &table.state else { continue };
            let live = state.usage.as_ref().and_then(|usage| u64::try_from(usage.live).ok()).unwrap_or(0);
            let rows = state.tuples.map_or(live, |tuples| if tuples == 0.0 { live } else { tuples as u64 });
            table.relation.size = Lazy::known(Size { bytes: (state.pages + state.toast_pages) * block_size, rows });
        }
        if let Some(sizes) = self.source.sizes(&oids) {
            for (place, size) in unknown.iter().zip(sizes) {
                self.database.tables[*place].relation.size = Lazy::known(size);
            }
        }
        let Database { tables, places, .. } = &mut self.database;
        for place in 0..tables.len() {
            if tables[place].relation.kind != RelationKind::PartitionedTable {
                continue;
            }
            let mut sum = Size::default();
            let mut open: Vec<Oid> =
                tables[place].state.as_ref().map(|state| state.children.clone()).unwrap_or_default();
            let mut seen = 0;
            // Each tree is walked from each of its inner tables: a leaf counts once for every level above it.
            while let Some(oid) = open.pop() {
                seen += 1;
                let Some(child) = places.get(&oid).map(|child| &tables[*child]) else { continue };
                if child.relation.kind == RelationKind::PartitionedTable {
                    open.extend(child.state.iter().flat_map(|state| state.children.iter().copied()));
                } else {
                    sum.rows += child.relation.size.rows;
                    sum.bytes += child.relation.size.bytes;
                }
                if seen > tables.len() {
                    break;
                }
            }
            tables[place].relation.size = Lazy::known(sum);
        }
        for (table, at) in self.foreign_keys.drain(..) {
            let rows = places
                .get(&tables[table].constraints[at].referenced)
                .map_or(0, |place| tables[*place].relation.size.rows);
            if let Some(reference) = tables[table].constraints[at].references.as_mut() {
                reference.rows = Lazy::known(rows);
            }
        }
        // Only now, when nothing in them changes any more: both sides share what a key refers to.
        for (target, table, at) in self.referring.drain(..) {
            let constraint = tables[table].constraints[at].clone();
            push(&mut tables[target].referenced_by, constraint, 1);
        }
    }

    fn functions(&mut self, scope: &Scope) -> Result<(), Error> {
        if scope.relation.is_some() {
            return Ok(());
        }
        let open: HashSet<String> = self
            .database
            .schemas
            .iter()
            .filter(|schema| schema.grants.iter().any(|grant| grant.grantee == 0 && grant.privilege == "CREATE"))
            .map(|schema| schema.name.clone())
            .collect();
        let names = std::mem::take(&mut self.names);
        self.read("functions", &[Parameter::Text(scope.schema.as_deref())], |database, row| {
            let (oid, schema) = (row.oid(), row.oid());
            let mut function = Function {
                oid,
                schema: names.schema(schema),
                name: row.text(),
                arguments: row.text(),
                keyword: if row.character() == 'p' { "PROCEDURE" } else { "FUNCTION" },
                security_definer: row.boolean(),
                ..Function::default()
            };
            function.search_path =
                row.texts().into_iter().find_map(|setting| setting.strip_prefix("search_path=").map(str::to_owned));
            function.writable_schemas = function
                .search_path
                .iter()
                .flat_map(|path| crate::sql::path_entries(path))
                .filter(|part| !matches!(part.as_str(), "$user" | "pg_temp") && open.contains(part))
                .collect();
            function.in_writable_schema = open.contains(&function.schema);
            function.sql_body = row.boolean();
            function.exempt = names.exempt(FUNCTIONS, oid, schema) || names.is_temporary(schema);
            let mut state = super::code::function_state(row);
            state.commented = names.commented(FUNCTIONS, oid);
            state.body.take_if(|_| names.of_extension(FUNCTIONS, oid));
            function.state = Some(Box::new(state));
            database.functions.push(function);
        })?;
        self.names = names;
        Ok(())
    }
}

/// Adds what is granted on a column: each text is the grantee's OID and the privilege.
fn add_column_grants(access: &mut Access, relation: Oid, column: &str, granted: &[String]) {
    for (grantee, privilege) in granted.iter().filter_map(|text| text.split_once(' ')) {
        let grantee = grantee.parse().unwrap_or_default();
        let grant = ColumnGrant { column: column.to_owned(), grantee, privilege: privilege.to_owned() };
        access.columns.entry(relation).or_default().push(grant);
    }
}

/// Adds to a list that mostly stays as short as `usual`: of itself a list begins with room for four.
fn push<T>(list: &mut Vec<T>, item: T, usual: usize) {
    if list.capacity() == 0 {
        list.reserve_exact(usual);
    }
    list.push(item);
}

/// By schema and name: the table's place, and the index's in its list.
type StatisticsNames = QuickMap<(String, String), (usize, usize)>;

/// The statistics of an expression are those of the index; with several expressions they cannot be told apart.
fn has_one_expression(index: &Index) -> bool {
    index.keys.iter().filter(|key| key.column.is_none()).count() == 1
}

/// What the rows of both queries of statistics end with.
fn statistics(row: &mut Cursor) -> ColumnStatistics {
    ColumnStatistics {
        null_fraction: row.float().unwrap_or(0.0),
        width: row.number(),
        distinct: row.float().unwrap_or(0.0),
        most_common: row.float(),
        correlation: row.float(),
    }
}

/// The places of tables, and of indexes with one expression, by the names that pg_stats has.
fn statistics_names(tables: &[Table]) -> [StatisticsNames; 2] {
    let (mut names, mut expressions) = (QuickMap::default(), QuickMap::default());
    for (place, table) in tables.iter().enumerate() {
        names.insert((table.relation.schema.clone(), table.relation.name.clone()), (place, 0));
        for (at, index) in table.indexes.iter().enumerate() {
            if has_one_expression(index) {
                expressions.insert((index.schema.clone(), index.name.clone()), (place, at));
            }
        }
    }
    [names, expressions]
}

pub(super) fn kind(letter: char) -> RelationKind {
    match letter {
        'p' => RelationKind::PartitionedTable,
        'v' => RelationKind::View,
        'm' => RelationKind::MaterializedView,
        'S' => RelationKind::Sequence,
        'f' => RelationKind::ForeignTable,
        'c' => RelationKind::CompositeType,
        _ => RelationKind::Table,
    }
}

fn action(letter: char) -> ReferentialAction {
    match letter {
        'r' => ReferentialAction::Restrict,
        'c' => ReferentialAction::Cascade,
        'n' => ReferentialAction::SetNull,
        'd' => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
