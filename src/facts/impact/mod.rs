//! What a statement does: locks, rewrites, scans, index builds, collateral.
//!
//! Each function follows the code of PostgreSQL that will execute the statement (named in its comment) and asks PostgreSQL's
//! own functions wherever they are exported. The predicted-against-actual test holds every one of them against a server.

mod alter_table;
mod carried;
mod composite;
mod domain;
mod foreign_key;
mod index;
mod maintenance;
mod many;
mod others;
mod partition;
mod policy;
mod proof;
mod type_change;
mod unresolved;
mod versions;
mod weak;
mod workload;

use engine::facts::*;
use pgrx::pg_sys::{self, NodeTag};

use super::dependency::{self, Address};
use super::locks::Others;
use super::server::{self, catalog as catalogs};
use super::world::World;
use super::{catalog, node};
pub(super) use domain::refuses_null;
pub(super) use others::{object_is_new, renamed_address, written_here};
pub(super) use unresolved::calls_volatile;
use versions::since;

/// Collects the impact of one statement.
pub struct Builder<'w> {
    world: &'w World,
    impact: Impact,
}

impl<'w> Builder<'w> {
    fn new(world: &'w World) -> Self {
        Builder { world, impact: Impact::default() }
    }

    /// The statement locks the relation. ACCESS SHARE is left out: every query takes it.
    fn touch(&mut self, relation: &Relation, role: Role, lock: LockMode) {
        if lock < LockMode::RowShare {
            return;
        }
        match self
            .impact
            .touches
            .iter_mut()
            .find(|touch| touch.relation.oid == relation.oid && same_name(touch, relation))
        {
            Some(known) => known.lock = known.lock.max(lock),
            None => {
                self.impact.touches.push(Touch { relation: relation.clone(), role, lock, blockers: Vec::new() });
            }
        }
    }

    /// The statement locks the relation with this OID.
    fn touch_oid(&mut self, oid: pg_sys::Oid, role: Role, lock: LockMode) {
        if lock < LockMode::RowShare {
            return;
        }
        let known = self.impact.touches.iter_mut().find(|touch| touch.relation.oid == oid.to_u32());
        if let Some(known) = known {
            known.lock = known.lock.max(lock);
        } else if let Some(relation) = self.relation(oid) {
            self.touch(&relation, role, lock);
        }
    }

    fn relation(&self, oid: pg_sys::Oid) -> Option<Relation> {
        match self.world.overlay.as_ref().and_then(|overlay| overlay.table_by_oid(oid.to_u32())) {
            Some(table) => table.map(|table| table.relation.clone()),
            None => catalog::relation(oid).map(|mut relation| {
                let renamed = self.world.overlay.as_ref().and_then(|o| o.renamed_schema(&relation.schema));
                relation.schema = renamed.unwrap_or(relation.schema);
                relation
            }),
        }
    }

    /// The statement does this work on the relation.
    fn work(&mut self, relation: &Relation, command: usize, work: Work) {
        let mut relation = relation.clone();
        // What is done to children is stated for each of them: here only the relation's own rows are at stake.
        let oid = pg_sys::Oid::from(relation.oid);
        if relation.oid != 0
            && relation.kind == RelationKind::Table
            && catalog::Open::new(oid).is_some_and(|open| open.form().relhassubclass)
        {
            relation.size = Lazy::new(move || catalog::size(oid, false));
        }
        self.impact.effects.push(Effect { relation, command, work });
    }

    fn refuse(&mut self, command: usize, kind: RefusalKind, why: impl Into<String>, remedy: impl Into<String>) {
        self.impact.refusals.push(Refusal { command, kind, why: why.into(), remedy: remedy.into() });
    }

    fn unknown(&mut self, what: impl Into<String>) {
        self.impact.unknown.push(what.into());
    }

    /// The tables that inherit from it, at any depth, without itself.
    fn descendants(&self, table: &Table) -> Vec<Table> {
        let mut found = self.old_descendants(table);
        if let Some(overlay) = &self.world.overlay {
            let mut new = overlay.new_children(table.relation.oid);
            new.extend(found.iter().flat_map(|child| overlay.new_children(child.relation.oid)));
            found.extend(new);
        }
        found
    }

