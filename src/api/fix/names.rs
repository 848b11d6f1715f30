//! The names that a script makes, gives away and takes: what one remedy leaves of what another one builds on.

use engine::facts::{AlterCommand, ConstraintDef, ConstraintKind, Ddl, DropKind, Name, Renamed, Statement};
use engine::sql;
use std::collections::HashMap;

/// What the statements before left of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// They made it, or gave it its name or its type.
    Made,
    /// They dropped it, or took its name.
    Gone,
}

/// What a script has done to names so far. An object is known by its kind and its name as SQL.
#[derive(Clone, Default)]
pub struct Names(HashMap<String, Left>);

/// What a statement does to names.
#[derive(Default)]
struct Effects {
    uses: Vec<String>,
    takes: Vec<String>,
    makes: Vec<String>,
    /// What of it is there already, by what is known of the statement's table.
    there: Option<String>,
}

/// A statement as it is written, with its facts.
pub type Written<'a> = (&'a str, &'a Statement);

/// How late a remedy comes: what is built before what is dropped, and new names last, since the other statements say the old
/// ones. Of these the parts of a table before the table, and that before what holds it.
pub fn lateness(statements: &[Written]) -> u8 {
    let rename = |(_, statement): &Written| match &statement.ddl {
        Ddl::Rename(rename) => match rename.what {
            Renamed::Relation(kind) if kind.is_index() => 2,
            Renamed::Relation(_) => 3,
            Renamed::Other("SCHEMA") => 4,
            _ => 2,
        },
        Ddl::SetSchema(_) => 3,
        Ddl::Drop(_) => 1,
        _ => 0,
    };
    let takes_more = || {
        let mut names = Names::default();
        for written in statements {
            names.note(&effects(*written));
        }
        names.0.values().any(|left| *left == Left::Gone)
    };
    let latest = statements.iter().map(rename).max().unwrap_or_default();
    if latest == 0 && takes_more() { 1 } else { latest }
}

impl Names {
    /// Adds the statements of a remedy. Where they cannot run after what is there already, or would undo it, nothing is added and
    /// the reason is told. `exists` says whether a relation of that name is there now.
    pub fn add(&mut self, statements: &[Written], exists: impl Fn(&Name) -> bool) -> Result<(), String> {
        // What the remedy makes and takes by itself is its own affair.
        let mut own = Names::default();
        for (text, statement) in statements {
            let effects = effects((text, statement));
            let used = effects.uses.iter().chain(&effects.takes);
            if let Some(gone) = used.filter(|key| !own.0.contains_key(*key)).find(|key| self.is(key, Left::Gone)) {
                return Err(format!("{gone} is dropped or has another name by then"));
            }
            if let Some(made) = effects.makes.iter().find(|key| self.is(key, Left::Made)) {
                return Err(format!("{made} is there by then"));
            }
            let free = |key: &String| self.is(key, Left::Gone) || own.is(key, Left::Gone);
            if let Some(there) = effects.there.as_ref().filter(|there| !free(there)) {
                return Err(format!("{there} is there already"));
            }
            if let Some(name) = new_relation(statement).filter(|name| !free(&relation(name)) && exists(name)) {
                return Err(format!("{} is there already", relation(&name)));
            }
            own.note(&effects);
        }
        self.0.extend(own.0);
        Ok(())
    }

    fn is(&self, key: &str, left: Left) -> bool {
        self.0.get(key) == Some(&left)
    }

    fn note(&mut self, effects: &Effects) {
        self.0.extend(effects.takes.iter().map(|key| (key.clone(), Left::Gone)));
        self.0.extend(effects.makes.iter().map(|key| (key.clone(), Left::Made)));
    }
}

fn relation(name: &Name) -> String {
    format!("relation {}", name.sql())
}

fn part(kind: &str, table: &Name, name: &str) -> String {
    format!("{kind} {} of {}", sql::ident(name), table.sql())
}

/// The name that RENAME gives a relation.
fn new_relation(statement: &Statement) -> Option<Name> {
    match &statement.ddl {
        Ddl::Rename(rename) if matches!(rename.what, Renamed::Relation(_)) => {
            Some(Name { schema: rename.target.schema.clone(), name: rename.new_name.clone() })
        }
        Ddl::SetSchema(set) => Some(Name { schema: Some(set.schema.clone()), name: set.target.name.clone() }),
        _ => None,
    }
}

/// Whether the constraint has an index of its name, as far as the table is known.
fn has_index(statement: &Statement, constraint: &str) -> bool {
    let found = statement.target.as_ref().and_then(|table| table.constraint(constraint));
    found.is_some_and(|constraint| is_indexed(constraint.kind))
}

fn is_indexed(kind: ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion)
}

/// The table of an index that the statement names.
fn table_of(statement: &Statement) -> Option<Name> {
    let relation = &statement.target.as_ref()?.relation;
    Some(Name { schema: Some(relation.schema.clone()), name: relation.name.clone() })
}

/// What ALTER and DROP of an object that is no relation name: `POLICY p ON shop.orders`.
fn object(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(' ')?;
    let end = rest.rfind(" RENAME TO ").unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches(';').to_owned())
}

