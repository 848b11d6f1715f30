//! ATTACH PARTITION reads the rows to prove that they belong there.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-attach-scan",
    category: Locks,
    severity: Warning,
    title: "ATTACH PARTITION reads a whole table while nobody can use it",
    why: "ATTACH PARTITION takes ACCESS EXCLUSIVE on the new partition and reads all its rows to see whether they \
          fit the bound, and does the same with the default partition, which must hold no row of the new one. Both \
          stay locked for reads and writes until it is done. A validated CHECK constraint that implies the bound \
          (with NOT NULL where the key may be NULL) spares the scan.",
    remedy: "Add a CHECK constraint that says what the bound says, NOT VALID; validate it while reads and writes go \
             on; attach; drop the CHECK. On the default partition a CHECK that says the opposite.",
    parameters: &[],
    sources: &[
        Guide("S-182"),
        Manual("sql-altertable", "ATTACH PARTITION"),
        Manual("ddl-partitioning", "Partition Maintenance"),
        Code("src/backend/commands/tablecmds.c", "QueuePartitionConstraintValidation"),
    ],
    examples: &[
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .given(with!(EVENTS, EVENTS_2026)),
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a CHECK that is not validated proves nothing")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "ALTER TABLE events_2026 ADD CONSTRAINT valid_year\n\
                 CHECK (happened_at >= '2026-01-01' AND happened_at < '2027-01-01') NOT VALID;"
            )),
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("the default partition is read, although the new one is empty")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "TRUNCATE events_2026;\n\
                 CREATE TABLE events_rest PARTITION OF events DEFAULT;\n\
                 INSERT INTO events SELECT g, '2030-06-01', 'p' || g FROM generate_series(1, 3000) AS g; ANALYZE events_rest;"
            )),
        bad("ALTER TABLE events_later ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("the default partition of a partition")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "TRUNCATE events_2026;\n\
                 CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2040-01-01')\n    \
                     PARTITION BY RANGE (happened_at);\n\
                 CREATE TABLE events_later_rest PARTITION OF events_later DEFAULT;\n\
                 INSERT INTO events SELECT g, '2030-06-01', 'p' || g FROM generate_series(1, 3000) AS g;\n\
                 ANALYZE events_later_rest;"
            )),
        good("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a valid CHECK implies the bound")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "ALTER TABLE events_2026 ADD CONSTRAINT valid_year\n\
                 CHECK (happened_at >= '2026-01-01' AND happened_at < '2027-01-01');"
            )),
        good("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("an empty table")
            .given(with!(with!(EVENTS, EVENTS_2026), "TRUNCATE events_2026;")),
        good("ALTER INDEX idx_events_payload ATTACH PARTITION idx_events_2024_payload;").title("an index").given(with!(
            EVENTS,
            "CREATE INDEX idx_events_payload ON ONLY events (payload);\n\
             CREATE INDEX idx_events_2024_payload ON events_2024 (payload);"
        )),
    ],
    check: Check::On(Kinds::ATTACH, check),
    also: &[],
    enabled: true,
};

/// A live table that fits below `shop.events`.
const EVENTS_2026: &str = "\
CREATE TABLE events_2026 (LIKE events INCLUDING ALL);
INSERT INTO events_2026 SELECT g, '2026-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE events_2026;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(parent) = &statement.target else { return };
    for (number, command) in statement.commands() {
        let AlterCommand::AttachPartition { partition } = command else { continue };
        let scans = |wanted: &Scan| -> Vec<&Relation> {
            let found: Vec<&Effect> = statement
                .impact
                .of_command(number)
                .filter(|effect| matches!(&effect.work, Work::Scan(scan) if scan == wanted))
                .collect();
            if found.iter().any(|effect| cx.live(&effect.relation)) { recipes::relations(&found) } else { Vec::new() }
        };
        let (attached, default) = (scans(&Scan::PartitionBound), scans(&Scan::DefaultPartition));
        // What is attached may itself be partitioned: the CHECK belongs on its root.
        let root = recipes::other(statement, partition).map(|table| &table.relation).or(attached.first().copied());
        let read: Vec<&Relation> = if attached.is_empty() { Vec::new() } else { root.into_iter().collect() };
        let Some(relation) = read.first().or(default.first()).copied() else { continue };
        let names: Vec<String> = read.iter().chain(&default).map(|relation| relation.display()).collect();
        let message = format!("ATTACH PARTITION to {} reads all of {}", parent.relation.display(), list(&names, 3));
        let locks: Vec<String> = read
            .iter()
            .chain(&default)
            .map(|relation| recipes::holds(statement, cx, relation, "while every row is read"))
            .collect();
        let finding = out.relation(relation, message);
        finding
            .detail(recipes::sentences(&locks))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("parent", parent.relation.display())
            .advice("Prove the bound with a CHECK, NOT VALID and then validated, before this statement.");
        if let Some(sql) = script(statement, &parent.relation, root, &read, &default) {
            finding
                .advice("Prove the bound with a CHECK while reads and writes go on, each statement by itself:")
                .remedy(sql);
        }
    }
}

/// CHECKs, validated, then ATTACH, then the CHECKs dropped.
fn script(
    statement: &Statement,
    parent: &Relation,
    partition: Option<&Relation>,
    read: &[&Relation],
    default: &[&Relation],
) -> Option<String> {
    let demand = recipes::known(statement.impact.partition_constraint.as_ref())?;
    let bound = recipes::known(statement.impact.partition_bound.as_ref())?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut prove = |table: &Relation, suffix: &str, check: &str| {
        let name = sql::derived_name(&table.name, suffix);
        before.push(recipes::add_then_validate(table, &name, check));
        after.push(format!("ALTER TABLE {} DROP CONSTRAINT {};", table.sql(), sql::ident(&name)));
    };
    let demand = sql::in_parentheses(demand);
    for table in read {
        prove(table, "_bound_check", &format!("CHECK {demand}"));
    }
    for table in default {
        // Not the opposite of the demand: that has the bounds of the ancestors, too.
        let condition = recipes::known(statement.impact.default_constraint.as_ref())?;
        prove(table, "_outside_check", &format!("CHECK {}", sql::in_parentheses(condition)));
    }
    before.push(format!("ALTER TABLE {} ATTACH PARTITION {} {bound};", parent.sql(), partition?.sql()));
    before.append(&mut after);
    Some(before.join("\n"))
}
