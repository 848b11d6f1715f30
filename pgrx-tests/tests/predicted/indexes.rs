//! CREATE, DROP, ALTER INDEX and REINDEX.

use crate::case::Fixture;

const SETUP: &str = r#"
    CREATE TABLE t (id int PRIMARY KEY, a int, b text, c int[], d int4range, e jsonb);
    CREATE INDEX t_a ON t (a);
    CREATE UNIQUE INDEX t_b ON t (b);
    ALTER TABLE t ADD CONSTRAINT t_excl EXCLUDE USING gist (d WITH &&);
    ALTER TABLE t ADD CONSTRAINT t_uniq UNIQUE (a, b);
    INSERT INTO t SELECT i, i, i, ARRAY[i], int4range(i, i + 1), '{}' FROM generate_series(1, 30) i;
    CREATE TABLE near (t_id int REFERENCES t);
    CREATE TABLE p (id int, k int, v text) PARTITION BY RANGE (k);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
    CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (11, 12, 13);
    CREATE TABLE p22 PARTITION OF p2 DEFAULT;
    CREATE TABLE pd PARTITION OF p DEFAULT;
    INSERT INTO p SELECT i, i, i FROM generate_series(1, 30) i;
    CREATE INDEX p_v ON p (v);
    CREATE INDEX p1_id ON p1 (id);
    CREATE INDEX p21_id ON p21 (id);
    CREATE INDEX p21_id_partial ON p21 (id) WHERE id > 0;
    CREATE UNIQUE INDEX p1_uk ON p1 (k, id);
    CREATE INDEX p22_lower ON p22 (lower(v));
    CREATE INDEX p22_bad ON p22 (id);
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'p22_bad'::regclass;
    CREATE INDEX pd_c ON pd (v COLLATE "C");
    ALTER TABLE p ADD CONSTRAINT p_uk UNIQUE (k, id, v);
    CREATE TABLE par (id int, a int);
    CREATE TABLE kid () INHERITS (par);
    INSERT INTO par VALUES (1, 1);
    INSERT INTO kid VALUES (1, 1);
    CREATE MATERIALIZED VIEW m AS SELECT id, a FROM t;
    CREATE UNIQUE INDEX m_id ON m (id);
    CREATE MATERIALIZED VIEW m_bare AS SELECT id FROM t;
    CREATE MATERIALIZED VIEW m_partial AS SELECT id FROM t;
    CREATE UNIQUE INDEX m_partial_id ON m_partial (id) WHERE id > 0;
    CREATE MATERIALIZED VIEW m_expr AS SELECT id FROM t;
    CREATE UNIQUE INDEX m_expr_id ON m_expr ((id + 1));
    CREATE MATERIALIZED VIEW m_empty AS SELECT id FROM t WITH NO DATA;
    CREATE UNIQUE INDEX m_empty_id ON m_empty (id);
    CREATE MATERIALIZED VIEW m_of_m AS SELECT id FROM m;
    CREATE TABLE clustered (id int PRIMARY KEY, a int NOT NULL);
    CREATE INDEX clustered_a ON clustered (a);
    CREATE UNIQUE INDEX clustered_u ON clustered (a);
    ALTER TABLE clustered CLUSTER ON clustered_a;
    ALTER TABLE clustered REPLICA IDENTITY USING INDEX clustered_u;
    CREATE TABLE parts (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE INDEX parts_id ON parts (id);
    CREATE INDEX parts_only ON ONLY parts (k);
"#;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    let mut f = Fixture::new("indexes", SETUP);
    for (table, column, label) in [
        ("t", "a", "table"),
        ("par", "a", "inherited"),
        ("kid", "a", "child"),
        ("p1", "id", "partition"),
        ("p", "id", "partitioned"),
        ("m", "a", "matview"),
    ] {
        f.all(
            "create_index",
            &[
                (&format!("plain/{label}"), &format!("CREATE INDEX n ON {table} ({column})")),
                (&format!("unnamed/{label}"), &format!("CREATE INDEX ON {table} ({column})")),
                (&format!("descending/{label}"), &format!("CREATE INDEX n ON {table} ({column} DESC NULLS LAST)")),
                (&format!("expression/{label}"), &format!("CREATE INDEX n ON {table} (({column} + 1))")),
                (&format!("partial/{label}"), &format!("CREATE INDEX n ON {table} ({column}) WHERE {column} > 0")),
                (&format!("hash/{label}"), &format!("CREATE INDEX n ON {table} USING hash ({column})")),
                (&format!("brin/{label}"), &format!("CREATE INDEX n ON {table} USING brin ({column})")),
                (&format!("only/{label}"), &format!("CREATE INDEX n ON ONLY {table} ({column})")),
                (&format!("include/{label}"), &format!("CREATE INDEX n ON {table} ({column}) INCLUDE (id)")),
            ],
        );
    }
    f.all(
        "create_index",
        &[
            ("unique", "CREATE UNIQUE INDEX n ON t (b)"),
            ("unique_nulls_not_distinct", "CREATE UNIQUE INDEX n ON t (a) NULLS NOT DISTINCT"),
            ("gin", "CREATE INDEX n ON t USING gin (c)"),
            ("gin_jsonb_path", "CREATE INDEX n ON t USING gin (e jsonb_path_ops)"),
            ("gist", "CREATE INDEX n ON t USING gist (d)"),
            ("opclass", "CREATE INDEX n ON t (b text_pattern_ops)"),
            ("collation", "CREATE INDEX n ON t (b COLLATE \"C\")"),
            ("if_not_exists_hit", "CREATE INDEX IF NOT EXISTS t_a ON t (b)"),
            ("if_not_exists_miss", "CREATE INDEX IF NOT EXISTS n ON t (b)"),
            ("if_not_exists_hit/partitioned", "CREATE INDEX IF NOT EXISTS p_v ON p (v)"),
            ("fillfactor", "CREATE INDEX n ON t (a) WITH (fillfactor = 70)"),
            ("unique/partitioned", "CREATE UNIQUE INDEX n ON p (k, id)"),
            ("there_on_some/partitioned", "CREATE INDEX n ON p (id)"),
            ("there_lower/partitioned", "CREATE INDEX n ON p (lower(v))"),
            ("there_partial/partitioned", "CREATE INDEX n ON p (id) WHERE id > 0"),
            ("there_collation/partitioned", "CREATE INDEX n ON p (v COLLATE \"C\")"),
            ("again/partitioned", "CREATE INDEX n ON p (v)"),
            ("second_level/partitioned", "CREATE INDEX n ON p2 (id)"),
        ],
    );
    f.all(
        "drop_index",
        &[
            ("plain", "DROP INDEX t_a"),
            ("unique", "DROP INDEX t_b"),
            ("two", "DROP INDEX t_a, t_b"),
            ("if_exists_hit", "DROP INDEX IF EXISTS t_a"),
            ("if_exists_miss", "DROP INDEX IF EXISTS nope"),
            ("invalid", "DROP INDEX p22_bad"),
            ("partitioned", "DROP INDEX p_v"),
            ("partitioned_only", "DROP INDEX parts_only"),
            ("of_partition", "DROP INDEX p1_id"),
            ("matview", "DROP INDEX m_id"),
            ("clustered", "DROP INDEX clustered_a"),
            ("replica_identity", "DROP INDEX clustered_u"),
        ],
    );
    f.all(
        "alter_index",
        &[
            ("rename", "ALTER INDEX t_a RENAME TO x"),
            ("rename_of_constraint", "ALTER INDEX t_pkey RENAME TO x"),
            ("rename_by_alter_table", "ALTER TABLE t_a RENAME TO x"),
            ("rename_partitioned", "ALTER INDEX p_v RENAME TO x"),
            ("rename_if_exists_miss", "ALTER INDEX IF EXISTS nope RENAME TO x"),
            ("set_fillfactor", "ALTER INDEX t_a SET (fillfactor = 70)"),
            ("reset_fillfactor", "ALTER INDEX t_a RESET (fillfactor)"),
            ("statistics", "ALTER INDEX p22_lower ALTER COLUMN 1 SET STATISTICS 100"),
            ("set_tablespace", "ALTER INDEX t_a SET TABLESPACE predicted"),
            ("set_tablespace_same", "ALTER INDEX t_a SET TABLESPACE pg_default"),
            ("set_tablespace_partitioned", "ALTER INDEX p_v SET TABLESPACE predicted"),
            ("alter_table_set", "ALTER TABLE t_a SET (fillfactor = 70)"),
        ],
    );
    f.all(
        "reindex",
        &[
            ("index", "REINDEX INDEX t_a"),
            ("index_of_constraint", "REINDEX INDEX t_pkey"),
            ("index_exclusion", "REINDEX INDEX t_excl"),
            ("index_invalid", "REINDEX INDEX p22_bad"),
            ("table", "REINDEX TABLE t"),
            ("table_without_index", "REINDEX TABLE par"),
            ("table_inherited", "REINDEX TABLE kid"),
            ("partition", "REINDEX TABLE p1"),
            ("matview", "REINDEX TABLE m"),
            ("index_of_partition", "REINDEX INDEX p1_id"),
        ],
    );
    f.all(
        "refresh",
        &[
            ("plain", "REFRESH MATERIALIZED VIEW m"),
            ("concurrently", "REFRESH MATERIALIZED VIEW CONCURRENTLY m"),
            ("no_data", "REFRESH MATERIALIZED VIEW m WITH NO DATA"),
            ("first", "REFRESH MATERIALIZED VIEW m_empty"),
            ("without_index", "REFRESH MATERIALIZED VIEW m_bare"),
            ("of_matview", "REFRESH MATERIALIZED VIEW m_of_m"),
        ],
    );
    for (variant, sql) in [
        ("no_index", "REFRESH MATERIALIZED VIEW CONCURRENTLY m_bare"),
        ("partial_index", "REFRESH MATERIALIZED VIEW CONCURRENTLY m_partial"),
        ("expression_index", "REFRESH MATERIALIZED VIEW CONCURRENTLY m_expr"),
        ("not_populated", "REFRESH MATERIALIZED VIEW CONCURRENTLY m_empty"),
    ] {
        f.add(format!("refresh/concurrently_refused/{variant}"), sql).refused();
    }
    f.all(
        "other_alter_table",
        &[
            ("cluster_on", "ALTER TABLE t CLUSTER ON t_a"),
            ("set_without_cluster", "ALTER TABLE clustered SET WITHOUT CLUSTER"),
            ("replica_identity_index", "ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey"),
            ("replica_identity_full", "ALTER TABLE t REPLICA IDENTITY FULL"),
            ("matview_set", "ALTER MATERIALIZED VIEW m SET (fillfactor = 70)"),
            ("matview_cluster_on", "ALTER MATERIALIZED VIEW m CLUSTER ON m_id"),
            ("matview_statistics", "ALTER MATERIALIZED VIEW m ALTER COLUMN a SET STATISTICS 100"),
        ],
    );
    vec![f, concurrent()]
}

