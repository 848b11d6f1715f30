//! `architect.check()` and what belongs to it: scopes, profiles, the baseline, the script that mends, and what cannot be judged.

mod common;

use common::*;
use engine::facts::Database;
use engine::judge::{self, Wanted};
use engine::policy::Policy;
use engine::snapshot::{self, Scope};
use harness::{Client, Cluster, Db, Options, Session};
use std::collections::BTreeSet;

/// The texts that a query gives.
#[track_caller]
fn texts(session: &mut Session, query: &str) -> Vec<String> {
    session.query(query, &[]).expect("an answer").iter().map(|row| row.get(0)).collect()
}

/// A schema with mistakes of several kinds.
const FLAWED: &str = "
    SET architect.mode = off;
    CREATE SCHEMA depot;
    CREATE TABLE depot.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE depot.parcels (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES depot.customers ON DELETE CASCADE,
        sent_at timestamp
    );
    CREATE TABLE depot.notes (note text);
    CREATE TABLE \"Odd Name\" (\"Some Key\" bigint PRIMARY KEY);
    CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    RESET architect.mode;";

fn flawed() -> Db {
    let db = database();
    ok(&mut connect(&db), FLAWED);
    db
}

fn rules_of(session: &mut Session, call: &str) -> Vec<String> {
    texts(session, &format!("SELECT rule || ' ' || object FROM architect.{call} ORDER BY 1"))
}

fn has(list: &[String], rule: &str, object: &str) -> bool {
    list.contains(&format!("{rule} {object}"))
}

fn through_client(session: &mut Session, scope: &Scope) -> Database {
    session.batch_execute("SET search_path = pg_catalog, pg_temp").expect("a setting");
    let database = snapshot::load(&mut Client::new(session).expect("a client"), scope).expect("a snapshot");
    session.batch_execute("RESET search_path").expect("a setting");
    database
}

#[test]
fn a_clients_snapshot_gives_the_same_findings_as_the_servers_own() {
    let db = flawed();
    let mut session = connect(&db);
    // Only the server itself can ask the files of what was never analysed.
    ok(&mut session, "VACUUM ANALYZE");
    let inside: BTreeSet<String> = texts(
        &mut session,
        // Roles and sessions of other tests come and go in the cluster that they share.
        "SELECT rule || ' ' || fingerprint || ' ' || message || coalesce(detail, '') || coalesce(hint, '') FROM architect.findings
         WHERE object_kind NOT IN ('role', 'session', 'setting')",
    )
    .into_iter()
    .collect();
    let database = through_client(&mut session, &Scope::default());
    let judgement = judge::database(&database, &Policy::default(), &Wanted::default(), &mut || {});
    let outside: BTreeSet<String> = judgement
        .findings
        .iter()
        .filter(|f| !matches!(f.object.kind, "role" | "session" | "setting"))
        .map(|f| format!("{} {} {}{}{}", f.rule.name, f.fingerprint(), f.message, f.detail, f.hint()))
        .collect();
    assert!(inside.len() > 5, "{inside:?}");
    assert_eq!(inside, outside);
}

