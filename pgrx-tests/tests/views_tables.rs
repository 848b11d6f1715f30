//! The views of indexes, tables, vacuum, sequences, columns, constraints and partitions: each verdict where it must be and where it
//! must not. PostgreSQL is asked wherever it knows: EXPLAIN, pgstattuple, an insert that fails.

mod common;

use common::*;
use harness::{Cluster, Db, Options, Session};
use std::sync::Arc;

/// A fresh database, and a session in it in which the guard is silent.
#[track_caller]
fn stage(sql: &str) -> (Db, Session) {
    let db = database();
    let session = prepared(&db, sql);
    (db, session)
}

#[track_caller]
fn prepared(db: &Db, sql: &str) -> Session {
    let mut session = connect(db);
    ok(&mut session, &format!("SET architect.mode = off; {sql}"));
    session
}

/// The texts that a query gives, one per row.
#[track_caller]
fn texts(session: &mut Session, sql: &str) -> Vec<String> {
    let rows = session.query(sql, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_else(|| "NULL".to_owned())).collect()
}

/// The plan of a query when reading the table is the last resort.
#[track_caller]
fn plan(session: &mut Session, sql: &str) -> String {
    ok(session, "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan");
    let plan = texts(session, &format!("EXPLAIN (COSTS OFF) {sql}")).join("\n");
    ok(session, "RESET enable_seqscan; RESET plan_cache_mode");
    plan
}

/// Counters look 400 days old from here on.
#[track_caller]
fn age_counters(session: &mut Session) {
    ok(
        session,
        "CREATE OR REPLACE VIEW architect.counter_age WITH (security_invoker = true) AS
         SELECT now() - interval '400 days' AS counters_since, interval '400 days' AS counter_age, 'a test'::text AS began_with,
                pg_postmaster_start_time() AS server_started, true AS counting",
    );
}

fn verdict(session: &mut Session, index: &str) -> String {
    let mut rows = texts(session, &format!("SELECT verdict FROM architect.index_usage WHERE index_name = '{index}'"));
    assert_eq!(rows.len(), 1, "rows of {index}");
    rows.remove(0)
}

#[test]
fn an_empty_database_gives_no_advice() {
    let (_db, mut session) = stage("");
    for view in [
        "index_usage",
        "missing_fk_indexes",
        "missing_index_candidates",
        "table_health",
        "sequence_health",
        "column_advice",
        "partition_health",
        // The settings of roles are the cluster's, and other tests make some.
        "constraint_health WHERE scope <> 'setting'",
    ] {
        assert_eq!(value::<i64>(&mut session, &format!("SELECT count(*) FROM architect.{view}")), 0, "{view}");
    }
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.vacuum_health WHERE scope = 'table'"), 0);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.counter_age"), 1);
}

