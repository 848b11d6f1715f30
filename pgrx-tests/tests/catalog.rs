//! What CREATE EXTENSION leaves in the catalogs: everything is explained, nothing is open, and it comes and goes cleanly.

mod common;

use common::*;
use harness::Session;
use std::collections::BTreeSet;

/// The texts that a query gives.
#[track_caller]
fn texts(session: &mut Session, query: &str) -> Vec<String> {
    session.query(query, &[]).expect("rows").iter().map(|row| row.get(0)).collect()
}

/// The members of the extension.
const MEMBERS: &str = "\
    SELECT classid, objid FROM pg_depend
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_architect')";

#[test]
fn every_object_has_a_comment() {
    let db = database();
    let mut session = connect(&db);
    let seen: i64 = value(&mut session, &format!("SELECT count(*) FROM ({MEMBERS}) AS m"));
    assert!(seen >= 25, "only {seen} members");
    // Row types of tables and array types are their tables' and types' own.
    let bare = texts(
        &mut session,
        &format!(
            "SELECT pg_describe_object(m.classid, m.objid, 0) FROM ({MEMBERS}) AS m
             WHERE obj_description(m.objid, (SELECT relname FROM pg_class WHERE oid = m.classid)) IS NULL
               AND NOT (m.classid = 'pg_type'::regclass AND EXISTS (
                 SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
                 WHERE t.oid = m.objid AND (t.typelem <> 0 OR c.relkind IN ('r', 'v'))))"
        ),
    );
    assert_eq!(bare, [""; 0], "objects without a comment");
    let schema: Option<String> =
        value(&mut session, "SELECT obj_description('architect'::regnamespace, 'pg_namespace')");
    assert!(schema.is_some());
    let extension: Option<String> = value(
        &mut session,
        "SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'pg_architect'",
    );
    assert!(extension.is_some_and(|comment| comment.len() > 20), "the control file's comment");

    // Triggers are no members by themselves, columns neither.
    let bare = texts(
        &mut session,
        "SELECT format('%s.%s', c.oid::regclass, a.attname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'architect'::regnamespace AND c.relkind IN ('r', 'v', 'c', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
           AND col_description(c.oid, a.attnum) IS NULL ORDER BY 1",
    );
    assert_eq!(bare, [""; 0], "columns without a comment");
    let columns: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'architect'::regnamespace AND col_description(c.oid, attnum) IS NOT NULL",
    );
    assert!(columns > 50, "{columns} columns have one");
    let bare = texts(
        &mut session,
        "SELECT tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal AND obj_description(oid, 'pg_trigger') IS NULL",
    );
    assert_eq!(bare, [""; 0], "triggers without a comment");
    assert_eq!(
        value::<i64>(
            &mut session,
            "SELECT count(*) FROM pg_event_trigger WHERE obj_description(oid, 'pg_event_trigger') LIKE 'pg_architect: %'"
        ),
        4
    );
}

#[test]
fn comments_are_sentences_without_a_full_stop() {
    let db = database();
    let mut session = connect(&db);
    let odd = texts(
        &mut session,
        "SELECT description FROM pg_description d WHERE (classoid, objoid) IN (
           SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'architect'::regnamespace
           UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'architect'::regnamespace
           UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'architect'::regnamespace)
         AND (description ~ '\\.$' OR description ~* 'todo|fixme|xxx' OR length(description) NOT BETWEEN 6 AND 250)",
    );
    assert_eq!(odd, [""; 0]);
}

#[test]
fn settings_are_described_and_closed() {
    let db = database();
    let mut session = connect(&db);
    session.batch_execute("LOAD 'pg_architect'").expect("the library");
    let rows = session
        .query(
            "SELECT name, short_desc, extra_desc, context FROM pg_settings WHERE name LIKE 'architect.%' ORDER BY 1",
            &[],
        )
        .expect("rows");
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for expected in [
        "architect.auto_lock_timeout",
        "architect.mode",
        "architect.min_severity",
        "architect.enforce_severity",
        "architect.small_table_rows",
        "architect.size_source",
        "architect.log_ddl",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} is not in {names:?}");
    }
    for row in &rows {
        let name: String = row.get(0);
        let short: Option<String> = row.get(1);
        let long: Option<String> = row.get(2);
        assert!(short.is_some_and(|text| text.ends_with('.') && text.len() > 20), "{name}");
        assert!(long.is_some_and(|text| text.ends_with('.') && text.len() > 60), "{name}");
        assert_eq!(row.get::<_, String>(3), "superuser", "{name}: anybody could set it");
    }
    // A name that does not exist under our prefix is refused, not kept.
    fails(&mut session, "SET architect.mod = 'off'", "42602");
    fails(&mut session, "SET architect.mode = 'lax'", "22023");
}

