//! The guides' own SQL, judged: the full check must find in it what is known to be wrong with it, and nothing else of design.

mod common;

use common::*;

/// What `architect.check()` says of design when the SQL was run: `rule object`, in order.
#[track_caller]
fn design(profile: &str, sql: &str) -> Vec<String> {
    let db = database();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off; CREATE SCHEMA guide; SET search_path = guide");
    ok(&mut session, sql);
    let query = "SELECT rule || ' ' || replace(object, 'guide.', '') AS found
                 FROM architect.check('guide', categories => ARRAY['design'], profile => $1) ORDER BY 1";
    let rows = session.query(query, &[&profile]).expect("a check");
    rows.iter().map(|row| row.get::<_, String>(0)).collect()
}

const PROJECTS: &str = "
    CREATE TABLE projects (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      name TEXT NOT NULL,
      slug TEXT NOT NULL UNIQUE,
      status TEXT NOT NULL DEFAULT 'active'
        CHECK (status IN ('active', 'archived', 'deleted')),
      phase TEXT NOT NULL DEFAULT 'interview'
        CHECK (phase IN ('interview', 'spec', 'build', 'review', 'complete')),
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      CONSTRAINT valid_name CHECK (length(name) BETWEEN 1 AND 200)
    );";

#[test]
fn a_well_made_table_is_clean() {
    assert_eq!(design("default", PROJECTS), Vec::<String>::new());
    // Its own guide asks for nothing more but a trigger that it does not show.
    assert_eq!(design("guide-000", PROJECTS), Vec::<String>::new());
}

#[test]
fn relationships() {
    let sql = format!(
        "{PROJECTS}
        CREATE TABLE tasks (
          id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
          project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
          title TEXT NOT NULL,
          status TEXT NOT NULL DEFAULT 'pending'
        );
        CREATE TABLE task_dependencies (
          task_id UUID NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
          depends_on_id UUID NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
          PRIMARY KEY (task_id, depends_on_id),
          CHECK (task_id != depends_on_id)
        );
        CREATE TABLE project_settings (
          project_id UUID PRIMARY KEY REFERENCES projects(id) ON DELETE CASCADE,
          theme TEXT DEFAULT 'dark',
          notifications_enabled BOOLEAN DEFAULT true
        );"
    );
    assert_eq!(
        design("default", &sql),
        [
            "boolean-nullable project_settings.notifications_enabled",
            "foreign-key-without-index task_dependencies.task_dependencies_depends_on_id_fkey",
            "foreign-key-without-index tasks.tasks_project_id_fkey",
            "status-column-unconstrained tasks.status",
        ]
    );
}

const USERS: &str = r"
    CREATE TABLE users (
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
        created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
        updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
        deleted_at TIMESTAMP WITH TIME ZONE,
        email VARCHAR(255) UNIQUE NOT NULL,
        name VARCHAR(100) NOT NULL,
        cognito_id VARCHAR(255) UNIQUE,
        role VARCHAR(50) DEFAULT 'user',
        CONSTRAINT valid_email CHECK (email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Z|a-z]{2,}$')
    );
    CREATE FUNCTION update_updated_at_column() RETURNS TRIGGER AS $$
    BEGIN
        NEW.updated_at = NOW();
        RETURN NEW;
    END;
    $$ language 'plpgsql';
    CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users
        FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();";

#[test]
fn a_table_with_soft_deletion() {
    assert_eq!(
        design("default", USERS),
        [
            "check-pattern-accepts-pipe users.valid_email",
            "soft-delete-unique-not-partial users_email_key",
            "standard-timestamp-nullable users.created_at",
            "status-column-unconstrained users.role",
        ]
    );
    // Read literally, its guide wants nothing of this but the mended pattern.
    assert_eq!(design("guide-002", USERS), ["check-pattern-accepts-pipe users.valid_email"]);
}

