//! The guides' own SQL, judged: the check and the lint must find in it exactly what is known to be wrong with it (F-01 to F-28), and
//! what we hold to be right besides; with that mended, each guide's SQL is clean under the guide's own profile.
//!
//! What else we find in it, and why that is no false alarm, is told in docs/accuracy.md.
//!
//! Rows that no finding can show, and why:
//!
//! - F-05 (`pg_stat_user_indexes.tablename`): a query that PostgreSQL refuses; ours run in every check.
//! - F-08 (`pg_repack.repack_apply_indexes('large_table')`): a function call in a SELECT, of an extension that is not there.
//! - F-13 (IN and EXISTS): one plan, and no finding; `what_the_planner_does` keeps that honest, and the claims of F-10, F-11 and F-12.
//! - F-14 (`synchronous_commit = off` as a default): prose; what is asserted is that PostgreSQL's default is not found.
//! - F-17 (an index on a column that the table lacks): by reading; its own profile asks for the column (`standard-columns-missing`).
//! - F-26 (Redis) and F-27 (a loop in Python): no SQL of a server.

mod common;

use common::*;
use harness::Session;

const TABLES_000: &str = include_str!("guides/000.sql");
const TABLES_002: &str = include_str!("guides/002.sql");
const TABLES_003: &str = include_str!("guides/003.sql");
const TABLES_004: &str = include_str!("guides/004.sql");
const PARTITIONS_003: &str = include_str!("guides/003_partitions.sql");
const PARTITIONS_004: &str = include_str!("guides/004_partitions.sql");

/// A session in a database with the extensions that the guides use, on the schema `guide`, after the SQL; none where the server comes
/// without them.
#[track_caller]
fn guide(db: &harness::Db, sql: &str) -> Option<Session> {
    let mut session = connect(db);
    if !contrib(&mut session) {
        return None;
    }
    let start = "SET architect.mode = off; CREATE EXTENSION ltree; CREATE EXTENSION btree_gist;
                 CREATE SCHEMA guide; SET search_path = guide, public";
    ok(&mut session, start);
    ok(&mut session, sql);
    Some(session)
}

/// What `architect.check()` says of everything in the schema: `rule object`, in order.
#[track_caller]
fn checked(session: &mut Session, profile: &str) -> Vec<String> {
    let query =
        "SELECT rule || ' ' || replace(object, 'guide.', '') FROM architect.check('guide', profile => $1) ORDER BY 1";
    let rows = session.query(query, &[&profile]).expect("a check");
    rows.iter().map(|row| row.get::<_, String>(0)).collect()
}

/// What `architect.lint()` says of a text: `rule object`, in order.
#[track_caller]
fn linted(session: &mut Session, profile: &str, text: &str) -> Vec<String> {
    session.execute("SELECT architect.use_profile($1)", &[&profile]).expect("a profile");
    let query = "SELECT rule || ' ' || replace(object, 'guide.', '') FROM architect.lint($1) ORDER BY 1";
    let rows = session.query(query, &[&text]).unwrap_or_else(|error| panic!("{error:?}\nin: {text}"));
    rows.iter().map(|row| row.get::<_, String>(0)).collect()
}

/// Each profile must find exactly this.
#[track_caller]
fn exactly(sql: &str, expected: &[(&str, &[&str])]) {
    let db = database();
    let Some(mut session) = guide(&db, sql) else { return };
    for (profile, findings) in expected {
        assert_eq!(checked(&mut session, profile), *findings, "under {profile}");
    }
}

/// Each profile must find exactly this in the text, which is judged against the tables.
#[track_caller]
fn exactly_in_text(tables: &str, text: &str, expected: &[(&str, &[&str])]) {
    let db = database();
    let Some(mut session) = guide(&db, tables) else { return };
    for (profile, findings) in expected {
        assert_eq!(linted(&mut session, profile, text), *findings, "under {profile}");
    }
}