    /// Those that the catalog knows.
    fn old_descendants(&self, table: &Table) -> Vec<Table> {
        if let Some(overlay) = self.world.overlay.as_ref().filter(|overlay| overlay.lineage_changed()) {
            // As `find_all_inheritors` does it: level by level.
            let mut found = overlay.children(table.relation.oid);
            let mut at = 0;
            while at < found.len() {
                let further = overlay.children(found[at]);
                for oid in further {
                    if oid != table.relation.oid && !found.contains(&oid) {
                        found.push(oid);
                    }
                }
                at += 1;
            }
            return found.into_iter().filter_map(|oid| self.world.table_by_oid(pg_sys::Oid::from(oid))).collect();
        }
        if !has_children(table) {
            return Vec::new();
        }
        server::all_inheritors(pg_sys::Oid::from(table.relation.oid))
            .into_iter()
            .skip(1)
            .filter_map(|oid| self.world.table_by_oid(oid))
            .collect()
    }

    /// The tables that inherit from it directly.
    fn children(&self, table: &Table) -> Vec<Table> {
        let mut found = self.old_children(table);
        if let Some(overlay) = &self.world.overlay {
            found.extend(overlay.new_children(table.relation.oid));
        }
        found
    }

    /// Those that the catalog knows.
    fn old_children(&self, table: &Table) -> Vec<Table> {
        if let Some(overlay) = self.world.overlay.as_ref().filter(|overlay| overlay.lineage_changed()) {
            let children = overlay.children(table.relation.oid).into_iter();
            return children.filter_map(|oid| self.world.table_by_oid(pg_sys::Oid::from(oid))).collect();
        }
        if !has_children(table) {
            return Vec::new();
        }
        server::children(pg_sys::Oid::from(table.relation.oid))
            .into_iter()
            .filter_map(|oid| self.world.table_by_oid(oid))
            .collect()
    }

    /// The locks that dropping these objects takes: `AcquireDeletionLock` and what the drop of each kind opens.
    fn deletion_locks(&mut self, goes: &[Address], role: Role) {
        for address in goes {
            pgrx::check_for_interrupts!();
            match address.class {
                catalogs::CLASS => self.relation_drop_locks(address.object, role),
                // A foreign key has triggers on the other end: they are objects of their own.
                class @ catalogs::CONSTRAINT => {
                    self.owner_lock(class, address.object, "conrelid", LockMode::AccessExclusive)
                }
                class @ catalogs::TRIGGER => {
                    self.owner_lock(class, address.object, "tgrelid", LockMode::AccessExclusive)
                }
                class @ catalogs::REWRITE => {
                    self.owner_lock(class, address.object, "ev_class", LockMode::AccessExclusive)
                }
                class @ catalogs::ATTRDEF => {
                    self.owner_lock(class, address.object, "adrelid", LockMode::AccessExclusive)
                }
                class @ catalogs::POLICY => {
                    self.owner_lock(class, address.object, "polrelid", LockMode::AccessExclusive)
                }
                class @ catalogs::STATISTIC_EXT => {
                    self.owner_lock(class, address.object, "stxrelid", LockMode::ShareUpdateExclusive);
                }
                _ => {}
            }
        }
    }

    fn owner_lock(&mut self, class: u32, oid: pg_sys::Oid, column: &'static str, lock: LockMode) {
        let mut owner = pg_sys::InvalidOid;
        catalog::by_oid(class, oid, |row| owner = row.oid(column));
        if owner != pg_sys::InvalidOid {
            self.touch_oid(owner, Role::Dependent, lock);
        }
    }

