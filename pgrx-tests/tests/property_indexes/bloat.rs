//! The estimated size of a btree, against what a rebuild gives and what `pgstatindex` measures.

use crate::{execute, extension, stage};
use anyhow::{Result, ensure};
use harness::Cluster;

/// How many percentage points the likely figure may be off, where the estimate does not itself allow for more than twice that.
const POINTS: f64 = 10.0;
/// How many percentage points the truth may lie outside of what the estimate allows for. The rule speaks by the lower end.
const MARGIN: f64 = 3.0;

/// What is done to a table after its indexes were built.
const LIVES: &[(&str, &str)] = &[
    ("fresh", ""),
    ("emptied", "DELETE FROM {} WHERE id % 5 > 0;"),
    ("thinned", "DELETE FROM {} WHERE id % 2 = 0;"),
    ("churned", "UPDATE {} SET i = i + 1 WHERE id % 3 = 0; VACUUM {}; UPDATE {} SET i = i + 1 WHERE id % 3 = 1;"),
    (
        "grown",
        "INSERT INTO {} (id, i, few, several, t, m, n, r, o) SELECT id + 60000, i, few, several, t, m || 'x', n, r, o FROM {} ORDER BY md5(id::text);",
    ),
];

const KEYS: &[&str] = &[
    "(id)",
    "(i)",
    "(few)",
    "(several)",
    "(t)",
    "(m)",
    "(n)",
    "(r)",
    "(o)",
    "(few, id)",
    "(several, t)",
    "(few, several)",
    "(i) INCLUDE (few)",
    "(lower(t))",
    "(id) WITH (fillfactor = 60)",
    "(several) WITH (deduplicate_items = off)",
    "(r, o)",
    "(i) WHERE few = 1",
];

#[test]
fn the_size_of_a_btree_is_what_a_rebuild_gives() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = stage(&db)?;
    let measured = extension(&mut session, "pgstattuple")?;
    session.batch_execute(
        "SELECT architect.configure('index-bloat', parameters => '{\"min_bloat_percent\": 0, \"min_index_bytes\": 0}')",
    )?;
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    let (mut judged, mut sure, mut squares) = (0, 0, 0.0);
    for (life, sql) in LIVES {
        let table = format!("t_{life}");
        execute(
            &mut session,
            &format!(
                "CREATE TABLE {table} (id bigint, i integer, few smallint, several integer, t text, m text, n numeric, r uuid, o timestamptz)
                     WITH (autovacuum_enabled = off);
                 INSERT INTO {table} SELECT g, g * 7919 % 60000, g % 7, CASE WHEN g % 4 > 0 THEN g * 31 % 3000 END,
                        'some text ' || repeat('x', g % 23) || g, md5(g::text), g * 1.5, md5(g::text)::uuid,
                        CASE WHEN g % 2 = 0 THEN '2026-01-01'::timestamptz + g * interval '1 minute' END
                 FROM generate_series(1, 60000) AS g"
            ),
        )?;
        for (n, keys) in KEYS.iter().enumerate() {
            execute(&mut session, &format!("CREATE INDEX {table}_{n} ON {table} {keys}"))?;
        }
        // VACUUM wants to be alone.
        for statement in sql.replace("{}", &table).split_inclusive(';') {
            execute(&mut session, statement)?;
        }
        execute(&mut session, &format!("VACUUM {table}"))?;
        execute(&mut session, &format!("ANALYZE {table}"))?;
        let rows = session.query(
            "SELECT object, (evidence->>'bytes')::float8, (evidence->>'expected_bytes')::float8,
                    (evidence->>'bloat_percent')::float8, (evidence->>'bloat_percent_at_least')::float8,
                    (evidence->>'bloat_percent_at_most')::float8
             FROM architect.check('p', $1) WHERE rule = 'index-bloat' ORDER BY object",
            &[&table],
        )?;
        ensure!(rows.len() == KEYS.len(), "{life}: {} of {} indexes were judged", rows.len(), KEYS.len());
        for row in rows {
            let name: String = row.get(0);
            let number: usize = name.rsplit('_').next().unwrap_or_default().parse()?;
            let (now, likely, least, most): (f64, f64, f64, f64) = (row.get(1), row.get(3), row.get(4), row.get(5));
            let density: Option<f64> = if measured {
                session.query_one("SELECT avg_leaf_density FROM pgstatindex($1)", &[&name])?.get(0)
            } else {
                None
            };
            execute(&mut session, &format!("REINDEX INDEX {name}"))?;
            let rebuilt: f64 =
                session.query_one("SELECT pg_relation_size($1::text::regclass)::float8", &[&name])?.get(0);
            // A negative figure is an index that is better packed than a rebuild would pack it.
            let truth = (100.0 * (1.0 - rebuilt / now)).max(0.0);
            judged += 1;
            squares += (likely - truth).powi(2);
            let line = format!(
                "{life:<8} {:<38} rebuild saves {truth:>5.1} %, estimate {likely:>3.0} % ({least:.0} to {most:.0}), leaves {} % full",
                KEYS[number],
                density.map_or_else(|| "?".to_owned(), |density| format!("{density:.0}"))
            );
            let narrow = most - least <= 2.0 * POINTS;
            sure += usize::from(narrow);
            // Of an index of some twenty pages the last one, which is never full, is more than that.
            let margin = MARGIN.max(100.0 * 8192.0 / now);
            if (narrow && (likely - truth).abs() > POINTS) || least > truth + margin || most < truth - margin {
                wrong.push(line.clone());
            }
            lines.push(line);
        }
    }
    println!("{}", lines.join("\n"));
    println!(
        "bloat: {judged} indexes, {sure} with a narrow range; {} wrong; root mean square {:.1} points",
        wrong.len(),
        (squares / f64::from(judged)).sqrt()
    );
    ensure!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