fn effects((text, statement): Written) -> Effects {
    let mut effects = Effects::default();
    match &statement.ddl {
        Ddl::CreateIndex(create) => {
            effects.uses.push(relation(&create.table));
            if let Some(name) = create.name.as_ref().filter(|_| !create.if_not_exists) {
                effects.makes.push(relation(&beside(&create.table, name)));
            }
        }
        Ddl::CreateTable(create) if !create.if_not_exists => effects.makes.push(relation(&create.name)),
        Ddl::CreateTrigger { name, table } => {
            effects.uses.push(relation(table));
            effects.makes.push(part("TRIGGER", table, name));
        }
        Ddl::Policy { name, table } => {
            effects.uses.push(relation(table));
            if statement.tag.starts_with("CREATE") {
                effects.makes.push(part("POLICY", table, name));
            }
        }
        Ddl::AlterTable(alter) => {
            effects.uses.push(relation(&alter.target));
            for command in &alter.commands {
                of_command(command, &alter.target, statement, &mut effects);
            }
        }
        Ddl::Rename(rename) => {
            let (target, new) = (&rename.target, &rename.new_name);
            match &rename.what {
                Renamed::Relation(kind) => {
                    effects.takes.push(relation(target));
                    effects.makes.push(relation(&beside(target, new)));
                    if let Some(table) = table_of(statement).filter(|_| kind.is_index()) {
                        effects.uses.push(relation(&table));
                        effects.takes.push(part("constraint", &table, &target.name));
                        effects.makes.push(part("constraint", &table, new));
                    }
                }
                Renamed::Column(column) => {
                    effects.uses.push(relation(target));
                    effects.takes.push(part("column", target, column));
                    effects.makes.push(part("column", target, new));
                    let there = statement.target.as_ref().is_some_and(|table| table.column(new).is_some());
                    effects.there = there.then(|| part("column", target, new));
                }
                Renamed::Constraint(constraint) => {
                    effects.uses.push(relation(target));
                    effects.takes.push(part("constraint", target, constraint));
                    effects.makes.push(part("constraint", target, new));
                    if has_index(statement, constraint) {
                        effects.takes.push(relation(&beside(target, constraint)));
                        effects.makes.push(relation(&beside(target, new)));
                    }
                    let there = statement.target.as_ref().is_some_and(|table| table.constraint(new).is_some());
                    effects.there = there.then(|| part("constraint", target, new));
                }
                Renamed::Other(kind) => {
                    effects.takes.extend(object(text));
                    effects.makes.push(if matches!(*kind, "POLICY" | "TRIGGER" | "RULE") {
                        effects.uses.push(relation(target));
                        part(kind, target, new)
                    } else {
                        format!("{kind} {}", beside(target, new).sql())
                    });
                }
                Renamed::Attribute(_) => {}
            }
        }
        Ddl::SetSchema(set) => {
            effects.takes.push(relation(&set.target));
            effects.makes.push(relation(&Name { schema: Some(set.schema.clone()), name: set.target.name.clone() }));
        }
        Ddl::Drop(drop) => {
            let DropKind::Relation(kind) = drop.kind else {
                effects.takes.extend(object(text));
                return effects;
            };
            for name in &drop.names {
                effects.takes.push(relation(name));
                if let Some(table) = table_of(statement).filter(|_| kind.is_index()) {
                    effects.takes.push(part("constraint", &table, &name.name));
                }
            }
        }
        Ddl::Reindex { target, .. } => effects.uses.push(relation(target)),
        Ddl::AlterSequence { name, .. } => effects.uses.push(relation(name)),
        Ddl::RefreshMaterializedView { view, .. } => effects.uses.push(relation(view)),
        Ddl::Vacuum { tables, .. } | Ddl::Truncate { tables, .. } => effects.uses.extend(tables.iter().map(relation)),
        _ => {}
    }
    effects
}

fn beside(name: &Name, other: &str) -> Name {
    Name { schema: name.schema.clone(), name: other.to_owned() }
}

fn of_command(command: &AlterCommand, table: &Name, statement: &Statement, effects: &mut Effects) {
    match command {
        AlterCommand::AddColumn { column, if_not_exists: false } => {
            effects.makes.push(part("column", table, &column.name));
        }
        AlterCommand::DropColumn { column, if_exists: false, .. } => {
            effects.takes.push(part("column", table, column));
        }
        // A type given twice would undo the first, and the rows are computed twice.
        AlterCommand::AlterType { column, .. } => {
            effects.uses.push(part("column", table, column));
            effects.makes.push(part("the new type of column", table, column));
        }
        AlterCommand::AddConstraint(constraint) => of_constraint(constraint, table, effects),
        AlterCommand::DropConstraint { name, if_exists: false, .. } => {
            effects.takes.push(part("constraint", table, name));
            if has_index(statement, name) {
                effects.takes.push(relation(&beside(table, name)));
            }
        }
        AlterCommand::ValidateConstraint { name } => effects.uses.push(part("constraint", table, name)),
        AlterCommand::AttachPartition { partition } | AlterCommand::DetachPartition { partition, .. } => {
            effects.uses.push(relation(partition));
        }
        _ => effects.uses.extend(command.column().map(|column| part("column", table, column))),
    }
}

fn of_constraint(constraint: &ConstraintDef, table: &Name, effects: &mut Effects) {
    effects.uses.extend(constraint.columns.iter().chain(&constraint.mentions).map(|c| part("column", table, c)));
    effects.uses.extend(constraint.references.as_ref().map(relation));
    effects.takes.extend(constraint.using_index.as_ref().map(|index| relation(&beside(table, index))));
    let Some(name) = &constraint.name else { return };
    effects.makes.push(part("constraint", table, name));
    if is_indexed(constraint.kind) {
        effects.makes.push(relation(&beside(table, name)));
    }
}
