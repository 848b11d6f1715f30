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
        bad("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO PUBLIC;").given(EMPTY_ORDERS).title("all of a schema"),
        bad("GRANT UPDATE (note) ON orders TO PUBLIC;").given(EMPTY_ORDERS).title("as a full check finds it").check(),
        bad("GRANT SELECT ON orders TO PUBLIC;").given(EMPTY_ORDERS).title("in a text").lint(),
        bad("CREATE TABLE notes (id bigint PRIMARY KEY);\nGRANT SELECT, DELETE ON notes TO PUBLIC;\nALTER TABLE notes RENAME TO remarks;")
            .title("in a text, on a table of its own")
            .lint()
            .advice(),
        good("GRANT SELECT, UPDATE (note) ON orders TO PUBLIC;\nREVOKE SELECT, UPDATE ON orders FROM PUBLIC;")
            .given(EMPTY_ORDERS)
            .title("in a text, and revoked")
            .lint(),
        good("BEGIN;\nGRANT SELECT ON orders TO PUBLIC;\nREVOKE ALL ON orders FROM PUBLIC;\nCOMMIT;")
            .given(EMPTY_ORDERS)
            .title("revoked in the same transaction"),
        good("BEGIN;\nSAVEPOINT s;\nGRANT SELECT ON orders TO PUBLIC;\nROLLBACK TO s;\nCOMMIT;")
            .given(EMPTY_ORDERS)
            .title("rolled back"),
        good("ALTER TABLE orders ADD COLUMN paid boolean;")
            .given(with!(EMPTY_ORDERS, "GRANT SELECT ON orders TO PUBLIC;"))
            .title("it was so before"),
        good("GRANT SELECT ON orders TO pg_monitor;").given(EMPTY_ORDERS).title("a role by name"),
        good("GRANT SELECT ON orders TO PUBLIC;\nREVOKE ALL ON orders FROM PUBLIC;").given(EMPTY_ORDERS).check(),
    ],
    check: Check::Database(check),
    also: &[Check::Aftermath(opened)],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut columns: std::collections::HashMap<Oid, Vec<String>> = std::collections::HashMap::new();
    for (relation, grants) in &database.access.columns {
        for grant in grants.iter().filter(|grant| grant.grantee == 0) {
            let privilege = format!("{} ({})", grant.privilege, sql::ident(&grant.column));
            columns.entry(*relation).or_default().push(privilege);
        }
    }
    let mut tell = |relation: &Relation, grants: &[Grant]| {
        let mut privileges: Vec<String> =
            grants.iter().filter(|grant| grant.grantee == 0).map(|grant| grant.privilege.clone()).collect();
        privileges.extend(columns.get(&relation.oid).into_iter().flatten().cloned());
        privileges.sort();
        tell(relation, &privileges, out);
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

/// What a transaction or a text opened.
fn opened(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for opened in &aftermath.opened {
        match &opened.object {
            OpenedObject::Relation(relation)
                if relation.kind != RelationKind::Sequence
                    && relation.persistence != Persistence::Temporary
                    && cx.judged(relation) =>
            {
                tell(relation, &opened.privileges, out);
            }
            OpenedObject::AllRelations(schema) => {
                let may = may(&opened.privileges);
                let name = sql::ident(schema);
                let message = format!("every role may {} tables and views of schema {name}", may.1);
                out.schema(schema, message)
                    .severity(may.0)
                    .detail(format!("PUBLIC has {}.", list(&opened.privileges, 8)))
                    .advice("Grant to the roles that need it, then:")
                    .evidence("privileges", opened.privileges.clone())
                    .remedy(format!("REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM PUBLIC;"));
            }
            _ => {}
        }
    }
}

/// How bad the privileges are, and what they let everybody do.
fn may(privileges: &[String]) -> (crate::rule::Severity, &'static str) {
    let reads = privileges.iter().all(|privilege| privilege.starts_with("SELECT"));
    if reads { (Warning, "read") } else { (Error, "change") }
}

fn tell(relation: &Relation, privileges: &[String], out: &mut Findings) {
    if privileges.is_empty() {
        return;
    }
    let (severity, may) = may(privileges);
    let columns: Vec<&str> =
        privileges.iter().map(String::as_str).filter(|privilege| privilege.contains('(')).collect();
    let mut remedy = format!("REVOKE ALL ON {} FROM PUBLIC;", relation.sql());
    if !columns.is_empty() {
        remedy = format!("{remedy}\nREVOKE {} ON {} FROM PUBLIC;", columns.join(", "), relation.sql());
    }
    out.relation(relation, format!("every role may {may} {}", relation.display()))
        .severity(severity)
        .detail(format!("PUBLIC has {}.", list(privileges, 8)))
        .advice("Grant to the roles that need it, then:")
        .evidence("privileges", privileges.to_vec())
        .remedy(remedy);
}