/// The server looks counters up and reads pg_attribute itself; a client asks queries for both.
#[test]
fn what_the_server_reads_by_itself_is_what_a_client_is_told() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off;
         CREATE SCHEMA busy;
         CREATE TABLE busy.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text, gone text);
         CREATE INDEX orders_customer ON busy.orders (customer_id);
         CREATE INDEX orders_note ON busy.orders (note);
         ALTER TABLE busy.orders DROP COLUMN gone;
         GRANT SELECT (note), UPDATE (note), INSERT (id), REFERENCES (id) ON busy.orders TO PUBLIC;
         CREATE VIEW busy.notes AS SELECT note FROM busy.orders;
         GRANT SELECT (note) ON busy.notes TO PUBLIC;
         INSERT INTO busy.orders SELECT n, n % 100, repeat('x', n % 50) FROM generate_series(1, 40000) AS n;",
    );
    ok(&mut session, "VACUUM ANALYZE");
    ok(
        &mut session,
        "UPDATE busy.orders SET note = note || 'y' WHERE id % 2 = 0;
         DELETE FROM busy.orders WHERE id % 3 = 0;
         SELECT count(*) FROM busy.orders;
         SET enable_seqscan = off;
         SELECT count(note) FROM busy.orders WHERE customer_id = 7;
         SELECT pg_stat_force_next_flush();",
    );
    ok(&mut session, "RESET ALL");
    // A scope of one schema reads less by itself.
    let query = "SELECT rule || ' ' || object || ' ' || message || coalesce(detail, '') || evidence::text
                 FROM architect.check(min_severity => 'info', profile => 'strict') WHERE object LIKE 'busy.%'";
    let inside: BTreeSet<String> = texts(&mut session, query).into_iter().collect();
    let database = through_client(&mut session, &Scope::default());
    let table = database.tables.iter().find(|table| table.relation.name == "orders").expect("the table");
    let usage = table.state.as_ref().and_then(|state| state.usage.as_ref()).expect("counters");
    assert!(usage.dead > 20_000 && usage.updated == 20_000 && usage.last_analyze.is_some(), "{usage:?}");
    for rule in ["dead-tuples", "grant-to-public"] {
        assert!(
            inside.iter().any(|finding| finding.starts_with(&format!("{rule} busy.orders"))),
            "{rule}: {inside:#?}"
        );
    }
    let profile = engine::profile::profile("strict").expect("a profile");
    let policy = Policy { profile: profile.settings.clone(), ..Policy::default() };
    let wanted = Wanted { group_over: Some(engine::convention::IN_A_SCHEMA), ..Wanted::default() };
    let judgement = judge::database(&database, &policy, &wanted, &mut || {});
    let outside: BTreeSet<String> = judgement
        .findings
        .into_iter()
        .map(|f| (f.rule.name, f.object.identity(), f.message, f.detail, serde_json::Value::Object(f.evidence)))
        .filter(|(_, object, ..)| object.starts_with("busy."))
        .map(|(rule, object, message, detail, evidence)| {
            let evidence = engine::sql::literal(&evidence.to_string());
            let evidence: String = value(&mut session, &format!("SELECT {evidence}::jsonb::text"));
            format!("{rule} {object} {message}{detail}{evidence}")
        })
        .collect();
    assert_eq!(inside, outside);
}

#[test]
fn every_query_of_the_snapshot_answers_in_every_scope() {
    let db = flawed();
    let mut session = connect(&db);
    let all = through_client(&mut session, &Scope::default());
    assert!(all.tables.iter().any(|table| table.relation.name == "parcels"));
    let schema = Scope { schema: Some("depot".to_owned()), relation: None };
    let one = Scope { schema: Some("depot".to_owned()), relation: Some("parcels".to_owned()) };
    let depot = through_client(&mut session, &schema);
    let names = |database: &Database, judged: bool| {
        let mut names: Vec<String> = database
            .tables
            .iter()
            .filter(|table| database.in_scope(table.relation.oid) == judged)
            .map(|table| table.relation.name.clone())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&depot, true), ["customers", "notes", "parcels"]);
    let parcels = through_client(&mut session, &one);
    assert_eq!(names(&parcels, true), ["parcels"]);
    // What it refers to is read along, and not judged.
    assert_eq!(names(&parcels, false), ["customers"]);
    // One table looks the same from near and far.
    let table = |database: &Database| {
        let mut table = database.tables.iter().find(|t| t.relation.name == "parcels").expect("the table").clone();
        let state = table.state.as_mut().expect("its state");
        // Ages and counters go on between two looks.
        (state.xid_age, state.multixact_age, state.usage) = (None, None, None);
        for index in &mut table.indexes {
            index.usage = None;
        }
        table
    };
    assert_eq!(table(&all), table(&parcels));
    let parcels = table(&all);
    let key = parcels.foreign_keys().next().expect("a foreign key");
    let reference = key.references.as_ref().expect("what it refers to");
    assert_eq!((reference.schema.as_str(), reference.table.as_str()), ("depot", "customers"));
    assert_eq!(reference.columns, ["id"]);
    assert_eq!(reference.opfamilies.len(), 1);
    assert_ne!(reference.opfamilies[0], 0);
    assert_eq!(parcels.column("sent_at").expect("a column").data_type.base, "timestamp without time zone");
}

