//! The plans for tables of others: what they make belongs to the table's owner, keeps what the table has, and lets nobody act as
//! somebody else.

mod common;

use common::*;
use harness::split::Statement;
use harness::{Db, Message, Session};

/// A superuser's session without a guard, and `low`, who owns the schema `low` and the table `low.t` in it, of 2,000 rows.
fn stage(db: &Db) -> (Session, String) {
    let mut session = connect(db);
    let low = format!("{}_low", db.name());
    if value::<bool>(&mut session, &format!("SELECT to_regrole('{low}') IS NULL")) {
        role(db, "low");
    }
    ok(
        &mut session,
        &format!(
            "SET architect.mode = off; DROP SCHEMA IF EXISTS low CASCADE; CREATE SCHEMA low AUTHORIZATION {low};
             CREATE TABLE low.t (id bigint PRIMARY KEY, v integer); ALTER TABLE low.t OWNER TO {low};
             INSERT INTO low.t SELECT g, g FROM generate_series(1, 2000) AS g"
        ),
    );
    (session, low)
}

/// The statements of a plan.
#[track_caller]
fn statements(session: &mut Session, call: &str) -> Vec<String> {
    let sql = format!("SELECT statement FROM architect.{call} ORDER BY step");
    let rows = session.query(&sql, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// Sends a step as psql's `\gexec` does: as one string.
fn send(session: &mut Session, text: &str) -> Result<(), Box<Message>> {
    session.take_messages();
    session.execute_statement(&Statement { text: text.to_owned(), line: 1, copy_data: None })
}

#[track_caller]
fn sent(session: &mut Session, text: &str) {
    if let Err(error) = send(session, text) {
        panic!("{error}\nin: {text}");
    }
}

#[track_caller]
fn follow(session: &mut Session, call: &str) {
    for statement in statements(session, call) {
        sent(session, &statement);
    }
}

#[track_caller]
fn is(session: &mut Session, condition: &str) {
    assert!(value::<bool>(session, &format!("SELECT {condition}")), "{condition}");
}

/// All relations, functions and statistics of a schema that are not the role's.
const STRANGERS: &str = "\
    count(*) = 0 FROM (
        SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'low'::regnamespace
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'low'::regnamespace
        UNION ALL SELECT stxowner FROM pg_statistic_ext WHERE stxnamespace = 'low'::regnamespace) AS o
    WHERE owner <> ";

#[test]
fn nobody_becomes_a_superuser_by_a_plan() {
    let db = database();
    let clerk = role(&db, "clerk");
    for (call, steps, target) in [
        ("partition_plan('low.t', 'id', 'hash', modulus => 2)", 2, "low.partitioned_t"),
        ("history_table('low.t')", 2, "low.t_history"),
    ] {
        let (mut session, low) = stage(&db);
        // Rights on all that is made later, as many give them.
        ok(
            &mut session,
            &format!(
                "GRANT ALL ON low.t TO {clerk}; GRANT USAGE ON SCHEMA low TO {clerk};
                 ALTER DEFAULT PRIVILEGES IN SCHEMA low GRANT ALL ON TABLES TO {clerk};
                 ALTER DEFAULT PRIVILEGES IN SCHEMA low GRANT EXECUTE ON FUNCTIONS TO {clerk}"
            ),
        );
        for statement in statements(&mut session, call).iter().take(steps) {
            sent(&mut session, statement);
        }
        is(
            &mut session,
            &format!(
                "count(*) = 1 FROM pg_proc WHERE pronamespace = 'low'::regnamespace AND prosecdef AND proowner = '{low}'::regrole"
            ),
        );
        is(&mut session, &format!("{STRANGERS}'{low}'::regrole"));
        // The function would write for anyone who may put it on a table of his own; a trigger on what it writes runs as the owner.
        is(
            &mut session,
            &format!(
                "bool_and(NOT has_function_privilege('{clerk}', oid, 'EXECUTE')) FROM pg_proc WHERE pronamespace = 'low'::regnamespace"
            ),
        );
        is(
            &mut session,
            &format!(
                "bool_and(NOT has_table_privilege('{clerk}', oid, 'TRIGGER')) FROM pg_class WHERE relnamespace = 'low'::regnamespace AND relkind IN ('r', 'p') AND oid <> 'low.t'::regclass"
            ),
        );

        let mut attacker = db.cluster().connect_as(db.name(), &low).expect("a session");
        ok(
            &mut attacker,
            &format!(
                "CREATE FUNCTION low.evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE {low} CREATEDB'; RETURN NULL; END $$;
                 ALTER FUNCTION low.evil() SET search_path = pg_catalog;
                 DO $$ BEGIN IF '{target}' = 'low.t_history' THEN
                     CREATE TABLE low.other (LIKE low.t_history INCLUDING ALL); DROP TABLE low.t_history; ALTER TABLE low.other RENAME TO t_history;
                 END IF; END $$;
                 CREATE TRIGGER evil AFTER INSERT ON {target} FOR EACH STATEMENT EXECUTE FUNCTION low.evil()"
            ),
        );
        fails(&mut attacker, "INSERT INTO low.t VALUES (5001, 1)", "42501");
        is(&mut session, &format!("NOT rolcreatedb FROM pg_roles WHERE rolname = '{low}'"));
    }
}

#[test]
fn a_schema_of_somebody_else_is_refused_where_a_trigger_has_rights() {
    let db = database();
    let (mut session, low) = stage(&db);
    let other = role(&db, "other");
    ok(&mut session, &format!("ALTER SCHEMA low OWNER TO {other}; GRANT USAGE ON SCHEMA low TO {low}"));
    let hash = "partition_plan('low.t', 'id', 'hash', modulus => 2)";
    for call in ["history_table('low.t')", hash] {
        let error = fails(&mut session, &format!("SELECT * FROM architect.{call}"), "55000");
        assert!(error.message.contains("belong to different roles"), "{error}");
        assert!(
            error.hint.as_ref().is_some_and(|hint| hint.ends_with(&format!("ALTER SCHEMA low OWNER TO {low};"))),
            "{error}"
        );
    }
    // Who is a member of the owner can act as the owner anyway.
    ok(&mut session, &format!("GRANT {low} TO {other}"));
    statements(&mut session, hash);
    ok(&mut session, &format!("REVOKE {low} FROM {other}"));
    // A schema of a superuser is nobody's to play with, and that of the database's owner neither, where he is one.
    ok(&mut session, "ALTER SCHEMA low OWNER TO CURRENT_USER");
    statements(&mut session, hash);
    ok(&mut session, "ALTER SCHEMA low OWNER TO pg_database_owner");
    statements(&mut session, "history_table('low.t')");
    ok(&mut session, &format!("REVOKE USAGE ON SCHEMA low FROM {low}"));
    let error = fails(&mut session, "SELECT * FROM architect.history_table('low.t')", "55000");
    assert!(error.message.contains("may not use schema low"), "{error}");
}

#[test]
fn a_partitioned_table_is_its_owners_and_keeps_what_the_table_had() {
    let db = database();
    let clerk = role(&db, "clerk");
    for (key, method, partitions) in [("at", "range", 3), ("id", "hash", 2)] {
        let (mut session, low) = stage(&db);
        ok(
            &mut session,
            &format!(
                "DROP TABLE low.t; CREATE DOMAIN low.d0 AS timestamptz; CREATE DOMAIN low.d1 AS low.d0;
                 CREATE TABLE low.t (id bigint GENERATED ALWAYS AS IDENTITY, at low.d1 NOT NULL DEFAULT now(), code text, v integer,
                     CONSTRAINT the_key PRIMARY KEY (id) INCLUDE (code), CONSTRAINT one_code UNIQUE (code, at, id)) WITH (fillfactor = 80);
                 CREATE INDEX idx_abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz_1 ON low.t (code);
                 CREATE INDEX idx_abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz_2 ON low.t (v);
                 CREATE STATISTICS low.both (mcv) ON code, v FROM low.t;
                 ALTER TABLE low.t OWNER TO {low}; ALTER STATISTICS low.both OWNER TO {low}; ALTER DOMAIN low.d0 OWNER TO {low}; ALTER DOMAIN low.d1 OWNER TO {low};
                 ALTER TABLE low.t REPLICA IDENTITY FULL;
                 ALTER TABLE low.t ALTER v SET STATISTICS 77, ALTER code SET (n_distinct = -0.5);
                 COMMENT ON TABLE low.t IS 'it''s t'; COMMENT ON CONSTRAINT the_key ON low.t IS 'its key';
                 GRANT SELECT, INSERT ON low.t TO {clerk}; GRANT USAGE ON SCHEMA low TO {clerk};
                 INSERT INTO low.t (code, v) SELECT 'c' || g, g FROM generate_series(1, 2000) AS g"
            ),
        );
        // What others would get on new tables is not what they had on this one.
        ok(&mut session, &format!("ALTER DEFAULT PRIVILEGES IN SCHEMA low GRANT ALL ON TABLES TO {clerk}"));
        follow(&mut session, &format!("partition_plan('low.t', '{key}', '{method}', ahead => 2, modulus => 2)"));
        is(
            &mut session,
            "relkind = 'p' AND obj_description(oid, 'pg_class') = 'it''s t' FROM pg_class WHERE oid = 'low.t'::regclass",
        );
        is(&mut session, &format!("{STRANGERS}'{low}'::regrole"));
        is(
            &mut session,
            &format!(
                "count(*) = {partitions} + 1 AND bool_and(relreplident = 'f') FROM pg_class WHERE relnamespace = 'low'::regnamespace AND relkind IN ('r', 'p')"
            ),
        );
        is(
            &mut session,
            "bool_and(reloptions = '{fillfactor=80}') FROM pg_class WHERE relnamespace = 'low'::regnamespace AND relkind = 'r'",
        );
        is(
            &mut session,
            &format!(
                "bool_and(attstattarget = 77) AND count(*) = {partitions} + 1 FROM pg_attribute WHERE attrelid IN (SELECT relid FROM pg_partition_tree('low.t')) AND attname = 'v'"
            ),
        );
        is(
            &mut session,
            &format!(
                "count(*) = {partitions} + 1 FROM pg_attribute WHERE attrelid IN (SELECT relid FROM pg_partition_tree('low.t')) AND attname = 'code' AND attoptions::text LIKE '%n_distinct=-0.5%'"
            ),
        );
        is(&mut session, "count(*) = 1 FROM pg_statistic_ext WHERE stxrelid = 'low.t'::regclass");
        is(
            &mut session,
            "obj_description(oid, 'pg_constraint') = 'its key' FROM pg_constraint WHERE conrelid = 'low.t'::regclass AND conname = 'the_key'",
        );
        is(
            &mut session,
            "pg_get_constraintdef(oid) LIKE 'PRIMARY KEY (id%) INCLUDE (code)' FROM pg_constraint WHERE conrelid = 'low.t'::regclass AND contype = 'p'",
        );
        is(&mut session, "count(*) = 4 AND bool_and(indisvalid) FROM pg_index WHERE indrelid = 'low.t'::regclass");
        is(&mut session, "count(*) = 2000 FROM low.t");
        is(
            &mut session,
            &format!(
                "has_table_privilege('{clerk}', 'low.t', 'SELECT') AND NOT has_table_privilege('{clerk}', 'low.t', 'DELETE, TRUNCATE, TRIGGER')"
            ),
        );
        is(
            &mut session,
            &format!(
                "bool_and(NOT has_table_privilege('{clerk}', relid, 'DELETE, TRIGGER')) FROM pg_partition_tree('low.t')"
            ),
        );
        // The owner goes on with it, by the names of before.
        let mut owner = db.cluster().connect_as(db.name(), &low).expect("a session");
        ok(
            &mut owner,
            "SET architect.mode = off; INSERT INTO low.t (code) VALUES ('x') ON CONFLICT ON CONSTRAINT the_key DO NOTHING;
             INSERT INTO low.t (code) VALUES ('x') ON CONFLICT ON CONSTRAINT one_code DO NOTHING;
             ALTER TABLE low.t ADD COLUMN note text; ALTER TABLE low.t ALTER COLUMN code TYPE varchar(50)",
        );
    }
}

#[test]
fn a_name_does_not_end_a_body() {
    let db = database();
    let (mut session, low) = stage(&db);
    for (number, word) in ["keep", "copy", "set", "fill"].iter().enumerate() {
        let table = format!("low.t{number}");
        ok(
            &mut session,
            &format!(
                "CREATE TABLE {table} (id bigint PRIMARY KEY, \"${word}$;alter role {low} createdb/*\" integer, \"*/;select ${word}$\" integer, v integer, \"${word}1$\" text);
                 ALTER TABLE {table} OWNER TO {low}; INSERT INTO {table} (id, v) VALUES (1, 1); SET check_function_bodies = off"
            ),
        );
    }
    follow(&mut session, "history_table('low.t0')");
    ok(&mut session, "UPDATE low.t0 SET v = 2");
    is(&mut session, "count(*) = 2 FROM low.t0_history");
    follow(&mut session, "partition_plan('low.t1', 'id', 'hash', modulus => 2)");
    follow(&mut session, "updated_at_trigger('low.t2', '$set$ now')");
    ok(&mut session, "UPDATE low.t2 SET v = 2");
    follow(&mut session, &format!("type_change_plan('low.t3', '$fill$;alter role {low} createdb/*', 'bigint')"));
    is(&mut session, &format!("NOT rolcreatedb FROM pg_roles WHERE rolname = '{low}'"));
    for body in ["x", "x$b", "$b$ $b1$", "$b$x$b1", ""] {
        is(
            &mut session,
            &format!("architect.plan_quoted_body('{body}', 'b') ~ '^(\\$b[0-9]*\\$)' AND position(left(q, n) IN substr(q, n + 1)) = length(q) - 2 * n + 1
                      FROM architect.plan_quoted_body('{body}', 'b') AS q, LATERAL (SELECT 1 + strpos(substr(q, 2), '$') AS n) AS n"),
        );
    }
}

#[test]
fn a_history_goes_on_after_truncate_and_unseen_deletes() {
    let db = database();
    let (mut session, low) = stage(&db);
    follow(&mut session, "history_table('low.t')");
    ok(&mut session, "UPDATE low.t SET v = 0 WHERE id <= 2; TRUNCATE low.t");
    is(&mut session, "count(*) = 0 FROM low.t_history WHERE upper_inf(valid_during)");
    is(&mut session, "array_agg(operation ORDER BY history_id) = '{INSERT,DELETE,INSERT,DELETE}' FROM low.t_history");
    ok(
        &mut session,
        "INSERT INTO low.t VALUES (1, 10), (2, 20);
         SET session_replication_role = replica; DELETE FROM low.t; RESET session_replication_role;
         INSERT INTO low.t VALUES (1, 11), (2, 21)",
    );
    is(
        &mut session,
        "array_agg(id::text || ' ' || v ORDER BY id) = '{1 11,2 21}' FROM low.t_history WHERE upper_inf(valid_during)",
    );
    is(
        &mut session,
        "count(*) = 2 FROM low.t_history WHERE v IN (10, 20) AND operation = 'DELETE' AND NOT upper_inf(valid_during)",
    );
    is(
        &mut session,
        "count(*) = 0 FROM low.t_history AS a JOIN low.t_history AS b ON a.id = b.id AND a.history_id < b.history_id AND a.valid_during && b.valid_during",
    );
    // The step's way back.
    let undo: String =
        value(&mut session, "SELECT undo FROM architect.history_table('low.t', 'second') WHERE step = 2");
    follow(&mut session, "history_table('low.t', 'second')");
    sent(&mut session, &undo);
    is(&mut session, "count(*) = 2 FROM pg_trigger WHERE tgrelid = 'low.t'::regclass AND NOT tgisinternal");
    drop(low);
}

#[test]
fn columns_of_any_name_and_keys_of_any_type() {
    let db = database();
    let (mut session, low) = stage(&db);
    let columns = "at integer, moment integer, operation text, tg_op text, keep integer, h integer, t integer, old integer, new integer, found boolean, o integer, p integer, n integer, digest integer, old_rows integer";
    for (id, types, one) in
        [("bigint", "", "7"), ("public.citext", "citext", "'Ab'"), ("public.ltree", "ltree", "'a.b'")]
    {
        if !types.is_empty() {
            if !contrib(&mut session) {
                continue;
            }
            ok(&mut session, &format!("CREATE EXTENSION {types} SCHEMA public"));
        }
        ok(
            &mut session,
            &format!(
                "DROP TABLE IF EXISTS low.u, low.u_history CASCADE; CREATE TABLE low.u (id {id} PRIMARY KEY, {columns}); ALTER TABLE low.u OWNER TO {low}"
            ),
        );
        follow(&mut session, "history_table('low.u')");
        let write = format!(
            "INSERT INTO low.u (id, at, tg_op, old) VALUES ({one}, 1, 'x', 3); UPDATE low.u SET at = 2, found = true; DELETE FROM low.u; INSERT INTO low.u (id, at) VALUES ({one}, 3)"
        );
        ok(&mut session, &write);
        is(
            &mut session,
            "array_agg(at ORDER BY history_id) = '{1,2,3}' AND array_agg(operation1 ORDER BY history_id) = '{INSERT,DELETE,INSERT}' FROM low.u_history",
        );
        // Before 17 ltree cannot be hashed.
        if types == "ltree" && cluster(&db).major() < 17 {
            continue;
        }
        let steps = statements(&mut session, "partition_plan('low.u', 'id', 'hash', modulus => 2)");
        for (number, statement) in steps.iter().enumerate() {
            sent(&mut session, statement);
            if number == 1 {
                ok(&mut session, "UPDATE low.u SET at = 4; DELETE FROM low.u");
                ok(&mut session, &write);
            }
        }
        is(&mut session, "count(*) = 1 AND min(at) = 3 FROM low.u");
    }
}

#[test]
fn tables_that_differ_are_not_swapped() {
    let db = database();
    for meanwhile in ["DELETE FROM low.t WHERE id = 5", "UPDATE low.t SET v = -1 WHERE id = 5"] {
        let (mut session, _) = stage(&db);
        let mut said = Vec::new();
        // As psql goes on where ON_ERROR_STOP is not set.
        for statement in statements(&mut session, "partition_plan('low.t', 'id', 'hash', modulus => 2)") {
            if let Err(error) = send(&mut session, &statement) {
                said.push((error.code, error.message));
            }
            if statement.starts_with("CALL") {
                ok(
                    &mut session,
                    &format!("SET session_replication_role = replica; {meanwhile}; RESET session_replication_role"),
                );
            }
        }
        let codes: Vec<&str> = said.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["22000", "55000", "42P01"], "{said:?}");
        is(&mut session, "relkind = 'r' FROM pg_class WHERE oid = 'low.t'::regclass");
    }
}

#[test]
fn what_cannot_be_carried_is_refused() {
    let db = database();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off");
    let since_18 = cluster(&db).major() >= 18;
    for (number, (columns, more, by_range, words, since)) in [
        ("id bigint, at timestamptz NOT NULL, PRIMARY KEY (id) DEFERRABLE", "", true, "deferrable constraint", 15),
        ("id bigint, at timestamptz NOT NULL, PRIMARY KEY (id) DEFERRABLE", "", false, "deferrable constraint", 15),
        (
            "id bigint PRIMARY KEY, at timestamptz NOT NULL, UNIQUE (id, at) DEFERRABLE INITIALLY DEFERRED",
            "",
            true,
            "deferrable constraint",
            15,
        ),
        (
            "id bigint PRIMARY KEY, at timestamptz NOT NULL",
            "ALTER TABLE # REPLICA IDENTITY USING INDEX #_pkey",
            true,
            "replica identity by index",
            15,
        ),
        (
            "id bigint PRIMARY KEY, at timestamptz NOT NULL",
            "CREATE FUNCTION f_#() RETURNS SETOF # LANGUAGE sql AS 'SELECT 1::bigint, now()' ",
            true,
            "function public.f_",
            15,
        ),
        (
            "id bigint PRIMARY KEY, at timestamptz NOT NULL",
            "CREATE FUNCTION f_#() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM #; END",
            false,
            "function public.f_",
            15,
        ),
        (
            "id bigint PRIMARY KEY, at timestamptz NOT NULL",
            "ALTER TABLE # FORCE ROW LEVEL SECURITY",
            true,
            "row-level security",
            15,
        ),
        (
            "id int4range, at timestamptz NOT NULL, p tstzrange, PRIMARY KEY (id, p WITHOUT OVERLAPS)",
            "",
            true,
            "WITHOUT OVERLAPS",
            18,
        ),
        ("id bigint PRIMARY KEY, at timestamptz CONSTRAINT n# NOT NULL NO INHERIT", "", true, "NO INHERIT", 18),
    ]
    .into_iter()
    .enumerate()
    {
        if since == 18 && !since_18 {
            continue;
        }
        let table = format!("r{number}");
        ok(&mut session, &format!("CREATE TABLE {table} ({columns}); {more}").replace('#', &table));
        let call = if by_range {
            format!("partition_plan('{table}', 'at')")
        } else {
            format!("partition_plan('{table}', 'id', 'hash')")
        };
        let error = fails(&mut session, &format!("SELECT * FROM architect.{call}"), "0A000");
        assert!(error.detail.as_ref().is_some_and(|detail| detail.contains(words)), "{error}\nof {words}");
    }
    ok(
        &mut session,
        "CREATE TABLE made (id bigint PRIMARY KEY, s timestamp NOT NULL, at date GENERATED ALWAYS AS (s::date) STORED NOT NULL)",
    );
    let error = fails(&mut session, "SELECT * FROM architect.partition_plan('made', 'at')", "0A000");
    assert!(error.message.contains("is generated"), "{error}");
}

#[test]
fn what_is_not_enforced_is_not_validated() {
    let db = database();
    if cluster(&db).major() < 18 {
        return;
    }
    let (mut session, low) = stage(&db);
    for (key, method) in [("at", "range"), ("id", "hash")] {
        ok(
            &mut session,
            &"DROP TABLE IF EXISTS low.u; CREATE TABLE low.u (id bigint PRIMARY KEY, at timestamptz NOT NULL, v integer, w bigint,
                 CONSTRAINT small CHECK (v < 10) NOT ENFORCED, CONSTRAINT w_fkey FOREIGN KEY (w) REFERENCES low.t (id) NOT ENFORCED);
             ALTER TABLE low.u OWNER TO OWNER_; INSERT INTO low.u SELECT g, '2026-01-01', g, -g FROM generate_series(1, 100) AS g"
                .replace("OWNER_", &low),
        );
        follow(&mut session, &format!("partition_plan('low.u', '{key}', '{method}', ahead => 1, modulus => 2)"));
        is(&mut session, "count(*) = 100 FROM low.u");
        is(
            &mut session,
            "count(*) = 2 AND bool_and(NOT conenforced) FROM pg_constraint WHERE conrelid = 'low.u'::regclass AND conname IN ('small', 'w_fkey')",
        );
    }
}

