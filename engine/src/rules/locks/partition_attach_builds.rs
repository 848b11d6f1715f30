//! ATTACH PARTITION builds indexes and checks foreign keys.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-attach-builds",
    category: Locks,
    severity: Warning,
    title: "ATTACH PARTITION builds an index or checks a foreign key while nobody can use the new partition",
    why: "Every index, unique constraint and foreign key of the partitioned table must exist on the new partition. What is missing ATTACH PARTITION builds and checks itself, under ACCESS EXCLUSIVE on the new partition; a foreign key is checked under SHARE ROW EXCLUSIVE on the referenced table as well. A matching valid index is attached in an instant. A matching foreign key is too, but for that instant ATTACH takes ACCESS EXCLUSIVE on the referenced table.",
    remedy: "Build the missing indexes CONCURRENTLY and add the foreign keys NOT VALID and validate them before, on the table that is to be attached; ATTACH then adopts them.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "ATTACH PARTITION"), Code("src/backend/commands/tablecmds.c", "AttachPartitionEnsureIndexes")],
    examples: &[
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("the primary key is missing")
            .given(with!(EVENTS, EVENTS_2026)),
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("an index is missing")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "ALTER TABLE events_2026 ADD PRIMARY KEY (id, happened_at);\nCREATE INDEX idx_events_payload ON events (payload);"
            )),
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("an index on an expression is missing")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "ALTER TABLE events_2026 ADD PRIMARY KEY (id, happened_at);\nCREATE INDEX idx_events_payload ON events (lower(payload));"
            ))
            .advice(),
        bad("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a foreign key is missing")
            .given(with!(
                with!(EVENTS, EVENTS_2026),
                "ALTER TABLE events_2026 ADD PRIMARY KEY (id, happened_at);\n\
                 ALTER TABLE events ADD COLUMN source_id bigint;\n\
                 ALTER TABLE events_2026 ADD COLUMN source_id bigint;\n\
                 UPDATE events_2026 SET source_id = 1 + id % 3;\n\
                 CREATE TABLE sources (id bigint PRIMARY KEY);\n\
                 INSERT INTO sources VALUES (1), (2), (3);\n\
                 CREATE INDEX idx_events_source_id ON events (source_id);\n\
                 CREATE INDEX idx_events_2026_source_id ON events_2026 (source_id);\n\
                 ALTER TABLE events ADD CONSTRAINT events_source FOREIGN KEY (source_id) REFERENCES sources MATCH FULL ON DELETE RESTRICT;\n\
                 ANALYZE events_2026;"
            )),
        good("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("all of it is there")
            .given(with!(with!(EVENTS, EVENTS_2026), "ALTER TABLE events_2026 ADD PRIMARY KEY (id, happened_at);")),
        good("ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("an empty table")
            .given(with!(with!(EVENTS, EVENTS_2026), "TRUNCATE events_2026;")),
    ],
    check: Check::On(Kinds::ATTACH, check),
    also: &[],
    enabled: true,
};