#[test]
fn a_check_can_be_limited() {
    let db = flawed();
    let mut session = connect(&db);
    let all = rules_of(&mut session, "check()");
    assert!(has(&all, "primary-key-missing", "depot.notes"), "{all:?}");
    assert!(has(&all, "foreign-key-without-index", "depot.parcels.parcels_customer_id_fkey"), "{all:?}");
    assert!(has(&all, "timestamp-without-time-zone", "depot.parcels.sent_at"), "{all:?}");
    assert!(has(&all, "primary-key-missing", "public.events"), "{all:?}");
    assert!(!all.iter().any(|line| line.contains("events_2024") && line.contains("primary-key")), "{all:?}");
    let depot = rules_of(&mut session, "check('depot')");
    assert!(has(&depot, "primary-key-missing", "depot.notes"), "{depot:?}");
    assert!(depot.iter().all(|line| line.contains(" depot.")), "{depot:?}");
    let notes = rules_of(&mut session, "check('depot', 'notes')");
    assert!(notes.iter().all(|line| line.contains(" depot.notes")), "{notes:?}");
    let types = rules_of(&mut session, "check(categories => '{types}')");
    assert!(has(&types, "timestamp-without-time-zone", "depot.parcels.sent_at"), "{types:?}");
    assert!(!has(&types, "primary-key-missing", "depot.notes"), "{types:?}");
    let severities =
        texts(&mut session, "SELECT DISTINCT severity FROM architect.check(min_severity => 'warning') ORDER BY 1");
    assert!(!severities.iter().any(|severity| severity == "info"), "{severities:?}");
    assert!(severities.iter().any(|severity| severity == "warning"), "{severities:?}");
    fails(&mut session, "SELECT * FROM architect.check(categories => '{taste}')", "PA005");
    fails(&mut session, "SELECT * FROM architect.check(min_severity => 'fatal')", "PA005");
    fails(&mut session, "SELECT * FROM architect.check(profile => 'lenient')", "PA005");
    // The highest score comes first, and says so.
    let scores: Vec<i32> = session
        .query("SELECT score FROM architect.findings", &[])
        .expect("findings")
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(scores.iter().all(|score| (100..400).contains(score)), "{scores:?}");
}

#[test]
fn an_empty_database_has_no_finding() {
    let db = database();
    let mut session = connect(&db);
    let found = texts(
        &mut session,
        "SELECT DISTINCT rule FROM architect.findings
         -- Other tests make roles and hold transactions open in the cluster that they share; how old the server's binaries
         -- are is the machine's affair, and `minor-version-outdated` has its own examples.
         WHERE object_kind NOT IN ('role', 'session')
           AND rule NOT IN ('timeouts-unset', 'prepared-transaction-old', 'minor-version-outdated') ORDER BY 1",
    );
    // The throw-away server trusts everybody on its socket, and trades durability for speed.
    let mut expected = vec!["autovacuum-or-counters-off", "durability-off", "hba-trust", "slow-log-off"];
    if cluster(&db).major() < 18 {
        expected.insert(1, "checksums-off");
    }
    assert_eq!(found, expected);
}

#[test]
fn a_profile_is_a_base_that_single_settings_override() {
    let db = flawed();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE TABLE depot.parcel (id bigint PRIMARY KEY); RESET architect.mode",
    );
    let plural = |session: &mut Session, call: &str| has(&rules_of(session, call), "table-name-plural", "depot.parcel");
    assert!(plural(&mut session, "check()"));
    assert!(!plural(&mut session, "check(profile => 'adopt')"));
    ok(&mut session, "SELECT architect.use_profile('adopt')");
    assert!(!plural(&mut session, "check()"));
    assert!(plural(&mut session, "check(profile => 'default')"));
    let used = texts(&mut session, "SELECT name FROM architect.profiles WHERE in_use");
    assert_eq!(used, ["adopt"]);
    // The guard follows the profile too.
    silent(&mut session, "CREATE TABLE depot.box (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
    ok(&mut session, "SELECT architect.configure('table-name-plural', 'on')");
    assert!(plural(&mut session, "check()"), "what is set by name goes before the profile");
    ok(&mut session, "SELECT architect.unconfigure('table-name-plural'); SELECT architect.use_profile('default')");
    assert!(plural(&mut session, "check()"));
    fails(&mut session, "SELECT architect.use_profile('lenient')", "PA005");
}

