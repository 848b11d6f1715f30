//! A materialised view that was not refreshed for long, while its tables changed.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "matview-stale",
    category: CodeRules,
    severity: Info,
    title: "a materialised view was not refreshed for long, and its tables have changed since",
    why: "A materialised view shows its tables as they were at its last REFRESH, and nothing in it says when that was. A job that no \
          longer runs is noticed by nobody. PostgreSQL records no time of a refresh; but each REFRESH writes the view's row in \
          pg_class, and with track_commit_timestamp the time of that is known: the last refresh is not younger, only a later ALTER \
          or GRANT makes it look so. That a table has changed since is told only where its counters prove it.",
    remedy: "Refresh it and see why its job did not. Where it may be older, say so with max_age_hours; where nobody refreshes it any \
             more, drop it or make it a table.",
    parameters: &[Parameter {
        name: "max_age_hours",
        default: Integer(168),
        what: "how old the content may be, for all or by view: hours",
    }],
    sources: &[
        Guide("S-357"),
        Manual("runtime-config-replication", "track_commit_timestamp"),
        Code("src/backend/commands/matview.c", "SetMatViewPopulatedState"),
    ],
    examples: &[
        bad("SELECT 1;").unit().title("refreshed eight days ago, and rows of its table changed after that").advice(),
        good("CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;\n\
              CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);\n\
              INSERT INTO orders (amount) VALUES (1);")
        .server("track_commit_timestamp = on")
        .given(EMPTY_ORDERS)
        .title("refreshed a moment ago"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// Changes are counted up to a minute after they were committed (`PGSTAT_MAX_INTERVAL`); this is more.
const COUNTED_WITHIN: f64 = 120.0;

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let views: HashMap<Oid, &View> = database.views.iter().map(|view| (view.oid, view)).collect();
    let judged = |view: &&View| view.kind == RelationKind::MaterializedView && view.populated && !view.exempt;
    let mut unknown = 0;
    for view in database.views.iter().filter(judged) {
        let Some(table) = database.table(view.oid) else { continue };
        let Some(written) = view.written else {
            unknown += 1;
            continue;
        };
        let (relation, age) = (&table.relation, database.server.now - written);
        let limit = cx.integer("max_age_hours", relation) as f64 * 3600.0;
        if age < limit {
            continue;
        }
        let changed: Vec<String> = tables_of(view, &views)
            .iter()
            .filter_map(|oid| database.table(*oid))
            .filter(|root| database.heaps(root).iter().any(|heap| changed_since(heap, written, database)))
            .map(|root| root.relation.display())
            .collect();
        if changed.is_empty() {
            continue;
        }
        let shown = duration((age * 1000.0) as u64);
        out.relation(relation, format!("materialised view {} was not refreshed for {shown} or longer", view.sql()))
            .detail(format!("Since then rows changed in {}.", list(&changed, 3)))
            .advice("Refresh it, and see why its job did not; or say with max_age_hours how old it may be.")
            .evidence("least_age_seconds", age.floor())
            .evidence("changed", changed);
    }
    if unknown > 0 && !database.server.in_recovery {
        out.not_judged(
            "database",
            format!("when its {unknown} materialised views were refreshed is recorded only with track_commit_timestamp"),
            "ALTER SYSTEM SET track_commit_timestamp = on; from the next start of the server on, each REFRESH leaves its time.",
        );
    } else if unknown > 0 {
        out.not_judged(
            "server",
            "on a standby it is not known when materialised views were refreshed",
            "Ask the primary.",
        );
    }
}

/// The relations below a view that hold rows: through views, but not through other materialised views, which are told themselves.
fn tables_of(view: &View, views: &HashMap<Oid, &View>) -> Vec<Oid> {
    let (mut open, mut found) = (view.reads.clone(), Vec::new());
    while let Some(oid) = open.pop() {
        match views.get(&oid) {
            _ if found.contains(&oid) => continue,
            Some(other) if other.kind == RelationKind::View => open.extend(&other.reads),
            _ => {}
        }
        found.push(oid);
    }
    found.sort_unstable();
    found
}

/// Whether the counters prove that committed changes came after this moment: those since an ANALYZE that was later, or since a reset
/// of all counters that was.
fn changed_since(heap: &Table, moment: Epoch, database: &Database) -> bool {
    let Some(usage) = heap.state.as_deref().and_then(|state| state.usage.as_ref()) else { return false };
    let later = |at: Option<Epoch>| at.is_some_and(|at| at >= moment + COUNTED_WITHIN);
    usage.modified_since_analyze > 0
        && if usage.last_analyze.is_some() { later(usage.last_analyze) } else { later(database.server.counters_reset) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{database_findings, table};

    const HOUR: f64 = 3600.0;
    const NOW: Epoch = 1e9;

    /// How many findings there are when the view was written and its table analysed so long ago, with so many changes since.
    fn found(written: f64, analysed: Option<f64>, reset: Option<f64>, changes: i64) -> usize {
        let mut database = Database::default();
        (database.server.now, database.server.counters_reset) = (NOW, reset.map(|ago| NOW - ago));
        let usage = TableUsage {
            modified_since_analyze: changes,
            last_analyze: analysed.map(|ago| NOW - ago),
            ..TableUsage::default()
        };
        for (oid, name) in [(1, "orders"), (2, "order_totals")] {
            let mut table = table(oid, name, 100, &["a"]);
            table.state = Some(Box::new(TableState { usage: Some(usage.clone()), ..TableState::default() }));
            database.places.insert(oid, database.tables.len());
            database.tables.push(table);
        }
        let view = |oid, kind, reads| View { oid, kind, reads, populated: true, ..View::default() };
        database.views.push(view(3, RelationKind::View, vec![1]));
        database.views.push(View { written: Some(NOW - written), ..view(2, RelationKind::MaterializedView, vec![3]) });
        database_findings(&RULE, &database).len()
    }

    #[test]
    fn age_alone_is_no_finding_and_a_change_must_be_proved() {
        let week = 168.0 * HOUR;
        assert_eq!(found(week, Some(HOUR), None, 5), 1, "through a view, changed after an ANALYZE that came later");
        assert_eq!(found(week - HOUR, Some(HOUR), None, 5), 0, "young enough");
        assert_eq!(found(week, Some(HOUR), None, 0), 0, "nothing changed since the ANALYZE");
        assert_eq!(found(week, Some(2.0 * week), None, 5), 0, "the changes may be older than the refresh");
        assert_eq!(found(week, Some(week - 60.0), None, 5), 0, "they may have been counted late");
        assert_eq!(found(week, None, Some(HOUR), 5), 1, "counted from nothing after the refresh");
        assert_eq!(found(week, None, Some(2.0 * week), 5), 0);
        assert_eq!(found(week, None, None, 5), 0, "since when is not known");
    }
}