#[test]
fn indexes_that_are_equal_and_those_that_only_look_so() {
    let (_db, mut session) = stage(
        "CREATE TABLE t (id int PRIMARY KEY, a text, b int, ab int, c int[], n text COLLATE \"C\");
         INSERT INTO t SELECT g, 'a' || g, g % 50, g, ARRAY[g], 'n' || g FROM generate_series(1, 5000) g;
         CREATE INDEX a1 ON t (a); CREATE INDEX a2 ON t (a) WITH (fillfactor = 70);
         CREATE INDEX a_pattern ON t (a text_pattern_ops); CREATE INDEX a_hash ON t USING hash (a); CREATE INDEX a_c ON t (a COLLATE \"C\");
         CREATE INDEX low1 ON t (lower(a)); CREATE INDEX low2 ON t (lower( a )); CREATE INDEX upp ON t (upper(a));
         CREATE INDEX part1 ON t (b) WHERE ab = 3; CREATE INDEX part2 ON t (b) WHERE ab=3; CREATE INDEX part3 ON t (b) WHERE ab = 4;
         CREATE INDEX inc1 ON t (ab) INCLUDE (b, a); CREATE INDEX inc2 ON t (ab) INCLUDE (a, b); CREATE UNIQUE INDEX uni ON t (ab);
         CREATE INDEX like_key ON t (id);
         CREATE INDEX gin1 ON t USING gin (c); CREATE INDEX gin2 ON t USING gin (c) WITH (fastupdate = off);
         CREATE INDEX n1 ON t (n); CREATE INDEX n2 ON t (n DESC); CREATE INDEX n3 ON t (n NULLS FIRST);
         ALTER TABLE t ADD CONSTRAINT u1 UNIQUE (a, id), ADD CONSTRAINT u2 UNIQUE (a, id); ANALYZE t",
    );
    let found = texts(
        &mut session,
        "SELECT index_name || ' ' || verdict || ' ' || coalesce(duplicate_of, prefix_of) FROM architect.index_usage
         WHERE duplicate_of IS NOT NULL OR prefix_of IS NOT NULL ORDER BY index_name",
    );
    assert_eq!(
        found,
        [
            // a1 is a prefix of the constraint's index; a2 equals a1. The hash, pattern and other-collation ones stay.
            "a1 prefix u1",
            "a2 duplicate a1",
            "gin2 duplicate gin1",
            "inc2 duplicate inc1",
            "like_key prefix t_pkey",
            "low2 duplicate low1",
            // The same order, all of it mirrored.
            "n2 prefix n1",
            "part2 duplicate part1",
        ]
    );
    // Neither of two constraints' indexes is ever proposed.
    assert_eq!(verdict(&mut session, "u2"), "keep");

    // Nothing is lost: what the dropped ones served, the others serve.
    let queries = [
        "SELECT * FROM t WHERE a = 'a7'",
        "SELECT * FROM t WHERE lower(a) = 'a7'",
        "SELECT * FROM t WHERE b = 3 AND ab = 3",
        "SELECT id FROM t WHERE id = 4",
        "SELECT n FROM t ORDER BY n DESC LIMIT 5",
        "SELECT a, b FROM t WHERE ab = 9",
    ];
    for query in queries {
        assert!(plan(&mut session, query).contains("Index"), "{query}");
    }
    ok(&mut session, "DROP INDEX a1, a2, gin2, inc2, like_key, low2, n2, part2; VACUUM t");
    for query in queries {
        let plan = plan(&mut session, query);
        assert!(plan.contains("Index") && !plan.contains("Sort"), "{query}\n{plan}");
    }
    let left = texts(
        &mut session,
        "SELECT index_name::text FROM architect.index_usage WHERE verdict IN ('duplicate', 'prefix') ORDER BY 1",
    );
    assert_eq!(left, [""; 0], "a second look finds nothing");
}

#[test]
fn unused_is_said_of_old_counters_and_of_what_nothing_needs() {
    let (_db, mut session) = stage(
        "CREATE TABLE p (id int PRIMARY KEY, code text); CREATE UNIQUE INDEX p_code ON p (code);
         CREATE TABLE c (id int, p_id int REFERENCES p, code text REFERENCES p (code), a int NOT NULL, b int, r tsrange, EXCLUDE USING gist (r WITH &&));
         CREATE INDEX c_p ON c (p_id); CREATE INDEX c_a ON c (a); CREATE INDEX c_b ON c (b); CREATE INDEX c_expr ON c ((a + b));
         CREATE UNIQUE INDEX c_ident ON c (id, b, a); CREATE INDEX c_cluster ON c (id); ALTER TABLE c CLUSTER ON c_cluster;
         CREATE TABLE m (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
         CREATE INDEX m_id ON m (id); CREATE INDEX m_at ON m (at);
         INSERT INTO m SELECT g, '2025-06-01' FROM generate_series(1, 1000) g;
         INSERT INTO c SELECT g, NULL, NULL, g, g, NULL FROM generate_series(1, 1000) g; ANALYZE",
    );
    // Counters of a database that was made a moment ago prove nothing.
    assert_eq!(verdict(&mut session, "c_a"), "not judged");
    let reason = texts(&mut session, "SELECT reason FROM architect.index_usage WHERE index_name = 'c_a'").remove(0);
    assert!(reason.contains("0 days only (creation of the database)"), "{reason}");
    assert_eq!(
        texts(&mut session, "SELECT unused::text FROM architect.index_usage WHERE index_name = 'c_a'"),
        ["NULL"]
    );

    age_counters(&mut session);
    ok(
        &mut session,
        "SET enable_seqscan = off; SELECT * FROM c WHERE b = 3; SELECT * FROM m1 WHERE id = 3; RESET enable_seqscan",
    );
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    let mut other = session;
    let found =
        texts(&mut other, "SELECT index_name::text FROM architect.index_usage WHERE unused ORDER BY index_name");
    // Not: m_id, which one partition used; c_p, which serves a foreign key; unique ones; the CLUSTER order; the exclusion's.
    assert_eq!(found, ["c_a", "c_expr", "m_at"]);
    let reason = texts(&mut other, "SELECT reason FROM architect.index_usage WHERE index_name = 'c_expr'").remove(0);
    assert!(reason.contains("400 days") && reason.contains("statistics on its expressions"), "{reason}");
    let needed = texts(
        &mut other,
        "SELECT index_name || ': ' || array_to_string(needed_by, ', ') FROM architect.index_usage WHERE index_name IN ('c_p', 'p_code', 'c_cluster') ORDER BY 1",
    );
    assert_eq!(
        needed,
        [
            "c_cluster: CLUSTER order",
            "c_p: serves foreign key c_p_id_fkey",
            "p_code: foreign key c_code_fkey refers to it, unique"
        ]
    );
    let (scans, writes): (i64, i64) = {
        let row = other
            .query_one("SELECT scans, writes FROM architect.index_usage WHERE index_name = 'c_b'", &[])
            .expect("a row");
        (row.get(0), row.get(1))
    };
    assert_eq!((scans, writes), (1, 1000));

    // What the log knows to be new is not called unused.
    ok(
        &mut other,
        "INSERT INTO architect.ddl_log (id, happened_at, session_role, outer_role, effective_role, tag, objects, findings, predicted_rewrites, actual_rewrites)
         VALUES (gen_random_uuid(), now() - interval '3 days', 'a', 'a', 'a', 'CREATE TABLE', '{}', '[]', '{}', '{}');
         CREATE INDEX c_new ON c ((b - a))",
    );
    assert_eq!(verdict(&mut other, "c_new"), "not judged");
    assert_eq!(verdict(&mut other, "c_a"), "unused");
    if cluster_major(&mut other) >= 16 {
        let seen =
            "SELECT (last_scan > now() - interval '1 hour')::text FROM architect.index_usage WHERE index_name = 'c_b'";
        assert_eq!(texts(&mut other, seen), ["true"]);
    }
}

fn cluster_major(session: &mut Session) -> i32 {
    value(session, "SELECT current_setting('server_version_num')::int / 10000")
}

#[test]
fn invalid_is_what_failed_and_not_what_is_being_built() {
    let (db, mut session) = stage(
        "CREATE TABLE t (id int, a int); INSERT INTO t SELECT 1, g FROM generate_series(1, 100) g;
         CREATE TABLE m (id int, at date) PARTITION BY RANGE (at); CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         CREATE INDEX m_only ON ONLY m (id)",
    );
    let run = session.run("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (id)");
    assert!(run.error.is_some(), "it has duplicates");
    assert_eq!(verdict(&mut session, "broken"), "invalid");
    assert_eq!(verdict(&mut session, "m_only"), "wait");

    // A build waits for a transaction that may still see the table without it.
    let mut holder = prepared(&db, "BEGIN; INSERT INTO t VALUES (0, 0)");
    let mut watcher = prepared(&db, "");
    let builder = std::thread::spawn({
        let mut builder = prepared(&db, "");
        move || {
            ok(&mut builder, "CREATE INDEX CONCURRENTLY building ON t (a)");
        }
    });
    wait_until(&mut watcher, "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%')");
    assert_eq!(verdict(&mut watcher, "building"), "wait");
    assert_eq!(
        texts(&mut watcher, "SELECT invalid::text FROM architect.index_usage WHERE index_name = 'building'"),
        ["false"]
    );
    ok(&mut holder, "COMMIT");
    builder.join().expect("the build");
    assert_ne!(verdict(&mut watcher, "building"), "wait");
}

#[test]
fn bloat_of_indexes_is_what_pgstatindex_measures() {
    let (_db, mut session) = stage("");
    if !common::contrib(&mut session) {
        return;
    }
    ok(
        &mut session,
        "CREATE EXTENSION pgstattuple;
         CREATE TABLE t (id bigint, few int, name text, big uuid, maybe int, num numeric);
         INSERT INTO t SELECT g, g % 100, 'name of ' || g, gen_random_uuid(), CASE WHEN g % 3 = 0 THEN g END, g % 1000 FROM generate_series(1, 120000) g;
         CREATE INDEX i_id ON t (id); CREATE INDEX i_few ON t (few); CREATE INDEX i_name ON t (name); CREATE INDEX i_two ON t (few, id);
         CREATE INDEX i_maybe ON t (maybe); CREATE INDEX i_num ON t (num); CREATE INDEX i_inc ON t (few) INCLUDE (id);
         CREATE INDEX i_fill ON t (id) WITH (fillfactor = 60); CREATE INDEX i_expr ON t (lower(name)); CREATE INDEX i_gin ON t USING gin (to_tsvector('simple', name));
         VACUUM ANALYZE t",
    );
    // Free space in leaves, and pages that are empty: what a rebuild gives back.
    let compare = "SELECT format('%s: %s against %s', index_name, bloat_percent, round(measured)) FROM (
           SELECT u.*, greatest(100 - 100 * s.avg_leaf_density / coalesce(substring(c.reloptions::text, 'fillfactor=(\\d+)')::float, 90)
                                    * s.leaf_pages / (s.index_size / 8192), 0) AS measured
           FROM architect.index_usage u JOIN pg_class c ON c.oid = u.index_oid CROSS JOIN LATERAL pgstatindex(u.index_oid) s
           WHERE u.bloat_method LIKE 'estimate%') AS m
         WHERE abs(bloat_percent - measured) > 10 ORDER BY 1";
    let judged = "SELECT count(*) FROM architect.index_usage WHERE bloat_method LIKE 'estimate%'";
    assert_eq!(value::<i64>(&mut session, judged), 8);
    // A build packs the pages of skewed posting lists less than fully, so 10 points it is, and not zero.
    assert_eq!(texts(&mut session, compare), [""; 0], "as built");
    ok(&mut session, "DELETE FROM t WHERE id % 4 <> 0; VACUUM ANALYZE t");
    assert_eq!(value::<i64>(&mut session, judged), 8);
    assert_eq!(texts(&mut session, compare), [""; 0], "after deletes");
    let much: i64 = value(&mut session, "SELECT count(*) FROM architect.index_usage WHERE bloat_percent > 55");
    assert!(much >= 7, "{much} are bloated");
    let unjudged = texts(
        &mut session,
        "SELECT index_name || ' ' || bloat_method FROM architect.index_usage WHERE bloat_bytes IS NULL ORDER BY 1",
    );
    assert_eq!(unjudged, ["i_expr not judged: has expressions", "i_gin not judged: no formula for gin"]);
}

#[test]
fn bloat_of_tables_is_what_pgstattuple_measures() {
    let (db, mut session) = stage("");
    if !common::contrib(&mut session) {
        return;
    }
    ok(
        &mut session,
        "CREATE EXTENSION pgstattuple;
         CREATE TABLE padded (a bool, b bigint, c bool, d bigint, e bool, f bigint);
         INSERT INTO padded SELECT true, g, true, g, true, g FROM generate_series(1, 60000) g;
         CREATE TABLE dropped (a int, w text); INSERT INTO dropped SELECT g, repeat('x', 500) FROM generate_series(1, 20000) g; ALTER TABLE dropped DROP COLUMN w;
         CREATE TABLE texts (id int, t text, n int, u text, b bigint);
         INSERT INTO texts SELECT g, repeat('y', g % 60), CASE WHEN g % 2 = 0 THEN g END, md5(g::text), g FROM generate_series(1, 60000) g;
         CREATE TABLE nulls (id int, c1 int, c2 int, c3 bigint, c4 text, c5 int, c6 int, c7 int, c8 int, c9 int);
         INSERT INTO nulls SELECT g, CASE WHEN g % 2 = 0 THEN 1 END, NULL, CASE WHEN g % 3 = 0 THEN 1 END, CASE WHEN g % 2 = 1 THEN 'abc' END, 1, NULL, 1, 1, NULL FROM generate_series(1, 60000) g;
         CREATE TABLE filled (id int, t text) WITH (fillfactor = 70); INSERT INTO filled SELECT g, md5(g::text) FROM generate_series(1, 60000) g;
         CREATE TABLE holes (id int, t text); INSERT INTO holes SELECT g, md5(g::text) FROM generate_series(1, 60000) g; DELETE FROM holes WHERE id % 10 < 6;
         CREATE TABLE wide (id int, j text); ALTER TABLE wide ALTER j SET STORAGE PLAIN; INSERT INTO wide SELECT g, repeat('z', 1500 + g % 1000) FROM generate_series(1, 3000) g;
         CREATE TABLE toasted (id int, j text); INSERT INTO toasted SELECT g, (SELECT string_agg(md5((g * i)::text), '') FROM generate_series(1, 100) i) FROM generate_series(1, 3000) g;
         CREATE TABLE added (id int); INSERT INTO added SELECT generate_series(1, 60000); ALTER TABLE added ADD COLUMN k bigint DEFAULT 7;
         CREATE TABLE small (id int); INSERT INTO small SELECT generate_series(1, 100);
         VACUUM ANALYZE; CREATE TABLE raw AS SELECT * FROM texts",
    );
    let apart = texts(
        &mut session,
        "SELECT format('%s: %s against %s', table_name, bloat_percent, measured) FROM (
           SELECT h.*, greatest(100.0 * s.free_space / s.table_len + s.dead_tuple_percent - (100 - coalesce(substring(c.reloptions::text, 'fillfactor=(\\d+)')::int, 100)), 0) AS measured
           FROM architect.table_health h JOIN pg_class c ON c.oid = h.table_oid CROSS JOIN LATERAL pgstattuple(h.table_oid) s WHERE h.bloat_bytes IS NOT NULL) AS m
         WHERE abs(bloat_percent - measured) > 10",
    );
    assert_eq!(apart, [""; 0]);
    let methods = texts(
        &mut session,
        "SELECT table_name || ' ' || bloat_method FROM architect.table_health WHERE bloat_bytes IS NULL ORDER BY 1",
    );
    assert_eq!(
        methods,
        [
            "added not judged: columns added with a default, which old rows do not hold",
            "dropped not judged: dropped columns, which old rows still hold",
            "raw not judged: never analyzed",
            "small not judged: under 20 pages",
        ]
    );
    let judged =
        texts(&mut session, "SELECT table_name::text FROM architect.table_health WHERE bloat_percent > 30 ORDER BY 1");
    assert_eq!(judged, ["holes"]);

    // A reader without the tables sees sizes and counters, and is told what it may not see.
    let reader = role(&db, "reader");
    ok(&mut session, &format!("GRANT pg_monitor TO {reader}"));
    let mut reader = db.connect_as(&reader).expect("a session");
    let seen = texts(
        &mut reader,
        "SELECT DISTINCT bloat_method FROM architect.table_health WHERE table_name IN ('padded', 'holes', 'texts')",
    );
    assert_eq!(seen, ["not judged: no right to see column statistics"]);
    let advice = texts(
        &mut reader,
        "SELECT DISTINCT advice || ': ' || reason FROM architect.column_advice WHERE table_name = 'padded'",
    );
    assert_eq!(advice, ["not judged: no right to see the statistics of its columns (SELECT on the table)"]);
    let sizes: i64 =
        value(&mut reader, "SELECT min(heap_bytes) FROM architect.table_health WHERE table_name = 'padded'");
    assert!(sizes > 1_000_000);
    for view in [
        "counter_age",
        "index_usage",
        "missing_fk_indexes",
        "missing_index_candidates",
        "vacuum_health",
        "sequence_health",
        "constraint_health",
        "partition_health",
    ] {
        value::<i64>(&mut reader, &format!("SELECT count(*) FROM architect.{view}"));
    }
}