#[test]
fn virtual_columns_are_not_in_a_history() {
    let db = database();
    if cluster(&db).major() < 18 {
        return;
    }
    let (mut session, low) = stage(&db);
    ok(
        &mut session,
        &format!(
            "CREATE TABLE low.u (id bigint PRIMARY KEY, a integer, twice integer GENERATED ALWAYS AS (a * 2) VIRTUAL, thrice integer GENERATED ALWAYS AS (a * 3) STORED); ALTER TABLE low.u OWNER TO {low}"
        ),
    );
    follow(&mut session, "history_table('low.u')");
    ok(&mut session, "INSERT INTO low.u (id, a) VALUES (1, 1); UPDATE low.u SET a = 2");
    is(&mut session, "array_agg(thrice ORDER BY history_id) = '{3,6}' FROM low.u_history");
    is(&mut session, "count(*) = 0 FROM pg_attribute WHERE attrelid = 'low.u_history'::regclass AND attname = 'twice'");
}

#[test]
fn the_strictest_guard_has_nothing_to_say() {
    let db = database();
    let mut session = connect(&db);
    connect(&db).batch_execute("SELECT architect.arm(); SELECT architect.use_profile('strict')").expect("armed");
    for (number, call) in [
        "history_table('shop.events')",
        "partition_plan('shop.events', 'created_at')",
        "partition_plan('shop.events', 'id', 'hash', modulus => 2)",
    ]
    .iter()
    .enumerate()
    {
        ok(
            &mut session,
            "SET architect.mode = off; DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop;
             CREATE TABLE shop.events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(100) NOT NULL,
                 created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
             COMMENT ON TABLE shop.events IS 'What happened'; COMMENT ON COLUMN shop.events.name IS 'What it is called';
             INSERT INTO shop.events (name) SELECT 'n' || g FROM generate_series(1, 3000) AS g; ANALYZE shop.events;
             SET architect.mode = enforce; SET architect.enforce_severity = info; SET lock_timeout = 0",
        );
        for statement in statements(&mut session, call) {
            sent(&mut session, &statement);
            let said = session.take_messages();
            assert!(ours(&said).is_empty(), "{said:?}\nin: {statement}");
        }
        is(
            &mut session,
            &format!("{number} > 0 OR count(*) = 2 FROM pg_trigger WHERE tgrelid = 'shop.events'::regclass"),
        );
    }
}

#[test]
fn a_trigger_is_not_made_without_its_table() {
    let db = database();
    for call in ["history_table('low.t')", "partition_plan('low.t', 'id', 'hash', modulus => 2)"] {
        let (mut session, _) = stage(&db);
        let second = statements(&mut session, call)[1].clone();
        assert_eq!(send(&mut session, &second).expect_err("an error").code, "42P01");
        ok(&mut session, "INSERT INTO low.t VALUES (5001, 1)");
    }
}
