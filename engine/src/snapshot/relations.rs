//! Relations: what pg_class knows, read once.

use super::build::{Age, Loader, kind};
use super::names::{Names, RELATIONS};
use super::source::{Counters, Cursor, Error, Parameter};
use crate::facts::*;
use crate::hash::QuickMap;

/// The schema of TOAST tables (`src/include/catalog/pg_namespace.dat`).
const PG_TOAST: Oid = 99;
// Columns of the query that begin what only some kinds of relations have.
const OWNER: usize = 12;
const TOAST: usize = 15;

/// What every row begins with.
struct Head {
    oid: Oid,
    schema: Oid,
    name: String,
    kind: char,
    persistence: Persistence,
    pages: i64,
    tuples: Option<f64>,
    xid_age: Option<i64>,
    multixact_age: Option<i64>,
    options: Vec<String>,
    access_method: Oid,
    is_partition: bool,
}

impl Head {
    fn of(row: &mut Cursor) -> Head {
        Head {
            oid: row.oid(),
            schema: row.oid(),
            name: row.text(),
            kind: row.character(),
            persistence: match row.character() {
                'u' => Persistence::Unlogged,
                't' => Persistence::Temporary,
                _ => Persistence::Permanent,
            },
            pages: row.number(),
            tuples: row.float().filter(|tuples| *tuples >= 0.0),
            xid_age: row.integer(),
            multixact_age: row.integer(),
            options: row.texts(),
            access_method: row.oid(),
            is_partition: row.boolean(),
        }
    }

    fn pages(&self) -> u64 {
        u64::try_from(self.pages).unwrap_or(0)
    }
}

/// What counts for the table that a TOAST table belongs to.
#[derive(Default)]
struct Toast {
    pages: u64,
    options: Vec<String>,
    state: ToastState,
}

impl Loader<'_> {
    pub(super) fn relations(&mut self) -> Result<(), Error> {
        let mut wanted = self.wanted.clone();
        if let Some(list) = &mut wanted {
            let mut parts = Vec::new();
            self.read("parts", &[Parameter::Oids(Some(list))], |_, row| parts.push(row.oid()))?;
            list.append(&mut parts);
        }
        let look_up = self.source.counters();
        let mut known: QuickMap<Oid, Counters> = QuickMap::default();
        if look_up.is_none() {
            self.read("counters", &[Parameter::Oids(wanted.as_deref())], |_, row| {
                known.insert(row.oid(), Counters::of(row));
            })?;
        }
        let counters = |oid: Oid| match look_up {
            Some(look_up) => look_up(oid),
            None => known.get(&oid).copied().unwrap_or_default(),
        };
        let names = std::mem::take(&mut self.names);
        let (mut named, mut granted, mut ages) = (QuickMap::default(), Vec::new(), Vec::new());
        let mut toasts: QuickMap<Oid, Toast> = QuickMap::default();
        let mut indexes: QuickMap<Oid, Box<Index>> = QuickMap::default();
        let (mut temporary, mut pages) = (false, 0);
        let block_size = self.database.server.block_size;
        self.read("relations", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let head = Head::of(row);
            pages += head.pages;
            if let Some(xid) = head.xid_age
                && matches!(head.kind, 'r' | 'm' | 't')
            {
                row.seek(TOAST);
                let toast = row.oid();
                // Unknown is the oldest, as `mxid_age` has it.
                let multixact = head.multixact_age.unwrap_or(i64::from(i32::MAX));
                ages.push(Age { oid: head.oid, xid, multixact, toast });
                temporary |= head.persistence == Persistence::Temporary;
            }
            match head.kind {
                't' => {
                    let Counters { live, dead, .. } = counters(head.oid);
                    let (chunks, xid_age, multixact_age) = (head.tuples, head.xid_age, head.multixact_age);
                    let state = ToastState { chunks, xid_age, multixact_age, live, dead };
                    toasts.insert(head.oid, Toast { pages: head.pages(), options: head.options, state });
                }
                _ if head.oid < 16384 || head.persistence == Persistence::Temporary => {}
                'i' | 'I' if head.schema == PG_TOAST => {}
                'i' | 'I' => {
                    let counters = counters(head.oid);
                    indexes.insert(head.oid, Box::new(index(head, &counters, &names, block_size)));
                }
                'v' | 'S' | 'c' => {
                    let relation = relation(&head, &names);
                    named.insert(relation.oid, database.named.len());
                    database.named.push(NamedRelation { kind: relation.kind, relation, derived: Lazy::default() });
                }
                'r' | 'p' | 'f' | 'm' => {
                    let relation = Relation { is_partition: head.is_partition, ..relation(&head, &names) };
                    row.seek(OWNER);
                    // A foreign table has no statistics of its own.
                    let counters = (head.kind != 'f').then(|| counters(head.oid));
                    let (state, partition_key, with_grants) = table_state(head, row, counters, &names);
                    if with_grants {
                        granted.push(relation.oid);
                    }
                    if relation.kind == RelationKind::MaterializedView {
                        let (relation, kind) = (relation.clone(), relation.kind);
                        database.named.push(NamedRelation { relation, kind, derived: Lazy::default() });
                    }
                    database.places.insert(relation.oid, database.tables.len());
                    database.tables.push(Table {
                        relation,
                        partition_key,
                        whole: true,
                        named: true,
                        state: Some(Box::new(state)),
                        ..Table::default()
                    });
                }
                _ => {}
            }
        })?;
        for state in self.database.tables.iter_mut().filter_map(|table| table.state.as_mut()) {
            if state.toast != 0 {
                let toast = toasts.remove(&state.toast).unwrap_or_default();
                state.toast_pages = toast.pages;
                state.toast_options = toast.options;
                state.toast_state = Some(toast.state);
            }
        }
        // Of those that are locked, what was read.
        let known = |oid: &&Oid| self.database.places.contains_key(oid) || named.contains_key(oid);
        self.locked = names.locked.iter().filter(known).copied().collect();
        (self.names, self.named, self.granted, self.ages) = (names, named, granted, ages);
        (self.loose_indexes, self.temporary, self.pages) = (indexes, temporary, pages);
        Ok(())
    }
}

