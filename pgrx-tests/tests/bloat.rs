//! The estimate of `table-bloat` against pgstattuple, which reads every page: within 10 points, or not judged.

use anyhow::Result;
use harness::Cluster;

/// Tables, and what fills them. All are analysed afterwards.
const TABLES: &[(&str, &str, &str)] = &[
    ("even", "id bigint, n bigint", "SELECT g, g FROM generate_series(1, 30000) AS g"),
    (
        "padded",
        "a boolean, b bigint, c boolean, d bigint, e boolean, f bigint",
        "SELECT true, g, true, g, true, g FROM generate_series(1, 30000) AS g",
    ),
    (
        "short_texts",
        "id integer, t text, n bigint",
        "SELECT g, repeat('x', 1 + g % 60), g FROM generate_series(1, 30000) AS g",
    ),
    (
        "long_texts",
        "id integer, t text, n bigint",
        "SELECT g, repeat(md5(g::text), 10), g FROM generate_series(1, 10000) AS g",
    ),
    ("wide", "id integer, t text STORAGE PLAIN", "SELECT g, repeat('x', 1500) FROM generate_series(1, 2000) AS g"),
    (
        "nulls",
        "a bigint, b bigint, c text, d bigint, e timestamptz, f integer, g integer, h integer, i bigint",
        "SELECT g, NULLIF(g % 3, 0), CASE WHEN g % 2 = 0 THEN 'text ' || g END, CASE WHEN g % 5 = 0 THEN g END, now(), g, NULL, g, g FROM generate_series(1, 30000) AS g",
    ),
    ("narrow", "a boolean", "SELECT true FROM generate_series(1, 50000) AS g"),
    (
        "numerics",
        "id bigint, n numeric(12,2), u uuid, j jsonb",
        "SELECT g, g * 1.37, gen_random_uuid(), jsonb_build_object('k', g, 'v', md5(g::text)) FROM generate_series(1, 20000) AS g",
    ),
    (
        "toasted",
        "id bigint, t text STORAGE EXTERNAL",
        "SELECT g, repeat(md5(g::text), 100) FROM generate_series(1, 3000) AS g",
    ),
];

#[test]
fn the_estimate_is_within_ten_points() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = db.connect()?;
    if !session.has_contrib()? {
        eprintln!("left out: the server comes without pgstattuple");
        return Ok(());
    }
    session.batch_execute(
        "SET architect.mode = off; CREATE SCHEMA shop; SET search_path = shop; CREATE EXTENSION pgstattuple SCHEMA public;
         SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0, \"percent\": 0}')",
    )?;
    // As it was filled; with two rows of three deleted; with every row updated; with room by fillfactor.
    let variants = [
        ("full", "", ""),
        ("holed", "", "DELETE FROM {t} WHERE (ctid::text::point)[1]::integer % 3 <> 0; VACUUM {t};"),
        ("half", " WITH (fillfactor = 50)", ""),
        ("dropped", "", "ALTER TABLE {t} ADD COLUMN extra bigint; ALTER TABLE {t} DROP COLUMN extra;"),
    ];
    let mut names = Vec::new();
    for (name, columns, fill) in TABLES {
        // PostgreSQL 15 has no STORAGE in CREATE TABLE.
        let plain = columns.replace(" STORAGE PLAIN", "").replace(" STORAGE EXTERNAL", "");
        for (variant, options, then) in &variants {
            let table = format!("{name}_{variant}");
            session.batch_execute(&format!("CREATE TABLE {table} ({plain}){options} "))?;
            for storage in ["PLAIN", "EXTERNAL"] {
                if columns.contains(&format!("STORAGE {storage}")) {
                    session.batch_execute(&format!("ALTER TABLE {table} ALTER COLUMN t SET STORAGE {storage}"))?;
                }
            }
            let sql = format!("INSERT INTO {table} {fill}; {then} VACUUM (ANALYZE) {{t}}").replace("{t}", &table);
            // VACUUM stands alone, also in what a client sends at once.
            for statement in sql.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
                session.batch_execute(statement)?;
            }
            names.push((table, *variant));
        }
    }
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (table, variant) in &names {
        let row = session.query_one(
            "SELECT (SELECT (evidence->>'wasted_percent')::float8 FROM architect.check() WHERE rule = 'table-bloat' AND relation_name = $1::text),
                    (SELECT (100.0 * (free_space + dead_tuple_len) / NULLIF(table_len, 0))::float8 FROM public.pgstattuple('shop.' || $1::text))",
            &[table],
        )?;
        let (estimate, measured): (Option<f64>, Option<f64>) = (row.get(0), row.get(1));
        let Some(estimate) = estimate else { continue };
        judged += 1;
        // What fillfactor reserves is free, and no bloat.
        let reserved = if *variant == "half" { 50.0 } else { 0.0 };
        let measured = measured.unwrap_or(0.0) - reserved;
        if (estimate - measured).abs() > 10.0 {
            wrong.push(format!("{table}: estimated {estimate}, measured {measured:.1}"));
        }
    }
    assert!(judged >= 24, "only {judged} of {} were judged", names.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