#[test]
fn what_is_adopted_is_not_reported_and_what_is_new_is() {
    let db = flawed();
    let mut session = connect(&db);
    let before: i64 = value(&mut session, "SELECT count(*) FROM architect.findings");
    assert!(before > 5);
    let adopted: i64 = value(&mut session, "SELECT architect.adopt()");
    assert_eq!(adopted, before);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.findings"), 0);
    ok(&mut session, "SET architect.mode = off; CREATE TABLE depot.labels (label text); RESET architect.mode");
    let new = rules_of(&mut session, "check()");
    assert!(has(&new, "primary-key-missing", "depot.labels"), "{new:?}");
    assert!(new.iter().all(|line| line.contains("depot.labels")), "{new:?}");
    // One schema can be adopted again without touching the others.
    ok(&mut session, "SELECT architect.adopt('depot')");
    assert_eq!(rules_of(&mut session, "check()"), [""; 0]);
    assert!(value::<i64>(&mut session, "SELECT architect.unadopt()") > before);
    assert!(value::<i64>(&mut session, "SELECT count(*) FROM architect.findings") > before);
}

#[test]
fn the_script_mends_what_it_can_and_runs_under_the_guard() {
    let db = flawed();
    let mut session = connect(&db);
    ok(
        &mut session,
        "INSERT INTO depot.customers (name) VALUES ('Ada');
         INSERT INTO depot.parcels (customer_id) SELECT 1 FROM generate_series(1, 5000); ANALYZE depot.parcels",
    );
    let script: String =
        value(&mut session, "SELECT architect.fix_script('depot', rules => '{foreign-key-without-index}')");
    assert!(script.contains("CREATE INDEX CONCURRENTLY"), "{script}");
    assert!(script.contains("SET lock_timeout"), "{script}");
    assert!(script.contains("Cannot run in a transaction block"), "{script}");
    ok(&mut session, "SET architect.mode = enforce; SET architect.enforce_severity = info");
    let run = session.run(&script);
    assert!(run.error.is_none(), "{:?}\n{script}", run.error);
    assert!(!has(
        &rules_of(&mut session, "check('depot')"),
        "foreign-key-without-index",
        "depot.parcels.parcels_customer_id_fkey"
    ));
    let again: String =
        value(&mut session, "SELECT architect.fix_script('depot', rules => '{foreign-key-without-index}')");
    assert!(again.starts_with("-- 0 findings are mended by 0 statements"), "{again}");
    let steps = texts(
        &mut session,
        "SELECT step || ' ' || rule || ' ' || transaction FROM architect.fix_steps('depot', rules => '{timestamp-without-time-zone}')",
    );
    assert!(steps.iter().all(|step| step.contains("timestamp-without-time-zone")), "{steps:?}");
    fails(&mut session, "SELECT architect.fix_script(rules => '{no-such-rule}')", "PA005");
}

#[test]
fn nothing_waits_for_a_locked_table() {
    let db = flawed();
    ok(
        &mut connect(&db),
        "SET architect.mode = off; ALTER TABLE depot.notes ADD CONSTRAINT short CHECK (length(note) < 100),
           ADD COLUMN size integer GENERATED ALWAYS AS (length(note)) STORED;
         CREATE INDEX notes_part ON depot.notes (lower(note)) WHERE note IS NOT NULL; RESET architect.mode",
    );
    let mut holder = connect(&db);
    holder.batch_execute("BEGIN; LOCK TABLE depot.notes, depot.customers IN ACCESS EXCLUSIVE MODE").expect("a lock");
    let mut session = connect(&db);
    session.batch_execute("SET statement_timeout = '20s'").expect("a setting");
    let found = rules_of(&mut session, "check()");
    assert!(has(&found, "primary-key-missing", "depot.notes"), "{found:?}");
    let gaps = texts(&mut session, "SELECT object FROM architect.not_judged WHERE rule = '*' ORDER BY 1");
    assert_eq!(gaps, ["depot.customers", "depot.notes"]);
    holder.batch_execute("ROLLBACK").expect("a rollback");
}

