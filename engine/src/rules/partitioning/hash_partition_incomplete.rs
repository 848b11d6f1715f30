//! Hash partitions must cover every remainder.

use super::{left_incomplete, together};
use crate::rule::prelude::*;

const SESSIONS: &str = "CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);";

const FILLED: &str = "CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);\n\
    CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);\n\
    CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 1);\n\
    INSERT INTO sessions SELECT generate_series(1, 100);";

/// The rule.
pub static RULE: Rule = Rule {
    name: "hash-partition-incomplete",
    category: Partitioning,
    severity: Error,
    title: "the hash partitions of a table do not cover every remainder",
    why: "A row goes to the partition whose remainder its key's hash leaves. Where no partition has that remainder INSERT fails \
          with 'no partition of relation found for row'; with two of four partitions about half of all inserts do, by \
          chance of the key. Hash partitioning has no DEFAULT partition that would catch them.",
    remedy: "Create the partitions that are missing.",
    parameters: &[],
    sources: &[Guide("S-379"), Guide("F-02"), Manual("ddl-partitioning", "Hash Partitioning")],
    examples: &[
        bad("CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 0);\n\
             CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);")
        .title("two of four")
        .given(SESSIONS)
        .check(),
        bad("CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);\n\
             CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);")
        .title("different moduli")
        .given(SESSIONS)
        .lint(),
        bad("BEGIN;\n\
             CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);\n\
             CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 0);\n\
             CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);\n\
             COMMIT;")
        .title("two of four, in the transaction that creates the table"),
        bad("ALTER TABLE sessions DETACH PARTITION sessions_1 CONCURRENTLY;")
            .title("a partition is detached from a table with rows")
            .given(FILLED),
        good(
            "CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);\n\
              CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);\n\
              CREATE TABLE sessions_3 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 3);",
        )
        .title("different moduli that cover everything")
        .given(SESSIONS)
        .check(),
        good("CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);")
            .title("an empty table, built statement by statement")
            .given(SESSIONS),
        good(
            "BEGIN;\n\
              ALTER TABLE sessions DETACH PARTITION sessions_1;\n\
              CREATE TABLE sessions_1a PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);\n\
              CREATE TABLE sessions_1b PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 3);\n\
              COMMIT;",
        )
        .title("one is replaced by two")
        .given(FILLED),
    ],
    check: Check::Database(check),
    also: &[Check::Table(check_new)],
    enabled: true,
};

fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    if let Some(PartitionCoverage::Hash { modulus, missing }) = left_incomplete(table, cx) {
        tell(&table.relation, *modulus, missing, out);
    }
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let Some(state) = table.state.as_deref().filter(|state| state.strategy == Some(Strategy::Hash)) else {
            continue;
        };
        let bounds: Vec<(i64, i64)> =
            state.children.iter().filter_map(|oid| database.table(*oid)?.state.as_deref()?.hash).collect();
        if bounds.len() < state.children.len() {
            continue;
        }
        if let Some(PartitionCoverage::Hash { modulus, missing }) = PartitionCoverage::of_hash(&bounds) {
            tell(&table.relation, modulus, &missing, out);
        }
    }
}

fn tell(relation: &Relation, modulus: i64, missing: &[i64], out: &mut Findings) {
    if missing.is_empty() {
        return;
    }
    let share = 100 * missing.len() as i64 / modulus;
    let shown: Vec<String> = missing.iter().map(i64::to_string).collect();
    let missed = if missing.len() == 1 {
        format!("remainder {} is", shown[0])
    } else {
        format!("remainders {} are", list(&shown, 8))
    };
    let sql: Vec<String> = missing
        .iter()
        .take(64)
        .map(|remainder| {
            let name = relation.sibling(&sql::derived_name(&relation.name, &format!("_p{remainder}")));
            format!(
                "CREATE TABLE {name} PARTITION OF {} FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder});",
                relation.sql()
            )
        })
        .collect();
    out.relation(
        relation,
        format!("hash partitions of {} leave {share} % of all keys without a place", relation.display()),
    )
    .detail(format!("Of modulus {modulus} {missed} missing: every INSERT of such a key fails."))
    .advice("Create the missing partitions:")
    .remedy(together(&sql))
    .evidence("modulus", modulus)
    .evidence("missing", missing);
}