#[test]
fn one_to_many_and_many_to_many() {
    let sql = format!(
        "{USERS}
        CREATE TABLE posts (
            id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
            user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            title VARCHAR(255) NOT NULL,
            content TEXT,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW()
        );
        CREATE INDEX idx_posts_user_id ON posts(user_id);
        CREATE TABLE tags (
            id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
            name VARCHAR(50) UNIQUE NOT NULL
        );
        CREATE TABLE post_tags (
            post_id UUID REFERENCES posts(id) ON DELETE CASCADE,
            tag_id UUID REFERENCES tags(id) ON DELETE CASCADE,
            PRIMARY KEY (post_id, tag_id)
        );"
    );
    let found = design("default", &sql);
    let found: Vec<&String> = found.iter().filter(|line| !line.contains("users")).collect();
    assert_eq!(found, ["foreign-key-without-index post_tags.post_tags_tag_id_fkey"]);
}

#[test]
fn the_standard_table_of_the_third_template() {
    let sql = "
        CREATE TABLE users (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
        CREATE TABLE parent_table (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
        CREATE TABLE entity_name (
            id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
            name VARCHAR(255) NOT NULL,
            description TEXT,
            status VARCHAR(50) NOT NULL DEFAULT 'active',
            parent_id UUID REFERENCES parent_table(id) ON DELETE CASCADE,
            created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
            updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
            created_by UUID REFERENCES users(id),
            version INTEGER NOT NULL DEFAULT 1,
            CONSTRAINT valid_status CHECK (status IN ('active', 'inactive', 'archived')),
            CONSTRAINT unique_name_per_parent UNIQUE (parent_id, name)
        );";
    // parent_id is served by the unique key: only created_by lacks an index.
    let always = [
        "foreign-key-without-index entity_name.entity_name_created_by_fkey",
        "unique-with-nullable-column unique_name_per_parent",
    ];
    assert_eq!(design("default", sql), always);
    let strict = design("strict", sql);
    for expected in always.iter().copied().chain([
        "comment-missing entity_name",
        "foreign-key-on-delete-unspecified entity_name.entity_name_created_by_fkey",
        "updated-at-trigger-missing entity_name.updated_at",
    ]) {
        assert!(strict.iter().any(|found| found == expected), "{expected} is missing in {strict:#?}");
    }
}

#[test]
fn history_and_junction_and_closure() {
    let sql = "
        CREATE TABLE entity_a (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
        CREATE TABLE entity_b (id UUID PRIMARY KEY DEFAULT gen_random_uuid());
        CREATE TABLE entity_a_entity_b (
            entity_a_id UUID REFERENCES entity_a(id) ON DELETE CASCADE,
            entity_b_id UUID REFERENCES entity_b(id) ON DELETE CASCADE,
            created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
            role VARCHAR(50),
            PRIMARY KEY (entity_a_id, entity_b_id)
        );
        CREATE TABLE entity_name_history (
            history_id BIGSERIAL PRIMARY KEY,
            entity_id UUID NOT NULL,
            valid_from TIMESTAMPTZ NOT NULL,
            valid_to TIMESTAMPTZ,
            operation CHAR(1) NOT NULL
        );
        CREATE TABLE category_closure (
            ancestor_id UUID REFERENCES entity_a(id) ON DELETE CASCADE,
            descendant_id UUID REFERENCES entity_a(id) ON DELETE CASCADE,
            depth INTEGER NOT NULL,
            PRIMARY KEY (ancestor_id, descendant_id)
        );";
    assert_eq!(
        design("default", sql),
        [
            "foreign-key-without-index category_closure.category_closure_descendant_id_fkey",
            "foreign-key-without-index entity_a_entity_b.entity_a_entity_b_entity_b_id_fkey",
            "status-column-unconstrained entity_a_entity_b.role",
            "temporal-overlap-unexcluded entity_name_history",
        ]
    );
}

#[test]
fn partitioned_tables_without_a_key() {
    let sql = "
        CREATE TABLE orders (id BIGINT, user_id UUID, total_amount DECIMAL, created_at TIMESTAMP) PARTITION BY RANGE (created_at);
        CREATE TABLE orders_y2024m01 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');";
    let found = design("default", sql);
    assert!(found.contains(&"primary-key-missing orders".to_owned()), "{found:?}");
    assert!(found.iter().all(|line| !line.contains("orders_y2024m01")), "{found:?}");
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