    fn relation_drop_locks(&mut self, oid: pg_sys::Oid, role: Role) {
        let Some(relation) = self.relation(oid) else { return };
        // A TOAST table and its index are parts of their table.
        if relation.schema == "pg_toast" {
            return;
        }
        self.touch(&relation, if relation.kind.is_index() { Role::Index } else { role }, LockMode::AccessExclusive);
        // index_drop locks the table of the index, heap_drop_with_catalog the parent and its default partition.
        if relation.kind.is_index() {
            // SAFETY: takes any OID; `missing_ok`.
            let heap = unsafe { pg_sys::IndexGetRelation(oid, true) };
            if heap != pg_sys::InvalidOid {
                self.touch_oid(heap, Role::IndexedTable, LockMode::AccessExclusive);
            }
        } else if relation.is_partition && catalog::relation_only(oid).is_some_and(|r| r.is_partition) {
            let parent = server::partition_parent(oid);
            self.touch_oid(parent, Role::Parent, LockMode::AccessExclusive);
            let default = match &self.world.overlay {
                Some(overlay) if overlay.rebound(parent.to_u32()) => {
                    self.world.table_by_oid(parent).and_then(|parent| self.default_partition(&parent))
                }
                _ => {
                    if let Some(default) = server::default_partition(parent) {
                        self.impact.beside_default.push(oid.to_u32());
                        self.touch_oid(default, Role::DefaultPartition, LockMode::AccessExclusive);
                    }
                    None
                }
            };
            if let Some(default) = default {
                self.impact.beside_default.push(oid.to_u32());
                self.touch(&default.relation, Role::DefaultPartition, LockMode::AccessExclusive);
            }
        }
    }

