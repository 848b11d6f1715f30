//! The rules about security, settings and replication say what the views about the same say.

mod common;

use common::*;
use harness::Session;

/// The texts that a query gives, sorted.
#[track_caller]
fn sorted(session: &mut Session, query: &str) -> Vec<String> {
    let rows = session.query(query, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {query}"));
    let mut texts: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    texts.sort();
    texts.dedup();
    texts
}

#[test]
fn rules_of_security_agree_with_the_view() {
    let db = database();
    let mut admin = connect(&db);
    let app = role(&db, "app");
    let owner = role(&db, "owner");
    ok(
        &mut admin,
        &format!(
            "SET architect.mode = off;
             CREATE SCHEMA open; GRANT CREATE ON SCHEMA open TO PUBLIC; CREATE SCHEMA closed; GRANT CREATE ON SCHEMA closed TO {app};
             GRANT USAGE, CREATE ON SCHEMA public TO {owner};
             CREATE FUNCTION f_open() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
             CREATE FUNCTION f_hidden() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION f_hidden() FROM PUBLIC;
             CREATE FUNCTION f_pinned() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
             REVOKE ALL ON FUNCTION f_pinned() FROM PUBLIC;
             CREATE FUNCTION f_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
                 AS 'BEGIN RETURN NEW; END';
             CREATE TABLE inert (id int); CREATE POLICY p ON inert USING (true);
             CREATE TABLE denied (id int); ALTER TABLE denied ENABLE ROW LEVEL SECURITY; GRANT SELECT ON denied TO {app};
             CREATE TABLE good (id int); ALTER TABLE good ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON good USING (id = 1);
             CREATE TABLE owned (id int); ALTER TABLE owned ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON owned USING (id = 1);
             ALTER TABLE owned OWNER TO {owner};
             CREATE TABLE forced (id int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
             CREATE POLICY p ON forced USING (id = 1); ALTER TABLE forced OWNER TO {owner};
             CREATE TABLE tree (id int, tenant int) PARTITION BY LIST (id);
             CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1) PARTITION BY LIST (tenant);
             CREATE TABLE tree_1_1 PARTITION OF tree_1 FOR VALUES IN (1);
             CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2); ALTER TABLE tree ENABLE ROW LEVEL SECURITY;
             CREATE POLICY p ON tree USING (tenant = 1); GRANT SELECT ON tree, tree_1_1 TO {app};
             CREATE VIEW v_owner AS SELECT * FROM good; GRANT SELECT ON v_owner TO {app};
             CREATE VIEW v_invoker WITH (security_invoker = yes) AS SELECT * FROM good; GRANT SELECT ON v_invoker TO {app};
             CREATE VIEW v_private AS SELECT * FROM good;
             CREATE MATERIALIZED VIEW m_rows AS SELECT * FROM good; GRANT SELECT ON m_rows TO {app};
             CREATE TABLE read_all (id int); GRANT SELECT ON read_all TO PUBLIC; CREATE TABLE write_all (id int); GRANT INSERT ON write_all TO PUBLIC;
             CREATE TABLE column_all (id int, secret int); GRANT SELECT (id) ON column_all TO PUBLIC;
             SELECT architect.configure('extension-in-public', 'on')"
        ),
    );
    let contrib = common::contrib(&mut admin);
    if contrib {
        ok(&mut admin, "CREATE EXTENSION pg_trgm SCHEMA public");
    }
    for (check, rule, found) in [
        ("schema open to PUBLIC", "public-schema-create", 1),
        ("SECURITY DEFINER without safe search_path", "security-definer-search-path", 2),
        ("SECURITY DEFINER open to PUBLIC", "security-definer-public-execute", 1),
        ("policy without RLS", "policy-without-rls", 1),
        ("RLS without policy", "rls-no-policy", 1),
        ("RLS not for the owner", "rls-owner-bypass", 1),
        ("RLS bypassed by partition", "rls-leaf-bypass", 1),
        ("RLS bypassed by view", "security-definer-view", 2),
        ("table open to PUBLIC", "grant-to-public", 3),
        ("extension in public", "extension-in-public", usize::from(contrib)),
        ("extension outdated", "extension-outdated", 0),
    ] {
        let view = sorted(
            &mut admin,
            &format!(
                "SELECT object FROM architect.security_posture WHERE check_name = '{check}' AND state IN ('warning', 'critical')"
            ),
        );
        let rule = sorted(
            &mut admin,
            &format!("SELECT object FROM architect.check(categories => '{{security}}') WHERE rule = '{rule}'"),
        );
        assert_eq!(rule, view, "{check}");
        assert_eq!(view.len(), found, "{check}");
    }
}