fn relation(head: &Head, names: &Names) -> Relation {
    Relation {
        oid: head.oid,
        schema: names.schema(head.schema),
        name: head.name.clone(),
        kind: kind(head.kind),
        persistence: head.persistence,
        created_here: false,
        exempt: Lazy::known(names.exempt(RELATIONS, head.oid, head.schema)),
        is_partition: false,
        inherits: false,
        size: Lazy::default(),
    }
}

fn index(head: Head, counters: &Counters, names: &Names, block_size: u64) -> Index {
    let usage = IndexUsage {
        scans: counters.scans,
        entries: counters.returned,
        rows: counters.fetched,
        last_scan: counters.last_scan,
        blocks_read: counters.blocks_fetched - counters.blocks_hit,
        blocks_hit: counters.blocks_hit,
    };
    Index {
        oid: head.oid,
        schema: names.schema(head.schema),
        bytes: Lazy::known(head.pages() * block_size),
        name: head.name,
        method: names.access_method(head.access_method),
        tuples: head.tuples,
        options: head.options,
        is_partition: head.is_partition,
        usage: Some(Box::new(usage)),
        ..Index::default()
    }
}

/// What belongs to a table itself, the columns of its partition key, and whether it has privileges of its own.
fn table_state(
    head: Head,
    row: &mut Cursor,
    counters: Option<Counters>,
    names: &Names,
) -> (TableState, Vec<i16>, bool) {
    let (strategy, key) = names.partitioned.get(&head.oid).cloned().unwrap_or_default();
    let mut state = TableState {
        owner: row.oid(),
        pages: head.pages(),
        tuples: head.tuples,
        xid_age: head.xid_age,
        multixact_age: head.multixact_age,
        access_method: names.access_method(head.access_method),
        options: head.options,
        strategy,
        commented: names.commented(RELATIONS, head.oid),
        tags: names.tagged(head.oid).map(tags).unwrap_or_default(),
        locked: names.locked.contains(&head.oid),
        ..TableState::default()
    };
    state.all_visible_pages = u64::try_from(row.number()).unwrap_or(0);
    state.attributes = row.number();
    state.toast = row.oid();
    state.bound = row.optional();
    state.row_security = row.boolean();
    state.row_security_forced = row.boolean();
    state.replica_identity = row.character();
    state.tablespace = row.oid();
    let granted = row.boolean();
    state.all_frozen_pages = u64::try_from(row.number()).unwrap_or(0);
    state.statistics_visible = row.boolean();
    state.usage = counters.map(|counters| TableUsage {
        sequential_scans: counters.scans,
        sequential_rows: counters.returned,
        index_scans: 0,
        index_rows: counters.fetched,
        inserted: counters.inserted,
        updated: counters.updated,
        deleted: counters.deleted,
        hot_updated: counters.hot_updated,
        newpage_updated: counters.newpage_updated,
        live: counters.live,
        dead: counters.dead,
        modified_since_analyze: counters.modified_since_analyze,
        inserted_since_vacuum: counters.inserted_since_vacuum,
        last_vacuum: counters.last_vacuum,
        last_analyze: counters.last_analyze,
        last_sequential_scan: counters.last_scan,
        blocks_read: counters.blocks_fetched - counters.blocks_hit,
        blocks_hit: counters.blocks_hit,
    });
    (state, key.into_iter().filter(|number| *number > 0).collect(), granted)
}

/// The words of a comment that begin with `@`: letters, digits and hyphens after it. An address, `ada@example.com`, is no such word.
fn tags(comment: &str) -> Vec<String> {
    let bare = |word: &str| {
        let tag = word.trim_start_matches(['(', '[', '"', '\'']).strip_prefix('@')?;
        let tag = tag.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let plain = !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain.then(|| tag.to_ascii_lowercase())
    };
    comment.split_whitespace().filter_map(bare).collect()
}