    /// Says, in a text, that the server will refuse because views or foreign keys are in the way. What the text itself changed before is
    /// left out: whether it still depends is not known.
    fn refuse_for_dependents(
        &mut self,
        command: usize,
        goes: &[dependency::Goes],
        roots: &[Address],
        why: &str,
    ) -> Vec<Address> {
        let Some(overlay) = &self.world.overlay else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        let mut in_the_way: Vec<Address> = Vec::new();
        // A part of a table of which a column goes: an earlier sub-command may have taken it.
        let goes_too = |owner: pg_sys::Oid| {
            roots
                .iter()
                .any(|root| root.class == catalogs::CLASS && root.object == owner && (root.sub == 0 || command > 0))
        };
        // The parts of tables (defaults, triggers, policies, CHECKs) that the text did not touch, and that of no table which goes too.
        let part = |class: u32, oid: pg_sys::Oid, column: &'static str| {
            let mut owner = pg_sys::InvalidOid;
            catalog::by_oid(class, oid, |row| owner = row.oid(column));
            owner != pg_sys::InvalidOid
                && overlay.parts_stand()
                && !goes_too(owner)
                && overlay.table_by_oid(owner.to_u32()).is_none()
        };
        for item in goes.iter().filter(|item| item.by_cascade) {
            let oid = item.address.object;
            let stands = match item.address.class {
                catalogs::CLASS => {
                    overlay.table_by_oid(oid.to_u32()).is_none()
                        && !goes_too(oid)
                        && catalog::relation_only(oid).is_some_and(|relation| match relation.kind {
                            RelationKind::View | RelationKind::MaterializedView => true,
                            // A child, a column of the type, all of a schema.
                            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => true,
                            RelationKind::Index | RelationKind::PartitionedIndex => {
                                // SAFETY: takes any OID; `missing_ok`.
                                let table = unsafe { pg_sys::IndexGetRelation(oid, true) };
                                overlay.table_by_oid(table.to_u32()).is_none()
                            }
                            _ => false,
                        })
                }
                class @ catalogs::ATTRDEF => part(class, oid, "adrelid"),
                class @ catalogs::TRIGGER => {
                    // Those of a foreign key are parts of it.
                    let mut internal = false;
                    catalog::by_oid(class, oid, |row| internal = row.bool("tgisinternal", false));
                    !internal && part(class, oid, "tgrelid")
                }
                class @ catalogs::POLICY => part(class, oid, "polrelid"),
                catalogs::CONSTRAINT => {
                    let (mut table, mut kind) = (0, ' ');
                    catalog::by_oid(catalogs::CONSTRAINT, oid, |row| {
                        kind = row.char("contype");
                        if kind == 'f' {
                            table = row.oid("conrelid").to_u32();
                        }
                    });
                    // The key of a table that goes too goes with it.
                    let goes_too = roots.contains(&Address::relation(pg_sys::Oid::from(table)));
                    kind == 'c' && part(catalogs::CONSTRAINT, oid, "conrelid")
                        || table != 0 && !goes_too && overlay.table_by_oid(table).is_none()
                }
                _ => false,
            };
            if !stands {
                continue;
            }
            in_the_way.push(item.address);
            let description = item.address.describe();
            if !item.part && !found.contains(&description) {
                found.push(description);
            }
        }
        if !found.is_empty() {
            self.refuse(
                command,
                RefusalKind::Dependents,
                format!("{why}, and these depend on it: {}", found.join(", ")),
                "",
            );
        }
        in_the_way
    }

    /// Notes what goes with the roots, as collateral of the command, and its locks.
    fn drop_with_dependents(&mut self, command: usize, roots: &[Address], cascade: bool, silent_parts: bool) {
        // What the text detached depends on its old parent in the catalog alone.
        let overlay = self.world.overlay.as_ref().filter(|overlay| overlay.lineage_changed());
        let goes = dependency::dependents_but(roots, &|address| {
            overlay.is_some_and(|overlay| {
                let table = carried::table_of(address).to_u32();
                (overlay.has_left(table) || overlay.inherits_less(table))
                    && !roots.iter().any(|root| carried::table_of(root) == carried::table_of(address))
            })
        });
        if !cascade {
            let in_the_way = self.refuse_for_dependents(command, &goes, roots, "it is dropped without CASCADE");
            if !in_the_way.is_empty() {
                // findDependentObjects has locked what depends before the server says so: relations, but not those of which only a
                // part is in the way.
                let relations = |address: &Address| address.class == catalogs::CLASS && address.sub == 0;
                let locked: Vec<Address> =
                    goes.iter().map(|item| item.address).filter(relations).filter(|a| !self.is_gone(a)).collect();
                self.deletion_locks(&locked, Role::Dependent);
                return;
            }
        }
        let mut addresses: Vec<Address> = Vec::new();
        if self.world.overlay.is_some() {
            self.impact.goes.extend(roots.iter().map(|root| (root.class, root.object.to_u32(), root.sub)));
            self.carry(command, roots, cascade, silent_parts);
        }
        for item in &goes {
            if item.by_cascade && !cascade || self.is_gone(&item.address) {
                continue;
            }
            if roots.iter().all(|root| root.class == catalogs::TYPE) && self.has_other_type(&item.address) {
                continue;
            }
            addresses.push(item.address);
            self.impact.goes.push((item.address.class, item.address.object.to_u32(), item.address.sub));
            if !item.noteworthy || (!item.by_cascade && !silent_parts) {
                continue;
            }
            let mut unique = false;
            if item.address.class == catalogs::CONSTRAINT {
                let mut skip = false;
                catalog::by_oid(catalogs::CONSTRAINT, item.address.object, |row| {
                    unique = matches!(row.char("contype"), 'p' | 'u');
                    // The NOT NULL of a column goes with the column: nobody misses it.
                    skip = row.char("contype") == 'n';
                });
                if skip {
                    continue;
                }
            } else if item.address.class == catalogs::CLASS
                && let Some(open) = catalog::Open::new(item.address.object)
            {
                match open.form().relkind as u8 {
                    pg_sys::RELKIND_INDEX | pg_sys::RELKIND_PARTITIONED_INDEX => {
                        // SAFETY: an index's entry has rd_index.
                        let form = unsafe { &*(*open.0).rd_index };
                        // The index of a constraint goes with the constraint, which is listed.
                        // SAFETY: takes any index.
                        if unsafe { pg_sys::get_index_constraint(item.address.object) } != pg_sys::InvalidOid {
                            continue;
                        }
                        unique = form.indisunique;
                    }
                    pg_sys::RELKIND_TOASTVALUE => continue,
                    // A sequence that the column owns.
                    pg_sys::RELKIND_SEQUENCE if !item.by_cascade => continue,
                    _ => {}
                }
            }
            self.impact.collateral.push(Collateral {
                command,
                description: self.describe(&item.address),
                by_cascade: item.by_cascade,
                unique,
            });
        }
        self.deletion_locks(&addresses, Role::Dependent);
        self.impact.collateral.sort_by(|a, b| b.unique.cmp(&a.unique).then_with(|| a.description.cmp(&b.description)));
    }
}