#[test]
fn table_health_tells_how_a_table_fares() {
    let (_db, mut session) = stage(
        "CREATE TABLE t (id int PRIMARY KEY, a int, long text); CREATE INDEX t_a ON t (a); ALTER TABLE t SET (autovacuum_enabled = off);
         INSERT INTO t SELECT g, g, (SELECT string_agg(md5((g * i)::text), '') FROM generate_series(1, 90) i) FROM generate_series(1, 3000) g;
         CREATE TABLE u (id int PRIMARY KEY, a int) WITH (autovacuum_enabled = off); CREATE INDEX u_a ON u (a);
         INSERT INTO u SELECT g, g FROM generate_series(1, 20000) g; SELECT pg_stat_force_next_flush(); VACUUM ANALYZE;
         CREATE TABLE m (id int, at date) PARTITION BY RANGE (at); CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         INSERT INTO m SELECT g, '2025-06-01' FROM generate_series(1, 1000) g; ANALYZE m1",
    );
    ok(&mut session, "UPDATE u SET a = a + 1");
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    let row = |session: &mut Session, table: &str, column: &str| {
        texts(session, &format!("SELECT ({column})::text FROM architect.table_health WHERE table_name = '{table}'"))
            .remove(0)
    };
    assert_eq!(row(&mut session, "u", "advice"), "{\"many dead rows\",\"few HOT updates\"}");
    assert_eq!(row(&mut session, "u", "dead_rows || ' ' || modified_rows || ' ' || hot_percent"), "20000 20000 0.0");
    assert_eq!(
        row(&mut session, "m", "advice::text || ' ' || partitions || ' ' || rows"),
        "{\"parent never analyzed\"} 1 1000"
    );
    assert_eq!(row(&mut session, "t", "advice"), "{}");
    assert_eq!(
        row(
            &mut session,
            "t",
            "total_bytes = heap_bytes + index_bytes + toast_bytes AND toast_bytes > 3000000 AND index_bytes > 0"
        ),
        "true"
    );
    // Sizes are those of the files, a page or two apart.
    assert_eq!(row(&mut session, "t", "abs(total_bytes - pg_total_relation_size(table_oid)) < 300000"), "true");
    assert_eq!(texts(&mut session, "SELECT count(*)::text FROM architect.table_health WHERE table_name = 'm1'"), ["0"]);
}