#[test]
fn nothing_is_open_to_everybody() {
    let db = database();
    let mut session = connect(&db);
    let definers = texts(
        &mut session,
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'architect'::regnamespace AND prosecdef
         AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)",
    );
    assert_eq!(definers, [""; 0], "SECURITY DEFINER without a pinned search_path");
    // PUBLIC is grantee 0; default privileges of a function count.
    let open = texts(
        &mut session,
        "SELECT c.oid::regclass || ': ' || a.privilege_type FROM pg_class c, aclexplode(c.relacl) AS a
         WHERE c.relnamespace = 'architect'::regnamespace AND a.grantee = 0 AND c.relkind <> 'v' ORDER BY 1",
    );
    assert_eq!(open, [""; 0], "rights on tables");
    let writable = texts(
        &mut session,
        "SELECT c.oid::regclass || ': ' || a.privilege_type FROM pg_class c, aclexplode(c.relacl) AS a
         WHERE c.relnamespace = 'architect'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'",
    );
    assert_eq!(writable, [""; 0], "more than SELECT for anybody but the owner");
    let schema = texts(
        &mut session,
        "SELECT a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) AS a WHERE nspname = 'architect' AND a.grantee = 0",
    );
    assert_eq!(schema, ["USAGE"]);
    let callable = texts(
        &mut session,
        "SELECT DISTINCT proname::text FROM pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
         WHERE pronamespace = 'architect'::regnamespace AND a.grantee = 0 AND a.privilege_type = 'EXECUTE' ORDER BY 1",
    );
    assert_eq!(
        callable,
        [
            "backfill_plan",
            "check",
            "explain_ddl",
            "fix_script",
            "fix_steps",
            "fk_plan",
            "history_table",
            "last_findings",
            "lint",
            "not_explained",
            "not_judged",
            "not_null_plan",
            "partition_plan",
            "plan_assigns",
            "plan_base_type",
            "plan_column",
            "plan_columns",
            "plan_constraint",
            "plan_default_grantees",
            "plan_definer",
            "plan_expression_columns",
            "plan_free_name",
            "plan_heirs",
            "plan_key",
            "plan_key_condition",
            "plan_name",
            "plan_named_columns",
            "plan_owner",
            "plan_partitions",
            "plan_primary_key_match",
            "plan_quoted_body",
            "plan_reads_as",
            "plan_refers",
            "plan_sees_all",
            "plan_table",
            "profiles",
            "role_template",
            "rule_doc",
            "rules",
            "run_backfill",
            "safe_now",
            "status",
            "type_change_plan",
            // Of a view that whoever was granted it reads: it shows what pg_get_sequence_data() shows to its caller.
            "undrawn_values",
            "updated_at_trigger",
            "work_speeds",
        ],
        "what only reads, and a procedure that does no more than its caller may"
    );
    let views = texts(
        &mut session,
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'architect'::regnamespace AND relkind = 'v'
         AND NOT coalesce(reloptions::text ~ 'security_invoker=(true|on|1)', false)",
    );
    assert_eq!(views, [""; 0], "views with their owner's rights");
    let (trusted, relocatable): (bool, bool) = {
        let row = session
            .query_one(
                "SELECT v.trusted, v.relocatable FROM pg_available_extension_versions v WHERE name = 'pg_architect'",
                &[],
            )
            .expect("one version");
        (row.get(0), row.get(1))
    };
    assert!(!trusted && !relocatable, "only a superuser may create it, where it says");
}

#[test]
fn our_tables_are_as_we_preach() {
    let db = database();
    let mut session = connect(&db);
    let bad = texts(
        &mut session,
        "SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace = 'architect'::regnamespace AND relkind = 'r'
         AND (relpersistence <> 'p' OR NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary))",
    );
    assert_eq!(bad, [""; 0], "unlogged, or without a primary key (a publication FOR ALL TABLES holds them)");
    assert_eq!(
        value::<i64>(
            &mut session,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'architect'::regnamespace AND relkind = 'S'"
        ),
        0
    );
    let reg = texts(
        &mut session,
        "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'architect'::regnamespace
         AND atttypid::regtype::text LIKE 'reg%'",
    );
    assert_eq!(reg, [""; 0], "pg_upgrade refuses columns of these types");
    // A replica that applies changes, and updates of theirs, work.
    session
        .batch_execute(
            "SET architect.mode = off; CREATE PUBLICATION everything FOR ALL TABLES;
             INSERT INTO architect.suppressions VALUES ('r', 'o', 'x', NULL, 'me', now()); UPDATE architect.suppressions SET reason = 'y';
             DELETE FROM architect.suppressions",
        )
        .expect("changes of published tables");
}

