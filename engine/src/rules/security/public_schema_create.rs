//! Everybody may create objects in a schema.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "public-schema-create",
    category: Security,
    severity: Error,
    title: "every role may create objects in a schema",
    why: "Whoever may create objects in a schema on other roles' search_path can put a function, operator or table there that is \
          found before the one that is meant, and runs with the rights of whoever calls it (CVE-2018-1058). Databases that \
          were upgraded from 14 and before still grant it for the schema public.",
    remedy: "Revoke CREATE from PUBLIC and grant it to the roles that run migrations.",
    parameters: &[],
    sources: &[Guide("S-444"), Manual("ddl-schemas", "Secure Schema Usage Patterns")],
    examples: &[
        bad("GRANT CREATE ON SCHEMA shop TO PUBLIC;"),
        bad("GRANT ALL ON SCHEMA shop TO PUBLIC;").title("in a text").lint(),
        bad("GRANT CREATE ON SCHEMA shop TO PUBLIC;").title("as a full check finds it").check(),
        good("GRANT CREATE ON SCHEMA shop TO PUBLIC;\nREVOKE CREATE ON SCHEMA shop FROM PUBLIC;")
            .title("in a text, and revoked")
            .lint(),
        good("BEGIN;\nGRANT CREATE ON SCHEMA shop TO PUBLIC;\nREVOKE ALL ON SCHEMA shop FROM PUBLIC;\nCOMMIT;")
            .title("revoked in the same transaction"),
        good("GRANT USAGE ON SCHEMA shop TO PUBLIC;"),
        good("GRANT CREATE ON SCHEMA shop TO pg_monitor;").title("a role by name"),
    ],
    check: Check::Database(check),
    also: &[Check::Aftermath(opened)],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for schema in database.schemas.iter().filter(|schema| !schema.exempt) {
        if database.scope.is_some() {
            return;
        }
        if schema.grants.iter().any(|grant| grant.grantee == 0 && grant.privilege == "CREATE") {
            tell(&schema.name, out);
        }
    }
}

/// What a transaction or a text opened.
fn opened(aftermath: &Aftermath, _: &Context, out: &mut Findings) {
    for opened in &aftermath.opened {
        if let OpenedObject::Schema(schema) = &opened.object
            && opened.privileges.iter().any(|privilege| privilege == "CREATE")
        {
            tell(schema, out);
        }
    }
}

fn tell(schema: &str, out: &mut Findings) {
    let name = sql::ident(schema);
    out.object("schema", "", schema, format!("every role may create objects in schema {name}"))
        .detail("A function or table there can take the place of one that others mean.")
        .advice("Grant CREATE to the roles that run migrations, then:")
        .remedy(format!("REVOKE CREATE ON SCHEMA {name} FROM PUBLIC;"));
}
