//! Rights and escalation.

mod app_role_owns_tables;
mod bypassrls_roles;
mod database_create_public;
mod default_privileges_public;
mod extension_in_public;
mod extension_outdated;
mod foreign_server_secret;
mod grant_to_public;
mod hba_open_to_world;
mod hba_trust;
mod password_encryption_md5;
mod password_without_expiry;
mod policy_without_index;
mod policy_without_rls;
mod public_schema_create;
mod rls_always_true;
mod rls_disabled;
mod rls_initplan;
mod rls_leaf_bypass;
mod rls_many_permissive;
mod rls_no_policy;
mod rls_owner_bypass;
mod rls_policy_type;
mod role_excess_privilege;
mod security_definer_public_execute;
mod security_definer_search_path;
mod security_definer_view;
mod server_file_roles;
mod session_without_tls;
mod superuser_count;
mod tenant_table_without_rls;
mod tls_not_enforced;
mod user_mapping_public;

use crate::facts::{Access, Database, HbaLine, Oid, Relation, RowPolicy, Table, TableState};
use crate::finding::Findings;
use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &app_role_owns_tables::RULE,
    &bypassrls_roles::RULE,
    &database_create_public::RULE,
    &default_privileges_public::RULE,
    &extension_in_public::RULE,
    &extension_outdated::RULE,
    &foreign_server_secret::RULE,
    &grant_to_public::RULE,
    &hba_open_to_world::RULE,
    &hba_trust::RULE,
    &password_encryption_md5::RULE,
    &policy_without_index::RULE,
    &policy_without_rls::RULE,
    &public_schema_create::RULE,
    &rls_always_true::RULE,
    &rls_disabled::RULE,
    &rls_initplan::RULE,
    &rls_leaf_bypass::RULE,
    &rls_many_permissive::RULE,
    &rls_no_policy::RULE,
    &rls_owner_bypass::RULE,
    &security_definer_public_execute::RULE,
    &security_definer_search_path::RULE,
    &security_definer_view::RULE,
    &server_file_roles::RULE,
    &session_without_tls::RULE,
    &superuser_count::RULE,
    &tenant_table_without_rls::RULE,
    &tls_not_enforced::RULE,
    &user_mapping_public::RULE,
    &password_without_expiry::RULE,
    &rls_policy_type::RULE,
    &role_excess_privilege::RULE,
];

/// Whether the privilege reads or changes rows.
fn of_rows(privilege: &str) -> bool {
    matches!(privilege, "SELECT" | "INSERT" | "UPDATE" | "DELETE")
}

/// The roles besides the owner that may read or change rows, or some columns of them; 0 for PUBLIC, and some more than once.
fn grantees<'a>(table: &Table, state: &'a TableState, access: &'a Access) -> impl Iterator<Item = Oid> + 'a {
    let columns = access.columns.get(&table.relation.oid).into_iter().flatten();
    let columns = columns.map(|grant| (grant.grantee, grant.privilege.as_str()));
    let granted = state.grants.iter().map(|grant| (grant.grantee, grant.privilege.as_str())).chain(columns);
    granted.filter(|(grantee, privilege)| *grantee != state.owner && of_rows(privilege)).map(|(grantee, _)| grantee)
}

/// Their names; those for whom no policy holds anyway are left out.
fn others(table: &Table, state: &TableState, access: &Access) -> Vec<String> {
    let bound = |grantee: &Oid| !access.roles.get(grantee).is_some_and(|role| role.superuser || role.bypass_rls);
    access.names(grantees(table, state, access).filter(bound))
}

/// A line of pg_hba.conf in short.
fn hba_text(line: &HbaLine) -> String {
    let parts = [&line.kind, &line.databases, &line.users, &line.address, &line.netmask, &line.method];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

/// The lines of pg_hba.conf that PostgreSQL can read; that the role may not see them is told as a gap. Nothing where only a schema or
/// a relation is judged.
fn hba_lines<'a>(database: &'a Database, out: &mut Findings) -> impl Iterator<Item = &'a HbaLine> + use<'a> {
    let state = database.state.as_ref();
    if state.is_some_and(|state| state.hba.is_none()) {
        out.not_judged(
            "server",
            "pg_hba.conf is not visible",
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO the role.",
        );
    }
    state.and_then(|state| state.hba.as_ref()).into_iter().flatten().filter(|line| line.error.is_none())
}

/// Whether a line of pg_hba.conf is for every address.
fn is_for_all(line: &HbaLine) -> bool {
    line.address == "all" || matches!(line.netmask.as_str(), "0.0.0.0" | "::")
}

/// Says that the expressions of a policy could not be read.
fn hidden(relation: &Relation, policy: &RowPolicy, out: &mut Findings) {
    out.not_judged(
        relation.display(),
        format!("another session has a table locked that policy {} reads", crate::sql::ident(&policy.name)),
        "Check again when the lock is gone.",
    );
}