#[test]
fn it_can_be_dropped_and_created_again() {
    let db = shop();
    let mut session = connect(&db);
    let role = role(&db, "dropper");
    let catalog = "SELECT string_agg(kind || ' ' || identity, E'\\n' ORDER BY kind, identity) FROM (
        SELECT i.type AS kind, i.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) AS i
        WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e') AS members";
    let before: String = value(&mut session, catalog);
    for mode in ["warn", "enforce"] {
        let mut session = connect(&db);
        ok(
            &mut session,
            &format!(
                "SELECT architect.arm(); SET architect.mode = {mode}; SET architect.enforce_severity = info; SET architect.log_ddl = 'all'"
            ),
        );
        ok(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); DROP TABLE boxes");
        let run = ok(&mut session, "DROP EXTENSION pg_architect");
        assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
        // Gone is gone: nothing is judged in a session that has the library still, and nothing is left.
        silent(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE parcel");
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_namespace WHERE nspname = 'architect'"), 0);
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_event_trigger"), 0);
        ok(&mut session, "CREATE EXTENSION pg_architect; SET architect.mode = warn");
        let run = ok(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE parcel");
        assert_eq!(times(&run, "primary-key-missing"), 1, "{:?}", run.messages);
        assert_eq!(value::<String>(&mut session, catalog), before);
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.armed"), 0);
    }
    // In one transaction, with work after it; and rolled back.
    ok(
        &mut session,
        "BEGIN; CREATE TABLE boxes (weight integer); DROP EXTENSION pg_architect; CREATE TABLE crates (weight integer); COMMIT",
    );
    ok(&mut session, "BEGIN; CREATE EXTENSION pg_architect; CREATE TABLE pallets (weight integer); ROLLBACK");
    ok(&mut session, "CREATE EXTENSION pg_architect");
    ok(&mut session, "BEGIN; DROP EXTENSION pg_architect; ROLLBACK");
    let run = ok(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE parcel");
    assert_eq!(times(&run, "primary-key-missing"), 1, "{:?}", run.messages);
    // A role with no right cannot, and a superuser's ALTER EXTENSION ... SET SCHEMA neither.
    fails(&mut db.connect_as(&role).expect("a session"), "DROP EXTENSION pg_architect", "42501");
    fails(&mut session, "ALTER EXTENSION pg_architect SET SCHEMA public", "0A000");
}

#[test]
fn no_schema_takes_the_guard_along() {
    let db = database();
    // The owner of a database owns its schema public, and is no superuser.
    let role = role(&db, "owner");
    let name = db.name();
    let mut session = connect(&db);
    ok(
        &mut session,
        &format!(
            "ALTER DATABASE {name} OWNER TO {role}; SET architect.mode = off; CREATE SCHEMA mine AUTHORIZATION {role}"
        ),
    );
    let mut owner = db.connect_as(&role).expect("a session");
    for schema in ["public", "mine"] {
        ok(
            &mut session,
            &format!("SET search_path = {schema}; DROP EXTENSION pg_architect; CREATE EXTENSION pg_architect"),
        );
        ok(&mut owner, &format!("DROP SCHEMA {schema} CASCADE"));
        assert!(exists(&mut session, "architect.armed"), "gone with schema {schema}");
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_event_trigger"), 4);
    }
    fails(&mut owner, "DROP SCHEMA architect CASCADE", "42501");
}

#[test]
fn a_schema_that_is_there_already_is_refused() {
    let cluster = harness::Cluster::shared().expect("a cluster");
    let db = cluster.plain_database().expect("a database");
    let mut session = connect(&db);
    for prepared in
        ["CREATE SCHEMA architect", "CREATE SCHEMA architect; CREATE TABLE architect.armed (database_oid oid)"]
    {
        ok(&mut session, prepared);
        fails(&mut session, "CREATE EXTENSION pg_architect", "42P06");
        fails(&mut session, "CREATE EXTENSION pg_architect SCHEMA architect", "0A000");
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_event_trigger"), 0);
        ok(&mut session, "DROP SCHEMA architect CASCADE");
    }
    // Objects of the caller's path cannot get in between.
    ok(
        &mut session,
        "CREATE SCHEMA trap; CREATE FUNCTION trap.pg_extension_config_dump(regclass, text) RETURNS void LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'trapped'; END $$; SET search_path = trap, pg_catalog; CREATE EXTENSION pg_architect; RESET search_path",
    );
    assert!(exists(&mut session, "architect.armed"));
}

/// Every function of ours that can be called with arguments, with NULL for each of them.
#[test]
fn null_arguments_are_answered() {
    let db = database();
    let mut session = connect(&db);
    let mut seen = BTreeSet::new();
    let rows = session
        .query(
            "SELECT proname::text, pronargs::integer, array(SELECT format_type(t, NULL) FROM unnest(proargtypes) AS t), proretset
             FROM pg_proc WHERE pronamespace = 'architect'::regnamespace AND prokind = 'f'
               AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)",
            &[],
        )
        .expect("functions");
    for row in &rows {
        let (name, types): (String, Vec<String>) = (row.get(0), row.get(2));
        let nulls: Vec<String> = types.iter().map(|of| format!("NULL::{of}")).collect();
        let run = session.run(&format!("SELECT * FROM architect.\"{name}\"({})", nulls.join(", ")));
        let code = run.error.as_ref().map(|error| error.code.as_str());
        // Reading with NULL gives NULL or everything; policy with NULL is a mistake that is named.
        let expected = match name.as_str() {
            "configure" | "unconfigure" | "suppress" | "unsuppress" | "use_profile" | "break_glass" => Some("PA005"),
            _ => None,
        };
        assert_eq!(code, expected, "{name}: {:?}", run.error);
        seen.insert(name);
    }
    assert!(seen.len() >= 13, "{seen:?}");
    for call in [
        "lint(NULL)",
        "lint('')",
        "lint('   ')",
        "lint('-- nothing')",
        "lint(';;;')",
        "explain_ddl(NULL)",
        "explain_ddl('')",
    ] {
        assert_eq!(value::<i64>(&mut session, &format!("SELECT count(*) FROM architect.{call}")), 0, "{call}");
    }
    assert!(value::<Option<String>>(&mut session, "SELECT architect.rule_doc(NULL)").is_none());
    // Patterns that match nothing find nothing.
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.check('no_such_schema', NULL)"), 0);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.check('', '')"), 0);
}