#[test]
fn foreign_keys_are_served_when_the_planner_says_so() {
    let cases = [
        // table, its columns, its indexes, whether it is served, the query of the check
        ("pk", "id int PRIMARY KEY REFERENCES a", "", true, "id"),
        ("wider", "id bigint REFERENCES a", "CREATE INDEX ON wider (id)", true, "id"),
        ("first", "id int REFERENCES a, z int", "CREATE INDEX ON first (id, z)", true, "id"),
        ("second", "id int REFERENCES a, z int", "CREATE INDEX ON second (z) INCLUDE (id)", false, "id"),
        ("hashed", "id int REFERENCES a", "CREATE INDEX ON hashed USING hash (id)", true, "id"),
        ("only_filled", "id int REFERENCES a", "CREATE INDEX ON only_filled (id) WHERE id IS NOT NULL", true, "id"),
        ("othernull", "id int REFERENCES a, z int", "CREATE INDEX ON othernull (id) WHERE z IS NOT NULL", false, "id"),
        ("only_empty", "id int REFERENCES a", "CREATE INDEX ON only_empty (id) WHERE id IS NULL", false, "id"),
        ("positive", "id int REFERENCES a", "CREATE INDEX ON positive (id) WHERE id > 0", false, "id"),
        ("pattern", "t text REFERENCES a (t)", "CREATE INDEX ON pattern (t text_pattern_ops)", true, "t"),
        ("short", "t varchar(20) REFERENCES a (t)", "CREATE INDEX ON short (t)", true, "t"),
        ("collated", "t text REFERENCES a (t)", "CREATE INDEX ON collated (t COLLATE \"C\")", false, "t"),
        ("expression", "id int REFERENCES a", "CREATE INDEX ON expression ((id + 0))", false, "id"),
        ("typed", "id bigint REFERENCES n", "CREATE INDEX ON typed (id)", false, "id"),
        ("bare", "id int REFERENCES a", "", false, "id"),
    ];
    let (_db, mut session) = stage(
        "CREATE TABLE a (id int PRIMARY KEY, x int, t text UNIQUE, UNIQUE (id, x)); CREATE TABLE n (id numeric PRIMARY KEY);
         INSERT INTO a SELECT g, g, 't' || g FROM generate_series(1, 2000) g",
    );
    for (table, columns, indexes, served, column) in cases {
        ok(&mut session, &format!("CREATE TABLE {table} ({columns}); {indexes}"));
        let missing: bool = value(
            &mut session,
            &format!("SELECT EXISTS (SELECT FROM architect.missing_fk_indexes WHERE table_name = '{table}')"),
        );
        assert_eq!(!missing, served, "{table}");
        // The query of PostgreSQL's own trigger, planned without a value: an index that cannot be asked leaves a filter.
        let parameter = match (table, column) {
            ("typed", _) => "numeric",
            (_, "t") => "text",
            _ => "int",
        };
        let operator = "OPERATOR(pg_catalog.=)";
        ok(
            &mut session,
            &format!(
                "PREPARE q_{table}({parameter}) AS SELECT 1 FROM ONLY {table} x WHERE $1 {operator} {column} FOR KEY SHARE OF x"
            ),
        );
        let value = if parameter == "text" { "'t1'" } else { "1" };
        let plan = plan(&mut session, &format!("EXECUTE q_{table}({value})"));
        assert_eq!(plan.contains("Index Cond"), served, "{table}\n{plan}");
    }
    ok(
        &mut session,
        "CREATE TABLE block (id int REFERENCES a); CREATE INDEX ON block USING brin (id);
         CREATE TABLE mixed (x int, id int, z int, FOREIGN KEY (id, x) REFERENCES a (id, x)); CREATE INDEX ON mixed (x, id, z);
         CREATE TABLE apart (x int, id int, z int, FOREIGN KEY (id, x) REFERENCES a (id, x)); CREATE INDEX ON apart (x, z, id);
         CREATE UNIQUE INDEX CONCURRENTLY broken ON only_empty (id)",
    );
    let found = texts(
        &mut session,
        "SELECT table_name::text FROM architect.missing_fk_indexes WHERE table_name IN ('block', 'mixed', 'apart') ORDER BY 1",
    );
    assert_eq!(found, ["apart", "block"]);
    // What types forbid is not mended by an index, and said so; every statement mends its own.
    assert_eq!(
        texts(
            &mut session,
            "SELECT (obstacle IS NOT NULL AND statement IS NULL)::text FROM architect.missing_fk_indexes WHERE table_name = 'typed'"
        ),
        ["true"]
    );
    for statement in
        texts(&mut session, "SELECT statement FROM architect.missing_fk_indexes WHERE statement IS NOT NULL")
    {
        ok(&mut session, &statement);
    }
    assert_eq!(texts(&mut session, "SELECT table_name::text FROM architect.missing_fk_indexes"), ["typed"]);
}

