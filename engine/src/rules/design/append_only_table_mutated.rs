//! A log that is changed after all.

use crate::rule::prelude::*;
use crate::rules::state;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "append-only-table-mutated",
    category: Design,
    severity: Warning,
    title: "rows of an append-only table are changed, or may be",
    why: "A log of events is believed because nobody changes what happened. Where rows were updated or deleted, what is computed from it \
          is no longer what it was; where a role has UPDATE, DELETE or TRUNCATE, one statement is enough. Only tables whose comment holds \
          the word @append-only are judged.",
    remedy: "REVOKE UPDATE, DELETE, TRUNCATE from everybody but the owner, and let the application not be the owner. Old rows leave by \
             dropping a partition. The counters count since they were last reset, and rows whose transaction was rolled back too.",
    parameters: &[],
    sources: &[
        Guide("S-111"),
        Guide("S-749"),
        Manual("sql-revoke", "REVOKE"),
        Manual("monitoring-stats", "pg_stat_all_tables"),
    ],
    examples: &[
        bad("UPDATE events SET payload = 'other' WHERE id = 1;\nSELECT pg_stat_force_next_flush();")
            .given(LOG)
            .advice(),
        bad("GRANT INSERT, DELETE ON events TO pg_monitor;").title("a role may").given(LOG),
        good("INSERT INTO events VALUES (2, 'p');\nSELECT pg_stat_force_next_flush();").given(LOG),
        good("GRANT SELECT, INSERT ON events TO pg_monitor;").given(LOG),
        good("UPDATE events SET payload = 'other' WHERE id = 1;\nSELECT pg_stat_force_next_flush();")
            .title("not tagged")
            .given("CREATE TABLE events (id bigint PRIMARY KEY, payload text);\nINSERT INTO events VALUES (1, 'p');"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const LOG: &str = "CREATE TABLE events (id bigint PRIMARY KEY, payload text);\n\
                   COMMENT ON TABLE events IS 'What happened. @append-only';\n\
                   INSERT INTO events VALUES (1, 'p');";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (table, root) in
        state::roots(database).filter(|(table, state)| shape::own_design(table) && state.has_tag("append-only"))
    {
        let relation = &table.relation;
        let heaps = state::heaps(database, table);
        let sum = |of: fn(&TableUsage) -> i64| heaps.iter().filter_map(|(_, s)| s.usage.as_ref().map(of)).sum::<i64>();
        let (updated, deleted) = (sum(|usage| usage.updated), sum(|usage| usage.deleted));
        if updated + deleted > 0 {
            out.relation(relation, format!("rows of append-only table {} were changed", relation.display()))
                .detail(format!(
                    "Since the counters were last reset {} rows were updated and {} deleted, counting what was rolled back.",
                    count(updated.unsigned_abs()),
                    count(deleted.unsigned_abs())
                ))
                .advice("Find out who does it, and take the privilege away.")
                .evidence("updated", updated)
                .evidence("deleted", deleted)
                .discriminator("changed");
        }
        let may = |grant: &&Grant| {
            grant.grantee != root.owner && matches!(grant.privilege.as_str(), "UPDATE" | "DELETE" | "TRUNCATE")
        };
        let mut roles: Vec<String> =
            root.grants.iter().filter(may).map(|grant| database.access.name(grant.grantee)).collect();
        roles.sort();
        roles.dedup();
        if roles.is_empty() {
            continue;
        }
        out.relation(
            relation,
            format!("rows of append-only table {} may be changed by {}", relation.display(), list(&roles, 3)),
        )
        .detail("UPDATE, DELETE or TRUNCATE was granted.")
        .advice("Take it away:")
        .remedy(format!("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {};", relation.sql(), roles.join(", ")))
        .evidence("roles", roles.clone())
        .discriminator("granted");
    }
}
