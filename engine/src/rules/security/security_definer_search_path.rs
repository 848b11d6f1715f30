//! A SECURITY DEFINER function that looks names up where its caller can put objects runs the caller's code.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "security-definer-search-path",
    category: Security,
    severity: Error,
    title: "a SECURITY DEFINER function looks names up where its caller can put objects",
    why: "A SECURITY DEFINER function runs with its owner's rights. Unless the function pins search_path, its caller chooses \
          where the names in the body are looked up, and can put a table, function or operator of the same name there: the \
          owner's rights then run the caller's code. A path with a schema in which others may create objects is as open. So \
          is pg_temp anywhere but at the end: unless the path names it, PostgreSQL searches it before everything else for \
          tables and types, and every caller may create temporary objects.",
    remedy: "Set search_path on the function: the schemas that it needs, in which only trusted roles may create objects, and \
             pg_temp as the last entry. Or write the body as SQL-standard (RETURN, BEGIN ATOMIC): its names are bound when \
             the function is created.",
    parameters: &[],
    sources: &[
        Manual("sql-createfunction", "Writing SECURITY DEFINER Functions Safely"),
        Manual("ddl-schemas", "Schemas and Privileges"),
        Code("src/backend/catalog/namespace.c", "recomputeNamespacePath"),
    ],
    examples: &[
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
             AS $$ SELECT count(*) FROM customers $$;")
        .title("not pinned")
        .given(EMPTY_ORDERS),
        bad("ALTER FUNCTION count_customers() SECURITY DEFINER;")
            .title("an existing function gets its owner's rights")
            .given(EMPTY_ORDERS_WITH_FUNCTION),
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, shop\n\
             AS $$ SELECT count(*) FROM customers $$;")
        .title("pg_temp first")
        .given(EMPTY_ORDERS),
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = shop\n\
             AS $$ SELECT count(*) FROM customers $$;")
        .title("pg_temp not named, and so first for tables and types: warning")
        .given(EMPTY_ORDERS),
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
             SET search_path = shop, pg_temp\n\
             AS $$ SELECT count(*) FROM shop.customers $$;")
        .title("everybody may create objects in the schema")
        .given(EMPTY_ORDERS_OPEN_TO_ALL),
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
             AS $$ SELECT count(*) FROM shop.customers $$;")
        .title("not pinned, in a schema in which everybody may create objects")
        .given(EMPTY_ORDERS_OPEN_TO_ALL),
        bad("CREATE PROCEDURE forget_customers() LANGUAGE sql SECURITY DEFINER\n\
             AS $$ DELETE FROM customers $$;")
        .title("a procedure")
        .given(EMPTY_ORDERS),
        good("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
              SET search_path = shop, pg_temp\n\
              AS $$ SELECT count(*) FROM customers $$;")
        .title("pinned, with pg_temp last")
        .given(EMPTY_ORDERS),
        good("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
              RETURN (SELECT count(*) FROM customers);")
        .title("a SQL-standard body: its names are bound already")
        .given(EMPTY_ORDERS),
        good("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql\n\
              AS $$ SELECT count(*) FROM customers $$;")
        .title("with the rights of the caller")
        .given(EMPTY_ORDERS),
    ],
    check: Check::Function(check),
    also: &[],
    enabled: true,
};

fn check(function: &Function, _: &Context, out: &mut Findings) {
    if !function.security_definer || function.sql_body {
        return;
    }
    let name = function.sql();
    let routine = if function.keyword == "PROCEDURE" { "procedure" } else { "function" };
    let path = function.search_path.as_deref().map(sql::path_entries);
    let temporary = path.as_ref().map(|path| path.iter().position(|schema| schema == "pg_temp"));
    let (severity, message, detail) = match (&path, temporary.flatten()) {
        (None, _) => (
            Error,
            format!("SECURITY DEFINER {routine} {name} runs with the search_path of its caller"),
            "It does not set search_path, so its caller decides where the names in its body are looked up.".to_owned(),
        ),
        (Some(_), _) if !function.writable_schemas.is_empty() => (
            Error,
            format!("SECURITY DEFINER {routine} {name} looks names up in a schema in which others may create objects"),
            format!(
                "Roles other than its owner may create objects in {} of its search_path.",
                list(&function.writable_schemas, 10)
            ),
        ),
        (Some(path), Some(at)) if at + 1 < path.len() => (
            Error,
            format!("SECURITY DEFINER {routine} {name} looks names up in pg_temp before its own schemas"),
            "Its search_path has pg_temp before other schemas, and every caller may create temporary objects.".to_owned(),
        ),
        // Functions and operators are never looked up in pg_temp: what is left are tables and types.
        (Some(_), None) => (
            Warning,
            format!("SECURITY DEFINER {routine} {name} looks tables and types up in pg_temp first"),
            "Its search_path does not name pg_temp, which PostgreSQL then searches before every other schema, pg_catalog included."
                .to_owned(),
        ),
        _ => return,
    };
    // Without a path of its own the schema of the function is the best guess at what the body needs.
    let open: Vec<String> = match path {
        None if function.in_writable_schema => vec![function.schema.clone()],
        _ => function.writable_schemas.clone(),
    };
    let mut schemas = path.unwrap_or_else(|| vec![function.schema.clone()]);
    schemas.retain(|schema| schema != "pg_temp" && !open.contains(schema));
    if schemas.is_empty() {
        schemas.push("pg_catalog".to_owned());
    }
    schemas.push("pg_temp".to_owned());
    let advice = if open.is_empty() {
        "Pin the path to the schemas that the body needs, pg_temp last:".to_owned()
    } else {
        format!(
            "PUBLIC may create objects in {}: qualify the names of objects that live there and pin the path without it, or REVOKE \
             CREATE ON SCHEMA FROM PUBLIC first and keep it in the path:",
            sql::ident_list(&open)
        )
    };
    out.function(function, message)
        .severity(severity)
        .detail(detail)
        .advice(advice)
        .evidence("search_path", function.search_path.clone())
        .remedy(format!("ALTER {} {name} SET search_path = {};", function.keyword, sql::ident_list(&schemas)));
}
