//! A partition can be read past the policies of its parent.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-leaf-bypass",
    category: Security,
    severity: Error,
    title: "a partition can be used past the policies of its parent",
    why: "The policies of a partitioned table hold for queries that name it. A query that names a partition asks for the \
          privileges and the policies of the partition alone: with a privilege on it, and no row level security there, every \
          row of it is open.",
    remedy: "Revoke the privileges on the partition: queries through the parent need none. Mind default privileges and GRANT ON \
             ALL TABLES IN SCHEMA, which give them to the next partition too. Or enable row level security on the partition.",
    parameters: &[],
    sources: &[
        Guide("S-448"),
        Manual("ddl-partitioning", "Best Practices"),
        Manual("ddl-rowsecurity", "Row Security Policies"),
    ],
    examples: &[
        bad("GRANT SELECT ON events, events_2024 TO pg_monitor;").given(EVENTS_WITH_POLICY),
        bad("GRANT SELECT ON events TO pg_monitor;\nGRANT SELECT (id) ON events_2024 TO pg_monitor;")
            .given(EVENTS_WITH_POLICY)
            .title("a column of it"),
        good("GRANT REFERENCES (id) ON events_2024 TO pg_monitor;")
            .given(EVENTS_WITH_POLICY)
            .title("a privilege on a column that reads nothing"),
        good("GRANT SELECT ON events TO pg_monitor;").given(EVENTS_WITH_POLICY).title("on the parent only"),
        good("GRANT SELECT ON events, events_2024 TO pg_monitor;\nALTER TABLE events_2024 ENABLE ROW LEVEL SECURITY;")
            .given(EVENTS_WITH_POLICY)
            .title("the partition has row level security of its own"),
        good("GRANT SELECT ON events, events_2024 TO pg_monitor;").given(EVENTS).title("no row level security"),
        good("GRANT TRIGGER ON events_2024 TO pg_monitor;")
            .given(EVENTS_WITH_POLICY)
            .title("a privilege that reads nothing"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    if !relation.is_partition || state.row_security {
        return;
    }
    let mut at = state.parents.clone();
    let mut guarded = None;
    for _ in 0..64 {
        let Some(parent) = at.first().and_then(|oid| database.table(*oid)) else { break };
        let Some(above) = &parent.state else { break };
        if above.row_security && above.strategy.is_some() {
            guarded = Some(parent);
            break;
        }
        at.clone_from(&above.parents);
    }
    let Some(parent) = guarded else { return };
    let others = super::others(table, state, &database.access);
    if others.is_empty() {
        return;
    }
    let message = format!("{} can be used past the policies of {}", relation.display(), parent.relation.display());
    out.relation(relation, message)
        .detail(format!("{} may use the partition itself, which has no row level security.", list(&others, 5)))
        .advice("Queries through the parent need no privilege on the partition:")
        .evidence("parent", parent.relation.sql())
        .remedy(format!("REVOKE ALL ON {} FROM {};", relation.sql(), others.join(", ")));
}
