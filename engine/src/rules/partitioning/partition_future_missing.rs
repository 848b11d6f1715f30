//! Time goes on, and a table that is partitioned by time needs a partition for tomorrow.

use crate::rule::prelude::*;
use crate::rules::state::roots;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-future-missing",
    category: Partitioning,
    severity: Warning,
    title: "the last partition of a table that is partitioned by time ends soon, or has ended",
    why: "A row whose time lies behind the last partition has no place: INSERT fails with 'no partition of relation found for row'. \
          With a DEFAULT partition it goes there instead, which hides the problem and makes it dear: the right partition can then \
          only be created by reading, and emptying, DEFAULT under a lock. Nothing in PostgreSQL creates partitions by itself.",
    remedy: "Create partitions ahead of time, by a job that runs more often than a partition lasts, and watch that it does.",
    parameters: &[
        Parameter {
            name: "horizon_days",
            default: Integer(0),
            what: "partitions must reach this far into the future: days; 0 for the length of the last partition, at most 31 days",
        },
        Parameter {
            name: "archive_days",
            default: Integer(365),
            what: "a table with rows whose last partition ended longer ago is an archive that nobody writes to: days",
        },
    ],
    sources: &[Guide("S-380"), Guide("F-03"), Manual("ddl-partitioning", "Partition Maintenance")],
    examples: &[
        bad("DO $$ BEGIN EXECUTE format(\n\
             \x20   'CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (%L) TO (%L)',\n\
             \x20   date_trunc('day', now()) - interval '40 days', date_trunc('day', now()) - interval '10 days');\n\
             END $$;")
        .title("the last partition ended ten days ago")
        .given("CREATE TABLE visits (id bigint, visited_at timestamptz, PRIMARY KEY (id, visited_at)) PARTITION BY RANGE (visited_at);")
        .advice(),
        bad("DO $$ BEGIN EXECUTE format(\n\
             \x20   'CREATE TABLE visits_now PARTITION OF visits FOR VALUES FROM (%L) TO (%L)',\n\
             \x20   current_date - 28, current_date + 2);\n\
             END $$;")
        .title("the last partition, of 30 days, ends the day after tomorrow")
        .given("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);"),
        good("DO $$ BEGIN EXECUTE format(\n\
              \x20   'CREATE TABLE visits_next PARTITION OF visits FOR VALUES FROM (%L) TO (%L)',\n\
              \x20   current_date, current_date + 60);\n\
              END $$;")
        .title("the future is there")
        .given("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);"),
        good("CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);")
            .title("an open end")
            .given("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);"),
        bad("CREATE TABLE visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');")
            .title("no archive: it never held a row")
            .given("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);")
            .advice(),
        good("CREATE TABLE visits_2020 PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');\n\
              INSERT INTO visits VALUES (1, '2020-05-01');")
            .title("an archive")
            .given("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);"),
        good("CREATE TABLE shards_low PARTITION OF shards FOR VALUES FROM (0) TO (1000);")
            .title("a key that is no time")
            .given("CREATE TABLE shards (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const DAY: f64 = 86_400.0;

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (table, state) in roots(database).filter(|(_, state)| state.strategy == Some(Strategy::Range)) {
        let relation = &table.relation;
        let children: Vec<(&Table, &TableState)> = state
            .children
            .iter()
            .filter_map(|oid| database.table(*oid))
            .filter_map(|child| child.state.as_deref().map(|state| (child, state)))
            .collect();
        let catch_all = children.iter().any(|(_, state)| state.is_default_partition());
        let last = children
            .iter()
            .filter_map(|(child, state)| state.range.as_ref().map(|range| (*child, range)))
            .filter(|(_, range)| range.clock.is_some())
            .filter_map(|(child, range)| range.upper.map(|upper| (child, range, upper)))
            .max_by(|a, b| a.2.total_cmp(&b.2));
        let Some((child, range, upper)) = last else { continue };
        let (Some(clock), true) = (range.clock, upper.is_finite()) else { continue };
        let left = (upper - clock) / DAY;
        let length = range.lower.filter(|lower| lower.is_finite()).map_or(31.0, |lower| (upper - lower) / DAY);
        let horizon = match cx.integer("horizon_days", relation) {
            0 => length.min(31.0),
            days => days as f64,
        };
        // What holds no row is no archive. A partition that could not be looked at may hold some.
        let long_ago = left < -(cx.integer("archive_days", relation) as f64);
        let holds_rows = || {
            let hidden = |leaf: &&Table| leaf.state.as_ref().is_some_and(|state| state.locked);
            relation.size.bytes > 0 || relation.size.rows > 0 || database.heaps(table).iter().any(hidden)
        };
        if left >= horizon || long_ago && holds_rows() {
            continue;
        }
        let over = left <= 0.0;
        let message = if over {
            format!("the last partition of {} has ended", relation.display())
        } else {
            format!("the last partition of {} ends soon", relation.display())
        };
        let finding = out.relation(relation, message);
        let when =
            if over { format!("ended {} days ago", (-left).round()) } else { format!("ends in {} days", left.floor()) };
        let then = match (over, catch_all) {
            (true, true) => "New rows go to the DEFAULT partition.",
            (true, false) => "Every INSERT of a current row fails.",
            (false, true) => "After that new rows go to the DEFAULT partition.",
            (false, false) => "After that every INSERT of a current row fails.",
        };
        if over && !catch_all {
            finding.severity(Error);
        }
        finding
            .detail(format!("{} {when}. {then}", child.relation.display()))
            .evidence("days_left", left.round())
            .evidence("default_partition", catch_all);
        match &range.next_sql {
            // One more partition is enough only where its time has not passed as well, and DEFAULT would have to be read.
            Some(next) if !over && !catch_all && range.single => {
                let base = sql::derived_name(&relation.name, "_next");
                let taken = children.iter().any(|(child, _)| child.relation.name == base);
                let name = relation.sibling(&if taken { sql::derived_name(&relation.name, "_next_2") } else { base });
                finding.advice("Create the next partition, and have a job do so from now on:").remedy(format!(
                    "CREATE TABLE {name} PARTITION OF {} FOR VALUES FROM ({}) TO ({next});",
                    relation.sql(),
                    range.upper_sql
                ));
            }
            _ => {
                finding.advice(
                    "Create the partitions up to now and some ahead, and have a job do so from now on. Rows that went to DEFAULT have to be \
                     moved first.",
                );
            }
        }
    }
}