/// A live table with the columns of `shop.events` whose rows are proved to fit below it.
const EVENTS_2026: &str = "\
CREATE TABLE events_2026 (
    id bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    payload text,
    CONSTRAINT valid_year CHECK (happened_at >= '2026-01-01' AND happened_at < '2027-01-01')
);
INSERT INTO events_2026 SELECT g, '2026-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE events_2026;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(parent) = &statement.target else { return };
    for (number, command) in statement.commands() {
        let AlterCommand::AttachPartition { partition } = command else { continue };
        let Some(attached) = recipes::other(statement, partition) else { continue };
        let work = recipes::live_work(statement, cx, number, |work| {
            matches!(work, Work::BuildIndex { .. } | Work::Scan(Scan::ForeignKey { .. }))
        });
        if work.is_empty() {
            continue;
        }
        let relation = &attached.relation;
        let builds = work.iter().filter(|effect| matches!(effect.work, Work::BuildIndex { .. })).count();
        let keys = work.len() - builds;
        let what = match (builds, keys) {
            (0, 1) => "checks a foreign key".to_owned(),
            (0, n) => format!("checks {n} foreign keys"),
            (1, 0) => "builds an index".to_owned(),
            (n, 0) => format!("builds {n} indexes"),
            (n, m) => format!("builds {n} and checks {m} indexes and foreign keys"),
        };
        let message = format!("ATTACH PARTITION {what} on {} while nobody can use it", relation.display());
        let finding = out.relation(relation, message);
        finding
            .detail(recipes::sentences(&[
                recipes::holds(statement, cx, relation, "until it is done"),
                format!("{} has them, and every partition must.", parent.relation.display()),
            ]))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("parent", parent.relation.display());
        match script(statement, parent, attached) {
            Some(sql) => finding
                .advice(
                    "Make them before, without blocking anybody, then attach, each statement by itself. (A foreign key is adopted \
                     under ACCESS EXCLUSIVE on the referenced table, for an instant.)",
                )
                .remedy(sql),
            None => finding.advice(
                "Build the same indexes CONCURRENTLY on it and add the same foreign keys NOT VALID, validate these, then attach.",
            ),
        };
    }
}

/// What is missing, made online, then ATTACH. None where an index cannot be written down, or what is attached is itself partitioned.
fn script(statement: &Statement, parent: &Table, attached: &Table) -> Option<String> {
    let bound = recipes::known(statement.impact.partition_bound.as_ref())?;
    if attached.relation.kind != RelationKind::Table {
        return None;
    }
    let relation = &attached.relation;
    let mut steps: Vec<String> = Vec::new();
    for index in &statement.impact.missing_indexes {
        let plain = index.predicate.is_none()
            && index.method == "btree"
            && index.keys.iter().all(|key| {
                key.column
                    .and_then(|number| parent.column_by_number(number))
                    .is_some_and(|column| key.collation == column.collation && !key.descending && !key.nulls_first)
            });
        if !plain {
            return None;
        }
        let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
        let columns: Vec<String> = parent.column_names(&numbers).into_iter().map(str::to_owned).collect();
        let included: Vec<String> = parent.column_names(&index.included).into_iter().map(str::to_owned).collect();
        let constraint = index.constraint.as_deref().and_then(|name| parent.constraint(name));
        if let Some(constraint) = constraint {
            let unique = recipes::Unique {
                primary: constraint.kind == ConstraintKind::PrimaryKey,
                name: None,
                columns: &columns,
                included: &included,
                nulls_not_distinct: index.nulls_not_distinct,
                deferrable: constraint.deferrable,
                deferred: constraint.deferred,
            };
            steps.push(unique.online_on(attached));
        } else {
            let unique = if index.unique { "UNIQUE " } else { "" };
            let include =
                if included.is_empty() { String::new() } else { format!(" INCLUDE ({})", sql::ident_list(&included)) };
            let nulls = if index.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
            let name = if index.unique {
                recipes::unique_index_name(attached, &columns)
            } else {
                recipes::index_name(attached, &columns)
            };
            steps.push(format!(
                "CREATE {unique}INDEX CONCURRENTLY {} ON {} ({}){include}{nulls};",
                sql::ident(&name),
                relation.sql(),
                sql::ident_list(&columns)
            ));
        }
    }
    for key in &statement.impact.missing_keys {
        // The server adopts it by what it says, whatever its name.
        let name = recipes::constraint_name(attached, &parent.column_names(&key.columns), "_fkey");
        steps.push(recipes::add_then_validate(relation, &name, &recipes::definition(parent, key)?));
    }
    let attach = format!("ALTER TABLE {} ATTACH PARTITION {} {bound};", parent.relation.sql(), relation.sql());
    if statement.impact.missing_keys.is_empty() {
        steps.push(attach);
    } else {
        steps.push(recipes::brief(&attach));
    }
    Some(steps.join("\n"))
}
