//! What rules say of a schema, against what PostgreSQL does with it.

mod common;

use common::*;
use harness::Session;

/// Whether the rule speaks about the object.
#[track_caller]
fn says(session: &mut Session, rule: &str, object: &str) -> bool {
    value(
        session,
        &format!(
            "SELECT EXISTS (SELECT FROM architect.check(profile => 'strict') WHERE rule = '{rule}' AND object = '{object}')"
        ),
    )
}

fn major(session: &mut Session) -> i32 {
    value::<i32>(session, "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4") / 10_000
}

#[test]
fn an_action_is_impossible_where_the_server_refuses_it() {
    let db = database();
    let mut session = connect(&db);
    let since_18 = major(&mut session) >= 18;
    ok(
        &mut session,
        "SET architect.mode = off;
         CREATE DOMAIN filled AS bigint NOT NULL; CREATE DOMAIN narrow AS filled; CREATE DOMAIN free AS bigint;
         CREATE DOMAIN one AS bigint NOT NULL DEFAULT 1",
    );
    let cases = [
        ("bigint", "ON DELETE SET NULL", true),
        ("bigint NOT NULL", "ON DELETE SET NULL", true),
        ("bigint NOT NULL", "ON DELETE SET DEFAULT", true),
        ("bigint NOT NULL DEFAULT 1", "ON DELETE SET DEFAULT", true),
        ("bigint GENERATED ALWAYS AS IDENTITY", "ON DELETE SET DEFAULT", true),
        ("bigint GENERATED ALWAYS AS IDENTITY", "ON DELETE SET NULL", true),
        ("filled", "ON DELETE SET NULL", true),
        ("narrow", "ON DELETE SET NULL", true),
        ("free", "ON DELETE SET NULL", true),
        ("free NOT NULL", "ON DELETE SET NULL", true),
        ("one", "ON DELETE SET DEFAULT", true),
        ("bigint NOT NULL", "ON DELETE SET NULL NOT ENFORCED", since_18),
    ];
    for (number, (column, action, _)) in cases.into_iter().enumerate().filter(|(_, (.., there))| *there) {
        let (parent, child) = (format!("parent_{number}"), format!("child_{number}"));
        ok(
            &mut session,
            &format!(
                "CREATE TABLE {parent} (id bigint PRIMARY KEY); INSERT INTO {parent} VALUES (1), (5);
                 CREATE TABLE {child} (id bigint PRIMARY KEY, other {column} CONSTRAINT {child}_key REFERENCES {parent} {action});
                 INSERT INTO {child} (id, other) OVERRIDING SYSTEM VALUE VALUES (1, 5)"
            ),
        );
        let run = session.run(&format!("DELETE FROM {parent} WHERE id = 5"));
        let said = says(&mut session, "foreign-key-action-impossible", &format!("public.{child}.{child}_key"));
        assert_eq!(said, run.error.is_some(), "{column} {action}: {:?}", run.error);
    }
}

#[test]
fn the_mend_of_an_action_changes_what_is_at_fault() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off;
         CREATE TABLE parents (tenant bigint, a bigint, b bigint, PRIMARY KEY (tenant, a, b));
         CREATE TABLE children (id bigint PRIMARY KEY, tenant bigint NOT NULL, a bigint, b bigint,
             CONSTRAINT k FOREIGN KEY (tenant, a, b) REFERENCES parents ON DELETE SET NULL (b) ON UPDATE SET NULL);
         INSERT INTO parents VALUES (1, 2, 3); INSERT INTO children VALUES (1, 1, 2, 3)",
    );
    let script: String =
        value(&mut session, "SELECT architect.fix_script('public', rules => '{foreign-key-action-impossible}')");
    ok(&mut session, &script);
    ok(&mut session, "DELETE FROM parents");
    let left: String =
        value(&mut session, "SELECT pg_catalog.concat_ws(' ', tenant, a, COALESCE(b::text, 'none')) FROM children");
    assert_eq!(left, "1 2 none", "{script}");
}

