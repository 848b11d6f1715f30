//! A trigger function that no trigger calls.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "trigger-function-unused",
    category: CodeRules,
    severity: Info,
    title: "no trigger calls a trigger function",
    why: "A function that returns trigger can be called by a trigger only. Without one it is dead code, or the trigger was lost: dropped with its \
          table, or left out of a migration, and what the function guarded is no longer guarded.",
    remedy: "Create the trigger, or drop the function.",
    parameters: &[],
    sources: &[Manual("trigger-definition", "Overview of Trigger Behavior")],
    examples: &[
        bad("CREATE FUNCTION keep_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;")
            .given(EMPTY_ORDERS)
            .advice(),
        good(
            "CREATE FUNCTION keep_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n\
              CREATE TRIGGER keep_order BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_order();",
        )
        .given(EMPTY_ORDERS),
        good(
            "CREATE FUNCTION keep_total() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n\
              CREATE TRIGGER keep_total INSTEAD OF DELETE ON order_totals FOR EACH ROW EXECUTE FUNCTION keep_total();",
        )
        .given(EMPTY_ORDERS_WITH_VIEW)
        .title("the trigger of a view"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for function in database.functions.iter().filter(|function| !function.exempt) {
        let unused = function
            .state
            .as_ref()
            .is_some_and(|state| (state.is_trigger || state.is_event_trigger) && !state.called_by_trigger);
        if unused {
            out.function(function, format!("no trigger calls {}", function.sql()))
                .detail("Only a trigger can call it, and there is none in this database.")
                .advice(format!("Create the trigger that it is for, or drop it: DROP FUNCTION {}.", function.sql()));
        }
    }
}
