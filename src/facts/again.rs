//! Statements that fail when they are run a second time.

use engine::facts::{AlterCommand, Ddl, FailsAgain, Name, Statement};
use pgrx::pg_sys::{self, NodeTag};

use super::node;

/// Whether the server refuses the statement inside a transaction block: the text that holds it commits statement by statement.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was lowered from.
pub unsafe fn commits_by_itself(raw: *mut pg_sys::Node, statement: &Statement) -> bool {
    // SAFETY: the caller's promise.
    let tag = unsafe { node::tag(raw) };
    statement.impact.several_transactions
        || matches!(
            tag,
            NodeTag::T_VacuumStmt
                | NodeTag::T_CreatedbStmt
                | NodeTag::T_DropdbStmt
                | NodeTag::T_AlterSystemStmt
                | NodeTag::T_CreateTableSpaceStmt
                | NodeTag::T_DropTableSpaceStmt
        )
}

/// What the statement makes or drops, where it fails once that is done.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was lowered from.
pub unsafe fn fails(raw: *mut pg_sys::Node, statement: &Statement) -> Option<FailsAgain> {
    const UNLESS: &str = "IF NOT EXISTS";
    const IF: &str = "IF EXISTS";
    const REPLACE: &str = "OR REPLACE";
    let found = |object: Name, instead| Some((object, instead));
    // SAFETY: each node is read as its tag says.
    let (object, instead) = unsafe {
        match (&statement.ddl, node::tag(raw)) {
            (Ddl::CreateTable(create), _) if !create.if_not_exists => found(create.name.clone(), UNLESS),
            (Ddl::CreateTableAs(create), NodeTag::T_CreateTableAsStmt) if !create.if_not_exists => {
                found(create.name.clone(), UNLESS)
            }
            // Without a name the server chooses one that is free, and builds the same index twice.
            (Ddl::CreateIndex(create), _) if !create.if_not_exists => {
                found(create.name.clone().map(Name::bare)?, UNLESS)
            }
            (Ddl::CreateView(name), _) if !(*raw.cast::<pg_sys::ViewStmt>()).replace => found(name.clone(), REPLACE),
            (Ddl::CreateSequence(name), _) if !(*raw.cast::<pg_sys::CreateSeqStmt>()).if_not_exists => {
                found(name.clone(), UNLESS)
            }
            (Ddl::CreateFunction(name), _) if !(*raw.cast::<pg_sys::CreateFunctionStmt>()).replace => {
                found(name.clone(), REPLACE)
            }
            (Ddl::CreateTrigger { name, .. }, _) if !(*raw.cast::<pg_sys::CreateTrigStmt>()).replace => {
                found(Name::bare(name.clone()), REPLACE)
            }
            (Ddl::AddEnumValue(value), _) if !(*raw.cast::<pg_sys::AlterEnumStmt>()).skipIfNewValExists => {
                found(value.data_type.clone(), UNLESS)
            }
            (Ddl::Drop(drop), _) if !drop.if_exists => found(drop.names.first().cloned().unwrap_or_default(), IF),
            (Ddl::Rename(rename), _) => found(rename.target.clone(), "a look at what is there"),
            (Ddl::AlterTable(alter), _) => alter.commands.iter().find_map(|command| match command {
                AlterCommand::AddColumn { column, if_not_exists: false } => {
                    found(Name::bare(column.name.clone()), UNLESS)
                }
                AlterCommand::DropColumn { column, if_exists: false, .. } => found(Name::bare(column.clone()), IF),
                AlterCommand::DropConstraint { name, if_exists: false, .. } => found(Name::bare(name.clone()), IF),
                AlterCommand::AddConstraint(def) => {
                    let name = def.name.clone()?;
                    let dropped = alter
                        .commands
                        .iter()
                        .any(|other| matches!(other, AlterCommand::DropConstraint { name: old, .. } if *old == name));
                    if dropped { None } else { found(Name::bare(name), "DROP CONSTRAINT IF EXISTS before it") }
                }
                _ => None,
            }),
            (_, NodeTag::T_CreateEnumStmt) => found(
                node::name_of_strings((*raw.cast::<pg_sys::CreateEnumStmt>()).typeName),
                "a DO block that looks first",
            ),
            (_, NodeTag::T_CreateDomainStmt) => found(
                node::name_of_strings((*raw.cast::<pg_sys::CreateDomainStmt>()).domainname),
                "a DO block that looks first",
            ),
            (_, NodeTag::T_CompositeTypeStmt) => found(
                node::name_of_range((*raw.cast::<pg_sys::CompositeTypeStmt>()).typevar),
                "a DO block that looks first",
            ),
            _ => None,
        }
    }?;
    Some(FailsAgain { tag: statement.tag.clone(), object, instead, position: statement.position })
}