/// Forms that cannot run in a transaction block. Those that succeed leave something behind: the fixture is made anew.
fn concurrent() -> Fixture {
    let mut f = Fixture::new("indexes_concurrently", SETUP);
    for (variant, sql) in [
        ("create_index/concurrently_refused/partitioned", "CREATE INDEX CONCURRENTLY n ON p (id)"),
        ("create_index/concurrently_refused/partitioned_unique", "CREATE UNIQUE INDEX CONCURRENTLY n ON p (k, id)"),
        ("drop_index/concurrently_refused/partitioned", "DROP INDEX CONCURRENTLY p_v"),
        ("drop_index/concurrently_refused/of_constraint", "DROP INDEX CONCURRENTLY t_pkey"),
        ("drop_index/concurrently_refused/of_unique_constraint", "DROP INDEX CONCURRENTLY t_uniq"),
        ("drop_index/concurrently_refused/of_exclusion", "DROP INDEX CONCURRENTLY t_excl"),
        ("drop_index/concurrently_refused/of_partition", "DROP INDEX CONCURRENTLY p1_v_idx"),
        ("drop_index/concurrently_refused/two", "DROP INDEX CONCURRENTLY t_a, t_b"),
        ("drop_index/concurrently_refused/cascade", "DROP INDEX CONCURRENTLY t_a CASCADE"),
        ("reindex/concurrently_refused/exclusion", "REINDEX INDEX CONCURRENTLY t_excl"),
    ] {
        f.add(variant, sql).alone().refused();
    }
    for (variant, sql) in [
        ("create_index/concurrently/table", "CREATE INDEX CONCURRENTLY n ON t (b)"),
        ("create_index/concurrently/partition", "CREATE INDEX CONCURRENTLY n ON p1 (v, id)"),
        ("create_index/concurrently/matview", "CREATE INDEX CONCURRENTLY n ON m (a)"),
        ("create_index/concurrently/if_not_exists_hit", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a)"),
        ("drop_index/concurrently/plain", "DROP INDEX CONCURRENTLY t_a"),
        ("drop_index/concurrently/if_exists_miss", "DROP INDEX CONCURRENTLY IF EXISTS nope"),
        ("drop_index/concurrently/own_of_partition", "DROP INDEX CONCURRENTLY p1_id"),
        ("reindex/concurrently/index", "REINDEX INDEX CONCURRENTLY t_a"),
        ("reindex/concurrently/table", "REINDEX TABLE CONCURRENTLY t"),
        ("reindex/table/partitioned", "REINDEX TABLE p"),
        ("reindex/index/partitioned", "REINDEX INDEX p_v"),
        ("reindex/concurrently/index_partitioned", "REINDEX INDEX CONCURRENTLY p_v"),
        ("reindex/concurrently/table_partitioned", "REINDEX TABLE CONCURRENTLY p"),
    ] {
        f.add(variant, sql).alone();
    }
    f
}