/// A false all-clear is worse than noise: who sees the counters and not the columns is told what could not be judged.
#[test]
fn what_a_monitor_may_not_read_is_told_as_a_gap() {
    let db = database();
    let mut admin = connect(&db);
    let monitor = role(&db, "monitor");
    ok(
        &mut admin,
        &format!(
            "SET architect.mode = off; GRANT pg_monitor TO {monitor}; CREATE SCHEMA kept; GRANT USAGE ON SCHEMA kept TO {monitor};
             CREATE TABLE kept.customers (id bigint PRIMARY KEY, email text NOT NULL);
             CREATE TABLE kept.orders (
                 id bigint PRIMARY KEY, number integer NOT NULL UNIQUE, state text NOT NULL, note text, amount bigint,
                 customer_id bigint REFERENCES kept.customers, deleted_at timestamptz, label text
             );
             CREATE INDEX ON kept.orders (state); CREATE INDEX ON kept.orders (note); CREATE INDEX ON kept.orders (amount);
             CREATE INDEX ON kept.orders (customer_id);
             INSERT INTO kept.customers SELECT n, 'c' || n FROM generate_series(1, 20000) AS n;
             INSERT INTO kept.orders SELECT n, n * 100000, 'open', NULL, n, n, CASE WHEN n % 3 = 0 THEN now() END, 'x'
                 FROM generate_series(1, 20000) AS n;
             SELECT architect.configure('index-low-cardinality', 'on', parameters => '{{\"by_use\": false}}');
             SELECT architect.configure('index-many-nulls', 'on', parameters => '{{\"min_rows\": 1000}}');
             SELECT architect.configure('soft-delete-index-not-partial', 'on', parameters => '{{\"min_rows\": 1000}}')",
        ),
    );
    ok(&mut admin, "VACUUM ANALYZE kept.customers, kept.orders");
    let found = "SELECT DISTINCT rule || ' ' || split_part(object, '.', 2) FROM architect.check('kept', profile => 'strict')
                 WHERE rule IN ('int-key-usage', 'index-low-cardinality', 'index-many-nulls', 'soft-delete-index-not-partial',
                                'foreign-key-nullable', 'not-null-candidate', 'business-key-not-unique')";
    let rules = |session: &mut Session, query: &str| -> Vec<String> {
        let mut rules: Vec<String> =
            session.query(query, &[]).expect("rows").iter().map(|row| row.get::<_, String>(0)).collect();
        for rule in &mut rules {
            rule.truncate(rule.find(' ').unwrap_or(rule.len()));
        }
        rules.sort();
        rules.dedup();
        rules
    };
    let seen = rules(&mut admin, found);
    assert_eq!(seen.len(), 7, "{seen:?}");
    let mut session = db.connect_as(&monitor).expect("a session");
    assert_eq!(rules(&mut session, found), [""; 0]);
    ok(&mut admin, "SELECT architect.use_profile('strict')");
    let gaps = rules(&mut session, "SELECT rule FROM architect.not_judged");
    let silent: Vec<&String> = seen.iter().filter(|rule| !gaps.contains(rule)).collect();
    assert!(silent.is_empty(), "{silent:?} say nothing; gaps: {gaps:?}");
    // With the privilege nothing is missing.
    ok(&mut admin, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA kept TO {monitor}"));
    assert_eq!(rules(&mut session, found), seen);
}

#[test]
fn a_function_with_its_owners_rights_gets_a_path_that_holds() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off;
         CREATE SCHEMA open; GRANT CREATE ON SCHEMA open TO PUBLIC; CREATE SCHEMA \"Od,d\"; CREATE SCHEMA \"Od\"; CREATE SCHEMA d;
         GRANT CREATE ON SCHEMA \"Od\", d TO PUBLIC;
         CREATE FUNCTION open.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
         CREATE FUNCTION public.odd() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = \"Od,d\", pg_temp AS 'SELECT 1'",
    );
    assert!(says(&mut session, "security-definer-search-path", "open.f()"));
    assert!(!says(&mut session, "security-definer-search-path", "public.odd()"));
    ok(&mut session, "GRANT CREATE ON SCHEMA \"Od,d\" TO PUBLIC");
    assert!(says(&mut session, "security-definer-search-path", "public.odd()"));
    let script: String = value(&mut session, "SELECT architect.fix_script(rules => '{security-definer-search-path}')");
    ok(&mut session, &script);
    for function in ["open.f()", "public.odd()"] {
        assert!(!says(&mut session, "security-definer-search-path", function), "{script}");
    }
}

/// A text is judged as its execution would be, also where it makes the domains of its columns.
#[test]
fn domains_of_a_text_are_known_to_lint() {
    let db = database();
    let text = "CREATE SCHEMA own; CREATE DOMAIN own.mon AS money; CREATE DOMAIN short AS int; CREATE DOMAIN shorter AS short NOT NULL;
        CREATE DOMAIN ts AS timestamp; CREATE DOMAIN gone AS money; CREATE DOMAIN named AS money; ALTER DOMAIN named RENAME TO price;
        DROP DOMAIN gone; CREATE DOMAIN gone AS numeric;
        CREATE TABLE parents (id bigint PRIMARY KEY);
        CREATE TABLE sales (id shorter PRIMARY KEY, total own.mon, placed_at ts, list own.mon[], kept gone, rebate price,
            parent_id shorter UNIQUE REFERENCES parents ON DELETE SET NULL);
        ALTER TABLE sales ADD COLUMN tax own.mon, ADD COLUMN sent_at ts; CREATE TABLE later (id bigint PRIMARY KEY, total integer);
        ALTER TABLE later ALTER COLUMN total TYPE own.mon";
    let wanted = [
        "money-type",
        "timestamp-without-time-zone",
        "primary-key-int4",
        "foreign-key-action-impossible",
        "array-column",
    ];
    let mut session = connect(&db);
    let mut linted: Vec<String> = session
        .query("SELECT rule || ' ' || object FROM architect.lint($1)", &[&text])
        .expect("findings")
        .iter()
        .map(|row| row.get(0))
        .collect();
    let of_types = |line: &String| wanted.iter().any(|rule| line.starts_with(&format!("{rule} ")));
    linted.retain(of_types);
    linted.sort();
    ok(&mut session, &format!("SET architect.mode = off; {text}"));
    let mut checked: Vec<String> = session
        .query("SELECT rule || ' ' || object FROM architect.check('public')", &[])
        .expect("findings")
        .iter()
        .map(|row| row.get(0))
        .collect();
    checked.retain(of_types);
    checked.sort();
    linted.dedup();
    assert!(checked.len() >= 7, "{checked:#?}");
    assert_eq!(linted, checked);
}
