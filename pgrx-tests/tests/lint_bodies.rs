//! What `architect.lint` makes of the code inside DO blocks, functions and procedures.

mod common;

use common::*;
use harness::Session;

/// Line and column of the findings of one rule.
#[track_caller]
fn at(session: &mut Session, sql: &str, rule: &str) -> Vec<(i32, i32)> {
    let rows = session
        .query("SELECT line, \"column\" FROM architect.lint($1) WHERE rule = $2", &[&sql, &rule])
        .unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    let failures: Vec<_> = session.take_messages().into_iter().filter(|message| message.code == "PA004").collect();
    assert!(failures.is_empty(), "{failures:?}\nin: {sql}");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[track_caller]
fn found(session: &mut Session, sql: &str, rule: &str) -> usize {
    at(session, sql, rule).len()
}

const BUILD: &str = "index-not-concurrent";
const DROP: &str = "table-dropped";

#[test]
fn a_do_block_is_judged_where_it_stands() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    for (text, place) in [
        ("SELECT 'é';\nDO $$\nBEGIN\n  DROP TABLE events;\nEND\n$$;", (4, 3)),
        ("DO LANGUAGE plpgsql $é$ BEGIN DROP TABLE events; END $é$", (1, 31)),
        ("DO 'BEGIN\n  RAISE NOTICE ''it''''s'';\n  DROP TABLE events; END'", (3, 3)),
        ("DO E'BEGIN\\n  DROP TABLE events; END'", (1, 15)),
        ("DO $$ BEGIN\n  EXECUTE 'DROP ' || 'TABLE events'; END $$", (2, 12)),
        ("DO $$ BEGIN\n  EXECUTE $x$ DROP TABLE events $x$; END $$", (2, 15)),
        ("DO $$ BEGIN\n  EXECUTE 'DO $x$ BEGIN\n    DROP TABLE events; END $x$'; END $$", (3, 5)),
        ("DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN\n DROP TABLE events; END IF; END $$", (2, 2)),
        ("DO $$ DECLARE x int; BEGIN FOR x IN 1..2 LOOP\n DROP TABLE events; END LOOP; END $$", (2, 2)),
        ("DO $$ BEGIN NULL; EXCEPTION WHEN others THEN\n DROP TABLE events; END $$", (2, 2)),
    ] {
        assert_eq!(at(&mut session, text, DROP), [place], "{text}");
    }
    let detail = |session: &mut Session, text: &str| -> String {
        session
            .query_one("SELECT detail FROM architect.lint($1) WHERE rule = 'table-dropped'", &[&text])
            .expect("a row")
            .get(0)
    };
    let plain = detail(&mut session, "DO $$ BEGIN DROP TABLE events; END $$");
    assert!(plain.ends_with("It stands in a DO block."), "{plain}");
    for may in [
        "DO $$ BEGIN IF true THEN DROP TABLE events; END IF; END $$",
        "DO $$ BEGIN LOOP DROP TABLE events; END LOOP; END $$",
        "DO $$ BEGIN NULL; EXCEPTION WHEN others THEN DROP TABLE events; END $$",
    ] {
        assert!(detail(&mut session, may).ends_with("it may run."), "{may}");
    }
    // Code that is a text, a comment or another language is no code.
    for text in [
        "DO $$ BEGIN RAISE NOTICE 'DROP TABLE events;'; -- DROP TABLE events;\n END $$",
        "DO $$ BEGIN /* DROP TABLE events; */ NULL; END $$",
        "SELECT $$ BEGIN DROP TABLE events; END $$",
        "DO LANGUAGE plperl $$ BEGIN DROP TABLE events; END $$",
    ] {
        assert_eq!(found(&mut session, text, DROP), 0, "{text}");
    }
}

