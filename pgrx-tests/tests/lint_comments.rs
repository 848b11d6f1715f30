//! Comments of a text that allow findings: for `architect.lint`, and for nobody else.

mod common;

use common::*;
use harness::Session;

/// The rules of the findings of a text, in their order, without those that judge comments.
#[track_caller]
fn rules_of(session: &mut Session, sql: &str) -> Vec<String> {
    session
        .lint(sql)
        .unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"))
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

const ALLOW: &str = "-- architect: allow index-not-concurrent the table is small here\n";
const BUILD: &str = "CREATE INDEX idx_orders_code ON orders (code);";
const UNUSED: &str = "inline-suppression-unused";

#[test]
fn a_comment_allows_the_findings_of_its_statement() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let build = "index-not-concurrent";
    for (text, expected) in [
        (BUILD.to_owned(), vec![build]),
        (format!("{ALLOW}{BUILD}"), vec![]),
        (format!("{BUILD} {ALLOW}"), vec![]),
        (format!("/* architect: allow index-not-concurrent because */ {BUILD}"), vec![]),
        (format!("{ALLOW}SELECT 1;\n{BUILD}"), vec![UNUSED, build]),
        (format!("SELECT 1;\n{BUILD}\n{ALLOW}"), vec![build, UNUSED]),
        (format!("SELECT '{ALLOW}';\n{BUILD}"), vec![build]),
        (format!("SELECT $$\n{ALLOW}$$;\n{BUILD}"), vec![build]),
        (format!("/* /* {ALLOW} */ */\n{BUILD}"), vec![build]),
        (format!("{}{BUILD}", ALLOW.replace("allow", "allow-file")), vec![]),
        (format!("{BUILD}\n{}", ALLOW.replace("allow", "allow-file")), vec![]),
        (format!("-- architect: allow index-not-concurrent\n{BUILD}"), vec!["inline-suppression-without-reason", build]),
        (format!("-- architect: allow index-not-concurent typo\n{BUILD}"), vec!["inline-suppression-unknown", build]),
        (format!("-- architect: allow index-not-concurent, index-not-concurrent half\n{BUILD}"), vec!["inline-suppression-unknown"]),
        // It has no say about itself.
        (format!("-- architect: allow-file {UNUSED} quiet\nSELECT 1;"), vec![UNUSED]),
        // What a text leaves behind stands at the statement that made it.
        ("-- architect: allow primary-key-missing staging\nCREATE TABLE parcels (weight integer);".to_owned(), vec![]),
        ("-- architect: allow-file primary-key-missing staging\nCREATE TABLE parcels (weight integer); CREATE TABLE boxes (weight integer);".to_owned(), vec![]),
        // Inside of a body, and around it.
        (format!("{ALLOW}DO $$ BEGIN\n{BUILD} END $$;"), vec![]),
        (format!("DO $$ BEGIN\n{ALLOW}{BUILD} END $$;"), vec![]),
        (format!("DO $$ BEGIN\n{ALLOW}SELECT 1;\n{BUILD} END $$;"), vec![UNUSED, build]),
        (format!("DO 'BEGIN\n{ALLOW}{BUILD} END';"), vec![]),
    ] {
        assert_eq!(rules_of(&mut session, &text), expected, "{text}");
    }
    let rows = session.query(
        "SELECT line, \"column\", message, hint FROM architect.lint($1)",
        &[&"SELECT 1;\n  -- architect: allow index-not-concurent typo\nSELECT 2;"],
    );
    let row = &rows.expect("rows")[0];
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1)), (2, 3));
    assert!(row.get::<_, String>(3).contains("index-not-concurrent"), "what was meant is named");
}

#[test]
fn a_rule_that_is_off_or_suppressed_leaves_no_unused_comment() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let text = format!("{ALLOW}{BUILD}");
    session.batch_execute("SELECT architect.configure('index-not-concurrent', 'off')").expect("off");
    assert!(rules_of(&mut session, &text).is_empty());
    session.batch_execute("SELECT architect.unconfigure('index-not-concurrent')").expect("on");
    session.batch_execute(&format!("SELECT architect.configure('{UNUSED}', 'off')")).expect("off");
    assert!(rules_of(&mut session, &format!("{ALLOW}SELECT 1;")).is_empty());
    // What is not shown is allowed all the same: the comment is used.
    session
        .batch_execute(&format!("SELECT architect.unconfigure('{UNUSED}'); SET architect.min_severity = error"))
        .expect("on");
    assert!(rules_of(&mut session, &text).is_empty());
    session.batch_execute("RESET architect.min_severity").expect("a setting");
    assert!(rules_of(&mut session, &text).is_empty());
}

/// The text of a statement is the client's: a comment in it must loosen nothing that the server enforces.
#[test]
fn enforcement_reads_no_comments() {
    let db = shop();
    let mut admin = connect(&db);
    let role = app_role(&db);
    let rights = format!(
        "SET architect.mode = off; ALTER TABLE orders OWNER TO {role}; GRANT ALL ON SCHEMA public TO {role};
         SELECT architect.arm(); ALTER ROLE {role} SET architect.mode = 'enforce'"
    );
    ok(&mut admin, &rights);
    let owner = connect_with_options(&db, &role, "-c lock_timeout=2s -c search_path=public").expect("a session");
    for mut session in [strict(&db), owner] {
        assert_eq!(value::<String>(&mut session, "SHOW architect.mode"), "enforce");
        for text in [
            "-- architect: allow table-dropped nobody reads it\nDROP TABLE orders",
            "/* architect: allow table-dropped nobody reads it */ DROP TABLE orders",
            "DROP TABLE orders /* architect: allow-file table-dropped nobody reads it */",
            "-- architect: allow-file table-dropped nobody reads it\nDROP TABLE orders",
            "DO $$ BEGIN\n-- architect: allow table-dropped nobody reads it\nDROP TABLE orders; END $$",
        ] {
            stopped(&mut session, text, "table-dropped");
        }
    }
    assert!(exists(&mut admin, "orders"));
    let linted = "-- architect: allow table-dropped nobody reads it\nDROP TABLE orders";
    assert!(rules_of(&mut admin, linted).iter().all(|rule| rule != "table-dropped"));
}