#[test]
fn tables_of_guide_000() {
    let always = [
        "boolean-nullable project_settings.notifications_enabled",
        "constraint-name-explicit task_dependencies.task_dependencies_check",
        // F-19
        "foreign-key-without-index task_dependencies.task_dependencies_depends_on_id_fkey",
        // The guide says itself that the composite index serves project_id alone.
        "index-duplicate idx_tasks_project_id",
        // F-28
        "notify-trigger-without-delete tasks",
        // Of one kind with F-23: any text is a status.
        "status-column-unconstrained tasks.status",
    ];
    let mut own = always.to_vec();
    own.extend([
        // What F-17 is about: an index on the created_at that there is not.
        "standard-columns-missing project_settings",
        "standard-columns-missing tasks",
    ]);
    own.sort_unstable();
    exactly(TABLES_000, &[("default", &always), ("guide-000", &own)]);
}

#[test]
fn tables_of_guide_002() {
    exactly(
        TABLES_002,
        &[
            (
                "default",
                &[
                    // F-09
                    "check-pattern-accepts-pipe users.valid_email",
                    // F-19
                    "foreign-key-without-index post_tags.post_tags_tag_id_fkey",
                    // F-23, three findings; posts has the third one too.
                    "soft-delete-unique-not-partial users_email_key",
                    "standard-timestamp-nullable posts.created_at",
                    "standard-timestamp-nullable users.created_at",
                    "status-column-unconstrained users.role",
                ],
            ),
            (
                "guide-002",
                &[
                    "check-pattern-accepts-pipe users.valid_email",
                    "foreign-key-without-index post_tags.post_tags_tag_id_fkey",
                    // "Standard fields for all tables", and posts has two of four.
                    "standard-columns-missing posts",
                ],
            ),
        ],
    );
}

#[test]
fn tables_of_guide_003() {
    let always = [
        // F-19
        "foreign-key-without-index category_closure.category_closure_descendant_id_fkey",
        "foreign-key-without-index entity_a_entity_b.entity_a_entity_b_entity_b_id_fkey",
        // F-21; F-20 is that parent_id, which the unique key serves, is not here.
        "foreign-key-without-index entity_name.entity_name_created_by_fkey",
        // The same as F-23: deleted_at came later, the unique key stayed.
        "soft-delete-unique-not-partial unique_name_per_parent",
        "status-column-unconstrained entity_a_entity_b.role",
        // F-22
        "unique-with-nullable-column unique_name_per_parent",
    ];
    // Its template's names are singular, as its profile knows.
    let mut default = always.to_vec();
    default.extend(["entity_a", "entity_b", "entity_name", "parent_table"].map(|name| match name {
        "entity_a" => "table-name-plural entity_a",
        "entity_b" => "table-name-plural entity_b",
        "entity_name" => "table-name-plural entity_name",
        _ => "table-name-plural parent_table",
    }));
    default.sort_unstable();
    let mut own = always.to_vec();
    own.extend(["index-name-pattern idx_entity_not_deleted", "standard-columns-missing categories"]);
    own.sort_unstable();
    exactly(TABLES_003, &[("default", &default), ("guide-003", &own)]);
}

#[test]
fn a_foreign_key_without_on_delete_is_strict_alone() {
    let db = database();
    let Some(mut session) = guide(&db, TABLES_003) else { return };
    // F-21, the other half.
    let expected = "foreign-key-on-delete-unspecified entity_name.entity_name_created_by_fkey";
    for (profile, found) in [("strict", true), ("guide-003", false)] {
        assert_eq!(checked(&mut session, profile).iter().any(|line| line == expected), found, "under {profile}");
    }
}

#[test]
fn a_history_without_its_extension() {
    let db = database();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off; CREATE SCHEMA guide; SET search_path = guide");
    // F-01: the guide's EXCLUDE does not run without btree_gist; what people then do is to leave it out.
    let history = "CREATE TABLE entity_name_history (
        history_id BIGSERIAL PRIMARY KEY,
        entity_id UUID NOT NULL,
        valid_from TIMESTAMPTZ NOT NULL,
        valid_to TIMESTAMPTZ,
        operation CHAR(1) NOT NULL";
    let exclude =
        "CONSTRAINT no_overlap EXCLUDE USING gist (entity_id WITH =, tstzrange(valid_from, valid_to) WITH &&)";
    fails(&mut session, &format!("{history}, {exclude})"), "42704");
    ok(&mut session, &format!("{history})"));
    assert_eq!(checked(&mut session, "default"), ["temporal-overlap-unexcluded entity_name_history"]);
}

