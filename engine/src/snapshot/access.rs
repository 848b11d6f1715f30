//! Roles, privileges, row security policies and publications.

use super::build::Loader;
use super::source::{Error, Parameter};
use crate::facts::*;
use std::collections::{HashMap, HashSet};

impl Loader<'_> {
    pub(super) fn access(&mut self) -> Result<(), Error> {
        self.read("roles", &[], |database, row| {
            let role = DatabaseRole {
                oid: row.oid(),
                name: row.text(),
                superuser: row.boolean(),
                login: row.boolean(),
                bypass_rls: row.boolean(),
                connection_limit: row.integer(),
                expires: row.boolean(),
            };
            database.access.roles.insert(role.oid, role);
        })?;
        self.read("memberships", &[], |database, row| {
            let membership = Membership { member: row.oid(), role: row.oid(), inherits: row.boolean() };
            database.access.memberships.push(membership);
        })?;
        self.read("database_grants", &[], |database, row| {
            database.access.database.push(Grant {
                grantee: row.oid(),
                privilege: row.text(),
                grantable: row.boolean(),
            });
        })?;
        let mut places: HashMap<Oid, usize> = HashMap::new();
        self.read("default_privileges", &[], |database, row| {
            let oid = row.oid();
            let of = DefaultPrivileges {
                role: row.oid(),
                schema: row.optional(),
                kind: row.character(),
                ..DefaultPrivileges::default()
            };
            let grant = Grant { grantee: row.oid(), privilege: row.text(), grantable: row.boolean() };
            let list = &mut database.access.defaults;
            let place = *places.entry(oid).or_insert_with(|| {
                list.push(of);
                list.len() - 1
            });
            list[place].grants.push(grant);
        })?;
        self.read("extensions", &[], |database, row| {
            database.access.extensions.push(InstalledExtension {
                name: row.text(),
                schema: row.text(),
                version: row.text(),
                available: row.optional(),
                relocatable: row.boolean(),
            });
        })?;
        if self.there.foreign_servers {
            self.read("foreign_access", &[], |database, row| {
                let server = row.text();
                let user = row.integer().and_then(|oid| Oid::try_from(oid).ok());
                let (visible, options) = (row.boolean(), row.texts());
                let options = visible.then_some(options);
                database.access.foreign.push(ForeignAccess { server, user, options, public: row.boolean() });
            })?;
        }
        let wanted = self.wanted.clone();
        let wanted = Parameter::Oids(wanted.as_deref());
        let granted = std::mem::take(&mut self.granted);
        if !granted.is_empty() {
            self.read("table_grants", &[Parameter::Oids(Some(&granted))], |database, row| {
                let Some(place) = database.places.get(&row.oid()).copied() else { return };
                let grant = Grant { grantee: row.oid(), privilege: row.text(), grantable: row.boolean() };
                if let Some(state) = &mut database.tables[place].state {
                    state.grants.push(grant);
                }
            })?;
        }
        if !self.there.publications {
            return Ok(());
        }
        self.read("published", &[wanted], |database, row| {
            database.published.push(Published {
                publication: row.text(),
                relation: row.oid(),
                needs_identity: row.boolean(),
            });
        })
    }

    pub(super) fn policies(&mut self) -> Result<(), Error> {
        if !self.there.policies {
            return Ok(());
        }
        let wanted = self.wanted.clone();
        let mut called: Vec<(usize, usize, Vec<Oid>)> = Vec::new();
        self.read("policies", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let mut policy = RowPolicy {
                name: row.text(),
                command: row.character(),
                permissive: row.boolean(),
                roles: row.oids(),
                using: row.optional(),
                with_check: row.optional(),
                ..RowPolicy::default()
            };
            let functions = called_per_row(&row.text());
            policy.hidden = row.boolean();
            if let Some(state) = &mut database.tables[place].state {
                if !functions.is_empty() {
                    called.push((place, state.policies.len(), functions));
                }
                state.policies.push(policy);
            }
        })?;
        let all: HashSet<Oid> = called.iter().flat_map(|(_, _, functions)| functions.iter().copied()).collect();
        let all: Vec<Oid> = all.into_iter().collect();
        if all.is_empty() {
            return Ok(());
        }
        let mut names: HashMap<Oid, String> = HashMap::new();
        self.read("policy_functions", &[Parameter::Oids(Some(&all))], |_, row| {
            names.insert(row.oid(), row.text());
        })?;
        for (place, policy, functions) in called {
            if let Some(state) = &mut self.database.tables[place].state {
                let mut stable: Vec<String> = functions.iter().filter_map(|oid| names.get(oid).cloned()).collect();
                stable.sort();
                stable.dedup();
                state.policies[policy].per_row = stable;
            }
        }
        Ok(())
    }
}

/// The functions that an expression calls for each row although no column goes into them: those outside of sub-selects, by the
/// expression's node tree (`pg_node_tree` as text).
fn called_per_row(tree: &str) -> Vec<Oid> {
    struct Node<'a> {
        name: &'a str,
        function: Option<Oid>,
        of_row: bool,
    }
    let word = |from: usize| tree[from..].split([' ', '}', ')']).next().unwrap_or_default();
    let mut open: Vec<Node> = Vec::new();
    let mut found = Vec::new();
    let bytes = tree.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            // What follows a backslash is text: names and literals may hold braces.
            b'\\' => at += 1,
            b'{' => {
                let name = word(at + 1);
                let function = (name == "FUNCEXPR")
                    .then(|| tree[at..].split_once(":funcid "))
                    .flatten()
                    .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
                open.push(Node { name, function, of_row: name == "VAR" });
            }
            b'}' => {
                if let Some(node) = open.pop() {
                    let in_query = open.iter().any(|node| node.name == "SUBLINK");
                    match node.function {
                        Some(function) if !node.of_row && !in_query => found.push(function),
                        _ => {}
                    }
                    if let Some(above) = open.last_mut() {
                        above.of_row |= node.of_row;
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::called_per_row;

    #[test]
    fn a_call_is_per_row_outside_of_a_sub_select_and_without_columns() {
        let plain =
            "{OPEXPR :opno 98 :args ({VAR :varno 1} {FUNCEXPR :funcid 2077 :args ({CONST :constvalue 4 [ 1 ]})})}";
        assert_eq!(called_per_row(plain), [2077]);
        let wrapped = "{OPEXPR :args ({VAR :varno 1} {SUBLINK :subselect {QUERY :targetList ({FUNCEXPR :funcid 2077 :args <>})}})}";
        assert_eq!(called_per_row(wrapped), [0_u32; 0]);
        let of_row = "{FUNCEXPR :funcid 17 :args ({RELABELTYPE :arg {VAR :varno 1}})}";
        assert_eq!(called_per_row(of_row), [0_u32; 0]);
        let braces = "{FUNCEXPR :funcid 18 :args ({ALIAS :name odd\\{name})}";
        assert_eq!(called_per_row(braces), [18]);
        assert_eq!(called_per_row(""), [0_u32; 0]);
    }
}
