-- Values are those of the server: where this session has its own (from its role, its database or SET) the server's value cannot be
-- seen from here, and is not judged. RAM, cores and disks cannot be seen in SQL: the operator states them once, as architect.server_*.
CREATE VIEW architect.settings_advice WITH (security_invoker = true) AS
WITH stated AS MATERIALIZED (
    -- While the library is not loaded anything can stand in these, so they are read with care.
    SELECT
        CASE WHEN s.memory ~* '^\s*\d{1,9}(\.\d{1,3})?\s*[kMGT]B\s*$' THEN nullif(pg_catalog.pg_size_bytes(s.memory), 0)::numeric END AS ram,
        CASE WHEN s.cores ~ '^\s*\d{1,6}\s*$' THEN nullif(s.cores::integer, 0) END AS cores,
        CASE WHEN s.spindles ~ '^\s*\d{1,6}\s*$' THEN s.spindles::integer END AS spindles,
        pg_catalog.format('state the server''s memory: LOAD ''pg_architect''; ALTER SYSTEM SET architect.server_memory = ''16GB''; SELECT pg_reload_conf()%s',
            CASE WHEN s.memory <> '' THEN pg_catalog.format(' (%L is not understood)', s.memory) END) AS ram_unknown,
        'state the server''s cores and disks (an SSD counts as one): LOAD ''pg_architect''; ALTER SYSTEM SET architect.server_cores = ''4''; '
            'ALTER SYSTEM SET architect.server_spindles = ''1''; SELECT pg_reload_conf()' AS cores_unknown
    FROM (
        SELECT
            pg_catalog.current_setting('architect.server_memory', true) AS memory,
            pg_catalog.current_setting('architect.server_cores', true) AS cores,
            pg_catalog.current_setting('architect.server_spindles', true) AS spindles
    ) AS s
), g AS MATERIALIZED (
    SELECT
        s.name, s.setting, s.unit, s.boot_val, s.source, s.context, s.vartype, s.pending_restart,
        s.source NOT IN ('database', 'user', 'database user', 'client', 'session', 'interactive', 'test') AS of_server,
        pg_catalog.current_setting(s.name) AS shown,
        CASE WHEN s.vartype IN ('integer', 'real') AND s.unit ~ '^\d*[kMGT]?B$' THEN
            s.setting::numeric * CASE WHEN s.unit = 'B' THEN 1
                ELSE pg_catalog.pg_size_bytes(CASE WHEN s.unit ~ '^\d' THEN s.unit ELSE '1' || s.unit END) END
        END AS bytes,
        CASE WHEN s.vartype IN ('integer', 'real') THEN s.setting::numeric END AS number
    FROM pg_catalog.pg_settings AS s
    WHERE s.name NOT LIKE '%.%'
), n AS MATERIALIZED (
    SELECT
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'max_connections') AS connections,
        pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'shared_buffers') AS shared_buffers,
        pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'work_mem' AND g.of_server) AS work_mem,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'hash_mem_multiplier' AND g.of_server) AS hash_factor,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'autovacuum_max_workers') AS workers,
        -- -1 means maintenance_work_mem.
        coalesce(pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'autovacuum_work_mem' AND g.number >= 0),
            pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'maintenance_work_mem' AND g.of_server)) AS worker_mem,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'seq_page_cost' AND g.of_server) AS seq_page_cost,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'shared_preload_libraries') AS preloaded
    FROM g
), budget AS MATERIALIZED (
    SELECT
        n.*, s.*,
        coalesce(pg_catalog.pg_size_pretty(s.ram), 'memory') AS ram_text,
        s.cores * 2 + s.spindles AS pool,
        n.connections * n.work_mem * n.hash_factor + n.workers * n.worker_mem + n.shared_buffers AS total,
        pg_catalog.format('max_connections %s x work_mem %s x hash_mem_multiplier %s + autovacuum_max_workers %s x %s + shared_buffers %s = %s',
            n.connections, pg_catalog.pg_size_pretty(n.work_mem), pg_catalog.trim_scale(pg_catalog.round(n.hash_factor, 2)), n.workers,
            pg_catalog.pg_size_pretty(n.worker_mem), pg_catalog.pg_size_pretty(n.shared_buffers),
            pg_catalog.pg_size_pretty(pg_catalog.round(n.connections * n.work_mem * n.hash_factor + n.workers * n.worker_mem + n.shared_buffers))
        ) AS total_formula
    FROM n, stated AS s
), simple AS (
    -- What needs nothing but the value itself: the wrong values, and why.
    SELECT w.*
    FROM (VALUES
        ('durability', 'fsync', 'on', '{off}', 'critical', 'a crash of the machine destroys the data'),
        ('durability', 'full_page_writes', 'on', '{off}', 'critical', 'a crash in the middle of writing a page destroys it'),
        ('durability', 'synchronous_commit', 'on', '{off}', 'warning', 'a crash loses transactions that were reported as committed'),
        ('durability', 'data_checksums', 'on', '{off}', 'warning', 'damage of the disk goes unnoticed until it is read; pg_checksums --enable on a stopped server'),
        ('durability', 'wal_level', 'replica', '{minimal}', 'warning', 'no standby, no WAL archive, no recovery to a point in time'),
        ('durability', 'zero_damaged_pages', 'off', '{on}', 'critical', 'damaged pages are emptied without asking'),
        ('durability', 'ignore_checksum_failure', 'off', '{on}', 'critical', 'damage is read as if it were data'),
        ('durability', 'ignore_system_indexes', 'off', '{on}', 'critical', 'for repair only'),
        ('durability', 'allow_system_table_mods', 'off', '{on}', 'critical', 'the catalogs can be destroyed by a statement'),
        ('durability', 'session_replication_role', 'origin', '{replica,local}', 'critical', 'foreign keys and triggers do not work'),
        ('vacuum', 'autovacuum', 'on', '{off}', 'critical', 'tables bloat, statistics age, and transaction ids run out'),
        ('vacuum', 'track_counts', 'on', '{off}', 'critical', 'autovacuum sees no work without counters'),
        ('observation', 'track_activities', 'on', '{off}', 'warning', 'nobody sees what sessions do')
    ) AS w (category, name, recommended, wrong, state, why)
), hazard AS (
    -- What must not stand in an override: the value as a pattern, since PostgreSQL keeps it as it was written.
    SELECT z.*
    FROM (VALUES
        ('session\_replication\_role', '^(replica|local)$', 'critical', 'foreign keys and triggers do not work in its sessions'),
        ('zero\_damaged\_pages', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'damaged pages are emptied without asking'),
        ('ignore\_checksum\_failure', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'damage is read as if it were data'),
        ('allow\_system\_table\_mods', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'the catalogs can be destroyed by a statement'),
        ('synchronous\_commit', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a crash loses transactions that were reported as committed'),
        ('row\_security', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a query that a policy would filter fails instead'),
        ('track\_activities', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'nobody sees what its sessions do'),
        ('track\_counts', '^(off?|fa?l?s?e?|no?|0)$', 'critical', 'what its sessions change is not counted, and not vacuumed'),
        ('enable\_%', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a kind of plan is forbidden: it outlives the problem that it was set for')
    ) AS z (name, wrong, state, why)
), override AS MATERIALIZED (
    SELECT
        CASE WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'all roles'
            ELSE pg_catalog.concat_ws(' in ', 'role ' || coalesce(r.rolname::text, CASE WHEN s.setrole <> 0 THEN s.setrole::text END),
                'database ' || coalesce(d.datname::text, CASE WHEN s.setdatabase <> 0 THEN s.setdatabase::text END)) END AS scope,
        s.setrole, s.setdatabase, d.datname::text AS datname, r.rolconnlimit, r.rolname::text AS rolname,
        pg_catalog.lower(pg_catalog.split_part(c.entry, '=', 1)) AS name,
        pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting AS s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
), override_judged AS (
    SELECT
        o.*,
        -- Memory as PostgreSQL reads it: without a unit it is in the setting's own.
        CASE WHEN o.name = 'work_mem' AND o.value ~* '^\s*\d{1,12}\s*([kMGT]?B)?\s*$' THEN
            pg_catalog.pg_size_bytes(CASE WHEN o.value ~* '[kMGT]B' THEN o.value
                WHEN o.value ~* 'B' THEN pg_catalog.regexp_replace(o.value, '[^0-9]', '', 'g') ELSE o.value || 'kB' END)::numeric END AS bytes,
        (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(ns.nspname), ', ')
            FROM pg_catalog.pg_namespace AS ns
            CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(ns.nspacl, pg_catalog.acldefault('n', ns.nspowner))) AS a
            WHERE o.name = 'search_path' AND a.grantee = 0 AND a.privilege_type = 'CREATE'
                AND (o.datname IS NULL OR o.datname = pg_catalog.current_database())
                AND ns.nspname = ANY (
                    SELECT pg_catalog.btrim(p.part, ' "') FROM pg_catalog.unnest(pg_catalog.string_to_array(o.value, ',')) AS p (part)
                )
        ) AS open_schemas
    FROM override AS o
), login AS (
    SELECT r.oid, r.rolname::text AS rolname FROM pg_catalog.pg_roles AS r WHERE r.rolcanlogin AND NOT r.rolsuper
), timeout AS (
    -- As in process_settings(): role in database, role, database, all roles; then the server.
    SELECT DISTINCT ON (l.oid, t.name)
        l.rolname, t.name, t.must,
        CASE WHEN o.name IS NOT NULL THEN o.value WHEN g.of_server THEN g.setting END AS value,
        CASE WHEN o.name IS NOT NULL THEN o.scope WHEN g.of_server THEN 'server' END AS origin
    FROM login AS l
    CROSS JOIN (VALUES
        ('idle_in_transaction_session_timeout', true), ('statement_timeout', true), ('lock_timeout', false),
        ('transaction_timeout', false), ('idle_session_timeout', false)
    ) AS t (name, must)
    JOIN g ON g.name = t.name
    LEFT JOIN override AS o ON o.name = t.name AND o.setrole IN (0, l.oid)
        AND (o.setdatabase = 0 OR o.datname = pg_catalog.current_database())
    ORDER BY l.oid, t.name, o.setrole <> 0 AND o.setdatabase <> 0 DESC NULLS LAST, o.setrole <> 0 DESC NULLS LAST, o.setdatabase <> 0 DESC NULLS LAST
), row_of AS (
    SELECT 1 AS place, 'memory' AS category, 'shared_buffers' AS setting, 'server' AS scope,
        pg_catalog.pg_size_pretty(b.shared_buffers) AS value, pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.25)) AS recommended,
        pg_catalog.format('25 %% of %s', b.ram_text) AS formula,
        CASE WHEN b.ram IS NULL THEN 'not judged' WHEN b.shared_buffers BETWEEN 0.15 * b.ram AND 0.4 * b.ram THEN 'ok' ELSE 'warning' END AS state,
        'warning outside 15 to 40 % of memory' AS threshold,
        CASE WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE pg_catalog.format('%s %% of memory; a change needs a restart', pg_catalog.round(100 * b.shared_buffers / b.ram, 1)) END AS reason,
        pg_catalog.format('ALTER SYSTEM SET shared_buffers = ''%sMB''', pg_catalog.round(b.ram * 0.25 / 1048576)) AS remedy
    FROM budget AS b
    UNION ALL
    SELECT 1, 'memory', 'effective_cache_size', 'server', g.shown, pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.75)),
        pg_catalog.format('75 %% of %s', b.ram_text),
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.bytes < b.shared_buffers THEN 'warning' WHEN b.ram IS NULL THEN 'not judged'
            WHEN g.bytes BETWEEN 0.5 * b.ram AND 0.9 * b.ram THEN 'ok' ELSE 'warning' END,
        'warning outside 50 to 90 % of memory, or below shared_buffers',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source
            WHEN g.bytes < b.shared_buffers THEN 'below shared_buffers, which are a part of the cache'
            WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE pg_catalog.format('%s %% of memory; it allocates nothing, the planner counts on it', pg_catalog.round(100 * g.bytes / b.ram, 1)) END,
        pg_catalog.format('ALTER SYSTEM SET effective_cache_size = ''%sMB''',
            pg_catalog.round(coalesce(b.ram * 0.75, b.shared_buffers * 3) / 1048576))
    FROM budget AS b, g
    WHERE g.name = 'effective_cache_size'
    UNION ALL
    SELECT 1, 'memory', 'work_mem', 'server', g.shown, '4 MB to 16 MB', b.total_formula,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.bytes < 4194304 THEN 'warning' WHEN g.bytes <= 16777216 THEN 'ok'
            WHEN b.ram IS NULL OR b.total IS NULL THEN 'not judged' WHEN b.total > 0.8 * b.ram THEN 'warning' ELSE 'ok' END,
        'warning below 4 MB, or above 16 MB when the memory budget does not hold it',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source
            WHEN g.bytes < 4194304 THEN 'sorts and hashes spill to disk early'
            WHEN g.bytes > 16777216 AND (b.ram IS NULL OR b.total IS NULL) THEN b.ram_unknown
            ELSE 'for each sort and hash of each query; more for single roles, by ALTER ROLE' END,
        'ALTER SYSTEM SET work_mem = ''4MB'''
    FROM budget AS b, g
    WHERE g.name = 'work_mem'
    UNION ALL
    SELECT 1, 'memory', 'maintenance_work_mem', 'server', g.shown, pg_catalog.pg_size_pretty(pg_catalog.round(least(268435456, b.ram / 16))),
        pg_catalog.format('256 MB, or a sixteenth of %s when that is less', b.ram_text),
        CASE WHEN NOT g.of_server OR b.ram IS NULL THEN 'not judged' WHEN g.bytes < least(268435456, b.ram / 16) THEN 'warning' ELSE 'ok' END,
        'warning below the recommended value',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE 'for VACUUM and for building indexes; each autovacuum worker takes as much unless autovacuum_work_mem says less' END,
        pg_catalog.format('ALTER SYSTEM SET maintenance_work_mem = ''%sMB''', pg_catalog.round(least(268435456, b.ram / 16) / 1048576))
    FROM budget AS b, g
    WHERE g.name = 'maintenance_work_mem'
    UNION ALL
    SELECT 1, 'memory', 'memory budget', 'server', pg_catalog.pg_size_pretty(pg_catalog.round(b.total)),
        'at most ' || pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.8)), b.total_formula,
        CASE WHEN b.ram IS NULL OR b.total IS NULL THEN 'not judged' WHEN b.total > b.ram THEN 'critical' WHEN b.total > 0.8 * b.ram THEN 'warning'
            ELSE 'ok' END,
        'warning above 80 %, critical above 100 % of memory',
        CASE WHEN b.ram IS NULL THEN b.ram_unknown WHEN b.total IS NULL THEN 'this session has its own value of one of them'
            ELSE pg_catalog.format('%s %% of %s if every session hashes once at a time; a query can do it several times',
                pg_catalog.round(100 * b.total / b.ram), pg_catalog.pg_size_pretty(b.ram)) END,
        'fewer max_connections behind a pooler, or less work_mem with more for single roles'
    FROM budget AS b
    UNION ALL
    SELECT 2, 'connections', 'pool size', 'server', pg_catalog.format('max_connections %s', b.connections),
        b.pool || ' connections',
        CASE WHEN b.pool IS NULL THEN 'cores x 2 + spindles' ELSE pg_catalog.format('cores %s x 2 + spindles %s = %s', b.cores, b.spindles, b.pool) END,
        CASE WHEN b.pool IS NULL THEN 'not judged' WHEN b.connections < b.pool THEN 'warning' ELSE 'ok' END,
        'warning when max_connections is below it',
        CASE WHEN b.pool IS NULL THEN b.cores_unknown
            ELSE 'where to start with the sum of all pools: connections that work at the same time; the pools themselves are not visible here' END,
        'ALTER SYSTEM SET max_connections'
    FROM budget AS b
    UNION ALL
    SELECT 2, 'connections', 'max_connections', 'server', g.shown, 'at most 500', NULL, CASE WHEN g.number > 500 THEN 'warning' ELSE 'ok' END,
        'warning above 500', CASE WHEN g.number > 500 THEN 'each slot costs memory, and snapshots take longer: a pooler does it with fewer'
            ELSE 'a standby needs at least as many' END,
        'a pooler in transaction mode, then ALTER SYSTEM SET max_connections'
    FROM g WHERE g.name = 'max_connections'
    UNION ALL
    SELECT 3, w.category, w.name, 'server', g.shown, w.recommended, NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.setting = ANY (w.wrong::text[]) THEN w.state ELSE 'ok' END,
        pg_catalog.format('%s when %s', w.state, pg_catalog.array_to_string(w.wrong::text[], ' or ')),
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN g.setting = ANY (w.wrong::text[]) THEN w.why END,
        CASE WHEN g.context <> 'internal' THEN pg_catalog.format('ALTER SYSTEM SET %I = %L', w.name, w.recommended) END
    FROM simple AS w
    JOIN g ON g.name = w.name
    UNION ALL
    SELECT 4, 'planner', g.name, 'server', g.shown, 'on', NULL, CASE WHEN g.of_server THEN 'warning' ELSE 'not judged' END, 'warning when off',
        CASE WHEN g.of_server THEN 'a kind of plan is forbidden for everybody; it is meant for tests'
            ELSE 'this session has its own value, from: ' || g.source END,
        pg_catalog.format('ALTER SYSTEM RESET %I', g.name)
    -- Those that are off by default are meant to be.
    FROM g WHERE g.name LIKE 'enable\_%' AND g.boot_val = 'on' AND g.setting = 'off'
    UNION ALL
    SELECT 4, 'planner', 'enable_*', 'server', 'on', 'on', NULL, 'ok', 'warning when off', 'every kind of plan is allowed', NULL
    WHERE NOT EXISTS (SELECT FROM g WHERE g.name LIKE 'enable\_%' AND g.boot_val = 'on' AND g.setting = 'off')
    UNION ALL
    SELECT 4, 'planner', 'random_page_cost', 'server', g.shown, '1.1 on SSD, 4 on rotating disks', NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.number < n.seq_page_cost THEN 'warning' ELSE 'not judged' END,
        'warning below seq_page_cost',
        CASE WHEN g.of_server AND g.number < n.seq_page_cost THEN 'a random page cannot be cheaper than the next one'
            ELSE 'the kind of disk cannot be seen in SQL' END,
        'ALTER SYSTEM SET random_page_cost = 1.1'
    FROM g, n WHERE g.name = 'random_page_cost'
    UNION ALL
    SELECT 5, 'checkpoints', g.name, 'server', g.shown, r.recommended, NULL, CASE WHEN g.number < r.least THEN 'warning' ELSE 'ok' END,
        'warning below ' || r.lowest, CASE WHEN g.number < r.least THEN r.why END,
        pg_catalog.format('ALTER SYSTEM SET %I = %L', g.name, r.recommended)
    FROM (VALUES
        ('checkpoint_timeout', 300, '5min', '5min', 'frequent checkpoints write full pages again and again'),
        ('checkpoint_completion_target', 0.8, '0.8', '0.9', 'checkpoints write in bursts')
    ) AS r (name, least, lowest, recommended, why)
    JOIN g ON g.name = r.name
    UNION ALL
    SELECT 6, 'observation', 'log_min_duration_statement', 'server', g.shown, '1s', NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.number >= 0 THEN 'ok' WHEN n.preloaded IS NULL THEN 'not judged'
            WHEN n.preloaded ~ 'pg_stat_statements' THEN 'ok' ELSE 'warning' END,
        'warning when -1 without pg_stat_statements',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN g.number >= 0 THEN 'slow statements are logged'
            WHEN n.preloaded IS NULL THEN 'shared_preload_libraries is not visible: needs pg_read_all_settings, which is part of pg_monitor'
            WHEN n.preloaded ~ 'pg_stat_statements' THEN 'pg_stat_statements counts them' ELSE 'slow statements leave no trace' END,
        'ALTER SYSTEM SET log_min_duration_statement = ''1s'''
    FROM g, n WHERE g.name = 'log_min_duration_statement'
    UNION ALL
    SELECT 6, 'observation', 'track_io_timing', 'server', g.shown, 'on', NULL, 'ok', NULL,
        CASE WHEN g.setting = 'off' THEN 'off: no times of reading and writing; look at pg_test_timing before it is set' END, NULL
    FROM g WHERE g.name = 'track_io_timing'
    UNION ALL
    SELECT 7, 'restart', g.name, 'server', g.shown, NULL, NULL, 'warning', 'warning while the files say something else',
        'the configuration files have another value, which comes with the next restart', 'restart the server, at a time that you choose'
    FROM g WHERE g.pending_restart
    UNION ALL
    SELECT 7, 'restart', 'pending_restart', 'server', 'none', NULL, NULL, 'ok', NULL, 'no setting waits for a restart', NULL
    WHERE NOT EXISTS (SELECT FROM g WHERE g.pending_restart)
    UNION ALL
    SELECT 8, 'timeouts', t.name, pg_catalog.format('role %s', pg_catalog.string_agg(t.rolname, ', ' ORDER BY t.rolname)),
        CASE WHEN t.value ~ '^\s*\d+\s*$' THEN t.value || ' ms' ELSE t.value END,
        CASE WHEN t.must THEN 'above 0' END, 'role in database > role > database > all roles > server',
        CASE WHEN t.origin IS NULL THEN 'not judged' WHEN t.must AND t.value ~ '^\s*0+(\.0*)?\s*[a-z]*\s*$' THEN 'warning' ELSE 'ok' END,
        CASE WHEN t.must THEN 'warning when 0' END,
        CASE WHEN t.origin IS NULL THEN 'this session has its own value, so that of the server is not visible'
            ELSE pg_catalog.format('from: %s%s', t.origin, CASE WHEN t.value ~ '^\s*0+(\.0*)?\s*[a-z]*\s*$' THEN '; 0 means no limit' END) END,
        CASE WHEN t.must THEN pg_catalog.format('ALTER ROLE ... SET %s = %L', t.name,
            CASE t.name WHEN 'statement_timeout' THEN '30s' ELSE '5min' END) END
    FROM timeout AS t
    GROUP BY t.name, t.value, t.origin, t.must
    UNION ALL
    SELECT 9, 'overrides', o.name, o.scope, o.value, NULL,
        CASE WHEN o.name = 'work_mem' THEN pg_catalog.format('%s sessions x %s x hash_mem_multiplier %s = %s',
            coalesce(nullif(o.rolconnlimit, -1), b.connections), pg_catalog.pg_size_pretty(o.bytes), pg_catalog.trim_scale(pg_catalog.round(b.hash_factor, 2)),
            pg_catalog.pg_size_pretty(pg_catalog.round(coalesce(nullif(o.rolconnlimit, -1), b.connections) * o.bytes * b.hash_factor))) END,
        CASE
            WHEN z.state IS NOT NULL THEN z.state
            WHEN o.name = 'search_path' AND (o.open_schemas IS NOT NULL OR o.value ~ '^\s*"?pg_temp"?\s*(,|$)') THEN 'warning'
            WHEN o.name = 'work_mem' AND b.ram IS NULL THEN 'not judged'
            WHEN o.name = 'work_mem' AND coalesce(nullif(o.rolconnlimit, -1), b.connections) * o.bytes * b.hash_factor > b.ram - b.shared_buffers
                THEN 'warning'
            ELSE 'ok'
        END,
        CASE WHEN o.name = 'work_mem' THEN 'warning when it can take more than memory less shared_buffers' END,
        CASE
            WHEN z.state IS NOT NULL THEN z.why
            WHEN o.name = 'search_path' AND o.open_schemas IS NOT NULL
                THEN pg_catalog.format('PUBLIC may create objects in %s: anybody''s function can take the place of another', o.open_schemas)
            WHEN o.name = 'search_path' AND o.value ~ '^\s*"?pg_temp"?\s*(,|$)' THEN 'pg_temp comes first: a temporary table hides the real one'
            WHEN o.name = 'work_mem' AND b.ram IS NULL THEN b.ram_unknown
            WHEN g.name IS NOT NULL AND g.of_server THEN pg_catalog.format('the server has %s', g.shown)
        END,
        CASE WHEN o.rolname IS NOT NULL AND o.datname IS NULL THEN pg_catalog.format('ALTER ROLE %I RESET %I', o.rolname, o.name)
            WHEN o.rolname IS NULL AND o.datname IS NOT NULL THEN pg_catalog.format('ALTER DATABASE %I RESET %I', o.datname, o.name)
            WHEN o.rolname IS NOT NULL THEN pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET %I', o.rolname, o.datname, o.name)
            ELSE pg_catalog.format('ALTER ROLE ALL RESET %I', o.name) END
    FROM override_judged AS o
    CROSS JOIN budget AS b
    LEFT JOIN g ON g.name = o.name
    LEFT JOIN hazard AS z ON o.name LIKE z.name AND pg_catalog.lower(o.value) ~ z.wrong
)
SELECT
    r.category, r.setting, r.scope, r.value, r.recommended, r.formula, r.state, r.threshold, r.reason,
    CASE WHEN r.state IN ('warning', 'critical') THEN r.remedy END AS remedy