#[test]
fn a_do_block_is_one_transaction() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let (orders, events) =
        ("ALTER TABLE orders ADD COLUMN comment text;", "ALTER TABLE events ADD COLUMN source text;");
    for (text, expected) in [
        (format!("DO $$ BEGIN {orders} {events} END $$;"), 1),
        (format!("DO $$ BEGIN {orders} END $$; {events}"), 0),
        (format!("DO $$ BEGIN {orders} END $$; DO $$ BEGIN {events} END $$;"), 0),
        (format!("BEGIN; DO $$ BEGIN {orders} END $$; {events} COMMIT;"), 1),
        (format!("DO $$ BEGIN {orders} COMMIT; {events} END $$;"), 0),
        (format!("DO $$ BEGIN {orders} EXCEPTION WHEN others THEN {events} END $$;"), 0),
        (format!("DO $$ BEGIN IF true THEN {orders} ELSE {events} END IF; END $$;"), 0),
        (format!("DO $$ BEGIN IF true THEN {orders} END IF; {events} END $$;"), 1),
        (format!("DO $$ BEGIN CASE 1 WHEN 1 THEN {orders} WHEN 2 THEN {events} END CASE; END $$;"), 0),
    ] {
        assert_eq!(found(&mut session, &text, "several-live-tables-locked"), expected, "{text}");
    }
    let build = "CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code);";
    assert_eq!(found(&mut session, &format!("DO $$ BEGIN {build} END $$;"), "concurrent-in-transaction"), 1);
    assert_eq!(found(&mut session, &format!("DO $$ BEGIN NULL; END $$; {build}"), "concurrent-in-transaction"), 0);
    session.batch_execute("SET lock_timeout = 0").expect("a setting");
    for (text, expected) in [
        (format!("DO $$ BEGIN {orders} END $$;"), 1),
        (format!("DO $$ BEGIN SET LOCAL lock_timeout = '2s'; {orders} END $$;"), 0),
        (format!("DO $$ BEGIN PERFORM set_config('lock_timeout', '2s', true); {orders} END $$;"), 0),
        (format!("DO $$ BEGIN SET LOCAL lock_timeout = '2s'; END $$; {orders}"), 1),
        (format!("DO $$ BEGIN SET lock_timeout = '2s'; END $$; {orders}"), 0),
        (format!("BEGIN; DO $$ BEGIN SET LOCAL lock_timeout = '2s'; END $$; {orders} COMMIT;"), 0),
    ] {
        assert_eq!(found(&mut session, &text, "lock-timeout-missing"), expected, "{text}");
    }
}

#[test]
fn what_a_do_block_makes_is_there_afterwards() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let build = "CREATE INDEX idx_orders_code ON orders (code);";
    for (text, expected) in [
        (
            format!(
                "DO $$ BEGIN DROP TABLE orders; CREATE TABLE orders (id bigint PRIMARY KEY, code text); END $$; {build}"
            ),
            0,
        ),
        (format!("DO $$ BEGIN DROP TABLE orders; CREATE TABLE orders (code text); {build} END $$;"), 0),
        (format!("DO $$ BEGIN {build} END $$;"), 1),
        (format!("DO $$ BEGIN IF true THEN DROP TABLE orders; ELSE {build} END IF; END $$;"), 1),
        (format!("DO $$ BEGIN DROP TABLE orders; EXCEPTION WHEN others THEN {build} END $$;"), 1),
        (
            format!("BEGIN; DO $$ BEGIN DROP TABLE orders; CREATE TABLE orders (code text); END $$; ROLLBACK; {build}"),
            1,
        ),
        // A variable where a name or a target stands.
        (
            format!(
                "DO $$ DECLARE n bigint; BEGIN INSERT INTO customers (name) VALUES ('x') RETURNING id INTO n; {build} END $$;"
            ),
            1,
        ),
        (format!("DO $$ DECLARE orders record; BEGIN SELECT * INTO orders FROM customers; {build} END $$;"), 1),
    ] {
        assert_eq!(found(&mut session, &text, BUILD), expected, "{text}");
    }
    let missing = "primary-key-missing";
    assert_eq!(at(&mut session, "DO $$ BEGIN\n  CREATE TABLE parcels (weight integer); END $$;", missing), [(2, 3)]);
    assert_eq!(
        found(&mut session, "DO $$ BEGIN CREATE TABLE parcels (weight integer); END $$; DROP TABLE parcels;", missing),
        0
    );
}

