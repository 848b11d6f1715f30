//! ALTER TABLE: `ATPrepCmd`, `ATExecCmd`, `ATRewriteTables` in `src/backend/commands/tablecmds.c`.

use engine::facts::*;
use engine::sql;
use pgrx::pg_sys;
use std::collections::HashMap;

use super::super::dependency::{self, Address};
use super::super::server;
use super::super::{catalog, expression, node, types};
use super::versions::{self, since};
use super::{Builder, proof, type_change};

/// What the sub-commands of one statement share.
struct Shared {
    /// The lock that the strongest sub-command needs.
    lock: LockMode,
    /// Whether the statement recurses to children.
    recurse: bool,
    /// The table that the statement names; 0 where only the text creates it.
    target: Oid,
    /// Constraints that the same statement drops: dropped first, they prove nothing.
    dropped: Vec<String>,
    /// Columns that the same statement drops, which takes the constraints and indexes over them along.
    dropped_columns: Vec<String>,
    /// Columns that are no generated ones any more before a type changes.
    plain_columns: Vec<String>,
    /// The columns that the same statement adds.
    new_columns: Vec<ColumnDef>,
    /// The constraints that the same statement adds, with the names that they get.
    added: Vec<(String, ConstraintDef)>,
}

impl Shared {
    /// The columns of the table that go.
    fn columns_gone(&self, member: &Table) -> Vec<i16> {
        // A child keeps a column that it has of its own.
        let goes = |column: &&Column| member.relation.oid == self.target || !is_local(member, column);
        let columns = self.dropped_columns.iter().filter_map(|name| member.column(name));
        columns.filter(goes).map(|column| column.number).collect()
    }

    /// The names of the table's constraints that go.
    fn constraints_gone(&self, member: &Table) -> Vec<String> {
        let columns = self.columns_gone(member);
        let over = |constraint: &&Constraint| constraint.columns.iter().any(|number| columns.contains(number));
        let mut names = self.dropped.clone();
        if !columns.is_empty() {
            names.extend(member.constraints.iter().filter(over).map(|constraint| constraint.name.clone()));
        }
        names
    }

    /// The table without what the statement drops: that is done first (AT_PASS_DROP).
    fn left_of(&self, member: &Table) -> Table {
        let mut left = member.clone();
        if self.dropped.is_empty() && self.dropped_columns.is_empty() {
            return left;
        }
        let (columns, names) = (self.columns_gone(member), self.constraints_gone(member));
        left.constraints.retain(|constraint| !names.contains(&constraint.name));
        left.indexes.retain(|index| {
            let serves = index.constraint.as_deref().is_some_and(|name| names.iter().any(|gone| gone == name));
            !serves && !columns.iter().any(|number| uses(index, member, *number))
        });
        left
    }

    /// The name that one of its constraints without one gets.
    fn name_of(&self, def: &ConstraintDef) -> Option<&str> {
        self.added.iter().find(|(_, added)| added == def).map(|(name, _)| name.as_str())
    }

    /// A constraint that the same statement adds.
    fn added(&self, name: &str) -> Option<&ConstraintDef> {
        self.added.iter().find(|(added, _)| added == name).map(|(_, def)| def)
    }
}

/// Whether the index needs the column, in its predicate and expressions too.
fn uses(index: &Index, table: &Table, number: i16) -> bool {
    index.mentions(number)
        || index.oid != 0
            && (index.predicate.is_some() || index.keys.iter().any(|key| key.expression.is_some()))
            && dependency::columns_of_index(pg_sys::Oid::from(index.oid), pg_sys::Oid::from(table.relation.oid))
                .contains(&number)
}

/// Whether the table has the column of its own, not from a parent alone.
fn is_local(table: &Table, column: &Column) -> bool {
    let Some(open) = catalog::Open::new(pg_sys::Oid::from(table.relation.oid)) else { return false };
    // SAFETY: the column is within the descriptor of a valid entry.
    unsafe { (*server::attribute((*open.0).rd_att, column.number as usize - 1)).attislocal }
}