#[test]
fn partitions_of_guide_003() {
    let always = [
        // F-02
        "hash-partition-incomplete sessions",
        // F-03
        "partition-future-missing events",
        // F-24
        "primary-key-missing events",
        "primary-key-missing orders",
        "primary-key-missing sessions",
    ];
    let mut own = always.to_vec();
    own.extend([
        "standard-columns-missing events",
        "standard-columns-missing sessions",
        "standard-timestamp-nullable events.created_at",
    ]);
    exactly(PARTITIONS_003, &[("default", &always), ("guide-003", &own)]);
}

#[test]
fn partitions_of_guide_004() {
    let always = [
        // F-03, here too
        "partition-future-missing orders",
        "partition-key-nullable orders.created_at",
        // F-24
        "primary-key-missing orders",
        "table-without-constraints orders",
        // F-25
        "timestamp-without-time-zone orders.created_at",
    ];
    let mut default = always.to_vec();
    default.push("standard-timestamp-nullable orders.created_at");
    default.sort_unstable();
    let mut own = always.to_vec();
    // F-25: the scale is an opinion, which this guide has.
    own.extend(["money-without-scale orders.total_amount", "standard-columns-missing orders"]);
    own.sort_unstable();
    exactly(PARTITIONS_004, &[("default", &default), ("guide-004", &own)]);
}

#[test]
fn tables_of_guide_004() {
    let always = [
        // F-04
        "matview-without-unique-index daily_sales",
        // F-06
        "policy-without-rls orders",
        // F-25
        "timestamp-without-time-zone orders.created_at",
        "timestamp-without-time-zone users.created_at",
        "timestamp-without-time-zone users.updated_at",
    ];
    let mut default = always.to_vec();
    default.extend(["standard-timestamp-nullable orders.created_at", "standard-timestamp-nullable users.created_at"]);
    default.sort_unstable();
    let mut own = always.to_vec();
    own.push("standard-columns-missing orders");
    own.sort_unstable();
    exactly(TABLES_004, &[("default", &default), ("guide-004", &own)]);
}

#[test]
fn what_is_mended_is_clean_in_the_guides_own_profile() {
    for (profile, tables, mends) in [
        ("guide-000", TABLES_000, include_str!("guides/000_mended.sql")),
        ("guide-002", TABLES_002, include_str!("guides/002_mended.sql")),
        ("guide-003", TABLES_003, include_str!("guides/003_mended.sql")),
        ("guide-004", TABLES_004, include_str!("guides/004_mended.sql")),
    ] {
        let db = database();
        let Some(mut session) = guide(&db, tables) else { return };
        ok(&mut session, mends);
        assert_eq!(checked(&mut session, profile), Vec::<String>::new(), "under {profile}");
    }
}

const LIVE_000: &str = "
    CREATE TABLE projects (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE);
    CREATE TABLE tasks (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), project_id UUID NOT NULL, status TEXT NOT NULL);
    INSERT INTO projects (name, slug) SELECT 'p' || g, 's' || g FROM generate_series(1, 5000) AS g;
    INSERT INTO tasks (project_id, status) SELECT id, 'pending' FROM projects;
    ANALYZE projects, tasks;";

#[test]
fn safe_migration_of_guide_000() {
    let text = "ALTER TABLE projects ADD COLUMN priority INTEGER DEFAULT 0;
                CREATE INDEX CONCURRENTLY idx_tasks_status ON tasks(status);
                ALTER TABLE projects ADD COLUMN display_name TEXT;
                UPDATE projects SET display_name = name;";
    // F-18
    let backfill = "data-change-without-where projects";
    let default =
        [backfill, "idempotence-missing priority", "lock-timeout-missing projects", "lock-timeout-missing projects"];
    exactly_in_text(LIVE_000, text, &[("default", &default), ("guide-000", &[backfill])]);
    // Its later migration; what it names dangerous.
    let text = "ALTER TABLE projects DROP COLUMN name; ALTER TABLE projects RENAME COLUMN slug TO handle;";
    let own = ["column-dropped projects.name", "column-renamed projects.slug"];
    exactly_in_text(LIVE_000, text, &[("guide-000", &own)]);
}