/// Whether something may inherit from the table.
fn has_children(table: &Table) -> bool {
    catalog::Open::new(pg_sys::Oid::from(table.relation.oid)).is_some_and(|open| open.form().relhassubclass)
}

/// ADD COLUMN gives the rows the default of the column's domain.
pub(super) fn adds_domain_defaults() -> bool {
    since(versions::DOMAIN_DEFAULT_FILLS)
}

/// Attaching and detaching partitions lock what foreign keys connect them with.
fn partitions_lock_their_keys() -> bool {
    since(versions::PARTITIONS_LOCK_THEIR_KEYS)
}

/// Two relations that only the text creates both have OID 0.
fn same_name(touch: &Touch, relation: &Relation) -> bool {
    relation.oid != 0 || (touch.relation.schema == relation.schema && touch.relation.name == relation.name)
}

/// Fills the statement's impact.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was lowered from.
pub unsafe fn fill(raw: *mut pg_sys::Node, statement: &mut Statement, world: &World) {
    let mut builder = Builder::new(world);
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(raw) {
            NodeTag::T_IndexStmt => builder.create_index(raw.cast(), statement),
            NodeTag::T_AlterTableStmt => builder.alter_table(raw.cast(), statement),
            NodeTag::T_RenameStmt => builder.rename(statement),
            NodeTag::T_AlterObjectSchemaStmt => builder.set_schema(statement),
            NodeTag::T_DropStmt => builder.drop(raw.cast(), statement),
            NodeTag::T_CreateStmt | NodeTag::T_CreateForeignTableStmt => builder.create_table(raw.cast(), statement),
            NodeTag::T_RefreshMatViewStmt => builder.refresh(statement),
            NodeTag::T_CreateTrigStmt => builder.create_trigger(raw.cast(), statement),
            NodeTag::T_ViewStmt => {
                builder.create_view(statement);
                builder.query_locks((*raw.cast::<pg_sys::ViewStmt>()).query);
            }
            NodeTag::T_RuleStmt => builder.create_rule(raw.cast(), statement),
            // CreatePolicy, AlterPolicy.
            NodeTag::T_CreatePolicyStmt | NodeTag::T_AlterPolicyStmt => {
                if let Some(table) = &statement.target {
                    builder.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
                    builder.refuse_policy(raw, table);
                }
            }
            NodeTag::T_CreateTableAsStmt => {
                let there = statement.existing.is_some();
                statement.nothing_to_do = there && matches!(&statement.ddl, Ddl::CreateTableAs(c) if c.if_not_exists);
                let query = (*raw.cast::<pg_sys::CreateTableAsStmt>()).query;
                if node::tag(query) == NodeTag::T_SelectStmt {
                    builder.query_locks(query);
                }
            }
            NodeTag::T_AlterEnumStmt => {
                statement.nothing_to_do = matches!(&statement.ddl, Ddl::AddEnumValue(value) if value.there);
            }
            NodeTag::T_ReindexStmt => {
                builder.reindex(statement);
                builder.reindex_all(statement);
            }
            NodeTag::T_CommentStmt => builder.comment(raw.cast()),
            NodeTag::T_CreateStatsStmt => builder.create_statistics(raw.cast()),
            NodeTag::T_CreatePublicationStmt => {
                builder.published_tables((*raw.cast::<pg_sys::CreatePublicationStmt>()).pubobjects);
            }
            NodeTag::T_AlterPublicationStmt => builder.alter_publication(raw.cast()),
            NodeTag::T_DropOwnedStmt => builder.drop_owned(raw.cast()),
            NodeTag::T_ReassignOwnedStmt => builder.reassign_owned(raw.cast()),
            NodeTag::T_AlterTableMoveAllStmt => builder.move_all(raw.cast(), statement),
            NodeTag::T_AlterOwnerStmt => builder.change_owner(raw.cast()),
            NodeTag::T_TruncateStmt => builder.truncate(raw.cast(), statement),
            NodeTag::T_LockStmt => builder.lock_table(raw.cast(), statement),
            NodeTag::T_VacuumStmt => builder.vacuum(raw.cast(), statement),
            NodeTag::T_ClusterStmt => builder.cluster(statement),
            NodeTag::T_AlterDomainStmt => builder.alter_domain(raw.cast(), statement),
            NodeTag::T_AlterSeqStmt => builder.alter_sequence(raw.cast(), statement),
            NodeTag::T_DropdbStmt => {
                let drop: *mut pg_sys::DropdbStmt = raw.cast();
                statement.nothing_to_do =
                    (*drop).missing_ok && pg_sys::get_database_oid((*drop).dbname, true) == pg_sys::InvalidOid;
            }
            _ => {}
        }
    }
    builder.mentions(statement);
    let mut impact = builder.impact;
    fold_scans_into_rewrites(&mut impact);
    if statement.nothing_to_do {
        impact.effects.clear();
        impact.collateral.clear();
    }
    find_blockers(&mut impact, world);
    if world.overlay.is_some() {
        let _: &Vec<String> = &impact.mentioned_by;
        impact.touches.iter().for_each(|touch| touch.relation.load());
        impact.effects.iter().for_each(|effect| effect.relation.load());
    }
    workload::fill(statement, &mut impact);
    statement.impact = impact;
}