#[test]
fn foreign_keys_of_partition_trees_are_one_row() {
    let (_db, mut session) = stage(
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10);
         CREATE TABLE tree (id int REFERENCES a, d int) PARTITION BY LIST (d);
         CREATE TABLE \"leaf One\" PARTITION OF tree FOR VALUES IN (1);
         CREATE TABLE middle PARTITION OF tree FOR VALUES IN (2) PARTITION BY LIST (id); CREATE TABLE leaf_two PARTITION OF middle DEFAULT;
         CREATE TABLE by_leaf (id int REFERENCES a, d int) PARTITION BY LIST (d);
         CREATE TABLE by_leaf_1 PARTITION OF by_leaf FOR VALUES IN (1); CREATE INDEX ON by_leaf_1 (id);
         CREATE TABLE h (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1); CREATE TABLE child (id int REFERENCES h)",
    );
    let missing = "SELECT table_name || ' ' || foreign_key FROM architect.missing_fk_indexes ORDER BY 1";
    assert_eq!(texts(&mut session, missing), ["child child_id_fkey", "tree tree_id_fkey"]);
    ok(&mut session, "CREATE TABLE by_leaf_2 PARTITION OF by_leaf FOR VALUES IN (2)");
    assert_eq!(texts(&mut session, missing).len(), 3, "a partition without an index");
    for script in texts(&mut session, "SELECT statement FROM architect.missing_fk_indexes") {
        for statement in script.split('\n') {
            ok(&mut session, statement);
        }
    }
    assert_eq!(texts(&mut session, missing), [""; 0]);
    let valid: bool = value(
        &mut session,
        "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid IN ('tree'::regclass, 'middle'::regclass)",
    );
    assert!(valid, "the parent's indexes are complete");
}

#[test]
fn missing_foreign_key_indexes_are_ranked_by_what_they_cost() {
    let (_db, mut session) = stage(
        "CREATE TABLE quiet (id int PRIMARY KEY); CREATE TABLE busy (id int PRIMARY KEY); INSERT INTO busy SELECT generate_series(1, 100);
         CREATE TABLE large (id int REFERENCES quiet); INSERT INTO large SELECT NULL FROM generate_series(1, 50000);
         CREATE TABLE small (id int REFERENCES busy); INSERT INTO small SELECT NULL FROM generate_series(1, 5000);
         VACUUM ANALYZE; DELETE FROM busy; SELECT pg_stat_force_next_flush()",
    );
    let found = texts(
        &mut session,
        "SELECT table_name || ' ' || child_rows || ' ' || parent_deletes FROM architect.missing_fk_indexes ORDER BY rank",
    );
    assert_eq!(found, ["small 5000 100", "large 50000 0"]);
}

#[test]
fn tables_that_are_read_to_the_end_are_candidates() {
    let (_db, mut session) = stage(
        "CREATE TABLE bare AS SELECT g AS id, g AS a FROM generate_series(1, 11000) g; CREATE TABLE keyed (id int PRIMARY KEY, a int);
         INSERT INTO keyed SELECT g, g FROM generate_series(1, 11000) g; CREATE TABLE tiny AS SELECT 1 AS id; CREATE TABLE early AS SELECT g AS id FROM generate_series(1, 11000) g;
         ANALYZE;
         DO $$ BEGIN FOR i IN 1..150 LOOP
           PERFORM count(*) FROM bare WHERE a = i; PERFORM count(*) FROM tiny; PERFORM 1 FROM early LIMIT 1;
           PERFORM a FROM keyed WHERE id = i; PERFORM a FROM keyed WHERE id = i + 1; IF i < 120 THEN PERFORM count(*) FROM keyed WHERE a = i; END IF;
         END LOOP; END $$; SELECT pg_stat_force_next_flush()",
    );
    let found = "SELECT table_name || ' ' || weight || ' ' || seq_scans || ' ' || indexes FROM architect.missing_index_candidates";
    // bare has no index, so its count of index scans is NULL in the statistics; it must not be lost.
    assert_eq!(texts(&mut session, found).len(), 1, "{:?}", texts(&mut session, found));
    assert!(texts(&mut session, found)[0].starts_with("bare high 15"), "{:?}", texts(&mut session, found));
    let evidence = texts(&mut session, "SELECT evidence FROM architect.missing_index_candidates").remove(0);
    assert!(evidence.contains("counters are young"), "{evidence}");
}

#[test]
fn vacuum_comes_when_the_settings_in_force_say_so() {
    // The tests' common server has autovacuum off; this one has it on, and asleep.
    let options =
        Options::from_environment().expect("a server").set("autovacuum", "on").set("autovacuum_naptime", "1h");
    let cluster = Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let mut session = prepared(
        &db,
        "CREATE TABLE plain (id int); INSERT INTO plain SELECT generate_series(1, 10000);
         CREATE TABLE own (id int) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10, autovacuum_vacuum_insert_threshold = -1);
         INSERT INTO own SELECT generate_series(1, 10000); SELECT pg_stat_force_next_flush(); CREATE TABLE off (id int, t text) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = on);
         ALTER TABLE plain SET (autovacuum_enabled = on, autovacuum_freeze_max_age = 100000); VACUUM ANALYZE plain, own;
         DELETE FROM own WHERE id <= 200; DELETE FROM plain WHERE id <= 50; SELECT pg_stat_force_next_flush()",
    );
    let row = |session: &mut Session, name: &str, columns: &str| {
        texts(
            session,
            &format!("SELECT concat_ws(' ', {columns}) FROM architect.vacuum_health WHERE scope = 'table' AND name = '{name}'"),
        )
        .remove(0)
    };
    // 50 + 20 % of 10000; of rows inserted since the VACUUM there are none, so dying is the nearer.
    assert_eq!(
        row(
            &mut session,
            "plain",
            "verdict, dead_rows, vacuum_threshold, insert_threshold >= 1000, analyze_threshold, rows_to_analyze, freeze_max_age"
        ),
        "ok 50 2050 t 1050 1001 100000"
    );
    // Before 18 also the inserts' threshold is 1000 + 20 %; since, frozen pages do not count: plain was not frozen or all of it was.
    let nearest: i64 = row(&mut session, "plain", "rows_to_vacuum").parse().expect("a number");
    assert!((951..=2001).contains(&nearest), "{nearest}");
    assert_eq!(
        row(&mut session, "own", "verdict, dead_rows, vacuum_threshold, rows_to_vacuum, insert_threshold IS NULL"),
        "vacuum due 200 110 0 t"
    );
    assert_eq!(row(&mut session, "off", "verdict, autovacuum, rows_to_vacuum IS NULL"), "autovacuum off f t");
    let evidence = row(&mut session, "off", "evidence");
    assert!(evidence.contains("its TOAST table has autovacuum on"), "{evidence}");
    if cluster_major(&mut session) >= 18 {
        ok(&mut session, "ALTER TABLE plain SET (autovacuum_vacuum_max_threshold = 40)");
        assert_eq!(row(&mut session, "plain", "verdict, vacuum_threshold"), "vacuum due 40");
    }
    let (age, left): (i64, i64) = {
        let row = session
            .query_one("SELECT xid_age, xids_left FROM architect.vacuum_health WHERE scope = 'database' AND name = current_database()", &[])
            .expect("a row");
        (row.get(0), row.get(1))
    };
    assert_eq!(age + left, 2_147_483_648 - 3_000_000);
    assert_eq!(
        age,
        value::<i64>(
            &mut session,
            "SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database()"
        )
    );
    assert!(value::<i64>(&mut session, "SELECT count(*) FROM architect.vacuum_health WHERE scope = 'database'") >= 4);
}

