//! Everybody may act with the rights of a function's owner.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "security-definer-public-execute",
    category: Security,
    severity: Warning,
    title: "every role may execute a SECURITY DEFINER function",
    why: "A SECURITY DEFINER function acts with the rights of its owner. Functions are open to PUBLIC unless EXECUTE is revoked: \
          nothing in the script that made it shows that. Every role that can connect then has whatever the \
          body does.",
    remedy: "Revoke EXECUTE from PUBLIC in the transaction that creates the function, and grant it to those who need it.",
    parameters: &[],
    sources: &[
        Guide("S-444"),
        Manual("sql-createfunction", "Writing SECURITY DEFINER Functions Safely"),
        Manual("ddl-priv", "Default Access Privileges"),
    ],
    examples: &[
        bad("CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
             SET search_path = shop, pg_temp AS $$ SELECT count(*) FROM customers $$;")
        .given(EMPTY_ORDERS)
        .title("open since it was made, as a full check finds it")
        .check(),
        bad("GRANT EXECUTE ON FUNCTION count_customers() TO PUBLIC;")
            .given(with!(EMPTY_ORDERS, CLOSED))
            .title("opened again"),
        bad("GRANT EXECUTE ON FUNCTION shop.count_customers TO PUBLIC;")
            .given(with!(EMPTY_ORDERS, CLOSED))
            .title("in a text")
            .lint(),
        bad("CREATE FUNCTION count_customers(above bigint) RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
             SET search_path = shop, pg_temp AS $$ SELECT count(*) FROM customers WHERE id > above $$;\n\
             GRANT EXECUTE ON FUNCTION count_customers(bigint) TO PUBLIC;")
        .given(EMPTY_ORDERS)
        .title("of the text's own")
        .lint()
        .advice(),
        good("GRANT EXECUTE ON FUNCTION count_customers() TO PUBLIC;\nREVOKE ALL ON FUNCTION count_customers() FROM PUBLIC;")
            .given(with!(EMPTY_ORDERS, CLOSED))
            .title("and revoked in the same text")
            .lint(),
        good(
            "BEGIN;\n\
              GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA shop TO PUBLIC;\n\
              REVOKE EXECUTE ON FUNCTION count_customers() FROM PUBLIC;\n\
              COMMIT;",
        )
        .given(with!(EMPTY_ORDERS, CLOSED))
        .title("and revoked in the same transaction"),
        good(
            "BEGIN;\n\
              CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER\n\
              SET search_path = shop, pg_temp AS $$ SELECT count(*) FROM customers $$;\n\
              REVOKE EXECUTE ON FUNCTION count_customers() FROM PUBLIC;\n\
              COMMIT;",
        )
        .given(EMPTY_ORDERS)
        .check(),
        good(
            "CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n\
              SET search_path = shop, pg_temp AS $$ BEGIN RETURN NEW; END $$;",
        )
        .title("a trigger function cannot be called")
        .check(),
        good(
            "CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql\n\
              AS $$ SELECT count(*) FROM shop.customers $$;",
        )
        .given(EMPTY_ORDERS)
        .title("with the rights of the caller")
        .check(),
    ],
    check: Check::Database(check),
    also: &[Check::Aftermath(opened)],
    enabled: true,
};

/// A function that only its owner may execute.
const CLOSED: &str = "\
CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = shop, pg_temp
    AS $$ SELECT count(*) FROM customers $$;
REVOKE EXECUTE ON FUNCTION count_customers() FROM PUBLIC;";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for function in database.functions.iter().filter(|function| function.security_definer && !function.exempt) {
        let Some(state) = &function.state else { continue };
        if state.is_trigger || state.is_event_trigger || !state.grants.iter().any(|grant| grant.grantee == 0) {
            continue;
        }
        let owner = database.access.roles.get(&state.owner);
        let superuser = if owner.is_some_and(|owner| owner.superuser) { ", a superuser" } else { "" };
        let whose = format!("{}{superuser}", database.access.name(state.owner));
        tell(function, &whose, out).evidence("owner_is_superuser", !superuser.is_empty());
    }
}

/// What a transaction or a text opened.
fn opened(aftermath: &Aftermath, _: &Context, out: &mut Findings) {
    for opened in &aftermath.opened {
        if let OpenedObject::Routine(function) = &opened.object
            && !function.exempt
            && function.security_definer
            && !function.for_triggers
        {
            tell(function, "its owner", out);
        }
    }
}

fn tell<'a>(function: &Function, whose: &str, out: &'a mut Findings) -> &'a mut Finding {
    let name = function.sql();
    let routine = function.keyword.to_lowercase();
    out.function(function, format!("every role may execute SECURITY DEFINER {routine} {name}"))
        .detail(format!("It acts with the rights of {whose}."))
        .advice("Grant EXECUTE to those who need it, then:")
        .remedy(format!("REVOKE EXECUTE ON {} {name} FROM PUBLIC;", function.keyword))
}