#[test]
fn migrations_of_guide_002() {
    let live = "
        CREATE TABLE users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), email VARCHAR(255) NOT NULL);
        INSERT INTO users (email) SELECT g || '@example.com' FROM generate_series(1, 5000) AS g;
        CREATE TABLE posts (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id UUID NOT NULL REFERENCES users(id));
        CREATE INDEX idx_posts_user_id ON posts(user_id);
        ANALYZE users;";
    let build = "CREATE INDEX idx_users_email ON users(email);";
    let default = ["index-not-concurrent users", "lock-timeout-missing users"];
    exactly_in_text(live, build, &[("default", &default), ("guide-002", &[])]);
    // Data that goes is data that goes, whatever the guide says.
    let down = "DROP TABLE IF EXISTS users CASCADE;";
    exactly_in_text(live, down, &[("guide-002", &["cascade-collateral users", "table-dropped users"])]);
}

const LIVE_003: &str = "
    CREATE TABLE users (id BIGSERIAL PRIMARY KEY, email VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL);
    CREATE TABLE customers (id BIGSERIAL PRIMARY KEY, region VARCHAR(20));
    CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, customer_id BIGINT, status VARCHAR(50));
    CREATE INDEX idx_orders_customer_id ON orders (customer_id);
    INSERT INTO users (email, name) SELECT g || '@example.com', 'n' FROM generate_series(1, 5000) AS g;
    INSERT INTO customers (region) SELECT 'US' FROM generate_series(1, 5000) AS g;
    INSERT INTO orders (customer_id) SELECT g FROM generate_series(1, 5000) AS g;
    ANALYZE users, customers, orders;";

#[test]
fn migrations_of_guide_003() {
    // "Safe column addition (no lock)", "safe column rename", "safe index creation", "safe foreign key", word for word.
    let safe = "ALTER TABLE users ADD COLUMN new_column VARCHAR(255);
        ALTER TABLE users ADD COLUMN full_name VARCHAR(255);
        UPDATE users SET full_name = name WHERE full_name IS NULL AND id BETWEEN 1 AND 1000;
        CREATE INDEX CONCURRENTLY idx_users_email ON users (email);
        ALTER TABLE orders
            ADD CONSTRAINT fk_orders_customer
            FOREIGN KEY (customer_id) REFERENCES customers(id)
            NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT fk_orders_customer;";
    exactly_in_text(LIVE_003, safe, &[("guide-003", &[])]);
    // "Safe NOT NULL addition": its profile says so in a whisper, strict as loudly as it is.
    let not_null =
        "ALTER TABLE users ALTER COLUMN name DROP NOT NULL; ALTER TABLE users ALTER COLUMN name SET NOT NULL;";
    let db = database();
    let Some(mut session) = guide(&db, LIVE_003) else { return };
    for (profile, severity) in [("default", "warning"), ("guide-003", "info"), ("strict", "error")] {
        linted(&mut session, profile, not_null);
        let query = "SELECT severity FROM architect.lint($1) WHERE rule = 'not-null-scan'";
        let found = session.query_one(query, &[&not_null]).expect("one finding");
        assert_eq!(found.get::<_, String>(0), severity, "under {profile}");
    }
    // F-16
    let generated =
        "ALTER TABLE users ADD COLUMN email_normalized VARCHAR(255) GENERATED ALWAYS AS (LOWER(email)) STORED;";
    exactly_in_text(LIVE_003, generated, &[("guide-003", &["column-default-rewrite users.email_normalized"])]);
    // It and guide 004 add columns as NULL; guide 000 does not.
    let filled = "ALTER TABLE users ADD COLUMN rank INTEGER DEFAULT 0;";
    let found = ["column-added-with-default users.rank"];
    exactly_in_text(LIVE_003, filled, &[("guide-003", &found), ("guide-004", &found), ("guide-000", &[])]);
}

