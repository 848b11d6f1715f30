//! CREATE TABLE ... PARTITION OF reads the default partition.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "default-partition-scan",
    category: Locks,
    severity: Warning,
    title: "a new partition makes the server read the whole default partition",
    why: "The default partition must hold no row that belongs to the new partition. CREATE TABLE ... PARTITION OF (and ATTACH PARTITION, which has a rule of its own) reads all of it to know, while it holds ACCESS EXCLUSIVE on the default partition and on the parent: the whole partitioned table stands still. A validated CHECK on the default partition that excludes the new bound spares the scan.",
    remedy: "Prove it with a CHECK on the default partition, NOT VALID, then validated while reads and writes go on; create the new table by itself and attach it; drop the CHECK. Rows that are in the way must be moved first.",
    parameters: &[],
    sources: &[
        Guide("S-182"),
        Manual("ddl-partitioning", "Partition Maintenance"),
        Code("src/backend/commands/tablecmds.c", "check_default_partition_contents"),
    ],
    examples: &[
        bad("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .given(WITH_DEFAULT),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a valid CHECK excludes the bound")
            .given(with!(
                WITH_DEFAULT,
                "ALTER TABLE events_rest ADD CONSTRAINT far_away CHECK (happened_at >= '2028-01-01');"
            )),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("the default partition is empty")
            .given(with!(WITH_DEFAULT, "TRUNCATE events_rest;")),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("there is no default partition")
            .given(EVENTS),
    ],
    check: Check::On(Kinds::CREATE_TABLE, check),
    also: &[],
    enabled: true,
};

/// `EVENTS` with a live default partition.
const WITH_DEFAULT: &str = with!(
    EVENTS,
    "CREATE TABLE events_rest PARTITION OF events DEFAULT;\n\
     INSERT INTO events SELECT g, '2030-06-01', 'p' || g FROM generate_series(1, 3000) AS g;\n\
     ANALYZE events_rest;"
);

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::CreateTable(create) = &statement.ddl else { return };
    let Some(parent) = create.partition_of.as_ref().and_then(|name| recipes::other(statement, name)) else { return };
    let scans = scans(statement, cx);
    let Some(relation) = scans.first() else { return };
    let names: Vec<String> = scans.iter().map(|relation| relation.display()).collect();
    let message = format!("creating a partition of {} reads all of {}", parent.relation.display(), list(&names, 3));
    let finding = out.relation(relation, message);
    finding
        .detail(recipes::sentences(&[
            recipes::holds(statement, cx, relation, "while every row is read"),
            recipes::holds(statement, cx, &parent.relation, "as long"),
        ]))
        .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
        .evidence("parent", parent.relation.display())
        .advice(
            "Prove that no row belongs to the new partition while reads and writes go on, each statement by itself:",
        );
    let steps = recipes::known(statement.impact.default_constraint.as_ref())
        .zip(recipes::attach_new(statement, create, parent));
    if let Some((condition, attach)) = steps.filter(|_| scans.len() == 1) {
        let name = sql::derived_name(&relation.name, "_outside");
        finding.remedy(format!(
            "{}\n{attach}\nALTER TABLE {} DROP CONSTRAINT {};",
            recipes::add_then_validate(relation, &name, &format!("CHECK {}", sql::in_parentheses(condition))),
            relation.sql(),
            sql::ident(&name)
        ));
    }
}

/// The leaves of the default partition that CREATE TABLE reads; none where none of them is live.
pub(super) fn scans<'a>(statement: &'a Statement, cx: &Context) -> Vec<&'a Relation> {
    let found: Vec<&Effect> = statement
        .impact
        .effects
        .iter()
        .filter(|effect| matches!(effect.work, Work::Scan(Scan::DefaultPartition)))
        .collect();
    if found.iter().any(|effect| cx.live(&effect.relation)) { recipes::relations(&found) } else { Vec::new() }
}