impl Builder<'_> {
    /// # Safety
    /// `raw` points to the AlterTableStmt that the statement was lowered from.
    pub(super) unsafe fn alter_table(&mut self, raw: *mut pg_sys::AlterTableStmt, statement: &mut Statement) {
        // SAFETY: the caller's promise.
        if unsafe { (*raw).objtype } == pg_sys::ObjectType::OBJECT_TYPE {
            // SAFETY: as above.
            return unsafe { self.alter_composite(raw, statement) };
        }
        let Ddl::AlterTable(alter) = statement.ddl.clone() else { return };
        // SAFETY: AlterTableGetLockLevel reads the raw sub-commands.
        let lock = LockMode::from_number(unsafe { pg_sys::AlterTableGetLockLevel((*raw).cmds) });
        let Some(table) = statement.target.clone() else { return };
        if let Some(index) = statement.index.clone() {
            self.alter_index(&alter, &index, lock);
            return;
        }
        // SAFETY: the caller's promise.
        let raws = unsafe { node::list::<pg_sys::AlterTableCmd>((*raw).cmds) };
        // SAFETY: each raw sub-command belongs to the lowered one.
        let something =
            unsafe { self.run_commands(&alter.commands, &raws, &table, lock, !alter.only, &mut statement.others) };
        statement.nothing_to_do = !something;
    }

    /// The sub-commands on one table; false when none does anything.
    ///
    /// # Safety
    /// `raws` are the sub-commands that `commands` were lowered from.
    pub(super) unsafe fn run_commands(
        &mut self,
        commands: &[AlterCommand],
        raws: &[*mut pg_sys::AlterTableCmd],
        table: &Table,
        lock: LockMode,
        recurse: bool,
        others: &mut Vec<Table>,
    ) -> bool {
        // SAFETY: the caller's promise.
        let plain = |raw: &*mut pg_sys::AlterTableCmd| unsafe {
            let drops = (**raw).subtype == pg_sys::AlterTableType::AT_DropExpression;
            if drops { node::text((**raw).name) } else { None }
        };
        let mut shared = Shared {
            lock,
            recurse,
            target: table.relation.oid,
            dropped: commands
                .iter()
                .filter_map(|command| match command {
                    AlterCommand::DropConstraint { name, .. } => Some(name.clone()),
                    _ => None,
                })
                .collect(),
            dropped_columns: commands
                .iter()
                .filter_map(|command| match command {
                    AlterCommand::DropColumn { column, .. } => Some(column.clone()),
                    _ => None,
                })
                .collect(),
            plain_columns: raws.iter().filter_map(plain).collect(),
            added: Vec::new(),
            new_columns: commands
                .iter()
                .filter_map(|command| match command {
                    AlterCommand::AddColumn { column, .. } if table.column(&column.name).is_none() => {
                        Some(column.clone())
                    }
                    _ => None,
                })
                .collect(),
        };
        self.name_constraints(commands, table, &mut shared);
        self.touch(&table.relation, Role::Target, lock);
        let mut something = false;
        for (number, (command, raw)) in commands.iter().zip(raws).enumerate() {
            // SAFETY: `raw` is the sub-command that `command` was lowered from.
            let name = unsafe { node::text((**raw).name) };
            // SAFETY: as above.
            let all_users = unsafe { (**raw).subtype } == pg_sys::AlterTableType::AT_EnableTrigUser;
            let trigger = TriggerChoice { name: name.as_deref(), users_only: all_users };
            // SAFETY: as above.
            let identity = unsafe { changes_identity(*raw) };
            let mut children = self.reach(command, table, &shared, &trigger);
            if identity
                && recurse
                && table.relation.kind == RelationKind::PartitionedTable
                && since(versions::IDENTITY_OF_PARTITIONS)
                && name.as_deref().and_then(|name| table.column(name)).is_some_and(|column| column.identity)
            {
                children = self.all_below(table, &shared);
            }
            let tree: Vec<&Table> = std::iter::once(table).chain(&children).collect();
            // SAFETY: as above.
            something |= unsafe { self.command(number, command, *raw, table, &tree, &shared, others) };
        }
        something
    }

    /// Says, in a text, that the server will not change the type of the column because of what uses it:
    /// `RememberAllDependentForRebuilding`. What the statement drops is gone before.
    fn refuse_type_change(&mut self, number: usize, table: &Table, column: &str, shared: &Shared) {
        let Some(overlay) = self.world.overlay.as_ref().filter(|_| table.relation.oid != 0) else { return };
        let Some(of) = table.column(column).map(|column| column.number) else { return };
        let oid = pg_sys::Oid::from(table.relation.oid);
        let root = Address::column(oid, of);
        let dropped: Vec<Address> = self.dropped_with(table, shared);
        let untouched = |relation: pg_sys::Oid| overlay.table_by_oid(relation.to_u32()).is_none();
        let owner = |class: u32, object: pg_sys::Oid, name: &'static str| {
            let mut owner = pg_sys::InvalidOid;
            catalog::by_oid(class, object, |row| owner = row.oid(name));
            owner
        };
        let mut found: Vec<Address> = Vec::new();
        // The views over a view that is in the way have to go, too.
        for item in dependency::dependents(&[root]) {
            let view = || {
                catalog::relation_only(item.address.object)
                    .is_some_and(|r| matches!(r.kind, RelationKind::View | RelationKind::MaterializedView))
            };
            if item.address.class == server::catalog::CLASS && untouched(item.address.object) && view() {
                found.push(item.address);
            }
        }
        for address in dependency::directly(&root) {
            let object = address.object;
            let stands = match address.class {
                server::catalog::ATTRDEF => {
                    let mut of_column = 0;
                    catalog::by_oid(address.class, object, |row| of_column = row.integer("adnum") as i16);
                    let stays = |column: &&Column| !shared.plain_columns.contains(&column.name);
                    // Its own default goes with it.
                    if of_column != of
                        && untouched(oid)
                        && let Some(other) = table.column_by_number(of_column).filter(stays)
                    {
                        found.push(Address::column(oid, other.number));
                    }
                    false
                }
                class @ server::catalog::TRIGGER => {
                    let mut internal = false;
                    catalog::by_oid(class, object, |row| internal = row.bool("tgisinternal", false));
                    !internal && overlay.parts_stand() && untouched(owner(class, object, "tgrelid"))
                }
                class @ server::catalog::POLICY => overlay.parts_stand() && untouched(owner(class, object, "polrelid")),
                class @ server::catalog::REWRITE => {
                    let relation = owner(class, object, "ev_class");
                    let rule = catalog::relation_only(relation).is_some_and(|r| r.kind.is_table());
                    rule && overlay.parts_stand() && untouched(relation)
                }
                server::catalog::PUBLICATION_REL => overlay.parts_stand() && !overlay.publishes(),
                server::catalog::PROC => {
                    overlay.parts_stand() && !overlay.dropped_object(address.class, object.to_u32())
                }
                _ => false,
            };
            if stands {
                found.push(address);
            }
        }
        found.retain(|address| !dropped.contains(address));
        let mut names: Vec<String> = Vec::new();
        for address in &found {
            let name = address.describe();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            let why = format!("the type of {column} changes, and these depend on it: {}", names.join(", "));
            self.refuse_in_text(number, why, "");
        }
    }

    /// The objects that the statement drops before it changes types.
    fn dropped_with(&self, table: &Table, shared: &Shared) -> Vec<Address> {
        let oid = pg_sys::Oid::from(table.relation.oid);
        let mut roots: Vec<Address> =
            shared.columns_gone(table).into_iter().map(|number| Address::column(oid, number)).collect();
        let constraints = shared.dropped.iter().filter_map(|name| table.constraint(name)).filter(|c| c.oid != 0);
        roots.extend(constraints.map(|constraint| Address {
            class: server::catalog::CONSTRAINT,
            object: pg_sys::Oid::from(constraint.oid),
            sub: 0,
        }));
        if roots.is_empty() {
            return roots;
        }
        // Without CASCADE the server refuses the statement where more than parts would go.
        let goes = dependency::dependents(&roots);
        roots.extend(goes.into_iter().map(|goes| goes.address));
        roots
    }

    /// Chooses the names of the constraints that have none: those of ADD COLUMN come behind the others.
    fn name_constraints(&mut self, commands: &[AlterCommand], table: &Table, shared: &mut Shared) {
        let adds = |command: &AlterCommand| {
            matches!(command, AlterCommand::AddConstraint(_))
                || matches!(command, AlterCommand::AddColumn { column, .. } if !column.constraints.is_empty())
        };
        if !commands.iter().any(adds) {
            return;
        }
        let left = shared.left_of(table);
        let mut taken: Vec<String> = Vec::new();
        let mut add = |builder: &mut Self, number: usize, def: &ConstraintDef| {
            let chosen = || super::super::overlay::name_of_constraint(&left, def, &taken);
            let Some(name) = def.name.clone().or_else(chosen) else { return };
            taken.push(name.clone());
            builder.impact.constraint_names.push((number, def.kind, name.clone()));
            shared.added.push((name, def.clone()));
        };
        for (number, command) in commands.iter().enumerate() {
            if let AlterCommand::AddConstraint(def) = command {
                add(self, number, def);
            }
        }
        for (number, command) in commands.iter().enumerate() {
            if let AlterCommand::AddColumn { column, .. } = command {
                column.constraints.iter().for_each(|def| add(self, number, def));
            }
        }
    }

    /// The children on which the sub-command is carried out too. They are locked, and so are those at which it stops.
    fn reach(
        &mut self,
        command: &AlterCommand,
        table: &Table,
        shared: &Shared,
        trigger: &TriggerChoice<'_>,
    ) -> Vec<Table> {
        let mut reached = Vec::new();
        let partitioned = table.relation.kind == RelationKind::PartitionedTable;
        // ATCheckPartitionsNotInUse: whether there is such a constraint or not, with ONLY too.
        if partitioned && matches!(command, AlterCommand::DropConstraint { .. }) {
            self.all_below(table, shared);
        }
        if since(versions::ADD_CONSTRAINT_LOCKS_ALL)
            && shared.recurse
            && matches!(command, AlterCommand::AddConstraint(_))
        {
            for child in self.descendants(table) {
                self.touch(&child.relation, Role::Child, shared.lock);
            }
        }
        match command {
            // ATExecAddColumn: a child that has the column already only merges it.
            AlterCommand::AddColumn { column, if_not_exists }
                if shared.recurse && !(*if_not_exists && table.column(&column.name).is_some()) =>
            {
                let enter = |child: &Table, visit| visit == 1 && child.column(&column.name).is_none();
                self.levels(table, shared.lock, &enter, &mut HashMap::new(), &mut reached);
            }
            // ATExecDropColumn: a child that has the column from elsewhere too keeps it.
            AlterCommand::DropColumn { column, .. } if table.column(column).is_some() => {
                let enter = |child: &Table, visit| shared.recurse && inherited_column(child, column, visit);
                self.levels(table, shared.lock, &enter, &mut HashMap::new(), &mut reached);
            }
            // ATAddCheckConstraint: a child that has the constraint already only merges it.
            AlterCommand::AddConstraint(def)
                if def.kind == ConstraintKind::Check && shared.recurse && !def.no_inherit =>
            {
                self.check_levels(table, def, shared, &mut reached);
            }
            // ATAddCheckNNConstraint, ATExecSetNotNull (18): a child whose column is NOT NULL already only merges it.
            AlterCommand::AddConstraint(def)
                if def.kind == ConstraintKind::NotNull && shared.recurse && !def.no_inherit =>
            {
                self.not_null_levels(table, &def.columns, shared, &mut reached);
            }
            AlterCommand::SetNotNull { column } if since(versions::NOT_NULL_IS_A_CONSTRAINT) => {
                let pending = not_null_constraint(table, column).is_some_and(|constraint| !constraint.validated);
                if shared.recurse && pending {
                    reached = self.all_below(table, shared);
                } else if shared.recurse && table.column(column).is_none_or(|column| !column.not_null) {
                    self.not_null_levels(table, std::slice::from_ref(column), shared, &mut reached);
                }
            }
            // ATExecDropConstraint.
            AlterCommand::DropConstraint { name, .. } => {
                if let Some(constraint) = table.constraint(name) {
                    self.drop_levels(table, constraint, shared, &mut reached);
                }
            }
            // From 18 on NOT NULL is a constraint.
            AlterCommand::DropNotNull { column } if since(versions::NOT_NULL_IS_A_CONSTRAINT) => {
                if let Some(constraint) = not_null_constraint(table, column) {
                    self.drop_levels(table, constraint, shared, &mut reached);
                }
            }
            // EnableDisableTrigger: only triggers for each row have parts on the partitions.
            AlterCommand::DisableTrigger { name, user } => {
                let choice = TriggerChoice { name: name.as_deref(), users_only: *user };
                if shared.recurse && partitioned && has_row_trigger(table, &choice) {
                    reached = self.all_below(table, shared);
                }
            }
            AlterCommand::Other(words)
                if words == "ENABLE TRIGGER" && shared.recurse && partitioned && has_row_trigger(table, trigger) =>
            {
                reached = self.all_below(table, shared);
            }
            // QueueCheckConstraintValidation, QueueNNConstraintValidation.
            AlterCommand::ValidateConstraint { name } if shared.added(name).is_some() => {
                let recurses = |def: &ConstraintDef| {
                    matches!(def.kind, ConstraintKind::Check | ConstraintKind::NotNull) && !def.no_inherit
                };
                if shared.recurse && shared.added(name).is_some_and(recurses) {
                    reached = self.all_below(table, shared);
                }
            }
            command if shared.recurse && recurses(command, table) => reached = self.all_below(table, shared),
            _ => {}
        }
        reached
    }

    /// Locks everything that inherits from the table, at any depth.
    fn all_below(&mut self, table: &Table, shared: &Shared) -> Vec<Table> {
        let below = self.descendants(table);
        for child in &below {
            self.touch(&child.relation, Role::Child, shared.lock);
        }
        below
    }

    fn check_levels(&mut self, table: &Table, def: &ConstraintDef, shared: &Shared, reached: &mut Vec<Table>) {
        let name = def.name.as_deref().or_else(|| shared.name_of(def));
        let there = |child: &Table| name.and_then(|name| child.constraint(name)).is_some();
        let enter = |child: &Table, visit| visit == 1 && !there(child);
        self.levels(table, shared.lock, &enter, &mut HashMap::new(), reached);
    }

    fn not_null_levels(&mut self, table: &Table, columns: &[String], shared: &Shared, reached: &mut Vec<Table>) {
        let there = |child: &Table| columns.iter().all(|name| child.column(name).is_some_and(|column| column.not_null));
        let enter = |child: &Table, visit| visit == 1 && !there(child);
        self.levels(table, shared.lock, &enter, &mut HashMap::new(), reached);
    }

    /// `dropconstraint_internal`: a child that has the constraint from elsewhere too keeps it.
    fn drop_levels(&mut self, table: &Table, constraint: &Constraint, shared: &Shared, reached: &mut Vec<Table>) {
        if !matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::NotNull) || constraint.no_inherit {
            return;
        }
        let columns = table.column_names(&constraint.columns);
        let enter = |child: &Table, visit| {
            let same = match constraint.kind {
                ConstraintKind::NotNull => columns.first().and_then(|column| not_null_constraint(child, column)),
                _ => child.constraint(&constraint.name),
            };
            shared.recurse && same.is_some_and(|same| inherited_constraint(same, visit))
        };
        self.levels(table, shared.lock, &enter, &mut HashMap::new(), reached);
    }

    /// Locks the children level by level; `enter` says which ones the sub-command is carried out on. A child of several
    /// parents is visited from each; `enter` is told how often.
    fn levels(
        &mut self,
        table: &Table,
        lock: LockMode,
        enter: &dyn Fn(&Table, i32) -> bool,
        visits: &mut HashMap<Oid, i32>,
        reached: &mut Vec<Table>,
    ) {
        for child in self.children(table) {
            self.touch(&child.relation, Role::Child, lock);
            let visit = visits.entry(child.relation.oid).or_default();
            *visit += 1;
            if enter(&child, *visit) {
                self.levels(&child, lock, enter, visits, reached);
                reached.push(child);
            }
        }
    }

    /// One sub-command; false when it does nothing.
    ///
    /// # Safety
    /// `raw` points to the AlterTableCmd that `command` was lowered from.
    #[allow(clippy::too_many_arguments)]
    unsafe fn command(
        &mut self,
        number: usize,
        command: &AlterCommand,
        raw: *mut pg_sys::AlterTableCmd,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
        others: &mut Vec<Table>,
    ) -> bool {
        match command {
            AlterCommand::AddColumn { column, if_not_exists } => {
                if *if_not_exists && table.column(&column.name).is_some() {
                    return false;
                }
                // SAFETY: the definition of ADD COLUMN is a ColumnDef.
                unsafe { self.add_column(number, column, (*raw).def.cast(), table, tree, shared, others) };
            }
            AlterCommand::DropColumn { column, cascade, if_exists } => {
                if *if_exists && table.column(column).is_none() {
                    return false;
                }
                let roots: Vec<Address> = tree
                    .iter()
                    .filter(|member| member.relation.oid != 0)
                    .filter_map(|member| {
                        let number = member.column(column)?.number;
                        Some(Address::column(pg_sys::Oid::from(member.relation.oid), number))
                    })
                    .collect();
                self.drop_with_dependents(number, &roots, *cascade, true);
            }
            AlterCommand::AlterType { column, data_type, collation, .. } => {
                // SAFETY: the definition of ALTER TYPE is a ColumnDef whose raw_default is the USING expression.
                let using = unsafe { (*(*raw).def.cast::<pg_sys::ColumnDef>()).raw_default };
                let collation = collation.as_ref().and_then(type_change::written_collation);
                for member in tree {
                    self.refuse_type_change(number, member, column, shared);
                }
                self.client_type(number, table, column, data_type);
                for member in tree {
                    self.refuse_for_row_type(number, member);
                    let gone = self.dropped_with(member, shared);
                    let member = shared.left_of(member);
                    // SAFETY: `using` is NULL or a raw expression.
                    unsafe { self.type_change(number, &member, column, data_type, collation, using, &gone) };
                }
            }
            AlterCommand::SetNotNull { column } => {
                for member in tree {
                    self.must_verify_not_null(number, member, column, shared);
                }
            }
            AlterCommand::AddConstraint(def) => {
                self.add_constraint(number, def, table, tree, shared, true, others);
            }
            AlterCommand::DropConstraint { name, cascade, if_exists } => {
                if *if_exists && table.constraint(name).is_none() {
                    return false;
                }
                let roots: Vec<Address> = tree
                    .iter()
                    .filter_map(|member| member.constraint(name))
                    .filter(|constraint| constraint.oid != 0)
                    .map(|constraint| Address {
                        class: server::catalog::CONSTRAINT,
                        object: pg_sys::Oid::from(constraint.oid),
                        sub: 0,
                    })
                    .collect();
                self.deletion_locks(&roots, Role::Dependent);
                // dropconstraint_internal: whether there are triggers on the referenced table or not.
                if let Some(reference) = table.constraint(name).and_then(|constraint| constraint.references.as_ref()) {
                    self.touch_oid(pg_sys::Oid::from(reference.oid), Role::Referenced, LockMode::AccessExclusive);
                }
                self.drop_with_dependents(number, &roots, *cascade, false);
            }
            AlterCommand::ValidateConstraint { name } => return self.validate(number, name, table, tree, shared),
            AlterCommand::SetPersistence { logged } => {
                let wanted = if *logged { Persistence::Permanent } else { Persistence::Unlogged };
                if table.relation.kind == RelationKind::PartitionedTable
                    && since(versions::PERSISTENCE_OF_PARTITIONED_REFUSED)
                {
                    self.refuse_version(
                        number,
                        table,
                        "SET LOGGED and SET UNLOGGED do not exist for partitioned tables",
                    );
                }
                if table.relation.persistence == wanted {
                    return false;
                }
                if table.relation.kind == RelationKind::Table {
                    if since(versions::ROW_TYPE_STOPS_EVERY_REWRITE) {
                        self.refuse_for_row_type(number, table);
                    }
                    self.work(&table.relation, number, Work::Rewrite(Rewrite::Persistence));
                    self.index_locks(table);
                    if since(versions::PARENTS_ARE_LOCKED) {
                        self.owned_sequences(table);
                    }
                }
            }
            AlterCommand::SetAccessMethod { name } => {
                if table.relation.kind == RelationKind::PartitionedTable
                    && !since(versions::ACCESS_METHOD_OF_PARTITIONED)
                {
                    self.refuse_version(number, table, "before 17 partitioned tables have no access method");
                }
                // DEFAULT: what default_table_access_method says.
                // SAFETY: a GUC's string.
                let default = || unsafe { node::text(pg_sys::default_table_access_method) }.unwrap_or_default();
                let wanted = if name.is_empty() { default() } else { name.clone() };
                if access_method(table) == Some(wanted) {
                    return false;
                }
                if matches!(table.relation.kind, RelationKind::Table | RelationKind::MaterializedView) {
                    if since(versions::ROW_TYPE_STOPS_EVERY_REWRITE) {
                        self.refuse_for_row_type(number, table);
                    }
                    self.work(&table.relation, number, Work::Rewrite(Rewrite::AccessMethod));
                    self.index_locks(table);
                }
            }
            AlterCommand::SetTablespace { name } => {
                if !moves_to_tablespace(table.relation.oid, name) {
                    return false;
                }
                if matches!(table.relation.kind, RelationKind::Table | RelationKind::MaterializedView) {
                    self.work(&table.relation, number, Work::Copy);
                }
            }
            AlterCommand::AttachPartition { partition } => {
                // SAFETY: the definition of ATTACH is a PartitionCmd.
                unsafe { self.attach(number, partition, (*raw).def.cast(), table, others) };
            }
            AlterCommand::DetachPartition { partition, concurrently, finalize } => {
                self.detach(number, partition, *concurrently, *finalize, table, others);
            }
            AlterCommand::Other(words) if words == "INHERIT" || words == "NO INHERIT" => {
                // SAFETY: the definition of both is a RangeVar.
                let parent = unsafe { node::name_of_range((*raw).def.cast()) };
                if let Some(parent) = self.world.table(&parent) {
                    let lock = if words == "INHERIT" { LockMode::ShareUpdateExclusive } else { LockMode::AccessShare };
                    self.touch(&parent.relation, Role::Parent, lock);
                    self.impact.inherits.push((words == "INHERIT", parent.relation.clone()));
                    others.push(parent);
                }
            }
            // SAFETY: `raw` is the sub-command.
            AlterCommand::Other(words) => unsafe { self.other_command(number, words, raw, table, tree, shared) },
            AlterCommand::AddIdentity { .. }
            | AlterCommand::SetDefault { .. }
            | AlterCommand::DropDefault { .. }
            | AlterCommand::DropNotNull { .. }
            | AlterCommand::SetOptions(_) => {}
            AlterCommand::DisableTrigger { name, user: false } => {
                for member in tree {
                    self.unchecked_keys(&member.relation, name.as_deref());
                }
            }
            AlterCommand::DisableTrigger { .. } => {}
        }
        // A rewrite builds every index of the table anew.
        let rewritten: Vec<Table> = tree
            .iter()
            .filter(|member| self.impact.rewrites(member.relation.oid) && member.relation.oid != 0)
            .map(|member| (*member).clone())
            .collect();
        for member in &rewritten {
            self.index_locks(member);
        }
        true
    }

    /// Sub-commands that touch more than their table.
    ///
    /// # Safety
    /// `raw` points to the AlterTableCmd.
    unsafe fn other_command(
        &mut self,
        number: usize,
        words: &str,
        raw: *mut pg_sys::AlterTableCmd,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
    ) {
        // SAFETY: the caller's promise.
        let name = unsafe { node::text((*raw).name) }.unwrap_or_default();
        match words {
            // check_index_is_clusterable.
            "CLUSTER ON" => {
                if let Some(index) = table.index(&name) {
                    self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, shared.lock);
                }
            }
            "REPLICA IDENTITY" => {
                // SAFETY: the definition of REPLICA IDENTITY is a ReplicaIdentityStmt.
                let chosen = unsafe { node::text((*(*raw).def.cast::<pg_sys::ReplicaIdentityStmt>()).name) };
                if let Some(index) = chosen.and_then(|name| table.index(&name)) {
                    self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::Share);
                }
            }
            // ATExecChangeOwner: indexes and sequences belong to whom their table belongs.
            "OWNER TO" => {
                // SAFETY: a RoleSpec; `missing_ok`.
                let owner = unsafe { pg_sys::get_rolespec_oid((*raw).newowner, true) };
                let changes = catalog::Open::new(pg_sys::Oid::from(table.relation.oid))
                    .is_some_and(|open| open.form().relowner != owner);
                if changes && (table.relation.kind.is_table() || table.relation.kind == RelationKind::MaterializedView)
                {
                    self.index_locks(table);
                    self.owned_sequences(table);
                }
            }
            "ALTER CONSTRAINT" => {
                // Only foreign keys of partitioned tables are altered below their table.
                // SAFETY: as below.
                #[cfg(not(feature = "pg18"))]
                let name = unsafe { node::text((*(*raw).def.cast::<pg_sys::Constraint>()).conname) };
                // SAFETY: the definition of ALTER CONSTRAINT is a Constraint, from 18 on an ATAlterConstraint.
                #[cfg(feature = "pg18")]
                let name = unsafe { node::text((*(*raw).def.cast::<pg_sys::ATAlterConstraint>()).conname) };
                let key =
                    name.and_then(|name| table.constraint(&name)).is_some_and(|c| c.kind == ConstraintKind::ForeignKey);
                if key && table.relation.kind == RelationKind::PartitionedTable {
                    self.all_below(table, shared);
                }
                // SAFETY: as above.
                #[cfg(feature = "pg18")]
                unsafe {
                    self.alter_constraint(number, (*raw).def.cast(), table, shared);
                }
            }
            "SET EXPRESSION" => {
                for member in tree.iter().filter(|member| member.relation.kind == RelationKind::Table) {
                    let Some(column) = member.column(&name) else { continue };
                    let work = match column.generated {
                        Generated::Virtual if column.not_null => Work::Scan(Scan::NotNull { column: name.clone() }),
                        Generated::Virtual => continue,
                        _ => Work::Rewrite(Rewrite::Expression { column: name.clone() }),
                    };
                    if matches!(work, Work::Rewrite(_)) {
                        self.refuse_for_row_type(number, member);
                    }
                    self.work(&member.relation, number, work);
                }
            }
            "SET GENERATED" | "DROP IDENTITY" => {
                let lock =
                    if words == "DROP IDENTITY" { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive };
                if let Some(column) = table.column(&name).filter(|column| column.identity && table.relation.oid != 0) {
                    let address = Address::column(pg_sys::Oid::from(table.relation.oid), column.number);
                    for sequence in dependency::internal_relations(address) {
                        self.touch_oid(sequence, Role::Sequence, lock);
                    }
                }
            }
            _ => {}
        }
    }

    /// What this version of the server does not know for the table, and others do.
    fn refuse_version(&mut self, command: usize, table: &Table, why: &str) {
        let why = format!("{why}: {}", table.relation.display());
        self.refuse(command, RefusalKind::Version, why, "");
    }

    /// The foreign keys whose triggers on the relation are switched off: all of them, or those of one trigger.
    fn unchecked_keys(&mut self, relation: &Relation, trigger: Option<&str>) {
        if relation.oid == 0 {
            return;
        }
        let table = pg_sys::Oid::from(relation.oid);
        let mut found: Vec<Address> = Vec::new();
        server::scan(server::catalog::TRIGGER, server::catalog::TRIGGER_RELID_INDEX, &[table], |row| {
            let object = row.oid("tgconstraint");
            if object != pg_sys::InvalidOid
                && row.bool("tgisinternal", false)
                && trigger.is_none_or(|name| name == row.name("tgname"))
            {
                found.push(Address { class: server::catalog::CONSTRAINT, object, sub: 0 });
            }
        });
        for address in found {
            let mut key = false;
            catalog::by_oid(address.class, address.object, |row| {
                key = row.char("contype") == 'f' && row.oid("conparentid") == pg_sys::InvalidOid;
            });
            let description = address.describe();
            if key && !self.impact.unchecked.contains(&description) {
                self.impact.unchecked.push(description);
            }
        }
    }

    pub(super) fn index_locks(&mut self, table: &Table) {
        for index in table.indexes.iter().filter(|index| index.oid != 0) {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::AccessExclusive);
        }
    }

    /// SET LOGGED and SET UNLOGGED take the sequences of the table's columns along.
    pub(super) fn owned_sequences(&mut self, table: &Table) {
        if table.relation.oid == 0 {
            return;
        }
        // SAFETY: returns a list of OIDs.
        let sequences = unsafe { node::oids(pg_sys::getOwnedSequences(pg_sys::Oid::from(table.relation.oid))) };
        for sequence in sequences {
            self.touch_oid(sequence, Role::Sequence, LockMode::AccessExclusive);
        }
    }

    /// Phase 3 reads every row of the table unless a CHECK proves that there is no NULL.
    fn must_verify_not_null(&mut self, number: usize, table: &Table, column_name: &str, shared: &Shared) {
        let Some(column) = table.column(column_name) else {
            // A column that the same statement adds: nothing is proved of it.
            let new = shared.new_columns.iter().any(|column| column.name == column_name && !column.not_null);
            if new && table.relation.kind == RelationKind::Table {
                let scan = Scan::NotNull { column: column_name.to_owned() };
                self.work(&table.relation, number, Work::Scan(scan));
            }
            return;
        };
        let not_valid = not_null_constraint(table, column_name).is_some_and(|constraint| !constraint.validated);
        if column.not_null && !not_valid
            || table.relation.kind != RelationKind::Table
            // One that was added NOT VALID is validated like any constraint.
            || !not_valid && proof::proves_not_null(table, column, &shared.constraints_gone(table))
        {
            return;
        }
        let scan = Scan::NotNull { column: column.name.clone() };
        self.work(&table.relation, number, Work::Scan(scan));
    }

    /// `ATExecAddColumn`.
    ///
    /// # Safety
    /// `raw` points to the ColumnDef that `def` was lowered from.
    #[allow(clippy::too_many_arguments)]
    unsafe fn add_column(
        &mut self,
        number: usize,
        def: &ColumnDef,
        raw: *mut pg_sys::ColumnDef,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
        others: &mut Vec<Table>,
    ) {
        let column = Column { name: def.name.clone(), data_type: def.data_type.clone().into(), ..Column::default() };
        // SAFETY: the caller's promise.
        let value = unsafe { self.new_value(def, raw, &column) };
        if matches!(value, NewValue::Computed(_))
            || matches!(value, NewValue::Stored) && def.generated != Generated::Virtual
        {
            for member in tree.iter().filter(|member| member.relation.kind == RelationKind::Table) {
                self.refuse_for_row_type(number, member);
            }
        }
        for member in tree.iter().filter(|member| member.relation.kind == RelationKind::Table) {
            if let NewValue::Computed(why) = &value {
                let what = Rewrite::Default { column: def.name.clone(), why: why.clone() };
                self.work(&member.relation, number, Work::Rewrite(what));
            } else if def.not_null && (matches!(value, NewValue::Null) || def.generated == Generated::Virtual) {
                let scan = Scan::NotNull { column: def.name.clone() };
                self.work(&member.relation, number, Work::Scan(scan));
            }
        }
        if matches!(value, NewValue::Unknown) {
            self.unknown(format!(
                "whether adding {}.{} rewrites the table: its type or default cannot be analysed",
                table.relation.display(),
                def.name
            ));
        }
        // transformAlterTableStmt: a foreign key is not checked where the column is NULL in every row.
        // SAFETY: the constraints of a raw ColumnDef.
        let written = unsafe { node::list::<pg_sys::Constraint>((*raw).constraints) };
        let filled = def.serial.is_some()
            || written.into_iter().any(|item| {
                // SAFETY: a Constraint.
                let kind = unsafe { (*item).contype };
                matches!(kind, pg_sys::ConstrType::CONSTR_DEFAULT | pg_sys::ConstrType::CONSTR_GENERATED)
            });
        // A child that has the column already merges it, and what is below such a child is not looked at for it; for the constraints
        // it is. From 18 on NOT NULL is one of them.
        if def.not_null && shared.recurse && since(versions::NOT_NULL_IS_A_CONSTRAINT) {
            let mut reached = Vec::new();
            self.not_null_levels(table, std::slice::from_ref(&def.name), shared, &mut reached);
            for member in reached.iter().filter(|member| member.column(&def.name).is_some()) {
                self.must_verify_not_null(number, member, &def.name, shared);
            }
        }
        for constraint in &def.constraints {
            let mut children = Vec::new();
            if constraint.kind == ConstraintKind::Check && shared.recurse && !constraint.no_inherit {
                self.check_levels(table, constraint, shared, &mut children);
            } else {
                children.extend(tree[1..].iter().map(|child| (*child).clone()));
            }
            let tree: Vec<&Table> = std::iter::once(table).chain(&children).collect();
            self.add_constraint(number, constraint, table, &tree, shared, filled, others);
        }
    }

    /// Where the values of a new column come from.
    ///
    /// # Safety
    /// `raw` points to the ColumnDef that `def` was lowered from.
    unsafe fn new_value(&self, def: &ColumnDef, raw: *mut pg_sys::ColumnDef, column: &Column) -> NewValue {
        if let Some(serial) = &def.serial {
            return NewValue::Computed(format!("{serial} draws every value from a sequence"));
        }
        if def.identity {
            return NewValue::Computed("an identity column draws every value from a sequence".to_owned());
        }
        match def.generated {
            Generated::Stored => {
                return NewValue::Computed("a stored generated column is computed for every row".to_owned());
            }
            Generated::Virtual => return NewValue::Stored,
            Generated::No => {}
        }
        let type_oid = pg_sys::Oid::from(def.data_type.oid);
        // SAFETY: the constraints of a raw ColumnDef; a DEFAULT's raw_expr is its expression.
        let written = unsafe {
            node::list::<pg_sys::Node>((*raw).constraints)
                .into_iter()
                .filter_map(|item| node::cast::<pg_sys::Constraint>(item, pg_sys::NodeTag::T_Constraint))
                .find(|item| (**item).contype == pg_sys::ConstrType::CONSTR_DEFAULT)
                .map(|item| (*item).raw_expr)
        };
        if type_oid == pg_sys::InvalidOid {
            // SAFETY: a raw expression.
            return unsafe { self.new_value_of_text(&def.data_type, written) };
        }
        // SAFETY: takes any type.
        let constrained = def.data_type.is_domain
            && (unsafe { pg_sys::DomainHasConstraints(type_oid) } || self.constrains_domain(type_oid));
        if constrained {
            return NewValue::Computed(format!(
                "every value is checked against the constraints of the domain {}",
                def.data_type.name
            ));
        }
        let default = match written {
            // SAFETY: a raw expression.
            Some(expression) => match unsafe { expression::default(expression, column) } {
                Some(default) => default,
                // SAFETY: as above.
                None => return unsafe { self.new_value_of_text(&def.data_type, written) },
            },
            None if !super::adds_domain_defaults() => return NewValue::Null,
            None => match expression::type_default(type_oid) {
                Some(default) => default,
                None => return NewValue::Null,
            },
        };
        if default.volatile {
            NewValue::Computed("the default is volatile: it must be computed for every row".to_owned())
        } else if default.null {
            NewValue::Null
        } else {
            NewValue::Stored
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn add_constraint(
        &mut self,
        number: usize,
        def: &ConstraintDef,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
        filled: bool,
        others: &mut Vec<Table>,
    ) {
        if table.relation.kind == RelationKind::PartitionedTable {
            if def.kind == ConstraintKind::ForeignKey && def.not_valid && !since(versions::NOT_VALID_KEY_OF_PARTITIONED)
            {
                self.refuse_version(
                    number,
                    table,
                    "before 18 a foreign key from a partitioned table cannot be NOT VALID",
                );
            }
            if def.kind == ConstraintKind::Exclusion && !since(versions::EXCLUSION_ON_PARTITIONED) {
                self.refuse_version(number, table, "before 17 partitioned tables have no exclusion constraints");
            }
        }
        match def.kind {
            ConstraintKind::Check => {
                if def.not_valid || def.not_enforced {
                    return;
                }
                let members = if def.no_inherit { &tree[..1] } else { tree };
                for member in members.iter().filter(|member| member.relation.kind == RelationKind::Table) {
                    let scan = Scan::Check { constraint: def.name.clone() };
                    self.work(&member.relation, number, Work::Scan(scan));
                }
            }
            ConstraintKind::NotNull => {
                if !def.not_valid {
                    for column in &def.columns {
                        for member in tree {
                            self.must_verify_not_null(number, member, column, shared);
                        }
                    }
                }
            }
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion => {
                self.add_index_constraint(number, def, table, tree, shared);
            }
            ConstraintKind::ForeignKey => {
                let validates = !def.not_valid && !def.not_enforced && filled;
                self.add_foreign_key(number, def, table, shared.lock, validates, others);
            }
            ConstraintKind::Trigger => {}
        }
    }

    fn add_index_constraint(
        &mut self,
        number: usize,
        def: &ConstraintDef,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
    ) {
        let words = match def.kind {
            ConstraintKind::PrimaryKey => "PRIMARY KEY",
            ConstraintKind::Unique => "UNIQUE",
            _ => "EXCLUDE",
        };
        if let Some(name) = &def.using_index {
            self.using_index(number, def, name, words, table, tree, shared);
            return;
        }
        if def.kind == ConstraintKind::PrimaryKey {
            if self.refuse_primary_key(number, table, &def.columns, &[]) {
                return;
            }
            for column in &def.columns {
                for member in tree {
                    self.must_verify_not_null(number, member, column, shared);
                }
            }
        }
        if table.relation.kind == RelationKind::Table {
            let build = Work::BuildIndex { index: def.name.clone(), constraint: Some(words), concurrently: false };
            self.work(&table.relation, number, build);
            return;
        }
        // None is equal to an index whose columns are not there yet, or to one of an exclusion constraint.
        let wanted = key_index(def, table).unwrap_or(Index { exclusion: true, ..Index::default() });
        if shared.recurse {
            self.index_on_partitions(number, table, table, &wanted, Some(words), LockMode::Share);
        }
    }

    /// From 18 on the NOT NULL of a primary key's column must be valid, and inherited (`verifyNotNullPKCompatible`).
    fn refuse_primary_key(&mut self, number: usize, table: &Table, columns: &[String], gone: &[String]) -> bool {
        if !since(versions::NOT_NULL_IS_A_CONSTRAINT) {
            return false;
        }
        let mut refused = false;
        for column in columns {
            let Some(own) = not_null_constraint(table, column).filter(|own| !gone.contains(&own.name)) else {
                continue;
            };
            let (is, mend) = match (own.validated, own.no_inherit) {
                (_, true) => ("NO INHERIT", format!("ALTER CONSTRAINT {} INHERIT", sql::ident(&own.name))),
                (false, _) => ("NOT VALID", format!("VALIDATE CONSTRAINT {}", sql::ident(&own.name))),
                _ => continue,
            };
            let why = format!(
                "the NOT NULL constraint {} of {column} is {is}, and a primary key wants one that is valid and inherited",
                own.name
            );
            let mend = format!("ALTER TABLE {} {mend};", table.relation.sql());
            self.refuse(number, RefusalKind::PrimaryKey, why, mend);
            refused = true;
        }
        refused
    }

    /// `transformIndexConstraint` refuses an index that could not enforce the constraint.
    #[allow(clippy::too_many_arguments)]
    fn using_index(
        &mut self,
        number: usize,
        def: &ConstraintDef,
        name: &str,
        words: &str,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
    ) {
        let relation = &table.relation;
        let shown = relation.sibling(name);
        if relation.kind == RelationKind::PartitionedTable {
            self.refuse(
                number,
                RefusalKind::UsingIndex,
                format!(
                    "ADD {words} USING INDEX does not exist for partitioned tables, and {} is one",
                    relation.display()
                ),
                "",
            );
            return;
        }
        let Some(index) = table.index(name) else {
            self.refuse(number, RefusalKind::UsingIndex, format!("{} has no index {shown}", relation.display()), "");
            return;
        };
        let plain_key = |key: &IndexKey| {
            let column = key.column.and_then(|n| table.column_by_number(n));
            column.is_some_and(|column| {
                let default = default_opclass(column);
                key.opclass == default && key.collation == column.collation && !key.descending && !key.nulls_first
            })
        };
        let why = if !index.valid {
            Some("it is invalid: a concurrent build of it failed, or is not finished")
        } else if !index.unique {
            Some("it is not unique")
        } else if index.predicate.is_some() {
            Some("it is partial: it has a WHERE clause")
        } else if index.keys.iter().any(|key| key.expression.is_some()) {
            Some("it is on an expression")
        } else if index.method != "btree" {
            Some("it is no btree")
        } else if index.constraint.is_some() {
            Some("it serves a constraint already")
        } else if index.nulls_not_distinct
            && def.kind == ConstraintKind::PrimaryKey
            && since(versions::PRIMARY_KEY_WANTS_DISTINCT_NULLS)
        {
            Some("it is NULLS NOT DISTINCT, which that of a primary key cannot be")
        } else if !index.keys.iter().all(plain_key) {
            Some("its order is not the default one (DESC, NULLS FIRST, an operator class or a collation of its own)")
        } else {
            None
        };
        if let Some(why) = why {
            self.refuse(number, RefusalKind::UsingIndex, format!("index {shown} cannot serve: {why}"), "");
            return;
        }
        // An index that takes the constraint's name is renamed.
        if index.oid != 0 && def.name.as_deref().is_some_and(|wanted| wanted != index.name) {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::ShareUpdateExclusive);
        }
        if def.kind == ConstraintKind::PrimaryKey {
            let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
            let names: Vec<String> = table.column_names(&numbers).into_iter().map(str::to_owned).collect();
            // AdjustNotNullInheritance looks at what is left, ATPrepAddPrimaryKey at what was there before the statement.
            if self.refuse_primary_key(number, table, &names, &shared.constraints_gone(table)) {
                return;
            }
            for column in names {
                for member in tree {
                    self.must_verify_not_null(number, member, &column, shared);
                }
            }
        }
    }

    /// `ATExecValidateConstraint`; false where the constraint is valid already.
    fn validate(&mut self, number: usize, name: &str, table: &Table, tree: &[&Table], shared: &Shared) -> bool {
        let scan = || Work::Scan(Scan::Validate { constraint: name.to_owned() });
        // Constraints are added before any is validated (AT_PASS_ADD_CONSTR, AT_PASS_MISC).
        if let Some(def) = shared.added(name).filter(|def| def.not_valid && !def.not_enforced) {
            self.validate_added(number, name, def, table, tree, shared);
            return true;
        }
        let Some(constraint) = table.constraint(name) else { return true };
        if constraint.validated {
            return false;
        }
        match constraint.kind {
            ConstraintKind::ForeignKey => {
                if let Some(reference) = &constraint.references {
                    self.touch_oid(pg_sys::Oid::from(reference.oid), Role::Referenced, LockMode::RowShare);
                }
                if table.relation.kind == RelationKind::Table {
                    self.work(&table.relation, number, scan());
                }
                // A partitioned table's key may be NOT VALID from 18 on: QueueFKConstraintValidation.
                for child in self.children(table) {
                    self.validate_part(number, constraint, &child, shared.lock);
                }
            }
            _ => {
                let column = table.column_names(&constraint.columns).first().map(|name| (*name).to_owned());
                for member in tree {
                    let own = match constraint.kind {
                        ConstraintKind::NotNull => {
                            column.as_deref().and_then(|column| not_null_constraint(member, column))
                        }
                        _ => member.constraint(name),
                    };
                    let pending = own.is_some_and(|own| !own.validated);
                    if pending && member.relation.kind == RelationKind::Table {
                        self.work(&member.relation, number, scan());
                    }
                }
            }
        }
        true
    }

    /// A constraint that the same statement adds NOT VALID.
    fn validate_added(
        &mut self,
        number: usize,
        name: &str,
        def: &ConstraintDef,
        table: &Table,
        tree: &[&Table],
        shared: &Shared,
    ) {
        let scan = Scan::Validate { constraint: name.to_owned() };
        if def.kind == ConstraintKind::ForeignKey {
            self.foreign_key_rows(number, def, table, shared.lock, Some(&scan));
            return;
        }
        for member in tree.iter().filter(|member| member.relation.kind == RelationKind::Table) {
            let valid = match def.kind {
                ConstraintKind::NotNull => def.columns.iter().all(|name| {
                    let not_valid = not_null_constraint(member, name).is_some_and(|constraint| !constraint.validated);
                    member.column(name).is_some_and(|column| column.not_null) && !not_valid
                }),
                // A child that has it already merged it.
                _ => {
                    member.relation.oid != table.relation.oid
                        && member.constraint(name).is_some_and(|own| own.validated)
                }
            };
            if !valid {
                self.work(&member.relation, number, Work::Scan(scan.clone()));
            }
        }
    }

    /// The part of a foreign key that a partition has from its parent.
    pub(super) fn validate_part(&mut self, number: usize, key: &Constraint, partition: &Table, lock: LockMode) {
        let referenced = key.references.as_ref().map(|reference| reference.oid);
        let part = partition
            .foreign_keys()
            .find(|own| own.inherited && !own.validated && own.references.as_ref().map(|r| r.oid) == referenced);
        let Some(part) = part.cloned() else { return };
        self.touch(&partition.relation, Role::Child, lock);
        if partition.relation.kind == RelationKind::Table {
            let scan = Scan::Validate { constraint: part.name.clone() };
            self.work(&partition.relation, number, Work::Scan(scan));
        }
        for child in self.children(partition) {
            self.validate_part(number, &part, &child, lock);
        }
    }

    /// ALTER CONSTRAINT from 18 on: `ATExecAlterConstrEnforceability`, `ATExecAlterConstrInheritability`.
    ///
    /// # Safety
    /// `raw` points to the sub-command's ATAlterConstraint.
    #[cfg(feature = "pg18")]
    unsafe fn alter_constraint(
        &mut self,
        number: usize,
        raw: *mut pg_sys::ATAlterConstraint,
        table: &Table,
        shared: &Shared,
    ) {
        // SAFETY: the caller's promise.
        let (name, enforces, enforced, inherits, no_inherit) = unsafe {
            (
                node::text((*raw).conname).unwrap_or_default(),
                (*raw).alterEnforceability,
                (*raw).is_enforced,
                (*raw).alterInheritability,
                (*raw).noinherit,
            )
        };
        let Some(constraint) = table.constraint(&name) else { return };
        if let Some(reference) = constraint.references.as_ref().filter(|_| enforces && constraint.enforced != enforced)
        {
            let Some(referenced) = self.world.table_by_oid(pg_sys::Oid::from(reference.oid)) else { return };
            // The triggers on both ends are made or dropped.
            let lock = if enforced { LockMode::ShareRowExclusive } else { LockMode::AccessExclusive };
            let mut ends = vec![referenced.clone()];
            ends.extend(self.descendants(&referenced));
            for end in &ends {
                self.touch(&end.relation, Role::Referenced, lock);
            }
            let mut sources = vec![table.clone()];
            if table.relation.kind == RelationKind::PartitionedTable {
                sources.extend(self.descendants(table));
            }
            for source in &sources {
                if enforced && source.relation.kind == RelationKind::Table {
                    let scan = Scan::ForeignKey { constraint: Some(name.clone()) };
                    self.work(&source.relation, number, Work::Scan(scan));
                }
            }
        }
        if inherits && constraint.no_inherit != no_inherit {
            if no_inherit {
                for child in self.children(table) {
                    self.touch(&child.relation, Role::Child, shared.lock);
                }
            } else if let Some(column) = table.column_names(&constraint.columns).first() {
                let mut reached = Vec::new();
                self.not_null_levels(table, &[(*column).to_owned()], shared, &mut reached);
                for child in &reached {
                    self.must_verify_not_null(number, child, column, shared);
                }
            }
        }
    }

    /// ALTER INDEX, or ALTER TABLE on an index.
    fn alter_index(&mut self, alter: &AlterTable, index: &Index, lock: LockMode) {
        let oid = pg_sys::Oid::from(index.oid);
        self.touch_oid(oid, Role::Target, lock);
        for (number, command) in alter.commands.iter().enumerate() {
            match command {
                AlterCommand::SetTablespace { name } if moves_to_tablespace(index.oid, name) => {
                    if let Some(relation) =
                        catalog::relation(oid).filter(|relation| relation.kind == RelationKind::Index)
                    {
                        self.work(&relation, number, Work::Copy);
                    }
                }
                AlterCommand::AttachPartition { partition } => {
                    if let Some((child, _)) = self.world.index(partition) {
                        self.touch_oid(pg_sys::Oid::from(child.oid), Role::Index, LockMode::AccessExclusive);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Where the values of a new column come from.
pub(super) enum NewValue {
    /// There is none: the column is NULL everywhere, and nothing is written.
    Null,
    /// One value for all rows, stored in the catalog.
    Stored,
    /// Computed for every row; why.
    Computed(String),
    /// It could not be established.
    Unknown,
}

/// The operator class that a btree on the column would use.
fn default_opclass(column: &Column) -> u32 {
    types::default_opclass(pg_sys::Oid::from(column.data_type.oid), pg_sys::BTREE_AM_OID).to_u32()
}

/// The index that a UNIQUE or PRIMARY KEY constraint would build; none for EXCLUDE, whose operators the facts leave out.
fn key_index(def: &ConstraintDef, table: &Table) -> Option<Index> {
    if def.kind == ConstraintKind::Exclusion {
        return None;
    }
    let keys = def
        .columns
        .iter()
        .map(|name| {
            let column = table.column(name)?;
            let opclass = default_opclass(column);
            Some(IndexKey {
                column: Some(column.number),
                opclass,
                opfamily: if opclass == 0 {
                    0
                } else {
                    // SAFETY: takes the OID of an operator class.
                    unsafe { pg_sys::get_opclass_family(pg_sys::Oid::from(opclass)) }.to_u32()
                },
                collation: column.collation,
                ..IndexKey::default()
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Index {
        method: "btree".to_owned(),
        unique: true,
        valid: true,
        keys,
        included: def.included.iter().filter_map(|name| table.column(name).map(|c| c.number)).collect(),
        nulls_not_distinct: def.nulls_not_distinct,
        ..Index::default()
    })
}

/// Whether the sub-command is carried out on the children too.
fn recurses(command: &AlterCommand, table: &Table) -> bool {
    let partitioned = table.relation.kind == RelationKind::PartitionedTable;
    match command {
        AlterCommand::AlterType { .. } | AlterCommand::SetDefault { .. } | AlterCommand::DropDefault { .. } => true,
        AlterCommand::DropNotNull { .. } => !since(versions::NOT_NULL_IS_A_CONSTRAINT),
        AlterCommand::SetNotNull { column } => {
            // ATPrepSetNotNull: a partitioned parent that has it already has it everywhere.
            !(partitioned && table.column(column).is_some_and(|column| column.not_null))
        }
        AlterCommand::AddConstraint(def) => match def.kind {
            // ADD PRIMARY KEY sets NOT NULL on plain children too.
            ConstraintKind::PrimaryKey => {
                let not_null = |name: &String| table.column(name).is_some_and(|column| column.not_null);
                !(partitioned && def.columns.iter().all(not_null))
            }
            // CHECK and NOT NULL go level by level; the trees of indexes and foreign keys are walked by their own code.
            ConstraintKind::Check
            | ConstraintKind::NotNull
            | ConstraintKind::Unique
            | ConstraintKind::Exclusion
            | ConstraintKind::ForeignKey
            | ConstraintKind::Trigger => false,
        },
        AlterCommand::ValidateConstraint { name } => table.constraint(name).is_some_and(|c| {
            !c.validated && matches!(c.kind, ConstraintKind::Check | ConstraintKind::NotNull) && !c.no_inherit
        }),
        AlterCommand::AddIdentity { .. } => partitioned && since(versions::IDENTITY_OF_PARTITIONS),
        AlterCommand::Other(words) => {
            matches!(words.as_str(), "SET STATISTICS" | "SET STORAGE" | "DROP EXPRESSION" | "SET EXPRESSION")
        }
        _ => false,
    }
}

/// DROP IDENTITY, and SET GENERATED: `ATExecSetIdentity` goes on to partitions for that option only.
///
/// # Safety
/// `raw` points to an AlterTableCmd.
unsafe fn changes_identity(raw: *mut pg_sys::AlterTableCmd) -> bool {
    // SAFETY: the definition of SET GENERATED and its kin is a list of DefElems.
    unsafe {
        match (*raw).subtype {
            pg_sys::AlterTableType::AT_DropIdentity => true,
            pg_sys::AlterTableType::AT_SetIdentity => node::list::<pg_sys::DefElem>((*raw).def.cast())
                .into_iter()
                .any(|option| node::text((*option).defname).as_deref() == Some("generated")),
            _ => false,
        }
    }
}

/// The triggers that ENABLE and DISABLE TRIGGER mean: one, or all, or all but those of constraints.
struct TriggerChoice<'a> {
    name: Option<&'a str>,
    users_only: bool,
}

/// Whether one of them fires for each row.
fn has_row_trigger(table: &Table, choice: &TriggerChoice<'_>) -> bool {
    let mut found = false;
    let oid = pg_sys::Oid::from(table.relation.oid);
    server::scan(server::catalog::TRIGGER, server::catalog::TRIGGER_RELID_INDEX, &[oid], |row| {
        found |= row.integer("tgtype") & pg_sys::TRIGGER_TYPE_ROW as i32 != 0
            && choice.name.is_none_or(|name| name == row.name("tgname"))
            && !(choice.users_only && row.bool("tgisinternal", false));
    });
    found
}

/// Whether nothing holds the column in the child any more when so many of its parents have dropped it.
#[allow(clippy::useless_conversion)] // The count is a smallint from 17 on.
fn inherited_column(child: &Table, name: &str, dropped: i32) -> bool {
    let Some(column) = child.column(name) else { return false };
    let Some(open) = catalog::Open::new(pg_sys::Oid::from(child.relation.oid)) else { return false };
    // SAFETY: the column is within the descriptor of a valid entry.
    unsafe {
        let attribute = &*server::attribute((*open.0).rd_att, column.number as usize - 1);
        i32::from(attribute.attinhcount) == dropped && !attribute.attislocal
    }
}

/// Whether nothing holds the constraint in the child any more when so many of its parents have dropped it.
fn inherited_constraint(constraint: &Constraint, dropped: i32) -> bool {
    let mut only = false;
    catalog::by_oid(server::catalog::CONSTRAINT, pg_sys::Oid::from(constraint.oid), |row| {
        only = row.integer("coninhcount") == dropped && !row.bool("conislocal", true);
    });
    only
}

/// NOT NULL as a constraint of its own: from 18 on every such column has one.
fn not_null_constraint<'t>(table: &'t Table, column: &str) -> Option<&'t Constraint> {
    let number = table.column(column)?.number;
    table
        .constraints
        .iter()
        .find(|constraint| constraint.kind == ConstraintKind::NotNull && constraint.columns == [number])
}

fn access_method(table: &Table) -> Option<String> {
    let open = catalog::Open::new(pg_sys::Oid::from(table.relation.oid))?;
    // SAFETY: takes any OID.
    unsafe { node::text(pg_sys::get_am_name(open.form().relam)) }
}

/// Whether SET TABLESPACE changes anything: `CheckRelationTableSpaceMove`.
fn moves_to_tablespace(oid: u32, name: &str) -> bool {
    let Ok(name) = std::ffi::CString::new(name) else { return false };
    // SAFETY: `missing_ok`; MyDatabaseTableSpace is set in a backend.
    unsafe {
        let wanted = pg_sys::get_tablespace_oid(name.as_ptr(), true);
        let Some(open) = catalog::Open::new(pg_sys::Oid::from(oid)) else { return true };
        let now = open.form().reltablespace;
        let effective = |oid: pg_sys::Oid| if oid == pg_sys::InvalidOid { pg_sys::MyDatabaseTableSpace } else { oid };
        wanted == pg_sys::InvalidOid || effective(now) != effective(wanted)
    }
}