/// A server of its own: slots, prepared transactions and crashes are everybody's.
#[test]
fn holders_of_the_horizon_standbys_and_crashes() {
    let options = Options::from_environment()
        .expect("a server")
        .set("max_prepared_transactions", "5")
        .set("wal_level", "logical");
    let cluster = Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let mut session = prepared(
        &db,
        "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE INDEX t_a ON t (a); INSERT INTO t VALUES (1, 1)",
    );
    let holders = "SELECT verdict || ' ' || name FROM architect.vacuum_health WHERE scope = 'horizon' ORDER BY 1";
    assert_eq!(texts(&mut session, holders), [""; 0]);
    // First: a slot waits for every transaction that has begun.
    ok(&mut session, "SELECT pg_create_logical_replication_slot('lagging', 'pgoutput')");
    let mut sleeper = prepared(&db, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t");
    let mut preparer = prepared(&db, "BEGIN; INSERT INTO t VALUES (2, 2); PREPARE TRANSACTION 'forgotten'");
    let pid = pid(&mut sleeper);
    let found = texts(&mut session, holders);
    assert_eq!(
        found,
        [
            "prepared transaction 'forgotten'".to_owned(),
            "replication slot slot lagging".to_owned(),
            format!("session client backend {pid} of postgres")
        ]
    );
    ok(&mut sleeper, "COMMIT");
    ok(&mut preparer, "ROLLBACK PREPARED 'forgotten'");
    ok(&mut session, "SELECT pg_drop_replication_slot('lagging')");
    assert_eq!(texts(&mut session, holders), [""; 0]);

    // A standby's counters are not seen here.
    age_counters(&mut session);
    assert_eq!(verdict(&mut session, "t_a"), "unused");
    ok(&mut session, "SELECT pg_create_physical_replication_slot('standby')");
    assert_eq!(verdict(&mut session, "t_a"), "not judged");
    let reason = texts(&mut session, "SELECT reason FROM architect.index_usage WHERE index_name = 't_a'").remove(0);
    assert!(reason.contains("standbys"), "{reason}");
    ok(&mut session, "SELECT pg_drop_replication_slot('standby')");
    drop(session);

    // A crash takes all counters with it, and the time that a reset would have left.
    let fresh = cluster.database().expect("a database");
    let mut session = prepared(&fresh, "SELECT pg_stat_reset()");
    let before: String =
        value(&mut session, "SELECT counters_since::text || ' ' || began_with FROM architect.counter_age");
    assert!(before.ends_with("reset of the database's counters"), "{before}");
    let mut victim = prepared(&fresh, "");
    let process = common::pid(&mut victim);
    assert!(std::process::Command::new("kill").args(["-9", &process.to_string()]).status().expect("kill").success());
    let mut session = (0..200)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            fresh.connect().ok().filter(|_| victim.run("SELECT 1").error.is_some())
        })
        .expect("the server is back");
    let reset: Option<String> =
        value(&mut session, "SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()");
    assert_eq!(reset, None, "PostgreSQL says nothing");
    let row: String = value(
        &mut session,
        &format!(
            "SELECT began_with || ' ' || (counters_since > '{}') FROM architect.counter_age",
            &before[..before.find(" reset").expect("a time")]
        ),
    );
    assert_eq!(row, "start of counting on this server (first start, or crash recovery) true");
}

#[test]
fn sequences_end_where_their_column_does() {
    let (db, mut session) = stage(
        "CREATE TABLE a (id serial PRIMARY KEY, b bigint GENERATED ALWAYS AS IDENTITY, c smallserial);
         SELECT setval('a_id_seq', 2000000000), setval('a_c_seq', 10);
         CREATE SEQUENCE big; CREATE TABLE narrow (id int DEFAULT nextval('big')); SELECT setval('big', 1500000000);
         CREATE DOMAIN tiny AS smallint; CREATE SEQUENCE big2; CREATE TABLE by_domain (id tiny DEFAULT nextval('big2')); SELECT setval('big2', 32767);
         CREATE SEQUENCE down INCREMENT -1 MINVALUE -100; SELECT setval('down', -60);
         CREATE SEQUENCE round MAXVALUE 10 CYCLE; SELECT setval('round', 10); CREATE SEQUENCE ended MAXVALUE 10; SELECT setval('ended', 10);
         CREATE SEQUENCE fresh; CREATE SEQUENCE middle MINVALUE -100 MAXVALUE 100 START 0; SELECT nextval('middle')",
    );
    let all = "SELECT concat_ws(' ', sequence_name, verdict, coalesce(fed_by, '-'), used_percent, values_left) FROM architect.sequence_health ORDER BY sequence_name";
    // Before 18 nobody tells whether one that was not used stands at its start.
    let knows = cluster_major(&mut session) >= 18;
    let unused = if knows { " 0.00 9223372036854775807" } else { "" };
    assert_eq!(
        texts(&mut session, all),
        [
            &format!("a_b_seq unused identity{unused}"),
            "a_c_seq ok owned 0.03 32757",
            "a_id_seq critical owned 93.13 147483647",
            "big high default 69.85 647483647",
            "big2 exhausted default 100.00 0",
            "down high - 60.00 40",
            "ended exhausted - 100.00 0",
            &format!("fresh unused -{unused}"),
            "middle ok - 0.99 100",
            "round cycles - 100.00 0",
        ]
    );
    let reason =
        texts(&mut session, "SELECT reason FROM architect.sequence_health WHERE sequence_name = 'big'").remove(0);
    assert_eq!(reason, "the column (int4) ends before the sequence (bigint)");
    // It is as it says: the next row fails, though the sequence itself has values.
    assert_eq!(session.run("INSERT INTO by_domain DEFAULT VALUES").error.expect("out of range").code, "22003");
    assert_eq!(session.run("SELECT nextval('ended')").error.expect("at its end").code, "2200H");

    // Without the right there is no value, and no good news either; and nobody is waited for.
    let reader = role(&db, "reader");
    ok(&mut session, &format!("GRANT pg_monitor TO {reader}; GRANT SELECT ON SEQUENCE big TO {reader}"));
    let mut reader = db.connect_as(&reader).expect("a session");
    let seen = "SELECT sequence_name || ' ' || verdict || ' ' || reason FROM architect.sequence_health WHERE sequence_name IN ('big', 'ended') ORDER BY 1";
    assert_eq!(
        texts(&mut reader, seen),
        [
            "big high the column (int4) ends before the sequence (bigint)",
            "ended not judged not judged: no right to read it (SELECT or USAGE); feeds no column that is known"
        ]
    );
    ok(&mut session, "BEGIN; ALTER SEQUENCE big RESTART");
    ok(&mut reader, "SET statement_timeout = '5s'");
    assert!(texts(&mut reader, seen)[0].starts_with("big not judged not judged: another session changes it now"));
    ok(&mut session, "ROLLBACK");
}

