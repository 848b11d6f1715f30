-- Privileges as PostgreSQL resolves them: no access list means the built-in default, which acldefault() gives. Each check has at
-- least one row: what was found, or ok, or why it could not be judged.
CREATE VIEW architect.security_posture WITH (security_invoker = true) AS
WITH RECURSIVE member AS MATERIALIZED (
    -- What belongs to an extension is its author's business.
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
), space AS MATERIALIZED (
    SELECT n.oid, n.nspname::text AS nspname, n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS acl
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
        AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'
), open_space AS MATERIALIZED (
    SELECT s.nspname
    FROM space AS s
    WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(s.acl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE')
), relation AS MATERIALIZED (
    SELECT
        c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloptions, c.relacl,
        pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_catalog.pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
), privilege AS MATERIALIZED (
    -- Of the relation and of its columns alike.
    SELECT r.oid, a.grantee, a.privilege_type
    FROM relation AS r
    CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a
    UNION ALL
    SELECT c.attrelid, a.grantee, a.privilege_type
    FROM pg_catalog.pg_attribute AS c
    JOIN relation AS r ON r.oid = c.attrelid
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
    WHERE c.attacl IS NOT NULL AND c.attnum > 0 AND NOT c.attisdropped
), definer AS MATERIALIZED (
    SELECT
        p.oid,
        pg_catalog.format('%I.%I(%s)', s.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS name,
        o.rolsuper,
        EXISTS (
            SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a WHERE a.grantee = 0
        ) AS is_public,
        (
            SELECT pg_catalog.substr(c.entry, 13) FROM pg_catalog.unnest(p.proconfig) AS c (entry) WHERE c.entry LIKE 'search\_path=%'
        ) AS path,
        CASE WHEN p.prokind = 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind,
        -- A body in SQL-standard form was bound when it was created.
        p.prosqlbody IS NULL AS looks_up,
        -- Nobody calls it, but whoever has EXECUTE may put it on a table of its own.
        p.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) AS is_trigger
    FROM pg_catalog.pg_proc AS p
    JOIN space AS s ON s.oid = p.pronamespace
    LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
    WHERE p.prosecdef
        AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
), definer_path AS (
    SELECT
        d.*,
        -- "$user" is the owner in it. pg_temp comes first, for tables and types, unless it is named.
        (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(e.entry), ', ' ORDER BY e.place)
            FROM pg_catalog.unnest(p.entries) WITH ORDINALITY AS e (entry, place)
            WHERE (e.entry = 'pg_temp' AND e.place < pg_catalog.cardinality(p.entries))
                OR e.entry IN (SELECT o.nspname FROM open_space AS o)
        ) AS unsafe,
        NOT 'pg_temp' = ANY (p.entries) AS temporary_first
    FROM definer AS d
    CROSS JOIN LATERAL (
        -- Names between commas, some of them quoted, and a comma in quotes is a letter.
        SELECT coalesce(pg_catalog.array_agg(
            CASE WHEN x.part[1] LIKE '"%' THEN pg_catalog.replace(pg_catalog.substr(x.part[1], 2, pg_catalog.length(x.part[1]) - 2), '""', '"')
                ELSE pg_catalog.lower(pg_catalog.btrim(x.part[1])) END ORDER BY x.place) FILTER (WHERE x.part[1] <> '""'), '{}')
        FROM pg_catalog.regexp_matches(d.path, '("(?:[^"]|"")*"|[^",[:space:]][^",]*)', 'g') WITH ORDINALITY AS x (part, place)
    ) AS p (entries)
    WHERE d.looks_up
), owner AS (
    -- A member that inherits from the owner is the owner, as far as row level security asks.
    SELECT d.relowner, pg_catalog.string_agg(pg_catalog.quote_ident(l.rolname), ', ' ORDER BY l.rolname) AS logins
    FROM (SELECT DISTINCT r.relowner FROM relation AS r WHERE r.relrowsecurity AND NOT r.relforcerowsecurity) AS d
    JOIN pg_catalog.pg_roles AS l
        ON l.rolcanlogin AND NOT l.rolsuper AND NOT l.rolbypassrls AND pg_catalog.pg_has_role(l.oid, d.relowner, 'USAGE')
    GROUP BY d.relowner
), ancestor AS (
    SELECT i.inhrelid AS leaf, i.inhparent AS above
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
    UNION ALL
    SELECT a.leaf, i.inhparent
    FROM ancestor AS a
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = a.above
), hba AS MATERIALIZED (
    SELECT
        h.line ->> 'type' AS type, h.line ->> 'address' AS address, h.line ->> 'netmask' AS netmask, h.line ->> 'auth_method' AS method,
        h.line ->> 'error' AS error,
        pg_catalog.format('line %s: %s', h.line ->> 'line_number', pg_catalog.concat_ws(' ', h.line ->> 'type',
            (SELECT pg_catalog.string_agg(v.value, ',') FROM pg_catalog.jsonb_array_elements_text(nullif(h.line -> 'database', 'null')) AS v),
            (SELECT pg_catalog.string_agg(v.value, ',') FROM pg_catalog.jsonb_array_elements_text(nullif(h.line -> 'user_name', 'null')) AS v),
            h.line ->> 'address', h.line ->> 'netmask', h.line ->> 'auth_method')) AS name
    FROM architect.visible_hba_rules() AS h (line)
), may AS MATERIALIZED (
    SELECT
        pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_sessions,
        pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') AS see_hba,
        (SELECT pg_catalog.btrim(g.setting) FROM pg_catalog.pg_settings AS g WHERE g.name = 'listen_addresses') AS listens,
        (SELECT g.setting FROM pg_catalog.pg_settings AS g WHERE g.name = 'ssl') AS ssl
), checks (place, check_name, expected) AS (
    VALUES
        (1, 'schema open to PUBLIC', 'only its owner, and whom the owner names, creates objects in a schema'),
        (2, 'SECURITY DEFINER without safe search_path', 'a search_path of schemas in which nobody else can create'),
        (3, 'SECURITY DEFINER open to PUBLIC', 'EXECUTE for those who need it'),
        (4, 'superuser', 'none but the one that initdb made'),
        (5, 'BYPASSRLS', 'none but superusers'),
        (6, 'server files and programs', 'superusers only'),
        (7, 'RLS without policy', 'a policy for everybody who should see rows'),
        (8, 'policy without RLS', 'row level security enabled where there are policies'),
        (9, 'RLS not for the owner', 'FORCE, or an owner as whom nobody logs in'),
        (10, 'RLS bypassed by partition', 'no grants on partitions, or policies of their own'),
        (11, 'RLS bypassed by view', 'security_invoker on views over such tables'),
        (12, 'table open to PUBLIC', 'privileges for roles, not for PUBLIC'),
        (13, 'default privileges for PUBLIC', 'privileges for roles, not for PUBLIC'),
        (14, 'database open to PUBLIC', 'no CREATE for PUBLIC'),
        (15, 'tables owned by a login role', 'an owner as whom nobody logs in: owners can drop, and bypass row level security'),
        (16, 'password_encryption', 'scram-sha-256'),
        (17, 'TLS', 'ssl on, from TLSv1.2, where the server listens to a network'),
        (18, 'session without TLS', 'TLS for every session from another machine'),
        (19, 'pg_hba.conf', 'no trust, no clear passwords, no md5, and networks by hostssl only'),
        (20, 'extension outdated', 'the version that its files here have'),
        (21, 'extension in public', 'a schema of its own')
), found (check_name, object, state, reason, remedy) AS (
    SELECT 'schema open to PUBLIC', pg_catalog.quote_ident(o.nspname), 'critical',
        'anybody can put a function or table there that others call by mistake',
        pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', o.nspname)
    FROM open_space AS o
    UNION ALL
    SELECT 'SECURITY DEFINER without safe search_path', d.name,
        CASE WHEN d.is_public AND (d.path IS NULL OR d.unsafe IS NOT NULL) THEN 'critical' ELSE 'warning' END,
        pg_catalog.format('%s: its caller decides which %s it finds%s',
            CASE WHEN d.path IS NULL THEN 'search_path is not pinned' WHEN d.unsafe IS NOT NULL THEN pg_catalog.format('its search_path has %s', d.unsafe)
                ELSE 'its search_path does not name pg_temp, which is then searched first' END,
            CASE WHEN d.path IS NULL OR d.unsafe IS NOT NULL THEN 'objects' ELSE 'tables and types' END,
            CASE WHEN d.is_public AND d.is_trigger THEN ', and PUBLIC may put it on a table of its own'
                WHEN d.is_public THEN ', and PUBLIC may call it' END),
        pg_catalog.format('ALTER %s %s SET search_path = pg_catalog, ..., pg_temp', d.kind, d.name)
    FROM definer_path AS d
    WHERE d.path IS NULL OR d.unsafe IS NOT NULL OR d.temporary_first
    UNION ALL
    SELECT 'SECURITY DEFINER open to PUBLIC', d.name, 'warning',
        pg_catalog.format('everybody may act with the rights of its owner%s', CASE WHEN d.rolsuper THEN ', a superuser' END),
        pg_catalog.format('REVOKE EXECUTE ON %s %s FROM PUBLIC', d.kind, d.name)
    FROM definer AS d
    WHERE d.is_public AND NOT d.is_trigger
    UNION ALL
    SELECT 'superuser', pg_catalog.quote_ident(r.rolname), 'warning',
        pg_catalog.format('no check holds for it%s', CASE WHEN NOT r.rolcanlogin THEN '; its members become it by SET ROLE' END),
        pg_catalog.format('ALTER ROLE %I NOSUPERUSER', r.rolname)
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolsuper AND r.oid <> 10
    UNION ALL
    SELECT 'BYPASSRLS', pg_catalog.quote_ident(r.rolname), 'warning', 'no policy holds for it; a role for backups needs it',
        pg_catalog.format('ALTER ROLE %I NOBYPASSRLS', r.rolname)
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolbypassrls AND NOT r.rolsuper
    UNION ALL
    SELECT 'server files and programs', pg_catalog.format('%I in %s', r.rolname, t.rolname),
        CASE t.rolname WHEN 'pg_read_server_files' THEN 'warning' ELSE 'critical' END,
        CASE t.rolname WHEN 'pg_read_server_files' THEN 'it reads every file that the server reads'
            ELSE 'as good as a superuser: it can change the server''s files or run programs as its user' END,
        pg_catalog.format('REVOKE %s FROM %I, or from the role by which it is a member', t.rolname, r.rolname)
    FROM pg_catalog.pg_roles AS t
    JOIN pg_catalog.pg_roles AS r ON r.oid <> t.oid AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, t.oid, 'MEMBER')
    WHERE t.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
    UNION ALL
    SELECT 'RLS without policy', r.name, 'warning',
        CASE WHEN r.relforcerowsecurity THEN 'nobody but superusers and BYPASSRLS roles sees a row, not even the owner; which may be on purpose'
            ELSE 'nobody but the owner and BYPASSRLS roles sees a row, which may be on purpose' END,
        pg_catalog.format('CREATE POLICY ... ON %s', r.name)
    FROM relation AS r
    WHERE r.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = r.oid)
    UNION ALL
    SELECT 'policy without RLS', r.name, 'critical', 'its policies do nothing: row level security is not enabled',
        pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.name)
    FROM relation AS r
    WHERE NOT r.relrowsecurity AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = r.oid)
    UNION ALL
    SELECT 'RLS not for the owner', r.name, 'warning', pg_catalog.format('%s sees every row, with the rights of its owner', o.logins),
        pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.name)
    FROM relation AS r
    JOIN owner AS o ON o.relowner = r.relowner
    WHERE r.relrowsecurity AND NOT r.relforcerowsecurity
    UNION ALL
    SELECT 'RLS bypassed by partition', r.name, 'critical',
        pg_catalog.format('%s may use it by itself, past the policies of %s', pg_catalog.string_agg(DISTINCT
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE coalesce(pg_catalog.quote_ident(g.rolname), a.grantee::text) END, ', '),
            pg_catalog.min(p.name)),
        pg_catalog.format('REVOKE ALL ON %s FROM %s', r.name, pg_catalog.string_agg(DISTINCT
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE coalesce(pg_catalog.quote_ident(g.rolname), a.grantee::text) END, ', '))
    FROM relation AS r
    JOIN ancestor AS t ON t.leaf = r.oid
    JOIN relation AS p ON p.oid = t.above AND p.relrowsecurity
    JOIN privilege AS a ON a.oid = r.oid
    LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
    WHERE r.relispartition AND NOT r.relrowsecurity AND a.grantee <> r.relowner
        AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND NOT coalesce(g.rolsuper OR g.rolbypassrls, false)
    GROUP BY r.oid, r.name
    UNION ALL
    SELECT 'RLS bypassed by view', v.name, 'warning',
        CASE WHEN v.relkind = 'm' THEN pg_catalog.format('it holds what its owner saw of %s', pg_catalog.string_agg(DISTINCT t.name, ', '))
            ELSE pg_catalog.format('it reads %s with the rights of its owner', pg_catalog.string_agg(DISTINCT t.name, ', ')) END,
        CASE WHEN v.relkind = 'm' THEN pg_catalog.format('REVOKE SELECT ON %s FROM those who may not see all of it', v.name)
            ELSE pg_catalog.format('ALTER VIEW %s SET (security_invoker = true)', v.name) END
    FROM relation AS v
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = v.oid
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN relation AS t ON t.oid = d.refobjid AND t.relrowsecurity
    WHERE v.relkind IN ('v', 'm')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.unnest(v.reloptions) AS o (entry)
            WHERE o.entry ~* '^security_invoker=(on|t|tr|tru|true|y|ye|yes|1)$'
        )
        AND EXISTS (SELECT FROM privilege AS a WHERE a.oid = v.oid AND a.grantee <> v.relowner)
    GROUP BY v.oid, v.name, v.relkind
    UNION ALL
    SELECT 'table open to PUBLIC', p.name, CASE WHEN p.privileges = 'SELECT' THEN 'warning' ELSE 'critical' END,
        'every role that can connect has ' || p.privileges, pg_catalog.format('REVOKE ALL ON %s FROM PUBLIC', p.name)
    FROM (
        SELECT x.name, pg_catalog.string_agg(DISTINCT x.privilege, ', ') AS privileges
        FROM (
            SELECT r.name, a.privilege_type AS privilege
            FROM relation AS r
            CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a
            WHERE a.grantee = 0 AND r.relkind <> 'S'
            UNION ALL
            SELECT r.name, a.privilege_type || ' (of columns)'
            FROM pg_catalog.pg_attribute AS c
            JOIN relation AS r ON r.oid = c.attrelid
            CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
            WHERE c.attacl IS NOT NULL AND a.grantee = 0
        ) AS x
        GROUP BY x.name
    ) AS p
    UNION ALL
    SELECT 'default privileges for PUBLIC',
        pg_catalog.format('%s of role %I%s',
            CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
                WHEN 'n' THEN 'schemas' ELSE 'objects' END, r.rolname, ' in schema ' || n.nspname),
        'warning', 'PUBLIC gets ' || pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' on what is created from now on',
        pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM PUBLIC', r.rolname, ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname),
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                WHEN 'n' THEN 'SCHEMAS' ELSE '...' END)
    FROM pg_catalog.pg_default_acl AS d
    JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a
    -- Functions and types are open to PUBLIC anyway, which an entry without a schema repeats.
    WHERE a.grantee = 0 AND NOT (d.defaclobjtype IN ('f', 'T') AND d.defaclnamespace = 0)
    GROUP BY d.oid, d.defaclobjtype, r.rolname, n.nspname
    UNION ALL
    SELECT 'database open to PUBLIC', pg_catalog.quote_ident(d.datname), 'critical', 'anybody who connects can create schemas in it',
        pg_catalog.format('REVOKE CREATE ON DATABASE %I FROM PUBLIC', d.datname)
    FROM pg_catalog.pg_database AS d
    WHERE EXISTS (
        SELECT FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
        WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
    )
    UNION ALL
    SELECT 'tables owned by a login role', pg_catalog.quote_ident(o.rolname), 'warning',
        pg_catalog.format('%s tables; whoever gets its password can drop them', pg_catalog.count(*)),
        'give them to a role without LOGIN: ALTER TABLE ... OWNER TO, and grant what the application needs'
    FROM relation AS r
    JOIN pg_catalog.pg_roles AS o ON o.oid = r.relowner AND o.rolcanlogin AND NOT o.rolsuper
    WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
    GROUP BY o.oid, o.rolname
    UNION ALL
    SELECT 'password_encryption', g.setting, 'warning', 'new passwords get a hash that is easy to break, and is enough to log in',
        'ALTER SYSTEM SET password_encryption = ''scram-sha-256'''
    FROM pg_catalog.pg_settings AS g
    WHERE g.name = 'password_encryption' AND g.setting <> 'scram-sha-256'
    UNION ALL
    SELECT 'TLS', 'ssl = off', 'critical', pg_catalog.format('it listens to %L, and all that it says can be read on the way', m.listens),
        'ALTER SYSTEM SET ssl = on, with ssl_cert_file and ssl_key_file'
    FROM may AS m
    WHERE m.ssl = 'off' AND m.listens <> ''
        AND EXISTS (
            SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(m.listens, ',')) AS l (address)
            WHERE pg_catalog.btrim(l.address) NOT IN ('localhost', '127.0.0.1', '::1')
        )
    UNION ALL
    SELECT 'TLS', pg_catalog.format('ssl_min_protocol_version = %s', g.setting), 'warning', 'versions before TLSv1.2 are broken',
        'ALTER SYSTEM SET ssl_min_protocol_version = ''TLSv1.2'''
    FROM pg_catalog.pg_settings AS g, may AS m
    WHERE g.name = 'ssl_min_protocol_version' AND g.setting IN ('', 'TLSv1', 'TLSv1.1') AND m.ssl = 'on'
    UNION ALL
    SELECT 'session without TLS', pg_catalog.format('%I from %s', a.usename, pg_catalog.host(a.client_addr)), 'warning',
        pg_catalog.format('%s session(s)', pg_catalog.count(*)), 'hostssl in pg_hba.conf, sslmode=verify-full in the client'
    FROM pg_catalog.pg_stat_activity AS a
    JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = a.pid AND NOT s.ssl
    WHERE NOT (a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1')
    GROUP BY a.usename, a.client_addr
    UNION ALL
    SELECT 'pg_hba.conf', h.name,
        CASE WHEN h.error IS NOT NULL THEN 'critical'
            WHEN h.method = 'trust' AND h.type <> 'local' AND NOT coalesce(h.address IN ('127.0.0.1', '::1', 'localhost', 'samehost'), false) THEN 'critical'
            WHEN h.method = 'password' AND h.type IN ('host', 'hostnossl') THEN 'critical'
            ELSE 'warning' END,
        CASE WHEN h.error IS NOT NULL THEN h.error
            WHEN h.method = 'trust' THEN 'whoever reaches the server is who they say'
            WHEN h.method = 'password' THEN 'passwords travel in clear'
            WHEN h.method = 'md5' THEN 'md5 hashes are enough to log in; PostgreSQL 18 warns of them'
            WHEN h.method = 'ident' THEN 'the client''s machine says who the user is'
            ELSE 'a whole network without TLS being asked for' END,
        'edit pg_hba.conf; SELECT pg_reload_conf()'
    FROM hba AS h
    WHERE h.error IS NOT NULL OR h.method IN ('trust', 'password', 'md5', 'ident')
        OR (h.type IN ('host', 'hostnossl') AND h.method <> 'reject'
            AND (h.address IN ('all', 'samenet') OR h.netmask IN ('0.0.0.0', '::')))
    UNION ALL
    SELECT 'extension outdated', e.extname::text, 'warning',
        pg_catalog.format('version %s; the files here have %s', e.extversion, a.default_version),
        pg_catalog.format('ALTER EXTENSION %I UPDATE', e.extname)
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_available_extensions() AS a ON a.name = e.extname AND a.default_version <> e.extversion
    UNION ALL
    SELECT 'extension in public', e.extname::text, 'warning', 'its functions stand among everybody''s objects',
        pg_catalog.format('ALTER EXTENSION %I SET SCHEMA ...', e.extname)
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace AND n.nspname = 'public'
    -- One that cannot be moved is not its user's fault.
    WHERE e.extrelocatable
), unseen (check_name, reason) AS (
    SELECT 'session without TLS', 'other roles'' sessions are not visible: needs pg_read_all_stats, which is part of pg_monitor'
    FROM may AS m
    WHERE NOT m.see_sessions
    UNION ALL
    SELECT 'pg_hba.conf', 'needs GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules()'
    FROM may AS m
    WHERE NOT m.see_hba
    UNION ALL
    SELECT 'TLS', 'its settings are not visible: needs pg_read_all_settings, which is part of pg_monitor'
    FROM may AS m
    WHERE m.ssl IS NULL OR m.listens IS NULL
)
SELECT
    c.check_name,
    f.object,
    CASE WHEN u.check_name IS NOT NULL AND f.check_name IS NULL THEN 'not judged' ELSE coalesce(f.state, 'ok') END AS state,
    c.expected,
    CASE WHEN f.check_name IS NULL THEN u.reason ELSE f.reason END AS reason,
    f.remedy
FROM checks AS c
LEFT JOIN found AS f ON f.check_name = c.check_name
LEFT JOIN unseen AS u ON u.check_name = c.check_name
ORDER BY
    CASE WHEN f.state = 'critical' THEN 0 WHEN f.state = 'warning' THEN 1 WHEN u.check_name IS NOT NULL THEN 2 ELSE 3 END,
    c.place, f.object;

COMMENT ON VIEW architect.security_posture IS 'Who can do more than they should: one row per finding, or one that says that a check is clean or could not be judged';
COMMENT ON COLUMN architect.security_posture.check_name IS 'What is looked at';
COMMENT ON COLUMN architect.security_posture.object IS 'Where it was found; NULL when nothing was';
COMMENT ON COLUMN architect.security_posture.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.security_posture.expected IS 'What was expected';
COMMENT ON COLUMN architect.security_posture.reason IS 'What was found and why it matters, or what is needed to judge';
COMMENT ON COLUMN architect.security_posture.remedy IS 'The statement that mends it, or what to do';

GRANT SELECT ON architect.security_posture TO pg_monitor;
