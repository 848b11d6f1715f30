//! Hash partitions must cover every remainder.

use super::{left_incomplete, taken, together};
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
    also: &[Check::Of(Aspects::PARTITIONS, check_new)],
    enabled: true,
};

fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    if let Some(coverage) = left_incomplete(table, cx) {
        tell(&table.relation, coverage, out);
    }
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let taken = taken(database);
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let Some(state) = table.state.as_deref().filter(|state| state.strategy == Some(Strategy::Hash)) else {
            continue;
        };
        let bounds: Vec<(i64, i64)> =
            state.children.iter().filter_map(|oid| database.table(*oid)?.state.as_deref()?.hash).collect();
        if bounds.len() < state.children.len() {
            continue;
        }
        let relation = &table.relation;
        if let Some(coverage) = PartitionCoverage::of_hash(&bounds).filter(PartitionCoverage::is_incomplete) {
            tell(relation, &coverage.named(&relation.name, |name| taken(relation, name)), out);
        }
    }
}

fn tell(relation: &Relation, coverage: &PartitionCoverage, out: &mut Findings) {
    let PartitionCoverage::Hash { modulus, missing, names } = coverage else { return };
    let share = 100 * missing.len() as i64 / modulus;
    let shown: Vec<String> = missing.iter().map(i64::to_string).collect();
    let missed = match shown.as_slice() {
        [one] => format!("remainder {one} is"),
        all => format!("remainders {} are", list(all, 8)),
    };
    let create = |(remainder, name): (&i64, &String)| {
        let (name, parent) = (relation.sibling(name), relation.sql());
        format!("CREATE TABLE {name} PARTITION OF {parent} FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder});")
    };
    let sql: Vec<String> = missing.iter().zip(names).map(create).collect();
    let message = format!("hash partitions of {} leave {share} % of all keys without a place", relation.display());
    out.relation(relation, message)
        .detail(format!("Of modulus {modulus} {missed} missing: every INSERT of such a key fails."))
        .advice("Create the missing partitions:")
        .remedy(together(&sql))
        .evidence("modulus", *modulus)
        .evidence("missing", missing.as_slice());
}