#[test]
fn when_a_materialised_view_was_refreshed_is_known_with_commit_timestamps_alone() {
    let gaps = "SELECT object FROM architect.not_judged WHERE rule = 'matview-stale'";
    let views = "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS a; CREATE MATERIALIZED VIEW empty AS SELECT 1 AS a WITH NO DATA";
    for (setting, expected) in [("off", vec!["database"]), ("on", vec![])] {
        let options = Options::from_environment().expect("a server").set("track_commit_timestamp", setting);
        let cluster = std::sync::Arc::new(Cluster::start(&options).expect("a cluster"));
        let db = cluster.database().expect("a database");
        let mut session = connect(&db);
        assert_eq!(texts(&mut session, gaps), Vec::<String>::new(), "no view, {setting}");
        ok(&mut session, views);
        assert_eq!(texts(&mut session, gaps), expected, "{setting}");
    }
}

#[test]
fn any_role_may_check_and_sees_what_it_may_see() {
    let db = flawed();
    let mut admin = connect(&db);
    ok(&mut admin, "CREATE ROLE full_check_nobody LOGIN; CREATE ROLE full_check_monitor LOGIN IN ROLE pg_monitor");
    for role in ["full_check_nobody", "full_check_monitor"] {
        let mut session = db.connect_as(role).expect("a session");
        let found = rules_of(&mut session, "check()");
        assert!(has(&found, "primary-key-missing", "depot.notes"), "{role}: {found:?}");
        fails(&mut session, "SELECT architect.adopt()", "42501");
        fails(&mut session, "SELECT architect.use_profile('strict')", "42501");
    }
}

#[test]
fn a_convention_is_one_finding() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE SCHEMA few; CREATE SCHEMA many;
         CREATE TABLE few.widget (id bigint PRIMARY KEY);
         DO $$ BEGIN FOR n IN 1..26 LOOP EXECUTE format('CREATE TABLE many.things (\"Odd%s\" bigint PRIMARY KEY)', n);
             EXECUTE format('ALTER TABLE many.things RENAME TO \"Things%s\"', n); END LOOP; END $$;
         RESET architect.mode",
    );
    let names = rules_of(&mut session, "check() WHERE rule IN ('object-name-snake-case', 'table-name-plural')");
    assert!(has(&names, "table-name-plural", "few.widget"), "{names:?}");
    assert!(has(&names, "object-name-snake-case", "many"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("many.")), "{names:?}");
    let listed: i64 = value(
        &mut session,
        "SELECT jsonb_array_length(evidence->'names')::bigint FROM architect.check('many') WHERE rule = 'object-name-snake-case'",
    );
    assert_eq!(listed, 26);
    // The baseline holds each name: one more is new.
    ok(
        &mut session,
        "SELECT architect.adopt(); SET architect.mode = off; CREATE TABLE many.\"Things27\" (id bigint PRIMARY KEY)",
    );
    let new = rules_of(&mut session, "check('many') WHERE rule = 'object-name-snake-case'");
    assert_eq!(new, ["object-name-snake-case many.\"Things27\""]);
}

/// The script for a schema, which must run to its end.
#[track_caller]
fn mended(session: &mut Session, arguments: &str) -> String {
    let script: String = value(session, &format!("SELECT architect.fix_script({arguments})"));
    let run = session.run(&script);
    assert!(run.error.is_none(), "{:?}\n{script}", run.error);
    script
}

