//! Row level security without a policy shows no row to anybody but the owner.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-no-policy",
    category: Security,
    severity: Warning,
    title: "row level security is enabled, but there is no policy",
    why: "Without a policy row level security denies everything: everybody but the owner and roles with BYPASSRLS sees an empty \
          table, without an error, and cannot write to it. That may be meant, to close a table for the time being; more often \
          the policies were forgotten, and the application works only since it connects as the owner.",
    remedy: "Create the policies. Where nobody is meant to see anything, REVOKE says so with an error in place of an empty answer.",
    parameters: &[],
    sources: &[Guide("S-448"), Manual("ddl-rowsecurity", "a default-deny policy is used")],
    examples: &[
        bad("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nGRANT SELECT ON orders TO pg_monitor;")
            .given(EMPTY_ORDERS)
            .advice(),
        bad("BEGIN;\nGRANT SELECT ON orders TO pg_monitor;\nDROP POLICY own_orders ON orders;\nCOMMIT;")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .title("the only policy goes")
            .advice(),
        bad("GRANT SELECT ON orders TO pg_monitor;")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("a privilege that shows nothing")
            .advice(),
        bad("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nGRANT SELECT ON orders TO pg_monitor;")
            .given(EMPTY_ORDERS)
            .title("as a full check finds it")
            .check()
            .advice(),
        bad("CREATE TABLE notes (id bigint PRIMARY KEY);\nGRANT SELECT ON ALL TABLES IN SCHEMA shop TO pg_monitor;\n\
             ALTER TABLE notes ENABLE ROW LEVEL SECURITY;")
        .given(EMPTY_ORDERS)
        .title("in a text")
        .lint()
        .advice(),
        bad("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO pg_monitor;")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("with all tables of the schema")
            .lint()
            .advice(),
        good("GRANT SELECT ON orders TO pg_monitor;\nCREATE POLICY own_orders ON orders USING (customer_id = 1);")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("a text is judged at its end")
            .lint(),
        good("ALTER TABLE orders ADD COLUMN paid boolean;")
            .given(with!(EMPTY_ORDERS_WITH_RLS, "GRANT SELECT ON orders TO pg_monitor;"))
            .title("it was so before"),
        good("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;").title("nobody else has a privilege").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own_orders ON orders USING (customer_id = 1);")
            .given(EMPTY_ORDERS)
            .check(),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::RIGHTS, changed)],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let Some(database) = cx.database else { return };
    if !state.row_security || !state.policies.is_empty() {
        return;
    }
    tell(&table.relation, &super::others(table, state, &database.access), state.row_security_forced, out);
}

/// What a transaction or a text changed of it.
fn changed(table: &Table, _: &Context, out: &mut Findings) {
    if !table.rights_touched {
        return;
    }
    let rights: &Rights = &table.rights;
    if rights.row_security && rights.policies.is_empty() {
        tell(&table.relation, &rights.bound_roles(), rights.forced, out);
    }
}

fn tell(relation: &Relation, others: &[String], forced: bool, out: &mut Findings) {
    // Where only the owner has privileges nobody gets a wrong answer.
    if others.is_empty() && !forced {
        return;
    }
    let who = if others.is_empty() { "Its owner".to_owned() } else { list(others, 5) };
    out.relation(relation, format!("{} shows no rows: row level security without a policy", relation.display()))
        .detail(format!("{who} may use it, and get no row, without an error."))
        .advice("Create policies, or revoke the privileges, which says the same with an error.");
}