FROM row_of AS r
ORDER BY CASE r.state WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'not judged' THEN 2 ELSE 3 END, r.place, r.setting, r.scope;

COMMENT ON VIEW architect.settings_advice IS 'Settings of the server, of roles and of databases, with the arithmetic behind each verdict';
COMMENT ON COLUMN architect.settings_advice.category IS 'memory, connections, durability, vacuum, planner, checkpoints, observation, restart, timeouts or overrides';
COMMENT ON COLUMN architect.settings_advice.setting IS 'Name of the setting, or of what is computed from several';
COMMENT ON COLUMN architect.settings_advice.scope IS 'server, or the roles and the database for which the value holds';
COMMENT ON COLUMN architect.settings_advice.value IS 'Value in force there, with its unit';
COMMENT ON COLUMN architect.settings_advice.recommended IS 'Value that is recommended, with its unit; computed where formula says how';
COMMENT ON COLUMN architect.settings_advice.formula IS 'The arithmetic, with the numbers of this server';
COMMENT ON COLUMN architect.settings_advice.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.settings_advice.threshold IS 'What the value was compared with';
COMMENT ON COLUMN architect.settings_advice.reason IS 'Why it matters, or what must be stated or granted before it can be judged';
COMMENT ON COLUMN architect.settings_advice.remedy IS 'The statement that changes it, or what to do; ALTER SYSTEM needs a reload or restart after it';

GRANT SELECT ON architect.settings_advice TO pg_monitor;
