//! Very many connections.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "max-connections-range",
    category: Settings,
    severity: Info,
    title: "max_connections is very high",
    why: "More sessions than cores do not work faster: each costs memory, and taking snapshots and locks takes longer with every \
          slot. A pooler serves thousands of clients with a few dozen sessions.",
    remedy: "Put a pooler in transaction mode before the server, then lower max_connections; standbys need at least as many.",
    parameters: &[Parameter {
        name: "most",
        default: Integer(500),
        what: "the largest number of connections that is not told",
    }],
    sources: &[Guide("S-340"), Guide("S-325"), Manual("runtime-config-connection", "max_connections")],
    examples: &[bad("SELECT 1;").server(CARELESS).advice(), good("SELECT 1;")],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.state.is_none() {
        return;
    }
    let Some(slots) = database.setting_number("max_connections").filter(|slots| *slots > cx.number("most") as f64)
    else {
        return;
    };
    out.object("setting", "", "max_connections", format!("max_connections is {slots}"))
        .detail(format!("Up to {} is usual; a pooler does with fewer.", cx.number("most")))
        .evidence("value", slots)
        .advice("Put a pooler in transaction mode before the server, then ALTER SYSTEM SET max_connections; it takes a restart.");
}