#[test]
fn rules_of_settings_agree_with_the_view() {
    let db = database();
    let mut admin = connect(&db);
    let view = sorted(
        &mut admin,
        "SELECT setting FROM architect.settings_advice WHERE scope = 'server' AND state IN ('warning', 'critical')",
    );
    let rules = sorted(
        &mut admin,
        "SELECT relation_name FROM architect.check(categories => '{settings,replication}')
         WHERE object_kind = 'setting' AND rule NOT IN ('timeouts-unset', 'role-level-setting-hazard')",
    );
    assert_eq!(rules, view);
    assert!(view.contains(&"fsync".to_owned()), "{view:?}");
    // What the machine has cannot be judged before it is stated, and that is told.
    let gaps = "SELECT DISTINCT rule FROM architect.not_judged WHERE rule LIKE '%memory%' OR rule LIKE '%buffers%'";
    assert_eq!(sorted(&mut admin, gaps), ["memory-overcommit", "shared-buffers-ratio"]);
    ok(&mut admin, "LOAD 'pg_architect'; SET architect.server_memory = '300MB'");
    let view = sorted(
        &mut admin,
        "SELECT CASE setting WHEN 'memory budget' THEN 'work_mem' ELSE setting END FROM architect.settings_advice
         WHERE scope = 'server' AND category = 'memory' AND state IN ('warning', 'critical')",
    );
    let memory = sorted(
        &mut admin,
        "SELECT relation_name FROM architect.check(categories => '{settings}')
         WHERE relation_name IN ('work_mem', 'shared_buffers', 'effective_cache_size', 'maintenance_work_mem')",
    );
    assert_eq!(memory, view);
    assert!(memory.contains(&"work_mem".to_owned()), "{memory:?}");
}

#[test]
fn rules_of_replication_agree_with_the_view() {
    let db = database();
    let mut admin = connect(&db);
    ok(
        &mut admin,
        "SET architect.mode = off;
         CREATE TABLE keyless (id int); CREATE TABLE keyed (id int PRIMARY KEY); CREATE TABLE whole (id int);
         ALTER TABLE whole REPLICA IDENTITY FULL; CREATE TABLE nothing (id int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
         CREATE TABLE named (id int PRIMARY KEY, n int NOT NULL); CREATE UNIQUE INDEX named_n ON named (n);
         ALTER TABLE named REPLICA IDENTITY USING INDEX named_n; DROP INDEX named_n;
         CREATE TABLE late (id int PRIMARY KEY DEFERRABLE);
         CREATE TABLE tree (id int) PARTITION BY LIST (id); CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1);
         CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2); ALTER TABLE tree_2 ADD PRIMARY KEY (id);
         CREATE UNLOGGED TABLE passing (id int);
         CREATE PUBLICATION everything FOR ALL TABLES",
    );
    let view = sorted(
        &mut admin,
        "SELECT name FROM architect.replication_health WHERE kind = 'published table' AND state = 'critical'",
    );
    let rules = sorted(
        &mut admin,
        "SELECT object FROM architect.check(categories => '{replication}')
         WHERE rule IN ('replica-identity-missing', 'replica-identity-index-dropped')",
    );
    assert_eq!(rules, view);
    assert_eq!(view, ["public.keyless", "public.late", "public.named", "public.nothing", "public.tree"]);
    // PostgreSQL says the same; on a server whose wal_level is below logical too.
    for table in ["keyless", "late", "named", "nothing", "tree_1"] {
        fails(&mut admin, &format!("UPDATE {table} SET id = 3"), "55000");
    }
    for table in ["keyed", "whole", "tree_2", "passing"] {
        ok(&mut admin, &format!("UPDATE {table} SET id = id"));
    }
}