#[test]
fn every_block_of_the_script_keeps_its_begin_its_settings_and_its_commit() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE SCHEMA zone;
         CREATE TABLE zone.calls (id bigint PRIMARY KEY, called_at timestamp);
         CREATE TABLE zone.visits (id bigint PRIMARY KEY, visited_at timestamp, left_at timestamp)",
    );
    // Of tables that hold rows the script changes no type: these come between the script and its run.
    let script: String =
        value(&mut session, "SELECT architect.fix_script('zone', rules => '{timestamp-without-time-zone}')");
    assert_eq!(script.matches("BEGIN;").count(), 3, "{script}");
    ok(
        &mut session,
        "INSERT INTO zone.calls VALUES (1, '2026-01-15 12:00');
         INSERT INTO zone.visits VALUES (1, '2026-01-15 12:00', '2026-07-15 12:00');
         SET TimeZone = 'America/New_York'",
    );
    ok(&mut session, &script);
    let moments: Vec<String> = texts(
        &mut session,
        "SELECT (moment AT TIME ZONE 'UTC')::text || ' ' || pg_typeof(moment)
         FROM zone.calls, zone.visits, unnest(ARRAY[called_at, visited_at, left_at]) WITH ORDINALITY AS m (moment, n) ORDER BY n",
    );
    let noon = |day: &str| format!("{day} 12:00:00 timestamp with time zone");
    assert_eq!(moments, [noon("2026-01-15"), noon("2026-01-15"), noon("2026-07-15")], "{script}");
}

/// What one remedy makes, drops or renames, another one builds on.
#[test]
fn a_whole_script_runs_to_its_end() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE SCHEMA odd;
         CREATE TABLE odd.\"Parents\" (id bigint PRIMARY KEY, \"Kind\" text NOT NULL);
         CREATE TABLE odd.children (
             id bigint PRIMARY KEY,
             \"parentId\" bigint NOT NULL REFERENCES odd.\"Parents\",
             \"ParentID\" bigint,
             seen timestamp(0),
             CONSTRAINT \"Positive\" CHECK (id > 0)
         );
         CREATE TABLE odd.pairs (
             \"fromId\" bigint NOT NULL REFERENCES odd.\"Parents\" ON DELETE CASCADE,
             \"toId\" bigint NOT NULL REFERENCES odd.\"Parents\" ON DELETE CASCADE,
             PRIMARY KEY (\"fromId\", \"toId\")
         );
         CREATE TABLE odd.u1 (id bigint PRIMARY KEY, name text NOT NULL);
         CREATE TABLE odd.u2 (id bigint PRIMARY KEY, name text);
         CREATE INDEX idx_u1_name2 ON odd.u2 (name);
         CREATE INDEX idx_u2_id ON odd.u2 (id, name);
         DO $$ BEGIN FOR n IN 1..8 LOOP EXECUTE format('CREATE INDEX \"U1 %s\" ON odd.u1 (name)', n); END LOOP; END $$;
         CREATE TABLE odd.twice (
             id bigint PRIMARY KEY,
             u_id bigint NOT NULL UNIQUE CONSTRAINT twice_fk REFERENCES odd.u1 ON DELETE SET NULL,
             CONSTRAINT twice_again FOREIGN KEY (u_id) REFERENCES odd.u1 ON DELETE SET NULL
         )",
    );
    let all = "'odd', profile => 'strict', rules => NULL";
    let found = rules_of(&mut session, &format!("check({})", all.replace(", rules => NULL", "")));
    for rule in ["index-duplicate", "index-name-pattern", "column-name-snake-case", "foreign-key-without-index"] {
        assert!(found.iter().any(|line| line.starts_with(rule)), "no {rule}: {found:#?}");
    }
    let table: u32 = value(&mut session, "SELECT 'odd.u1'::pg_catalog.regclass::pg_catalog.oid");
    let script = mended(&mut session, all);
    // The seven that go get no names.
    assert_eq!(script.matches("RENAME TO idx_u1_name").count(), 1, "{script}");
    let left: i64 = value(&mut session, &format!("SELECT count(*) FROM pg_catalog.pg_index WHERE indrelid = {table}"));
    assert_eq!(left, 2, "{script}");
    // Until nothing is left that has SQL, each script runs.
    for _ in 0..4 {
        mended(&mut session, all);
    }
    let last = mended(&mut session, all);
    assert!(last.contains("mended by 0 statements"), "{last}");
}
