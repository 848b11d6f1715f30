//! Roles and what they may do, as far as it is no property of one object; full checks only.

use super::{Grant, Oid};
use std::collections::{HashMap, HashSet};

/// A role (`pg_roles`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseRole {
    /// Its OID.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// SUPERUSER.
    pub superuser: bool,
    /// LOGIN.
    pub login: bool,
    /// BYPASSRLS.
    pub bypass_rls: bool,
    /// CONNECTION LIMIT; none for no limit.
    pub connection_limit: Option<i64>,
    /// VALID UNTIL a moment that is not infinity: its password, if it has one, ends.
    pub expires: bool,
}

/// A membership (`pg_auth_members`), and that of the database's owner in `pg_database_owner`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: Oid,
    /// The role that it is a member of.
    pub role: Oid,
    /// The member has the role's privileges without SET ROLE (INHERIT; before 16 an attribute of the member).
    pub inherits: bool,
}

/// Privileges that objects get when they are created (`pg_default_acl`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultPrivileges {
    /// The role whose objects get them.
    pub role: Oid,
    /// The schema that they are limited to; none for all.
    pub schema: Option<String>,
    /// `r` tables, `S` sequences, `f` functions, `T` types, `n` schemas, `L` large objects.
    pub kind: char,
    /// Who gets what.
    pub grants: Vec<Grant>,
}

/// An extension that is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledExtension {
    /// Its name.
    pub name: String,
    /// The schema of its objects.
    pub schema: String,
    /// Its version.
    pub version: String,
    /// The version that the files on the server would install; none where there are no files any more.
    pub available: Option<String>,
    /// It can be moved to another schema.
    pub relocatable: bool,
}

/// A foreign server or a user mapping, with the names of its options; their values are never read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignAccess {
    /// The foreign server.
    pub server: String,
    /// The role of a user mapping, 0 for PUBLIC; none for the server itself.
    pub user: Option<Oid>,
    /// The names of the options; none where the caller may not see them.
    pub options: Option<Vec<String>>,
    /// PUBLIC has USAGE on the server.
    pub public: bool,
}

/// A privilege on a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnGrant {
    /// The column.
    pub column: String,
    /// Who has it; 0 for PUBLIC.
    pub grantee: Oid,
    /// The privilege in words.
    pub privilege: String,
}

/// Roles, memberships, and privileges of the database as a whole.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The roles by OID.
    pub roles: HashMap<Oid, DatabaseRole>,
    /// Who is a member of what.
    pub memberships: Vec<Membership>,
    /// The privileges on the database, as the server resolves them.
    pub database: Vec<Grant>,
    /// Default privileges.
    pub defaults: Vec<DefaultPrivileges>,
    /// The extensions.
    pub extensions: Vec<InstalledExtension>,
    /// Foreign servers and user mappings.
    pub foreign: Vec<ForeignAccess>,
    /// Who may do what with single columns, by table or view.
    pub columns: HashMap<Oid, Vec<ColumnGrant>>,
}

impl Access {
    /// The name of a role as SQL; `PUBLIC` for 0.
    #[must_use]
    pub fn name(&self, role: Oid) -> String {
        match self.roles.get(&role) {
            _ if role == 0 => "PUBLIC".to_owned(),
            Some(known) => crate::sql::ident(&known.name),
            None => role.to_string(),
        }
    }

    /// The OID of the role of this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Oid> {
        self.roles.values().find(|role| role.name == name).map(|role| role.oid)
    }

    /// The role and everybody who is a member of it, directly or through others. With `inheriting` only those who have its
    /// privileges without SET ROLE. Superusers, who have them all, are not added.
    #[must_use]
    pub fn members(&self, role: Oid, inheriting: bool) -> HashSet<Oid> {
        let mut of: HashMap<Oid, Vec<Oid>> = HashMap::new();
        for membership in self.memberships.iter().filter(|membership| membership.inherits || !inheriting) {
            of.entry(membership.role).or_default().push(membership.member);
        }
        let (mut found, mut open) = (HashSet::from([role]), vec![role]);
        while let Some(at) = open.pop() {
            open.extend(of.get(&at).into_iter().flatten().copied().filter(|member| found.insert(*member)));
        }
        found
    }

    /// Roles as a sorted list of names, as SQL.
    #[must_use]
    pub fn names(&self, roles: impl IntoIterator<Item = Oid>) -> Vec<String> {
        let mut names: Vec<String> = roles.into_iter().map(|role| self.name(role)).collect();
        names.sort();
        names.dedup();
        names
    }
}
