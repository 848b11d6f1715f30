//! A role that works with tables may do what only their owner should.

use crate::rule::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The rule.
pub static RULE: Rule = Rule {
    name: "role-excess-privilege",
    category: Security,
    severity: Info,
    title: "a role has privileges on tables that an application does not need",
    why: "GRANT ALL gives more than SELECT, INSERT, UPDATE and DELETE. TRUNCATE empties a table past its policies and its triggers for \
          rows. TRIGGER lets the role attach code that runs with the rights of whoever writes next. REFERENCES lets it forbid deletes, \
          MAINTAIN (17) lets it lock the table. With WITH GRANT OPTION it hands all that on. Whoever gets hold of the application's \
          password has it too.",
    remedy: "Revoke what is not used. Which privileges are too many is a parameter. Owners of tables, superusers and PUBLIC (which \
             grant-to-public finds) are not judged.",
    parameters: &[Parameter {
        name: "denied",
        default: List(&["TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"]),
        what: "privileges that a role which owns no table should not have",
    }],
    sources: &[Guide("S-438"), Guide("C-23"), Manual("ddl-priv", "Privileges"), Manual("ddl-rowsecurity", "TRUNCATE and REFERENCES")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_clerk LOGIN;\nGRANT ALL ON orders TO shop_clerk;").given(EMPTY_ORDERS),
        bad("BEGIN;\nCREATE ROLE shop_clerks;\nCREATE ROLE shop_clerk LOGIN IN ROLE shop_clerks;\n\
             GRANT SELECT ON orders TO shop_clerks WITH GRANT OPTION;")
            .title("through a group, to hand on")
            .given(EMPTY_ORDERS),
        good("BEGIN;\nCREATE ROLE shop_clerk LOGIN;\nGRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shop_clerk;")
            .given(EMPTY_ORDERS),
        good("BEGIN;\nCREATE ROLE shop_idle NOLOGIN;\nGRANT ALL ON orders TO shop_idle;")
            .title("nobody can become that role")
            .given(EMPTY_ORDERS),
        good("BEGIN;\nCREATE ROLE shop_owner NOLOGIN;\nALTER TABLE customers OWNER TO shop_owner;\nGRANT ALL ON orders TO shop_owner;")
            .title("a role that owns tables")
            .given(EMPTY_ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let access = &database.access;
    let tables = || {
        database
            .tables
            .iter()
            .filter(|table| !*table.relation.exempt && table.relation.kind.is_table())
            .filter_map(|table| table.state.as_deref().map(|state| (&table.relation, state)))
    };
    let owners: HashSet<Oid> = tables().map(|(_, state)| state.owner).collect();
    let superuser = |role: Oid| access.roles.get(&role).is_some_and(|role| role.superuser);
    let logins = access.roles.values().filter(|role| role.login && !role.superuser).map(|role| role.oid);
    let used = reached(access, logins);
    let of_owners = reached(access, owners.iter().copied().filter(|role| !superuser(*role)));
    let counts = |role: Oid| {
        let known = access.roles.get(&role).is_some_and(|role| !role.superuser && !role.name.starts_with("pg_"));
        known && !owners.contains(&role) && used.contains(&role) && !of_owners.contains(&role)
    };
    let mut found: BTreeMap<Oid, (BTreeSet<String>, Vec<&Relation>, bool)> = BTreeMap::new();
    for (relation, state) in tables() {
        let denied = cx.list("denied", relation);
        for grant in state.grants.iter().filter(|grant| grant.grantee != 0 && grant.grantee != state.owner) {
            let too_much = denied.contains(&grant.privilege);
            if !(too_much || grant.grantable) || !counts(grant.grantee) {
                continue;
            }
            let (privileges, relations, grantable) = found.entry(grant.grantee).or_default();
            if too_much {
                privileges.insert(grant.privilege.clone());
            }
            *grantable |= grant.grantable;
            if relations.last().is_none_or(|last| last.oid != relation.oid) {
                relations.push(relation);
            }
        }
    }
    for (role, (privileges, mut relations, grantable)) in found {
        relations.sort_by_key(|relation| relation.display());
        let name = access.name(role);
        let plain = access.roles.get(&role).map_or_else(String::new, |role| role.name.clone());
        let mut what: Vec<String> = privileges.iter().cloned().collect();
        if grantable {
            what.push("the right to grant".to_owned());
        }
        let shown: Vec<String> = relations.iter().map(|relation| relation.display()).collect();
        let on = relations.iter().map(|relation| relation.sql()).collect::<Vec<_>>().join(", ");
        let noun = if relations.len() == 1 { "table" } else { "tables" };
        let number = count(relations.len() as u64);
        let finding = out
            .object("role", "", &plain, format!("role {name} has {} on {number} {noun}", list(&what, 5)))
            .detail(format!("On {}.", list(&shown, 5)))
            .evidence("privileges", privileges.iter().cloned().collect::<Vec<_>>())
            .evidence("tables", relations.len());
        if relations.len() > 20 {
            finding.advice(
                "Revoke what the role does not use, schema by schema: REVOKE ... ON ALL TABLES IN SCHEMA ... FROM ...",
            );
            continue;
        }
        let mut remedy = Vec::new();
        if grantable {
            remedy.push(format!("REVOKE GRANT OPTION FOR ALL ON {on} FROM {name};"));
        }
        if !privileges.is_empty() {
            let privileges: Vec<String> = privileges.into_iter().collect();
            remedy.push(format!("REVOKE {} ON {on} FROM {name};", privileges.join(", ")));
        }
        finding.advice("Revoke what the role does not use:").remedy(remedy.join("\n"));
    }
}

/// These roles, and all that they are members of, directly or through others.
fn reached(access: &Access, from: impl Iterator<Item = Oid>) -> HashSet<Oid> {
    let mut groups: HashMap<Oid, Vec<Oid>> = HashMap::new();
    for membership in &access.memberships {
        groups.entry(membership.member).or_default().push(membership.role);
    }
    let mut open: Vec<Oid> = from.collect();
    let mut found: HashSet<Oid> = open.iter().copied().collect();
    while let Some(role) = open.pop() {
        open.extend(groups.get(&role).into_iter().flatten().copied().filter(|group| found.insert(*group)));
    }
    found
}
