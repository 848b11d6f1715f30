//! Everybody has privileges on a table.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "grant-to-public",
    category: Security,
    severity: Warning,
    title: "every role has privileges on a table",
    why: "PUBLIC is every role that exists and every one that will be made, those for monitoring, for single reports and for \
          other applications included. A privilege that PUBLIC has cannot be taken from one of them.",
    remedy: "Grant to a group role, and revoke from PUBLIC.",
    parameters: &[],
    sources: &[Guide("S-444"), Manual("ddl-priv", "The special role name PUBLIC")],
    examples: &[
        bad("GRANT SELECT ON customers TO PUBLIC;").given(EMPTY_ORDERS),
        bad("GRANT INSERT, UPDATE ON orders TO PUBLIC;").given(EMPTY_ORDERS).title("for writing: error"),
        bad("GRANT UPDATE (note) ON orders TO PUBLIC;").given(EMPTY_ORDERS).title("on a column"),
        bad("CREATE VIEW names AS SELECT name FROM customers;\nGRANT SELECT ON names TO PUBLIC;")
            .given(EMPTY_ORDERS)
            .title("on a view"),
        good("GRANT SELECT ON orders TO pg_monitor;").given(EMPTY_ORDERS).title("a role by name"),
        good("GRANT SELECT ON orders TO PUBLIC;\nREVOKE ALL ON orders FROM PUBLIC;").given(EMPTY_ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut columns: std::collections::HashMap<Oid, Vec<String>> = std::collections::HashMap::new();
    for grant in &database.access.public_columns {
        let privilege = format!("{} ({})", grant.privilege, sql::ident(&grant.column));
        columns.entry(grant.relation).or_default().push(privilege);
    }
    let mut tell = |relation: &Relation, grants: &[Grant]| {
        let mut privileges: Vec<String> =
            grants.iter().filter(|grant| grant.grantee == 0).map(|grant| grant.privilege.clone()).collect();
        privileges.extend(columns.get(&relation.oid).into_iter().flatten().cloned());
        if privileges.is_empty() {
            return;
        }
        privileges.sort();
        let reads = privileges.iter().all(|privilege| privilege.starts_with("SELECT"));
        let writes = if reads { "read" } else { "change" };
        let message = format!("every role may {writes} {}", relation.display());
        let columns: Vec<&String> = privileges.iter().filter(|privilege| privilege.contains('(')).collect();
        let mut remedy = format!("REVOKE ALL ON {} FROM PUBLIC;", relation.sql());
        if !columns.is_empty() {
            let list: Vec<&str> = columns.iter().map(|text| text.as_str()).collect();
            remedy = format!("{remedy}\nREVOKE {} ON {} FROM PUBLIC;", list.join(", "), relation.sql());
        }
        out.relation(relation, message)
            .severity(if reads { Warning } else { Error })
            .detail(format!("PUBLIC has {}.", list(&privileges, 8)))
            .advice("Grant to the roles that need it, then:")
            .evidence("privileges", privileges.clone())
            .remedy(remedy);
    };
    for table in &database.tables {
        let (relation, Some(state)) = (&table.relation, &table.state) else { continue };
        if !*relation.exempt && relation.kind != RelationKind::MaterializedView && database.in_scope(relation.oid) {
            tell(relation, &state.grants);
        }
    }
    for view in database.views.iter().filter(|view| !view.exempt && database.in_scope(view.oid)) {
        let relation = Relation {
            oid: view.oid,
            schema: view.schema.clone(),
            name: view.name.clone(),
            kind: view.kind,
            ..Relation::default()
        };
        tell(&relation, &view.grants);
    }
}