#[test]
fn nothing_waits_for_a_locked_table() {
    let (db, mut holder) = stage(&format!(
        "{SHOP} CREATE INDEX ON orders (amount) WHERE amount > 3; CREATE INDEX ON orders (lower(note))"
    ));
    ok(&mut holder, "BEGIN; LOCK orders, events, customers IN ACCESS EXCLUSIVE MODE");
    let mut session = connect(&db);
    ok(&mut session, "SET statement_timeout = '10s'; SET lock_timeout = '500ms'");
    for view in [
        "index_usage",
        "missing_fk_indexes",
        "missing_index_candidates",
        "table_health",
        "vacuum_health",
        "sequence_health",
        "column_advice",
        "partition_health",
        // The settings of roles are the cluster's, and other tests make some.
        "constraint_health WHERE scope <> 'setting'",
    ] {
        ok(&mut session, &format!("SELECT * FROM architect.{view}"));
    }
}

#[test]
fn columns_get_advice_their_sample_supports() {
    let (_db, mut session) = stage(
        "CREATE TABLE p (id int PRIMARY KEY);
         CREATE TABLE t (id int, gap int, deleted_at timestamptz, p_id int REFERENCES p ON DELETE SET NULL, m money, c char(3), j json, ts timestamp, tz timestamptz NOT NULL DEFAULT now(),
                         v varchar(255), v20 varchar(20), st int, nul text, item_id text, dead int, code text);
         INSERT INTO p VALUES (1);
         INSERT INTO t SELECT g, CASE WHEN g % 9 = 0 THEN NULL ELSE g END, now(), 1, g, 'a' || g % 10, '{}', now() - g * interval '1 s', now(), 'v' || g, 'v' || g, g % 3,
                CASE WHEN g % 10 = 0 THEN repeat('x', 60) || g END, gen_random_uuid()::text, NULL, 'c' || g FROM generate_series(1, 120000) g;
         CREATE INDEX t_st ON t (st); CREATE INDEX t_nul ON t (nul); CREATE INDEX t_code ON t (code) WHERE code IS NOT NULL;
         CREATE TABLE few (id int); INSERT INTO few SELECT generate_series(1, 500);
         CREATE TABLE stale (id int); INSERT INTO stale SELECT generate_series(1, 2000);
         SELECT pg_stat_force_next_flush(); ANALYZE t, few, stale; UPDATE stale SET id = id + 1;
         CREATE TABLE never (id int); ALTER TABLE never SET (autovacuum_enabled = off); INSERT INTO never SELECT generate_series(1, 2000); SELECT pg_stat_force_next_flush()",
    );
    age_counters(&mut session);
    let found = texts(
        &mut session,
        "SELECT concat_ws(' ', table_name, column_name, '-', advice) FROM architect.column_advice
         WHERE column_name IS NULL OR column_name NOT IN ('ts') OR advice <> 'not null' ORDER BY table_name, column_name, advice",
    );
    assert_eq!(
        found,
        [
            "never - not judged",
            "t c - not null",
            "t c - type char(n)",
            "t code - not null",
            "t dead - always null",
            "t deleted_at - constant",
            "t id - not null",
            "t item_id - not null",
            "t item_id - uuid as text",
            "t j - not null",
            "t j - type json",
            "t m - not null",
            "t m - type money",
            "t nul - index of nulls",
            "t p_id - constant",
            "t st - index of few values",
            "t st - not null",
            "t ts - type timestamp",
            "t tz - constant",
            "t v - not null",
            "t v - type varchar(n)",
            "t v20 - not null",
        ]
    );
    let row = session
        .query_one("SELECT null_percent::float8, distinct_values::float8 FROM architect.column_advice WHERE advice = 'index of nulls'", &[])
        .expect("a row");
    let nulls: f64 = row.get(0);
    assert!((88.0..92.0).contains(&nulls), "{nulls}");
}

