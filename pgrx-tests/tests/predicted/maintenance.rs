//! ALTER DOMAIN, ALTER SEQUENCE, LOCK TABLE, TRUNCATE, CLUSTER, VACUUM FULL.

use crate::case::Fixture;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![domains(), tables()]
}

fn domains() -> Fixture {
    let mut f = Fixture::new(
        "domains",
        r"
        CREATE DOMAIN money_cents AS bigint;
        CREATE DOMAIN cents AS money_cents;
        CREATE DOMAIN named AS text NOT NULL;
        CREATE DOMAIN unused AS int;
        CREATE TABLE t (id int PRIMARY KEY, a cents, b cents);
        CREATE TABLE u (a money_cents);
        CREATE TABLE n (a named);
        CREATE TABLE p (id int, a cents) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
        CREATE TABLE par (a cents);
        CREATE TABLE kid () INHERITS (par);
        INSERT INTO t VALUES (1, 1, 1);
        INSERT INTO u VALUES (1);
        INSERT INTO n VALUES ('n');
        INSERT INTO p VALUES (1, 1), (11, 11);
        INSERT INTO kid VALUES (1);
        CREATE VIEW v AS SELECT a FROM t;
        CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
        CREATE FUNCTION f_domain(cents) RETURNS int LANGUAGE sql AS 'SELECT 1';
        ALTER DOMAIN cents ADD CONSTRAINT pending CHECK (VALUE > -10) NOT VALID;
        ",
    );
    f.all(
        "alter_domain",
        &[
            ("add_check", "ALTER DOMAIN cents ADD CONSTRAINT c CHECK (VALUE >= 0)"),
            ("add_check_below", "ALTER DOMAIN money_cents ADD CHECK (VALUE >= 0)"),
            ("add_check_not_valid", "ALTER DOMAIN cents ADD CONSTRAINT c CHECK (VALUE >= 0) NOT VALID"),
            ("add_check_unused", "ALTER DOMAIN unused ADD CHECK (VALUE >= 0)"),
            ("validate", "ALTER DOMAIN cents VALIDATE CONSTRAINT pending"),
            ("set_not_null", "ALTER DOMAIN cents SET NOT NULL"),
            ("set_not_null_below", "ALTER DOMAIN money_cents SET NOT NULL"),
            ("set_not_null_already", "ALTER DOMAIN named SET NOT NULL"),
            ("drop_not_null", "ALTER DOMAIN named DROP NOT NULL"),
            ("set_default", "ALTER DOMAIN cents SET DEFAULT 1"),
            ("drop_constraint", "ALTER DOMAIN cents DROP CONSTRAINT pending"),
        ],
    );
    f.add("alter_domain/add_not_null", "ALTER DOMAIN cents ADD CONSTRAINT c NOT NULL").since(17);
    f.add("alter_domain/add_not_null_already", "ALTER DOMAIN named ADD CONSTRAINT c NOT NULL").since(17);
    f
}

fn tables() -> Fixture {
    let mut f = Fixture::new(
        "maintenance",
        r"
        CREATE TABLE a (id int PRIMARY KEY, v text);
        CREATE INDEX a_v ON a (v);
        CREATE TABLE b (id serial PRIMARY KEY, a_id int REFERENCES a);
        CREATE TABLE c (b_id int REFERENCES b);
        CREATE TABLE lonely (id int, w text);
        CREATE INDEX lonely_id ON lonely (id);
        CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20);
        CREATE TABLE par (a int);
        CREATE TABLE kid () INHERITS (par);
        CREATE SEQUENCE s;
        CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;
        CREATE UNIQUE INDEX m_x ON m (x);
        INSERT INTO a SELECT i, i FROM generate_series(1, 30) i;
        INSERT INTO b (a_id) SELECT i FROM generate_series(1, 30) i;
        INSERT INTO lonely SELECT i, i FROM generate_series(1, 30) i;
        INSERT INTO p SELECT i FROM generate_series(0, 19) i;
        INSERT INTO kid VALUES (1);
        ",
    );
    f.all(
        "alter_sequence",
        &[
            ("increment", "ALTER SEQUENCE s INCREMENT BY 5"),
            ("restart", "ALTER SEQUENCE s RESTART WITH 10"),
            ("as_bigint", "ALTER SEQUENCE b_id_seq AS bigint"),
            ("if_exists_miss", "ALTER SEQUENCE IF EXISTS nope INCREMENT BY 5"),
        ],
    );
    for mode in ["ROW SHARE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"]
    {
        for table in ["lonely", "p", "par", "ONLY par", "lonely, a"] {
            f.add(format!("lock_table/{mode}/{table}"), format!("LOCK TABLE {table} IN {mode} MODE"));
        }
    }
    f.all(
        "truncate",
        &[
            ("lonely", "TRUNCATE lonely"),
            ("two", "TRUNCATE lonely, c"),
            ("cascade", "TRUNCATE a CASCADE"),
            ("cascade_nothing", "TRUNCATE c CASCADE"),
            ("together", "TRUNCATE b, c"),
            ("partitioned", "TRUNCATE p"),
            ("partition", "TRUNCATE p1"),
            ("inherited", "TRUNCATE par"),
            ("only", "TRUNCATE ONLY par"),
        ],
    );
    f.all(
        "cluster",
        &[
            ("table", "CLUSTER lonely USING lonely_id"),
            ("key", "CLUSTER a USING a_pkey"),
            ("partition", "CLUSTER p1 USING p1_pkey"),
        ],
    );
    f
}
