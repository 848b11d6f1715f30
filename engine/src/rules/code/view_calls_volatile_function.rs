//! A view that runs a volatile function for each row.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "view-calls-volatile-function",
    category: CodeRules,
    severity: Info,
    title: "a view calls a volatile function",
    why: "A volatile function may do anything, so the planner may neither move it nor leave it out: conditions from outside are not pushed into a \
          view that calls one in its select list, and it is called for every row, also where its column is not asked for. VOLATILE is what a \
          function is that does not say otherwise.",
    remedy: "Declare the function STABLE where it only reads, IMMUTABLE where it does not even do that.",
    parameters: &[],
    sources: &[Manual("xfunc-volatility", "Function Volatility Categories")],
    examples: &[
        bad("CREATE VIEW priced_orders AS SELECT id, with_tax(amount) AS gross FROM orders;").given(with!(
            EMPTY_ORDERS,
            "CREATE FUNCTION with_tax(integer) RETURNS numeric LANGUAGE sql AS $$ SELECT $1 * 1.2 $$;"
        )),
        good("CREATE VIEW priced_orders AS SELECT id, with_tax(amount) AS gross FROM orders;").given(with!(
            EMPTY_ORDERS,
            "CREATE FUNCTION with_tax(integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT $1 * 1.2 $$;"
        )),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let volatile: HashMap<Oid, &Function> = database
        .functions
        .iter()
        .filter(|function| !function.exempt && function.state.as_ref().is_some_and(|state| state.volatility == 'v'))
        .map(|function| (function.oid, function))
        .collect();
    for view in database.views.iter().filter(|view| !view.exempt) {
        let mut called: Vec<&Function> = view.calls.iter().filter_map(|oid| volatile.get(oid).copied()).collect();
        called.sort_unstable_by_key(|function| function.oid);
        let Some(first) = called.first() else { continue };
        let relation = Relation {
            oid: view.oid,
            schema: view.schema.clone(),
            name: view.name.clone(),
            kind: view.kind,
            ..Relation::default()
        };
        let names: Vec<String> = called.iter().map(|function| function.sql()).collect();
        out.relation(&relation, format!("view {} calls a volatile function", view.sql()))
            .detail(format!("It calls {}, which the planner may neither move nor leave out.", list(&names, 5)))
            .advice("If the function only reads, say so:")
            .remedy(format!("ALTER FUNCTION {} STABLE;", first.sql()))
            .evidence("functions", names);
    }
}