#[test]
fn constraints_that_do_not_hold_are_found() {
    let (_db, mut session) = stage(
        "CREATE TABLE p (id int PRIMARY KEY, a int NOT NULL); INSERT INTO p VALUES (1, 1);
         CREATE TABLE c (id int PRIMARY KEY, p_id int CONSTRAINT f1 REFERENCES p, CONSTRAINT f2 FOREIGN KEY (p_id) REFERENCES p ON DELETE CASCADE);
         CREATE TABLE off (id int PRIMARY KEY, p_id int REFERENCES p); ALTER TABLE off DISABLE TRIGGER ALL;
         CREATE TABLE old (id int PRIMARY KEY, a int); INSERT INTO old VALUES (1, -1);
         ALTER TABLE old ADD CONSTRAINT positive CHECK (a > 0) NOT VALID; ALTER TABLE old ADD CONSTRAINT fine CHECK (a < 9);
         CREATE TABLE nn (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p ON DELETE SET NULL);
         CREATE TABLE nd (id int PRIMARY KEY, p_id int NOT NULL DEFAULT 1 REFERENCES p ON DELETE SET DEFAULT);
         CREATE TABLE bare (a int, b int); CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT dc CHECK (VALUE > 0) NOT VALID;
         CREATE TABLE m (id int, at date, p_id int REFERENCES p, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
         CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    );
    let problems = "SELECT concat_ws(' ', scope, table_name, name, '-', verdict) FROM architect.constraint_health WHERE scope NOT IN ('table', 'setting') ORDER BY 1";
    assert_eq!(
        texts(&mut session, problems),
        [
            "constraint c f2 - duplicate",
            "constraint nn nn_p_id_fkey - action fails",
            "constraint off off_p_id_fkey - not checked",
            "constraint old positive - not validated",
            "domain dc - not validated",
        ]
    );
    let worst: String = value(&mut session, "SELECT verdict FROM architect.constraint_health WHERE rank = 1");
    assert_eq!(worst, "not checked");
    // They are as it says.
    ok(&mut session, "INSERT INTO off VALUES (1, 99)");
    ok(&mut session, "INSERT INTO nn VALUES (1, 1)");
    assert_eq!(session.run("DELETE FROM p WHERE id = 1").error.expect("NOT NULL").code, "23502");
    let tables = texts(
        &mut session,
        "SELECT concat_ws(' ', table_name, verdict, not_null_percent, foreign_key_count) FROM architect.constraint_health
         WHERE scope = 'table' AND table_name IN ('p', 'bare', 'c', 'm', 'm1') ORDER BY 1",
    );
    assert_eq!(tables, ["bare no constraints 0 0", "c ok 50 2", "m ok 67 1", "p ok 100 0"]);
    // One partition's triggers are that partition's matter.
    ok(&mut session, "ALTER TABLE m1 DISABLE TRIGGER ALL");
    let rows = texts(
        &mut session,
        "SELECT table_name::text FROM architect.constraint_health WHERE verdict = 'not checked' AND scope <> 'setting' ORDER BY 1",
    );
    assert_eq!(rows, ["m1", "off"]);
    ok(&mut session, "ALTER TABLE off ENABLE TRIGGER ALL; ALTER TABLE m1 ENABLE TRIGGER ALL");
    let name: String = value(&mut session, "SELECT current_database()::text");
    ok(&mut session, &format!("ALTER DATABASE {name} SET session_replication_role = replica"));
    let rows = texts(
        &mut session,
        "SELECT scope || ' ' || name FROM architect.constraint_health WHERE verdict = 'not checked' AND name = current_database()",
    );
    assert_eq!(rows, [format!("setting {name}")]);
    ok(&mut session, &format!("ALTER DATABASE {name} RESET session_replication_role"));
    if cluster_major(&mut session) >= 18 {
        ok(
            &mut session,
            "ALTER TABLE bare ADD CONSTRAINT loose CHECK (a > 0) NOT ENFORCED, ADD CONSTRAINT late NOT NULL b NOT VALID",
        );
        let rows = texts(
            &mut session,
            "SELECT name || ' ' || verdict FROM architect.constraint_health WHERE table_name = 'bare' AND scope = 'constraint' ORDER BY 1",
        );
        assert_eq!(rows, ["late not validated", "loose not enforced"]);
    }
}

#[test]
fn partitions_run_out_where_inserts_fail() {
    let (_db, mut session) = stage(
        "CREATE TABLE ended (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE ended_1 PARTITION OF ended FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
         CREATE TABLE ending (at date) PARTITION BY RANGE (at);
         CREATE TABLE fine (at timestamp) PARTITION BY RANGE (at); CREATE TABLE endless (at date) PARTITION BY RANGE (at);
         CREATE TABLE endless_1 PARTITION OF endless FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
         CREATE TABLE numbers (id int) PARTITION BY RANGE (id); CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES FROM (1) TO (10);
         CREATE TABLE none (at date) PARTITION BY RANGE (at);
         CREATE TABLE caught (at date) PARTITION BY RANGE (at); CREATE TABLE caught_d PARTITION OF caught DEFAULT; INSERT INTO caught SELECT '2025-01-01' FROM generate_series(1, 20);
         CREATE TABLE hole (id int) PARTITION BY HASH (id); CREATE TABLE hole_0 PARTITION OF hole FOR VALUES WITH (MODULUS 4, REMAINDER 0);
         CREATE TABLE hole_1 PARTITION OF hole FOR VALUES WITH (MODULUS 4, REMAINDER 1);
         CREATE TABLE whole (id int) PARTITION BY HASH (id); CREATE TABLE whole_0 PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE whole_1 PARTITION OF whole FOR VALUES WITH (MODULUS 4, REMAINDER 1); CREATE TABLE whole_3 PARTITION OF whole FOR VALUES WITH (MODULUS 4, REMAINDER 3);
         CREATE INDEX whole_only ON ONLY whole (id); CREATE INDEX hole_id ON hole (id);
         INSERT INTO whole SELECT generate_series(1, 100); ANALYZE caught",
    );
    ok(
        &mut session,
        "DO $$ BEGIN
           EXECUTE format('CREATE TABLE ending_1 PARTITION OF ending FOR VALUES FROM (%L) TO (%L)', current_date - 20, current_date + 10);
           EXECUTE format('CREATE TABLE fine_1 PARTITION OF fine FOR VALUES FROM (%L) TO (%L)', current_date - 1, current_date + 1);
           EXECUTE format('CREATE TABLE fine_2 PARTITION OF fine FOR VALUES FROM (%L) TO (%L)', current_date + 1, current_date + 31);
           EXECUTE format('CREATE TABLE fine_3 PARTITION OF fine FOR VALUES FROM (%L) TO (%L)', current_date + 31, current_date + 61);
         END $$; SELECT pg_stat_force_next_flush()",
    );
    let advice = "SELECT table_name || ' ' || advice::text FROM architect.partition_health ORDER BY table_name";
    let expected = [
        "caught {\"default holds rows\"}",
        "ended {\"runway ended\"}",
        "ending {\"runway ending\"}",
        "endless {}",
        "fine {}",
        "hole {\"hash set incomplete\"}",
        "none {\"no partition\"}",
        "numbers {}",
        "whole {\"index not attached\",\"parent never analyzed\"}",
    ];
    assert_eq!(texts(&mut session, advice), expected);
    // Whatever the session's way to write dates.
    for style in ["SQL, DMY", "Postgres, MDY", "German"] {
        ok(&mut session, &format!("SET DateStyle = '{style}'; SET TimeZone = 'Asia/Tokyo'"));
        assert_eq!(texts(&mut session, advice), expected, "{style}");
    }
    ok(&mut session, "RESET DateStyle");
    for (sql, fails) in [
        ("INSERT INTO ended VALUES (now())", true),
        ("INSERT INTO none VALUES (now())", true),
        ("INSERT INTO hole SELECT generate_series(1, 50)", true),
        ("INSERT INTO whole SELECT generate_series(1, 50)", false),
        ("INSERT INTO ending VALUES (now())", false),
        ("INSERT INTO fine VALUES (now())", false),
    ] {
        assert_eq!(session.run(sql).error.is_some(), fails, "{sql}");
    }
}
