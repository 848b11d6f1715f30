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