#[test]
fn what_reads_works_where_nothing_may_be_written() {
    let db = shop();
    ok(&mut connect(&db), "CREATE TABLE parcel (weight integer)");
    let mut session = connect(&db);
    session.batch_execute("SET default_transaction_read_only = on").expect("a setting");
    for (query, least) in [
        ("SELECT count(*) FROM architect.lint('DROP TABLE orders; CREATE INDEX ON orders (lower(note))')", 2),
        (
            "SELECT count(*) FROM architect.explain_ddl('DROP TABLE orders; ALTER TABLE customers ADD CHECK (length(name) > 0)')",
            2,
        ),
        ("SELECT count(*) FROM architect.check()", 2),
        ("SELECT count(*) FROM architect.findings", 2),
        ("SELECT count(*) FROM architect.not_judged", 0),
        ("SELECT count(*) FROM architect.profiles", 9),
        ("SELECT count(*) FROM architect.status()", 15),
        ("SELECT count(*) FROM architect.rules", 40),
        ("SELECT length(architect.rule_doc('table-dropped'))::bigint", 200),
        ("SELECT count(*) FROM architect.last_findings()", 0),
    ] {
        let count: i64 = value(&mut session, query);
        assert!(count >= least, "{count} of {query}");
    }
    for call in [
        "configure('table-dropped', severity => 'off')",
        "unconfigure('table-dropped')",
        "suppress('table-dropped', 'public.orders', 'x')",
        "unsuppress('table-dropped', 'public.orders')",
        "use_profile('strict')",
        "adopt()",
        "unadopt()",
        "arm()",
        "disarm()",
    ] {
        fails(&mut session, &format!("SELECT architect.{call}"), "25006");
    }
    // Breaking the glass writes nothing that matters there.
    ok(&mut session, "SELECT architect.break_glass('x')");
}

#[test]
fn rules_are_documented_and_status_is_complete() {
    let db = database();
    let mut session = connect(&db);
    let bad = texts(
        &mut session,
        "SELECT name FROM architect.rules WHERE length(title) < 10 OR length(why) < 40 OR length(remedy) < 20 OR cardinality(sources) = 0
           OR severity NOT IN ('info', 'warning', 'error') OR moment !~ '^(start|commit|lint|check)(, (start|commit|lint|check))*$'
           OR length(architect.rule_doc(name)) < 300 OR position(name IN architect.rule_doc(name)) = 0",
    );
    assert_eq!(bad, [""; 0]);
    let names = texts(&mut session, "SELECT name FROM architect.status()");
    for wanted in [
        "version of the library",
        "architect.mode",
        "blocking armed",
        "event trigger pg_architect_ddl_command_start",
        "not covered",
    ] {
        assert!(names.iter().any(|name| name == wanted), "{wanted:?} is not in {names:?}");
    }
    ok(&mut session, "ALTER EVENT TRIGGER pg_architect_ddl_command_start DISABLE");
    let state: String = value(
        &mut session,
        "SELECT value || ': ' || detail FROM architect.status() WHERE name = 'event trigger pg_architect_ddl_command_start'",
    );
    assert!(
        state.starts_with("disabled: ") && state.contains("ALTER EVENT TRIGGER pg_architect_ddl_command_start ENABLE"),
        "{state}"
    );
    silent(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); DROP TABLE boxes");
}