#[test]
fn migrations_of_guide_004() {
    let live = "
        CREATE TABLE orders (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id UUID, total_amount DECIMAL(10,2),
                             created_at TIMESTAMPTZ NOT NULL DEFAULT now());
        CREATE TABLE large_table (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, calculated_value BIGINT);
        INSERT INTO orders (total_amount) SELECT g FROM generate_series(1, 5000) AS g;
        INSERT INTO large_table (calculated_value) SELECT g FROM generate_series(1, 5000) AS g;
        CREATE MATERIALIZED VIEW daily_sales AS
            SELECT date_trunc('day', created_at) as day, sum(total_amount) as revenue FROM orders GROUP BY 1;
        ANALYZE orders, large_table;";
    let text = "REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;
        ALTER TABLE large_table ADD COLUMN new_field BIGINT DEFAULT NULL;
        UPDATE large_table SET new_field = calculated_value WHERE id BETWEEN 1 AND 10000;
        CREATE INDEX CONCURRENTLY idx_large_table_new_field ON large_table (new_field);";
    // F-04
    exactly_in_text(live, text, &[("guide-004", &["concurrent-refused daily_sales"])]);
}

#[test]
fn a_policy_of_the_wrong_type_is_refused_by_the_server() {
    let db = database();
    let Some(mut session) = guide(&db, "CREATE TABLE orders (id BIGINT PRIMARY KEY, tenant_id UUID NOT NULL)") else {
        return;
    };
    // F-07: nothing of it can be left behind, and the text says so before.
    let policy = "CREATE POLICY tenant_isolation ON orders USING (tenant_id = current_setting('app.tenant_id'))";
    fails(&mut session, policy, "42883");
    ok(&mut session, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY");
    assert_eq!(linted(&mut session, "guide-001", policy), ["rls-policy-type orders"]);
    // As the guide means it.
    let meant =
        "CREATE POLICY tenant_isolation ON orders USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))";
    assert_eq!(linted(&mut session, "guide-001", meant), Vec::<String>::new());
}

/// The tables of the guides' queries, with rows enough for an index to count.
const SEARCHED: &str = "
    CREATE TABLE tasks (id BIGINT PRIMARY KEY, tags TEXT[] NOT NULL, metadata JSONB NOT NULL);
    INSERT INTO tasks SELECT g, ARRAY['t' || g], jsonb_build_object('tier', g) FROM generate_series(1, 5000) AS g;
    CREATE INDEX idx_tasks_tags ON tasks USING GIN (tags);
    CREATE INDEX idx_tasks_metadata ON tasks USING GIN (metadata);
    CREATE TABLE users (id BIGINT PRIMARY KEY, status TEXT NOT NULL, created_at TIMESTAMPTZ NOT NULL, name TEXT NOT NULL);
    INSERT INTO users SELECT g, 'active', now() - g * interval '1 hour', 'n' || g FROM generate_series(1, 5000) AS g;
    CREATE INDEX idx_users_composite ON users (status, created_at, name);
    ANALYZE tasks, users;";

/// The query of F-12.
const SORTED: &str =
    "SELECT * FROM users WHERE status = 'active' AND created_at > now() - interval '30 days' ORDER BY name";

#[test]
fn queries_that_the_index_does_not_serve() {
    for (text, expected) in [
        // F-10
        ("SELECT * FROM tasks WHERE 'urgent' = ANY(tags);", vec!["array-any-instead-of-contains tasks.tags"]),
        ("SELECT * FROM tasks WHERE tags @> ARRAY['urgent'];", vec![]),
        // F-11
        (
            "SELECT * FROM tasks WHERE metadata->>'tier' = 'premium';",
            vec!["jsonb-key-equality-without-index tasks.metadata"],
        ),
        ("SELECT * FROM tasks WHERE metadata @> '{\"tier\": \"premium\"}';", vec![]),
        // F-12
        (SORTED, vec!["composite-index-column-order idx_users_composite"]),
        // F-13
        ("SELECT id FROM users WHERE id IN (SELECT id FROM tasks);", vec![]),
        ("SELECT id FROM users AS u WHERE EXISTS (SELECT FROM tasks AS t WHERE t.id = u.id);", vec![]),
    ] {
        exactly_in_text(SEARCHED, text, &[("default", &expected)]);
    }
}

#[test]
fn a_table_that_is_read_sequentially_and_has_no_index() {
    let db = database();
    let tables = "CREATE TABLE visits (visitor TEXT NOT NULL);
                  INSERT INTO visits SELECT 'v' || g FROM generate_series(1, 20000) AS g;
                  ANALYZE visits;";
    let Some(mut session) = guide(&db, tables) else { return };
    for _ in 0..120 {
        session.query("SELECT count(*) FROM visits WHERE visitor = 'v17'", &[]).expect("a scan");
    }
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    // F-15: idx_scan is NULL there, and the guide's query loses the row.
    let lost =
        "SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'visits' AND seq_scan > 100 AND idx_scan < seq_scan";
    assert_eq!(session.query_one(lost, &[]).expect("a count").get::<_, i64>(0), 0);
    let found = checked(&mut session, "guide-003");
    assert!(found.iter().any(|line| line == "table-read-sequentially visits"), "{found:?}");
}

#[test]
fn what_the_planner_does() {
    let db = database();
    let Some(mut session) = guide(&db, SEARCHED) else { return };
    let mut plan = |query: &str| {
        let rows = session.query(&format!("EXPLAIN (COSTS off) {query}"), &[]).expect("a plan");
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
    };
    // F-12
    assert!(plan(SORTED).contains("Sort Key: name"), "{}", plan(SORTED));
    // F-13
    let semi = ["id IN (SELECT id FROM tasks)", "EXISTS (SELECT FROM tasks AS t WHERE t.id = users.id)"];
    let [with_in, with_exists] = semi.map(|condition| plan(&format!("SELECT id FROM users WHERE {condition}")));
    assert_eq!(
        with_in.replace("tasks t", "tasks").replace("t.id", "tasks.id"),
        with_exists.replace("tasks t", "tasks").replace("t.id", "tasks.id")
    );
    let mut sequential = |condition: &str| {
        let rows = session.query(&format!("EXPLAIN SELECT id FROM tasks WHERE {condition}"), &[]).expect("a plan");
        rows.iter().any(|row| row.get::<_, String>(0).contains("Seq Scan"))
    };
    // F-10
    assert!(sequential("'t17' = ANY(tags)") && !sequential("tags @> ARRAY['t17']"));
    // F-11
    assert!(sequential("metadata->>'tier' = '17'") && !sequential("metadata @> '{\"tier\": 17}'"));
    // F-14
    let row = session.query_one("SELECT boot_val FROM pg_settings WHERE name = 'synchronous_commit'", &[]);
    assert_eq!(row.expect("a setting").get::<_, String>(0), "on");
}

#[test]
fn an_empty_database_is_clean_in_every_profile() {
    let db = database();
    let mut session = connect(&db);
    let sql = "SELECT count(DISTINCT p.name), count(c.rule) FROM architect.profiles() AS p
               LEFT JOIN LATERAL architect.check(categories => ARRAY['design'], profile => p.name) AS c ON true";
    let row = session.query_one(sql, &[]).expect("checks");
    assert!(row.get::<_, i64>(0) >= 9, "all profiles");
    assert_eq!(row.get::<_, i64>(1), 0);
}

#[test]
fn profiles_say_how_bad_ddl_is() {
    let db = database();
    let Some(mut session) = guide(&db, LIVE_003) else { return };
    let text = "CREATE INDEX idx_users_name ON users (name);
                ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers(id);
                UPDATE users SET name = 'x';";
    let query = "SELECT rule || ' ' || severity FROM architect.lint($1)
                 WHERE rule IN ('index-not-concurrent', 'foreign-key-validates', 'lock-timeout-missing', 'data-change-without-where')
                 GROUP BY 1 ORDER BY 1";
    let expected: [(&str, [&str; 4]); 6] = [
        // data change, foreign key, index, lock_timeout
        ("default", ["warning", "warning", "warning", "warning"]),
        ("strict", ["error", "error", "error", "error"]),
        ("adopt", ["warning", "warning", "warning", "warning"]),
        ("olap", ["info", "warning", "warning", "warning"]),
        ("guide-002", ["warning", "", "", ""]),
        ("guide-003", ["warning", "warning", "warning", ""]),
    ];
    let rules = ["data-change-without-where", "foreign-key-validates", "index-not-concurrent", "lock-timeout-missing"];
    for (profile, severities) in expected {
        linted(&mut session, profile, text);
        let rows = session.query(query, &[&text]).expect("a lint");
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let pairs = rules.iter().zip(severities).filter(|(_, severity)| !severity.is_empty());
        let expected: Vec<String> = pairs.map(|(rule, severity)| format!("{rule} {severity}")).collect();
        assert_eq!(found, expected, "under {profile}");
    }
}
