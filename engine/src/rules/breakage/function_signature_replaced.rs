//! A function goes, and one of its name with other arguments takes its place.

use crate::context::Moment;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "function-signature-replaced",
    category: Breakage,
    severity: Info,
    title: "a function is replaced by one with other arguments",
    why: "To callers the arguments are part of the function's name: code that was deployed before calls the old ones and fails with \
          'function does not exist', and code that is deployed after fails until then. Views and column defaults that use the old one \
          stop the DROP; application code, and functions whose bodies are text, do not. The rights on the old one are gone, too.",
    remedy: "Create the new function beside the old one, which may call it, and drop the old one in a later release. An argument with a \
             default at the end serves old calls and new ones; but drop the old function in the same transaction then, or calls with the \
             old arguments may fit both.",
    parameters: &[],
    sources: &[Manual("sql-createfunction", "Notes"), Manual("typeconv-func", "Function Type Resolution")],
    examples: &[
        bad("BEGIN;\n\
             DROP FUNCTION count_customers();\n\
             CREATE FUNCTION count_customers(prefix text) RETURNS bigint LANGUAGE sql\n    \
                 AS $$ SELECT count(*) FROM shop.customers WHERE name LIKE prefix || '%' $$;\n\
             COMMIT;")
        .given(EMPTY_ORDERS_WITH_FUNCTION)
        .advice(),
        bad("DROP FUNCTION IF EXISTS count_customers();\n\
             CREATE OR REPLACE FUNCTION count_customers(prefix text) RETURNS bigint LANGUAGE sql\n    \
                 AS $$ SELECT count(*) FROM shop.customers WHERE name LIKE prefix || '%' $$;")
        .title("in a text")
        .given(EMPTY_ORDERS_WITH_FUNCTION)
        .lint()
        .advice(),
        bad("CREATE FUNCTION greet(id bigint, polite boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$ SELECT 'hello' $$;")
            .title("an overload that makes greet(1) ambiguous")
            .given("CREATE FUNCTION greet(id bigint, language text DEFAULT 'en') RETURNS text LANGUAGE sql AS $$ SELECT 'hello' $$;")
            .advice(),
        good("CREATE FUNCTION greet(id bigint, polite boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'hello' $$;")
            .title("an overload without a default")
            .given("CREATE FUNCTION greet(id bigint, language text DEFAULT 'en') RETURNS text LANGUAGE sql AS $$ SELECT 'hello' $$;"),
        good(
            "BEGIN;\n\
              DROP FUNCTION count_customers();\n\
              CREATE FUNCTION count_customers() RETURNS integer LANGUAGE sql\n    \
                  AS $$ SELECT count(*)::integer FROM shop.customers $$;\n\
              COMMIT;",
        )
        .title("the same arguments")
        .given(EMPTY_ORDERS_WITH_FUNCTION),
        good(
            "CREATE FUNCTION count_customers(prefix text) RETURNS bigint LANGUAGE sql\n    \
                  AS $$ SELECT count(*) FROM shop.customers WHERE name LIKE prefix || '%' $$;",
        )
        .title("beside the old one")
        .given(EMPTY_ORDERS_WITH_FUNCTION),
        good(
            "BEGIN;\n\
              DROP FUNCTION count_customers();\n\
              CREATE FUNCTION count_customers(prefix text DEFAULT '') RETURNS bigint LANGUAGE sql\n    \
                  AS $$ SELECT count(*) FROM shop.customers WHERE name LIKE prefix || '%' $$;\n\
              COMMIT;",
        )
        .title("the new arguments have defaults: old calls still fit")
        .given(EMPTY_ORDERS_WITH_FUNCTION),
        good(
            "BEGIN;\n\
              DROP FUNCTION twice(integer);\n\
              CREATE FUNCTION twice(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 2 * $1';\n\
              COMMIT;",
        )
        .title("the old arguments are cast to the new ones without being asked")
        .given("CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * $1';"),
        bad("BEGIN;\n\
             DROP FUNCTION twice(bigint);\n\
             CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * $1';\n\
             COMMIT;")
        .title("narrower than before")
        .given("CREATE FUNCTION twice(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 2 * $1';")
        .advice(),
        good("DROP FUNCTION count_customers();").title("only dropped").given(EMPTY_ORDERS_WITH_FUNCTION),
        good(
            "BEGIN;\n\
              CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2';\n\
              DROP FUNCTION two();\n\
              CREATE FUNCTION two(times integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * times';\n\
              COMMIT;",
        )
        .title("it was new in this transaction"),
    ],
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

fn check(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for (function, arguments) in aftermath.ambiguous.iter().filter(|(function, _)| !function.exempt) {
        let (name, kind) = (sql::qualified(&function.schema, &function.name), function.keyword.to_lowercase());
        let plural = if *arguments == 1 { "argument" } else { "arguments" };
        out.function(
            function,
            format!("calls of {kind} {name} with {arguments} {plural} fit more than one {kind} and fail"),
        )
        .detail(format!(
            "{name}({}) and another {kind} of the name both fill the further arguments from defaults: PostgreSQL answers \
             '{kind} is not unique' (SQLSTATE 42725).",
            function.arguments
        ))
        .advice("Give it another name, drop the other one, or leave the defaults out.")
        .evidence("arguments", *arguments as u64)
        .discriminator("ambiguous");
    }
    for replaced in &aftermath.replaced {
        let function = &replaced.function;
        if function.exempt || replaced.old_calls_fit {
            continue;
        }
        let (name, kind) = (sql::qualified(&function.schema, &function.name), function.keyword.to_lowercase());
        let finding = out.function(
            function,
            format!("calls of {kind} {name}({}) fail: it takes ({}) now", replaced.old_arguments, function.arguments),
        );
        finding
            .detail(format!(
                "The old {kind} is dropped in this transaction, and the rights on it with it; the arguments are part of its name."
            ))
            .advice("Leave the old one beside the new one, let the code move over, and drop it in a later release.")
            .evidence("old_arguments", replaced.old_arguments.as_str())
            .discriminator(replaced.old_arguments.as_str());
        if cx.moment == Moment::Lint {
            finding.position = Some(replaced.position);
        }
    }
}
