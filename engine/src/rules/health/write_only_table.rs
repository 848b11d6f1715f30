//! A table that is written and never read.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "write-only-table",
    category: Health,
    severity: Info,
    title: "a table is written and never read",
    why: "Rows that nobody reads cost every transaction that writes them. Audit trails are like that by design; what a feature left behind \
          is too. Reads on a standby are not counted here.",
    remedy: "See whether somebody needs it: an audit trail that is kept for a reason, or code that writes for nobody.",
    parameters: &[
        Parameter { name: "min_writes", default: Integer(10_000), what: "rows written, at least: rows" },
        Parameter { name: "min_counter_days", default: Integer(35), what: "counters must be this old, so that a monthly job is in them: days" },
        Parameter {
            name: "ignore",
            default: List(&["audit", "history", "log", "logs", "outbox", "archive", "trail"]),
            what: "words in the name of tables that are written for later: words between underscores",
        },
    ],
    sources: &[Guide("S-254"), Manual("monitoring-stats", "pg_stat_all_tables")],
    examples: &[
        bad("INSERT INTO clicks (url) SELECT 'u' || g FROM generate_series(1, 5000) AS g;\nSELECT pg_stat_force_next_flush();\nSELECT 1;\nANALYZE clicks;")
            .title("from 1,000 rows and 0 days on here")
            .given(
                "CREATE TABLE clicks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text);\n\
                 SELECT architect.configure('write-only-table', parameters => '{\"min_writes\": 1000, \"min_counter_days\": 0}');",
            )
            .advice(),
        good("INSERT INTO audit_clicks (url) SELECT 'u' || g FROM generate_series(1, 5000) AS g;\nSELECT pg_stat_force_next_flush();\nSELECT 1;\nANALYZE audit_clicks;")
            .title("an audit trail by its name")
            .given(
                "CREATE TABLE audit_clicks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, url text);\n\
                 SELECT architect.configure('write-only-table', parameters => '{\"min_writes\": 1000, \"min_counter_days\": 0}');",
            ),
        good("SELECT count(*) FROM orders;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("it is read")
            .given(with!(ORDERS, "SELECT architect.configure('write-only-table', parameters => '{\"min_writes\": 1000, \"min_counter_days\": 0}');")),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_old_enough(database, cx, out) {
        return;
    }
    for (root, _) in roots(database).filter(|(root, _)| root.relation.kind != RelationKind::MaterializedView) {
        let relation = &root.relation;
        let ignored = cx.words("ignore", relation);
        if relation.name.to_lowercase().split('_').any(|word| ignored.contains(&word)) {
            continue;
        }
        let (mut written, mut read, mut seen) = (0, 0, true);
        for (_, state) in &heaps(database, root) {
            let Some(usage) = &state.usage else {
                seen = false;
                continue;
            };
            // Building an index counts as a scan, of no row where the table is new; and what UPDATE and DELETE look up is read
            // for nobody: one row each.
            written += usage.writes();
            read += (usage.sequential_rows + usage.index_rows - usage.updated - usage.deleted).max(0);
        }
        if !seen || read > 0 || written < cx.integer("min_writes", relation).max(1) {
            continue;
        }
        let standbys = match database.server.standbys {
            Some(0) => "",
            _ => " Standbys count for themselves, and were not asked.",
        };
        out.relation(relation, format!("table {} is written and never read", relation.display()))
            .detail(format!(
                "{} written and no row read since the counters began.{standbys}",
                rows(written.unsigned_abs())
            ))
            .advice("See who needs what is written.")
            .evidence("written", written)
            .impact(relation.size.bytes, 0, written.unsigned_abs());
    }
}