/// A table that is written anew is read once for it: ATRewriteTable checks NOT NULL and CHECK in the same pass, and all its
/// indexes are built anew with it.
fn fold_scans_into_rewrites(impact: &mut Impact) {
    let rewritten: Vec<Oid> = impact
        .effects
        .iter()
        .filter(|effect| matches!(effect.work, Work::Rewrite(_)))
        .map(|effect| effect.relation.oid)
        .collect();
    impact.effects.retain(|effect| {
        !rewritten.contains(&effect.relation.oid)
            || !matches!(
                effect.work,
                Work::Scan(Scan::NotNull { .. } | Scan::Check { .. } | Scan::Recheck { .. } | Scan::PartitionBound)
                    | Work::RebuildIndex { .. }
            )
    });
}

/// Who is in the way of each lock; one look at the lock table, and only where it can matter.
fn find_blockers(impact: &mut Impact, world: &World) {
    // Reading the lock table costs more than all the rest. Before a statement only live tables matter; whoever asks with a text
    // wants to know for every table.
    let in_text = world.overlay.is_some();
    let limits = if in_text { (-1, -1) } else { crate::hooks::policy::lowest_small_limits() };
    let exceeds = |n: u64, limit: i64| i64::try_from(n).is_ok_and(|n| n > limit);
    let relations: Vec<Oid> = impact
        .touches
        .iter()
        .filter(|touch| {
            touch.lock >= LockMode::ShareUpdateExclusive
                && touch.relation.oid != 0
                && !touch.relation.created_here
                && touch.relation.persistence != Persistence::Temporary
                && !touch.relation.kind.is_index()
                // What has to be looked up comes last.
                && (exceeds(touch.relation.size.rows, limits.0) || exceeds(touch.relation.size.bytes, limits.1))
                && !*touch.relation.exempt
        })
        .map(|touch| touch.relation.oid)
        .collect();
    if relations.is_empty() {
        return;
    }
    let read;
    let others = if in_text {
        world.others.get_or_init(Others::all)
    } else {
        read = Others::on(&relations);
        &read
    };
    for touch in &mut impact.touches {
        if relations.contains(&touch.relation.oid) {
            touch.blockers = others.in_the_way(touch.relation.oid, touch.lock);
        }
    }
}