#[test]
fn functions_do_not_run_now() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let plpgsql = |body: &str| format!("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body} END $$;");
    for (text, rule) in [
        (plpgsql("DROP TABLE orders;"), DROP),
        (plpgsql("CREATE INDEX idx_orders_code ON orders (code);"), BUILD),
        (plpgsql("CREATE TABLE parcels (weight integer);"), "primary-key-missing"),
        (
            plpgsql("ALTER TABLE orders ADD COLUMN a text; ALTER TABLE events ADD COLUMN a text;"),
            "several-live-tables-locked",
        ),
        (plpgsql("CREATE TEMP TABLE orders (a int); UPDATE orders SET a = 1;"), "data-change-without-where"),
        (
            format!("SET search_path = pg_catalog; {}", plpgsql("UPDATE orders SET note = '';")),
            "data-change-without-where",
        ),
    ] {
        assert_eq!(found(&mut session, &text, rule), 0, "{text}");
    }
    // The function does nothing to what comes after it.
    let after = format!(
        "{} CREATE INDEX idx_orders_code ON orders (code);",
        plpgsql("DROP TABLE orders; SET search_path = nowhere;")
    );
    assert_eq!(found(&mut session, &after, BUILD), 1);
    let after = format!("BEGIN; {} ROLLBACK; CREATE INDEX idx_orders_code ON orders (code);", plpgsql("COMMIT;"));
    assert_eq!(found(&mut session, &after, BUILD), 1);

    let every = "data-change-without-where";
    for (text, place) in [
        (plpgsql("\n  UPDATE orders SET note = '';"), (2, 3)),
        (plpgsql("IF a THEN\n  DELETE FROM orders; END IF;"), (2, 3)),
        ("CREATE PROCEDURE f() LANGUAGE plpgsql AS 'BEGIN\n  DELETE FROM orders; END';".to_owned(), (2, 3)),
        (
            "CREATE FUNCTION f() RETURNS void AS $$ SELECT ';';\n  DELETE FROM orders $$ LANGUAGE sql;".to_owned(),
            (2, 3),
        ),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS void BEGIN ATOMIC SELECT 1;\n  DELETE FROM orders; END;".to_owned(),
            (2, 3),
        ),
        (
            "CREATE FUNCTION f() RETURNS void SET search_path = public AS $$ DELETE FROM orders $$ LANGUAGE sql;"
                .to_owned(),
            (1, 65),
        ),
    ] {
        assert_eq!(at(&mut session, &text, every), [place], "{text}");
    }
    let sql = plpgsql("DELETE FROM orders;").replace("f()", "shop.f()");
    let detail: String = session
        .query_one("SELECT detail FROM architect.lint($1) WHERE rule = 'data-change-without-where'", &[&sql])
        .expect("a row")
        .get(0);
    assert!(detail.ends_with("It stands in the body of function shop.f: it runs when that is called."), "{detail}");
    for (body, rule) in [
        ("CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code);", "concurrent-in-transaction"),
        ("DROP DATABASE postgres;", "database-dropped"),
        ("EXECUTE 'DROP TABLE ' || x;", "dynamic-sql-unseen"),
    ] {
        assert_eq!(found(&mut session, &plpgsql(body), rule), 1, "{body}");
    }
    let explained: i64 = session
        .query_one("SELECT count(*) FROM architect.explain_ddl($1)", &[&plpgsql("DROP TABLE orders;")])
        .expect("a row")
        .get(0);
    assert_eq!(explained, 0, "explain_ddl tells what would happen now");
    let explained: String = session
        .query_one(
            "SELECT string_agg(relation, ' ') FROM architect.explain_ddl($1)",
            &[&"DO $$ BEGIN DROP TABLE customers; END $$"],
        )
        .expect("a row")
        .get(0);
    assert!(explained.contains("customers"), "{explained}");
}

#[test]
fn no_body_is_an_error() {
    let db = shop();
    let mut session = connect(&db);
    for body in [
        "",
        "BEGIN",
        "END",
        "BEGIN END",
        "this is no code",
        "BEGIN x := ; END",
        "BEGIN SELECT FROM WHERE; END",
        "BEGIN IF THEN ELSE END IF END",
        "BEGIN UPDATE orders SET nowhere = v WHERE id = r.id; END",
        "BEGIN ALTER TABLE v ADD COLUMN a no_such_type; DROP TABLE no_such_table; END",
        "BEGIN EXECUTE; EXECUTE 'x y z'; END",
        "BEGIN SELECT INTO ; END",
        "BEGIN EXECUTE ''; EXECUTE ';'; PERFORM; END",
        "BEGIN ROLLBACK; BEGIN; SAVEPOINT x; END",
        "BEGIN DROP TABLE orders",
        "<<",
        "BEGIN INSERT INTO x VALUES (1) RETURNING a INTO",
        "DECLARE",
        "BEGIN FOR",
        "BEGIN FOR x IN",
    ] {
        for form in [
            "DO $b$ {b} $b$;",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $b$ {b} $b$;",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $b$ {b} $b$;",
            "CREATE FUNCTION f() RETURNS int AS $b$ {b} $b$, 'symbol' LANGUAGE c;",
            "CREATE FUNCTION f() RETURNS int AS $b$ {b} $b$;",
        ] {
            let text = form.replace("{b}", body) + "\nDROP TABLE events;";
            let rows = at(&mut session, &text, DROP);
            assert!(rows.contains(&(2, 1)), "{text}: {rows:?}");
        }
    }
}
