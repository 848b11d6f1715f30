//! Whole sessions of statements: what `architect.lint` says of a text, against what the server does with the same statements.

mod common;

use common::*;
use harness::Session;

/// The findings of one rule in a text: message and detail.
#[track_caller]
fn findings(session: &mut Session, sql: &str, rule: &str) -> Vec<(String, String)> {
    let rows = session
        .query("SELECT message, coalesce(detail, '') FROM architect.lint($1) WHERE rule = $2", &[&sql, &rule])
        .unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// How often a rule is found in a text.
#[track_caller]
fn found(session: &mut Session, sql: &str, rule: &str) -> usize {
    findings(session, sql, rule).len()
}

fn linter(db: &harness::Db) -> Session {
    let mut session = connect(db);
    session
        .batch_execute(
            "SET lock_timeout = '2s'; SET architect.small_table_rows = 0; SET architect.small_table_bytes = 0",
        )
        .expect("settings");
    session
}

#[test]
fn a_lock_is_told_with_the_statement_that_took_it() {
    let db = shop();
    let mut session = linter(&db);
    let rule = "work-under-strong-lock";
    let text = "CREATE INDEX idx_orders_code ON orders (code);
        ALTER TABLE orders ADD COLUMN second_note text;
        CREATE INDEX idx_customers_name ON customers (name);";
    let took = "ALTER TABLE took ACCESS EXCLUSIVE on public.orders";
    let [(_, detail)] = &findings(&mut session, &format!("BEGIN; {text} COMMIT;"), rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with(took), "{detail}");
    // The guard, which asks the lock manager for the mode.
    let details = |session: &mut Session, sql: &str| -> Vec<String> {
        ok(session, sql);
        let rows = session
            .query("SELECT detail FROM architect.last_findings() WHERE rule = $1", &[&rule])
            .expect("the findings of the transaction before");
        rows.iter().map(|row| row.get(0)).collect()
    };
    ok(&mut session, "SET architect.mode = warn; SET client_min_messages = error");
    let [detail] = &details(&mut session, &format!("BEGIN; {text} ROLLBACK;"))[..] else { panic!("{rule}") };
    assert!(detail.starts_with(took), "{detail}");
    // What took the stronger lock was rolled back, and then another statement takes it.
    let text = "BEGIN; CREATE INDEX idx_orders_code ON orders (code); SAVEPOINT a;
        ALTER TABLE orders ADD COLUMN second_note text; ROLLBACK TO a;
        DROP INDEX idx_orders_code; CREATE INDEX idx_customers_name ON customers (name); ROLLBACK;";
    let [detail] = &details(&mut session, text)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("DROP INDEX took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    let [(_, detail)] = &findings(&mut session, text, rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("DROP INDEX took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    // LOCK TABLE is no DDL: nobody noted it.
    let text = "BEGIN; CREATE INDEX idx_orders_code ON orders (code); LOCK TABLE orders;
        CREATE INDEX idx_customers_name ON customers (name); ROLLBACK;";
    let [detail] = &details(&mut session, text)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("An earlier statement took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    let [(_, detail)] = &findings(&mut session, text, rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("LOCK TABLE took ACCESS EXCLUSIVE on public.orders"), "{detail}");
}

#[test]
fn changes_in_with_are_seen() {
    let db = shop();
    let mut session = linter(&db);
    ok(&mut session, "CREATE TABLE archive (LIKE orders)");
    let rule = "data-change-without-where";
    for (text, expected) in [
        ("WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone;", 1),
        ("WITH gone AS (DELETE FROM orders RETURNING *) INSERT INTO archive SELECT * FROM gone;", 1),
        ("CREATE TABLE kept AS WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone;", 1),
        ("COPY (DELETE FROM orders RETURNING *) TO STDOUT;", 1),
        ("COPY (WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone) TO STDOUT;", 1),
        ("WITH a AS (UPDATE orders SET note = '' RETURNING 1), b AS (DELETE FROM archive RETURNING 1) SELECT 1;", 1),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN WITH gone AS (DELETE FROM orders RETURNING *) SELECT 1 LOOP END LOOP; END $$;",
            1,
        ),
        ("WITH gone AS (DELETE FROM orders WHERE id = 7 RETURNING *) SELECT count(*) FROM gone;", 0),
        ("WITH orders AS (SELECT 1) SELECT * FROM orders;", 0),
    ] {
        assert_eq!(found(&mut session, text, rule), expected, "{text}");
    }
    let under = "BEGIN; ALTER TABLE orders ADD COLUMN second_note text;
        WITH changed AS (UPDATE orders SET second_note = '' RETURNING id) SELECT count(*) FROM changed; COMMIT;";
    assert_eq!(found(&mut session, under, "work-under-strong-lock"), 1);
    // A table that is emptied and filled in one statement is not empty after it.
    let refilled =
        "WITH gone AS (DELETE FROM orders RETURNING *) INSERT INTO orders OVERRIDING SYSTEM VALUE SELECT * FROM gone;
        DROP TABLE orders;";
    assert_eq!(found(&mut session, refilled, "table-dropped"), 1);
    // The server is of the same mind: the data changes, whatever reads it.
    let gone: i64 = {
        ok(&mut session, "BEGIN; WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone");
        session.query_one("SELECT count(*) FROM orders", &[]).expect("a count").get(0)
    };
    assert_eq!(gone, 0);
    ok(&mut session, "ROLLBACK");
}

/// The tables whose files are new after statements that are run one by one, and what the text was said to rewrite: the tables, and what
/// could not be judged.
#[track_caller]
fn rewrites(db: &harness::Db, text: &str) -> (bool, bool, Vec<String>) {
    let mut session = linter(db);
    let said: Vec<String> = session
        .query("SELECT DISTINCT rule FROM architect.lint($1) WHERE rule LIKE '%rewrite%'", &[&text])
        .unwrap_or_else(|error| panic!("{error:?}\nin: {text}"))
        .iter()
        .map(|row| row.get(0))
        .collect();
    let unknown: Vec<String> = session
        .take_messages()
        .into_iter()
        .filter(|message| message.code == "PA004")
        .map(|message| message.message)
        .collect();
    let file = |session: &mut Session| -> i64 {
        session.query_one("SELECT pg_relation_filenode('orders')::bigint", &[]).expect("the file of orders").get(0)
    };
    ok(&mut session, "SET architect.mode = off");
    ok(&mut session, "BEGIN");
    let before = file(&mut session);
    ok(&mut session, text);
    let rewritten = file(&mut session) != before;
    ok(&mut session, "ROLLBACK");
    (rewritten, !said.is_empty(), unknown)
}

#[test]
fn what_the_text_makes_decides_about_rewrites() {
    let db = shop();
    for (text, known) in [
        ("CREATE SEQUENCE sq; ALTER TABLE orders ADD COLUMN num bigint DEFAULT nextval('sq');", true),
        ("CREATE SEQUENCE sq; ALTER TABLE orders ADD COLUMN num text DEFAULT 'n' || nextval('sq');", true),
        (
            "CREATE FUNCTION gen() RETURNS text LANGUAGE sql VOLATILE AS 'SELECT md5(random()::text)'; ALTER TABLE orders ADD COLUMN c text DEFAULT gen();",
            true,
        ),
        (
            "CREATE FUNCTION gen() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER TABLE orders ADD COLUMN c text DEFAULT gen();",
            true,
        ),
        (
            "CREATE FUNCTION gen() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END'; ALTER TABLE orders ADD COLUMN c text DEFAULT gen();",
            true,
        ),
        (
            "CREATE FUNCTION gen() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION gen() IMMUTABLE; ALTER TABLE orders ADD COLUMN c text DEFAULT gen();",
            true,
        ),
        // Volatile by its name, and put in its place it is a constant.
        (
            "CREATE FUNCTION gen() RETURNS text LANGUAGE sql AS 'SELECT ''x''::text'; ALTER TABLE orders ADD COLUMN c text DEFAULT gen();",
            false,
        ),
        ("CREATE DOMAIN posint AS integer CHECK (VALUE > 0); ALTER TABLE orders ADD COLUMN pp posint;", true),
        ("CREATE DOMAIN posint AS integer NOT NULL; ALTER TABLE orders ADD COLUMN pp posint DEFAULT 1;", true),
        (
            "CREATE DOMAIN posint AS integer; ALTER DOMAIN posint ADD CHECK (VALUE > 0); ALTER TABLE orders ADD COLUMN pp posint;",
            true,
        ),
        (
            "CREATE DOMAIN a AS integer CHECK (VALUE > 0); CREATE DOMAIN b AS a; ALTER TABLE orders ADD COLUMN pp b;",
            true,
        ),
        ("CREATE DOMAIN posint AS integer; ALTER TABLE orders ADD COLUMN pp posint;", true),
        ("CREATE TYPE st AS ENUM ('s0'); ALTER TABLE orders ADD COLUMN state st;", true),
        ("CREATE TYPE st AS ENUM ('s0'); ALTER TABLE orders ADD COLUMN state st DEFAULT 's0';", true),
        ("CREATE TYPE st AS ENUM ('s0'); ALTER TABLE orders ADD COLUMN states st[];", true),
        (
            "CREATE TYPE st AS ENUM ('s0'); ALTER TYPE st RENAME TO su; ALTER TABLE orders ADD COLUMN state su DEFAULT NULL;",
            true,
        ),
        ("CREATE TYPE st AS ENUM ('s0'); ALTER TABLE orders ALTER code TYPE st USING 's0'::st;", true),
        ("CREATE DOMAIN posint AS integer CHECK (VALUE >= 0); ALTER TABLE orders ALTER amount TYPE posint;", true),
        ("CREATE DOMAIN anyint AS integer; ALTER TABLE orders ALTER amount TYPE anyint;", false),
        (
            "CREATE FUNCTION f1(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END'; ALTER TABLE orders ALTER amount TYPE int USING f1(amount);",
            true,
        ),
        (
            "CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'; ALTER TABLE orders ALTER amount TYPE int USING f1(amount);",
            false,
        ),
    ] {
        let (rewritten, said, unknown) = rewrites(&db, text);
        if known {
            assert_eq!((rewritten, unknown.is_empty()), (said, true), "{unknown:?} {text}");
        } else {
            assert!(!said && unknown.len() == 1 && unknown[0].contains("was judged in part"), "{unknown:?} {text}");
        }
    }
    let mut session = linter(&db);
    let unknown = "CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
        ALTER TABLE orders ALTER amount TYPE bigint USING f1(amount);";
    assert_eq!(found(&mut session, unknown, "cached-plans-invalidated"), 0, "whether rows are touched is not known");
}

/// The table whose index a text is said to build under this setting of search_path, and the one that the server takes.
#[test]
fn a_search_path_is_read_as_the_server_reads_it() {
    let db = shop();
    let mut session = linter(&db);
    ok(
        &mut session,
        "CREATE SCHEMA shop; CREATE SCHEMA \"a, b\"; CREATE SCHEMA \"q\"\"q\"; CREATE SCHEMA postgres; CREATE SCHEMA other;
         CREATE ROLE architect_session_role SUPERUSER; CREATE SCHEMA architect_session_role;
         SET architect.mode = off;
         CREATE TABLE shop.orders AS SELECT * FROM public.orders; CREATE TABLE \"a, b\".orders AS SELECT * FROM public.orders;
         CREATE TABLE \"q\"\"q\".orders AS SELECT * FROM public.orders; CREATE TABLE postgres.orders AS SELECT * FROM public.orders;
         CREATE TABLE architect_session_role.orders AS SELECT * FROM public.orders;
         ANALYZE",
    );
    for set in [
        "SET search_path TO shop, public",
        "SET search_path TO 'SHOP', public",
        "SET search_path TO SHOP, Public",
        "SET search_path TO 'shop, public', public",
        "SET search_path TO \"a, b\", public",
        "SET search_path TO \"q\"\"q\", public",
        "SET search_path TO \"$user\", shop",
        "SET search_path TO shop, \"$user\"",
        "SET search_path TO DEFAULT",
        "SELECT set_config('search_path', 'SHOP, Public', false)",
        "SELECT set_config('search_path', '\"a, b\", Public', false), set_config('lock_timeout', '2s', false)",
        "SELECT 1, pg_catalog.set_config('search_path', 'shop', false), 'x'",
        "SELECT set_config('search_path', '\"$user\", public', false)",
        "SET ROLE architect_session_role; SET search_path TO \"$user\", public",
        "SET search_path TO \"$user\", public; SET ROLE architect_session_role",
        "SET ROLE architect_session_role; RESET ROLE; SET search_path TO \"$user\", public",
        "CREATE SCHEMA late; SET search_path TO late, shop",
        "SET search_path TO nowhere, shop",
    ] {
        let text = format!("{set}; CREATE INDEX idx_orders_amount ON orders (amount);");
        let said = findings(&mut session, &text, "index-not-concurrent");
        let [(message, _)] = &said[..] else { panic!("{said:?} in: {text}") };
        ok(&mut session, "BEGIN");
        ok(&mut session, &text);
        let table: String = session
            .query_one(
                "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE l.pid = pg_backend_pid() AND l.mode = 'ShareLock' AND c.relkind = 'r' AND c.relname = 'orders'",
                &[],
            )
            .unwrap_or_else(|error| panic!("{error:?} in: {text}"))
            .get(0);
        ok(&mut session, "ROLLBACK");
        assert_eq!(*message, format!("CREATE INDEX blocks writes to {table} while it builds"), "{text}");
    }
    // A path that the server refuses changes nothing.
    let text = "SELECT set_config('search_path', 'a b', false); CREATE INDEX idx_orders_amount ON orders (amount);";
    assert!(findings(&mut session, text, "index-not-concurrent")[0].0.contains("postgres.orders"));
    ok(&mut session, "DROP OWNED BY architect_session_role; DROP ROLE architect_session_role");
}

#[test]
fn what_a_session_leaves_is_followed() {
    let db = shop();
    let mut session = linter(&db);
    let rule = "index-not-concurrent";
    let build = "CREATE INDEX idx_orders_amount ON orders (amount);";
    for (text, expected) in [
        ("CREATE TEMP TABLE orders (amount int);", 0),
        ("CREATE TEMP TABLE orders (amount int); DISCARD ALL;", 1),
        ("CREATE TEMP TABLE orders (amount int); DISCARD TEMP;", 1),
        ("CREATE TEMP TABLE orders (amount int); DISCARD PLANS;", 0),
        ("SET search_path TO nowhere; DISCARD ALL;", 1),
        ("CREATE TEMP TABLE orders (amount int) ON COMMIT DROP;", 1),
        ("BEGIN; CREATE TEMP TABLE orders (amount int) ON COMMIT DROP;", 0),
        ("BEGIN; CREATE TEMP TABLE orders (amount int) ON COMMIT DROP; COMMIT;", 1),
        ("BEGIN; CREATE TEMP TABLE orders ON COMMIT DROP AS SELECT 1 AS amount; COMMIT;", 1),
        ("BEGIN; CREATE TEMP TABLE orders (amount int) ON COMMIT DELETE ROWS; COMMIT;", 0),
        ("BEGIN; ALTER TABLE orders RENAME TO old_orders; PREPARE TRANSACTION 'x'; ROLLBACK PREPARED 'x';", 1),
        ("BEGIN; ALTER TABLE orders RENAME TO old_orders; PREPARE TRANSACTION 'x'; COMMIT PREPARED 'x';", 0),
    ] {
        assert_eq!(found(&mut session, &format!("{text} {build}"), rule), expected, "{text}");
    }
}

/// The relations that existed before and that statements lock in ACCESS EXCLUSIVE: by the facts of the last statement of a text, and by the
/// lock manager.
#[track_caller]
fn strong_locks(session: &mut Session, before: &str, last: &str) -> (Vec<String>, Vec<String>) {
    let text = format!("{before}\n{last}");
    let said = session
        .query(
            "SELECT DISTINCT relation FROM architect.explain_ddl($1)
             WHERE lock = 'ACCESS EXCLUSIVE' AND NOT created_here AND line = 2 ORDER BY 1",
            &[&text],
        )
        .unwrap_or_else(|error| panic!("{error:?}\nin: {text}"))
        .iter()
        .map(|row| row.get(0))
        .collect();
    let held = "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE l.pid = pg_backend_pid() AND l.mode = 'AccessExclusiveLock' AND n.nspname <> 'pg_toast' ORDER BY 1";
    ok(session, "SET architect.mode = off");
    ok(session, before);
    ok(session, "BEGIN");
    ok(session, last);
    let held = session.query(held, &[]).expect("locks").iter().map(|row| row.get(0)).collect();
    ok(session, "ROLLBACK");
    (said, held)
}

#[test]
fn parts_that_the_text_made_lock_their_table_when_they_go() {
    let db = shop();
    let mut session = linter(&db);
    ok(&mut session, "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    for (before, last) in [
        (
            "CREATE TRIGGER t1 BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();",
            "DROP TRIGGER t1 ON orders;",
        ),
        (
            "CREATE TRIGGER t2 BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();",
            "DROP TRIGGER IF EXISTS t2 ON orders;",
        ),
        (
            "CREATE TRIGGER t3 BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TRIGGER t3 ON orders RENAME TO t4;",
            "DROP TRIGGER t4 ON orders;",
        ),
        ("CREATE POLICY p1 ON orders USING (true);", "DROP POLICY p1 ON orders;"),
        ("CREATE RULE r1 AS ON DELETE TO orders DO ALSO NOTHING;", "DROP RULE r1 ON orders;"),
        // Nothing of that name is there.
        (
            "CREATE TRIGGER t5 BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();",
            "DROP TRIGGER IF EXISTS t5 ON orders;",
        ),
    ] {
        let (said, held) = strong_locks(&mut session, before, last);
        assert_eq!(said, held, "{before} {last}");
    }
}

#[test]
fn a_drop_that_is_refused_locks_no_table_of_a_foreign_key() {
    let db = shop();
    let mut session = linter(&db);
    ok(
        &mut session,
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
         CREATE TABLE items (id int PRIMARY KEY, order_id bigint REFERENCES orders);
         INSERT INTO items SELECT g, g FROM generate_series(1, 2000) g; ANALYZE items",
    );
    let rows = session
        .query(
            "SELECT relation FROM architect.explain_ddl('DROP TABLE orders;') WHERE relation_kind = 'table' ORDER BY 1",
            &[],
        )
        .expect("rows");
    let said: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(said, ["public.orders"]);
    assert_eq!(found(&mut session, "DROP TABLE orders;", "several-foreign-keys"), 0);
    // The server does not ask for the lock on items: it refuses while another session has it.
    let mut other = connect(&db);
    ok(&mut other, "BEGIN; LOCK TABLE items; LOCK TABLE customers");
    ok(&mut session, "SET architect.mode = off");
    fails(&mut session, "DROP TABLE orders", "2BP01");
    ok(&mut other, "ROLLBACK");
    let both = findings(&mut session, "DROP TABLE orders CASCADE;", "several-foreign-keys");
    assert_eq!(both[0].0, "dropping foreign keys with public.customers and public.items locks them together");
}

#[test]
fn functions_are_followed() {
    let db = shop();
    let mut session = linter(&db);
    ok(&mut session, "CREATE SCHEMA shop; CREATE SCHEMA other;
        CREATE FUNCTION shop.old(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION shop.pinned() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'");
    let rule = "security-definer-search-path";
    let create = "CREATE FUNCTION shop.sd() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';";
    for (text, expected) in [
        (create.to_owned(), Some("shop.sd()")),
        (format!("{create} ALTER FUNCTION shop.sd() SET search_path = pg_catalog, pg_temp;"), None),
        (format!("{create} ALTER FUNCTION shop.sd SET search_path = pg_catalog, pg_temp;"), None),
        (format!("SET search_path = pg_catalog, pg_temp; {create} ALTER FUNCTION shop.sd() SET search_path FROM CURRENT;"), None),
        (format!("{create} ALTER FUNCTION shop.sd() SECURITY INVOKER;"), None),
        (format!("{create} ALTER FUNCTION shop.sd() RENAME TO se;"), Some("shop.se()")),
        (format!("{create} ALTER FUNCTION shop.sd() RENAME TO se; ALTER FUNCTION shop.se() SECURITY INVOKER;"), None),
        (format!("{create} ALTER FUNCTION shop.sd() SET SCHEMA other;"), Some("other.sd()")),
        (format!("{create} ALTER SCHEMA shop RENAME TO store;"), Some("store.sd()")),
        (format!("{create} DROP FUNCTION shop.sd();"), None),
        (format!("{create} DROP ROUTINE IF EXISTS shop.sd;"), None),
        (format!("{create} DROP SCHEMA shop CASCADE;"), None),
        ("ALTER FUNCTION shop.old(int) SECURITY DEFINER;".to_owned(), Some("shop.old(integer)")),
        ("SET search_path = shop; ALTER FUNCTION old(int) SECURITY DEFINER;".to_owned(), Some("shop.old(integer)")),
        ("ALTER FUNCTION shop.old(int) SECURITY DEFINER; ALTER FUNCTION shop.old(int) SET search_path = pg_catalog, pg_temp;".to_owned(), None),
        ("ALTER FUNCTION shop.old(int) SECURITY DEFINER; DROP FUNCTION shop.old(int);".to_owned(), None),
        ("ALTER FUNCTION shop.pinned() RESET search_path;".to_owned(), Some("shop.pinned()")),
        ("ALTER FUNCTION shop.pinned() RESET ALL;".to_owned(), Some("shop.pinned()")),
        ("CREATE FUNCTION shop.sd(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
          CREATE FUNCTION shop.sd(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
          ALTER FUNCTION shop.sd(text) SECURITY DEFINER; ALTER FUNCTION shop.sd(int) SECURITY INVOKER;".to_owned(), Some("shop.sd(text)")),
    ] {
        let said = findings(&mut session, &text, rule);
        assert_eq!(said.len(), usize::from(expected.is_some()), "{said:?} {text}");
        if let Some(name) = expected {
            assert!(said[0].0.contains(&format!(" {name} ")), "{said:?} {text}");
        }
        // The server has the same functions then.
        ok(&mut session, "SET architect.mode = off; BEGIN");
        ok(&mut session, &text);
        let there: Vec<String> = session
            .query(
                "SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
                 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                 WHERE p.prosecdef AND n.nspname IN ('shop', 'other', 'store') AND p.proconfig IS NULL",
                &[],
            )
            .expect("functions")
            .iter()
            .map(|row| row.get(0))
            .collect();
        ok(&mut session, "ROLLBACK");
        assert_eq!(there, expected.into_iter().collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn what_goes_with_a_column_goes_in_a_text_too() {
    let db = shop();
    let mut session = linter(&db);
    for (index, name) in [
        ("CREATE INDEX badname1 ON orders (lower(note));", "badname1"),
        ("CREATE INDEX badname2 ON orders (amount) WHERE note IS NOT NULL;", "badname2"),
        ("CREATE INDEX badname3 ON orders (amount) INCLUDE (note);", "badname3"),
        ("CREATE INDEX badname4 ON orders (amount, note);", "badname4"),
        ("ALTER TABLE orders ADD CONSTRAINT badname5 UNIQUE (id) INCLUDE (note);", "badname5"),
        ("ALTER TABLE orders ADD CONSTRAINT badname6 CHECK (amount > 0 OR note = '');", "badname6"),
        ("CREATE INDEX badname7 ON orders (amount);", ""),
    ] {
        let text = format!("{index} ALTER TABLE orders DROP COLUMN note;");
        let said = findings(&mut session, &text, "column-drop-collateral");
        assert_eq!(said.len(), usize::from(!name.is_empty()), "{said:?} {text}");
        assert!(said.iter().all(|(_, detail)| detail.contains(name)), "{said:?} {text}");
        assert_eq!(found(&mut session, &text, "index-name-pattern"), usize::from(name.is_empty()), "{text}");
        // The server takes it along.
        ok(&mut session, "SET architect.mode = off; BEGIN");
        ok(&mut session, &text);
        let left: i64 = session
            .query_one(
                "SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'badname%')
                      + (SELECT count(*) FROM pg_constraint WHERE conname LIKE 'badname%')",
                &[],
            )
            .expect("a count")
            .get(0);
        ok(&mut session, "ROLLBACK");
        assert_eq!(left, i64::from(name.is_empty()), "{text}");
    }
}

#[test]
fn a_constraint_that_waits_for_its_validation_keeps_its_place_under_another_name() {
    let db = shop();
    let mut session = linter(&db);
    let rule = "validate-in-same-transaction";
    let add = "BEGIN; ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount >= 0) NOT VALID;";
    let plain = format!("{add} ALTER TABLE orders VALIDATE CONSTRAINT positive; COMMIT;");
    let renamed = format!(
        "{add} ALTER TABLE orders RENAME CONSTRAINT positive TO not_negative;
         ALTER TABLE orders VALIDATE CONSTRAINT not_negative; COMMIT;"
    );
    let (plain, renamed) = (findings(&mut session, &plain, rule), findings(&mut session, &renamed, rule));
    assert_eq!(plain.len(), 1);
    assert_eq!(renamed.len(), 1);
    assert!(plain[0].1.contains("This transaction added it"), "{plain:?}");
    assert!(renamed[0].1.contains("This transaction added it"), "{renamed:?}");
}
