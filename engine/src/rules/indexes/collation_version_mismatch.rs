//! Indexes that were sorted by another version of the collation.

use crate::rule::prelude::*;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "collation-version-mismatch",
    category: Indexes,
    severity: Error,
    title: "a collation changed under the indexes that it sorts",
    why: "The order of text comes from the C library or from ICU, and an upgrade of the operating system may change it. An index \
          that was sorted by the old order is then searched by the new one: rows are not found, duplicates slip into unique \
          indexes, and nothing says so but a WARNING that nobody reads. Standbys on another version have the same trouble.",
    remedy: "Rebuild the indexes that depend on the collation, then record the new version with ALTER COLLATION ... REFRESH VERSION, \
             or ALTER DATABASE ... REFRESH COLLATION VERSION for the database's own. Look also at partition bounds, CHECK \
             constraints and materialised views that compare text. Indexes with a pattern operator class or the collation C do \
             not depend on it.",
    parameters: &[Parameter {
        name: "max_listed",
        default: Integer(1000),
        what: "the remedy rebuilds at most this many indexes, the largest first: indexes",
    }],
    sources: &[
        Manual("sql-altercollation", "Notes"),
        Manual("sql-alterdatabase", "REFRESH COLLATION VERSION"),
        Code("src/backend/utils/adt/pg_locale.c", "get_collation_actual_version"),
    ],
    examples: &[
        bad("UPDATE pg_collation SET collversion = '1.0' WHERE collname = 'unicode_like';")
            .given(SORTED)
            .until(15),
        good("ALTER COLLATION unicode_like REFRESH VERSION;").title("the version is that of the library").given(SORTED).until(15),
        good("UPDATE pg_collation SET collversion = '1.0' WHERE collname = 'unicode_like';")
            .title("a pattern class compares bytes")
            .given(
                "CREATE COLLATION unicode_like (provider = icu, locale = 'und');\n\
                 CREATE TABLE words (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text COLLATE unicode_like);\n\
                 CREATE INDEX idx_words_word ON words (word text_pattern_ops);",
            )
            .until(15),
        good("SELECT FROM words;")
            .title("the collation C has no version")
            .given(
                "CREATE TABLE words (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text COLLATE \"C\");\n\
                 CREATE INDEX idx_words_word ON words (word);",
            ),
        ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// A table that is sorted by a collation of ICU. (Servers that are built without ICU are tried with other tests.)
const SORTED: &str = "\
CREATE COLLATION unicode_like (provider = icu, locale = 'und');
CREATE TABLE words (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text COLLATE unicode_like);
CREATE INDEX idx_words_word ON words (word);";

/// The collation of the database has this OID (`pg_collation.dat`).
const DATABASES_OWN: Oid = 100;

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let changed = |oid: Oid| {
        database.collations.get(&oid).filter(|collation| match (&collation.recorded, &collation.actual) {
            (Some(recorded), Some(actual)) => recorded != actual,
            _ => false,
        })
    };
    if !database.collations.keys().any(|oid| changed(*oid).is_some()) {
        return;
    }
    // All of them hang on the order; of extensions too, for nobody else will say so.
    let mut hit: BTreeMap<Oid, Vec<(&Table, &Index)>> = BTreeMap::new();
    for table in database.tables.iter().filter(|table| database.in_scope(table.relation.oid)) {
        // A partitioned table's index holds nothing; its parts are listed by themselves.
        if table.relation.kind == RelationKind::PartitionedTable {
            continue;
        }
        for index in &table.indexes {
            let mut seen = Vec::new();
            for key in index.keys.iter().filter(|key| key.by_collation && !seen_before(&mut seen, key.collation)) {
                let Some(collation) = changed(key.collation) else { continue };
                // Where equal means the same bytes, a hash does not depend on the order.
                if index.method != "hash" || !collation.deterministic {
                    hit.entry(key.collation).or_default().push((table, index));
                }
            }
        }
    }
    for (oid, mut indexes) in hit {
        let Some(collation) = changed(oid) else { continue };
        indexes.sort_by_key(|(_, index)| (std::cmp::Reverse(*index.bytes), index.oid));
        report(database, cx, collation, &indexes, out);
    }
}

fn seen_before(seen: &mut Vec<Oid>, oid: Oid) -> bool {
    let before = seen.contains(&oid);
    seen.push(oid);
    before
}

fn report(database: &Database, cx: &Context, collation: &Collation, indexes: &[(&Table, &Index)], out: &mut Findings) {
    let own = collation.oid == DATABASES_OWN;
    let name = sql::qualified(&collation.schema, &collation.name);
    let what = if own {
        format!("the collation of database {}", sql::ident(&database.server.database))
    } else {
        format!("collation {name}")
    };
    let sum: u64 = indexes.iter().map(|(_, index)| *index.bytes).sum();
    let names: Vec<String> = indexes.iter().map(|(_, index)| index.sql()).collect();
    let unique = indexes.iter().filter(|(_, index)| index.unique).count();
    let most = usize::try_from(cx.number("max_listed")).unwrap_or(usize::MAX);
    let mut statements: Vec<String> = indexes
        .iter()
        .take(most)
        .map(|(_, index)| {
            let concurrently = if index.exclusion { "" } else { "CONCURRENTLY " };
            format!("REINDEX INDEX {concurrently}{};", index.sql())
        })
        .collect();
    statements.push(if own {
        format!("ALTER DATABASE {} REFRESH COLLATION VERSION;", sql::ident(&database.server.database))
    } else {
        format!("ALTER COLLATION {name} REFRESH VERSION;")
    });
    let shown = |version: &Option<String>| version.clone().unwrap_or_default();
    let plural = if indexes.len() == 1 { "index was" } else { "indexes were" };
    out.object(
        "collation",
        &collation.schema,
        &collation.name,
        format!("{} {plural} sorted by another version of {what}", count(indexes.len() as u64)),
    )
    .detail(format!(
        "It was recorded with version {}, and the library has {}. In danger: {} ({}, {} unique).",
        shown(&collation.recorded),
        shown(&collation.actual),
        list(&names, 5),
        bytes(sum),
        unique
    ))
    .advice(if indexes.len() > most {
        "Rebuild the largest indexes, outside a transaction block, and then the others; record the version when all are done:"
    } else {
        "Rebuild the indexes, outside a transaction block, and record the version when all are done:"
    })
    .remedy(statements.join("\n"))
    .evidence("indexes", names.iter().take(most).cloned().collect::<Vec<_>>())
    .evidence("recorded", shown(&collation.recorded))
    .evidence("actual", shown(&collation.actual))
    .impact(sum, 0, 0);
}
