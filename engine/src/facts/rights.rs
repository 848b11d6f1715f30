//! Who may do what with a relation, and which of its rows: what GRANT, REVOKE, policies and ROW LEVEL SECURITY change.

use super::{AlterCommand, Function, Relation};

/// A privilege on a relation that somebody has besides its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldPrivilege {
    /// Who has it; empty for PUBLIC.
    pub role: String,
    /// The role is no superuser and has no BYPASSRLS: policies hold for it.
    pub bound: bool,
    /// The privilege in words: `SELECT`.
    pub privilege: String,
    /// The column that it is limited to.
    pub column: Option<String>,
}

impl HeldPrivilege {
    /// As GRANT would have it: `UPDATE (note)`.
    #[must_use]
    pub fn sql(&self) -> String {
        match &self.column {
            Some(column) => format!("{} ({})", self.privilege, crate::sql::ident(column)),
            None => self.privilege.clone(),
        }
    }
}

/// What guards the rows of a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// ROW LEVEL SECURITY is enabled.
    pub row_security: bool,
    /// It holds for the owner too (FORCE).
    pub forced: bool,
    /// The names of its policies.
    pub policies: Vec<String>,
    /// Who may do what.
    pub held: Vec<HeldPrivilege>,
}

impl Rights {
    /// The roles besides the owner that may read or change rows and for whom policies hold, by name.
    #[must_use]
    pub fn bound_roles(&self) -> Vec<String> {
        let of_rows = |held: &&HeldPrivilege| {
            held.bound
                && held.column.is_none()
                && matches!(held.privilege.as_str(), "SELECT" | "INSERT" | "UPDATE" | "DELETE")
        };
        let mut roles: Vec<String> = self.held.iter().filter(of_rows).map(|held| role_sql(&held.role)).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// What everybody may do, as GRANT would have it, in alphabetical order.
    #[must_use]
    pub fn of_public(&self) -> Vec<String> {
        let mut privileges: Vec<String> =
            self.held.iter().filter(|held| held.role.is_empty()).map(HeldPrivilege::sql).collect();
        privileges.sort();
        privileges
    }

    /// Applies what a statement of a text says.
    pub fn apply(&mut self, change: &GrantOrRevoke) {
        for role in &change.roles {
            for (privilege, columns) in &change.privileges {
                let parts: Vec<Option<&String>> =
                    if columns.is_empty() { vec![None] } else { columns.iter().map(Some).collect() };
                for column in parts {
                    let same = |held: &HeldPrivilege| held.role == role.name && held.privilege == *privilege;
                    if !change.grant {
                        // What is taken from the table goes from all its columns too.
                        self.held.retain(|held| !same(held) || column.is_some() && held.column.as_ref() != column);
                    } else if !role.owner && !self.held.iter().any(|held| same(held) && held.column.as_ref() == column)
                    {
                        self.held.push(HeldPrivilege {
                            role: role.name.clone(),
                            bound: role.bound,
                            privilege: privilege.clone(),
                            column: column.cloned(),
                        });
                    }
                }
            }
        }
    }
}

fn role_sql(role: &str) -> String {
    if role.is_empty() { "PUBLIC".to_owned() } else { crate::sql::ident(role) }
}

/// What ALTER TABLE says of ROW LEVEL SECURITY: whether it is enabled, and whether it is forced, from then on.
#[must_use]
pub fn row_security_change(command: &AlterCommand) -> Option<(Option<bool>, Option<bool>)> {
    let AlterCommand::Other(words) = command else { return None };
    Some(match words.as_str() {
        "ENABLE ROW LEVEL SECURITY" => (Some(true), None),
        "DISABLE ROW LEVEL SECURITY" => (Some(false), None),
        "FORCE ROW LEVEL SECURITY" => (None, Some(true)),
        "NO FORCE ROW LEVEL SECURITY" => (None, Some(false)),
        _ => return None,
    })
}

/// A role that GRANT or REVOKE names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grantee {
    /// Its name; empty for PUBLIC.
    pub name: String,
    /// It is no superuser and has no BYPASSRLS; also where it is not there yet.
    pub bound: bool,
    /// It owns the object: nothing is new to it.
    pub owner: bool,
}

/// The objects that GRANT or REVOKE names.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantedOn {
    /// Relations: those of the statement.
    Relations,
    /// All tables, views and their like of these schemas.
    AllRelations(Vec<String>),
    /// Schemas.
    Schemas(Vec<String>),
    /// Functions and procedures, as the catalog or the text has them.
    Routines(Vec<Function>),
    /// All functions or procedures of these schemas.
    AllRoutines(Vec<String>),
    /// Anything else: types, databases, languages, large objects, ...
    Others,
}

/// GRANT or REVOKE of privileges on objects.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantOrRevoke {
    /// GRANT (else REVOKE).
    pub grant: bool,
    /// REVOKE GRANT OPTION FOR: the privilege itself stays.
    pub option_only: bool,
    /// On what.
    pub on: GrantedOn,
    /// The privileges, ALL spelled out for relations, each with the columns that it is limited to.
    pub privileges: Vec<(String, Vec<String>)>,
    /// To or from whom.
    pub roles: Vec<Grantee>,
}

impl GrantOrRevoke {
    /// Whether everybody is given something.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.grant && self.roles.iter().any(|role| role.name.is_empty())
    }
}

/// Something that was opened to PUBLIC, as it is at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// What.
    pub object: OpenedObject,
    /// What everybody may do with it now, as GRANT would have it; empty where nothing is left of it.
    pub privileges: Vec<String>,
    /// Byte offset of the GRANT in the text that is judged.
    pub position: usize,
}

/// What was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum OpenedObject {
    /// Nothing that is there any more.
    #[default]
    Gone,
    /// A table, a view or another relation.
    Relation(Relation),
    /// All tables and views of a schema.
    AllRelations(String),
    /// A schema.
    Schema(String),
    /// A function or procedure.
    Routine(Function),
}
