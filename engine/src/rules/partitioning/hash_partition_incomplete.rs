//! Hash partitions must cover every remainder.

use crate::rule::prelude::*;

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
        .given("CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);"),
        bad("CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);\n\
             CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);")
        .title("different moduli")
        .given("CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);"),
        good(
            "CREATE TABLE sessions_0 PARTITION OF sessions FOR VALUES WITH (MODULUS 2, REMAINDER 0);\n\
              CREATE TABLE sessions_1 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 1);\n\
              CREATE TABLE sessions_3 PARTITION OF sessions FOR VALUES WITH (MODULUS 4, REMAINDER 3);",
        )
        .title("different moduli that cover everything")
        .given("CREATE TABLE sessions (id bigint PRIMARY KEY, note text) PARTITION BY HASH (id);"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let Some(state) = table.state.as_deref().filter(|state| state.strategy == Some(Strategy::Hash)) else {
            continue;
        };
        let bounds: Vec<(i64, i64)> = state
            .children
            .iter()
            .filter_map(|oid| database.table(*oid)?.state.as_deref()?.hash)
            .filter(|(modulus, _)| *modulus > 0)
            .collect();
        // Moduli divide each other, so the largest counts them all. The bound keeps a strange catalog from costing us memory.
        let Some(most) = bounds.iter().map(|(modulus, _)| *modulus).max().filter(|most| *most <= 100_000) else {
            continue;
        };
        if bounds.len() < state.children.len() {
            continue;
        }
        let mut covered = vec![false; most as usize];
        for (modulus, remainder) in &bounds {
            for place in (*remainder..most).step_by(*modulus as usize) {
                covered[place as usize] = true;
            }
        }
        let missing: Vec<i64> = (0..most).filter(|place| !covered[*place as usize]).collect();
        if missing.is_empty() {
            continue;
        }
        let relation = &table.relation;
        let share = 100 * missing.len() as i64 / most;
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
                    "CREATE TABLE {name} PARTITION OF {} FOR VALUES WITH (MODULUS {most}, REMAINDER {remainder});",
                    relation.sql()
                )
            })
            .collect();
        out.relation(
            relation,
            format!("hash partitions of {} leave {share} % of all keys without a place", relation.display()),
        )
        .detail(format!("Of modulus {most} {missed} missing: every INSERT of such a key fails."))
        .advice("Create the missing partitions:")
        .remedy(sql.join("\n"))
        .evidence("modulus", most)
        .evidence("missing", missing);
    }
}
