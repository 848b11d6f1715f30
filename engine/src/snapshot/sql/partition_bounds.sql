-- The bounds of range partitions as numbers that can be compared: seconds for keys of date and time, values for numeric ones.
-- $1: the partitions; $2, $3: the first value of their lower and upper bounds, as SQL. These are cast only where the key's type is
-- known to print what it reads.
WITH parsed AS MATERIALIZED (
    SELECT w.oid,
           p.partnatts = 1 AS single,
           COALESCE(NULLIF(k.typbasetype, 0), k.oid) AS key_type,
           ARRAY[w.lower, w.upper] AS ends
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) AS w (oid, lower, upper)
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = w.oid
    JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = i.inhparent
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.attnum > 0
    LEFT JOIN pg_catalog.pg_type AS k ON k.oid = a.atttypid
    WHERE p.partstrat = 'r'
),
ranged AS MATERIALIZED (
    SELECT parsed.*,
           NULLIF(NULLIF(pg_catalog.btrim(ends[1], ''''), 'MINVALUE'), 'MAXVALUE') AS low,
           NULLIF(NULLIF(pg_catalog.btrim(ends[2], ''''), 'MINVALUE'), 'MAXVALUE') AS high
    FROM parsed
)
SELECT oid,
       single,
       ends[1] AS lower_sql,
       ends[2] AS upper_sql,
       CASE WHEN ends[1] = 'MINVALUE' THEN '-Infinity'
            WHEN ends[1] = 'MAXVALUE' THEN 'Infinity'
            WHEN key_type = 1184 THEN EXTRACT(epoch FROM low::pg_catalog.timestamptz)::pg_catalog.float8
            WHEN key_type IN (1082, 1114) THEN EXTRACT(epoch FROM low::pg_catalog.timestamp)::pg_catalog.float8
            WHEN key_type IN (20, 21, 23, 1700) THEN low::pg_catalog.float8
       END AS lower,
       CASE WHEN ends[2] = 'MINVALUE' THEN '-Infinity'
            WHEN ends[2] = 'MAXVALUE' THEN 'Infinity'
            WHEN key_type = 1184 THEN EXTRACT(epoch FROM high::pg_catalog.timestamptz)::pg_catalog.float8
            WHEN key_type IN (1082, 1114) THEN EXTRACT(epoch FROM high::pg_catalog.timestamp)::pg_catalog.float8
            WHEN key_type IN (20, 21, 23, 1700) THEN high::pg_catalog.float8
       END AS upper,
       -- Now, on the clock of the key: a timestamp without time zone is read as the session's.
       CASE WHEN key_type = 1184 THEN EXTRACT(epoch FROM pg_catalog.now())::pg_catalog.float8
            WHEN key_type IN (1082, 1114) THEN EXTRACT(epoch FROM LOCALTIMESTAMP)::pg_catalog.float8
       END AS clock,
       -- Where the next partition of the same length would end: by the calendar, so that a month follows a month.
       CASE WHEN low IS NULL OR high IS NULL OR low LIKE '%infinity' OR high LIKE '%infinity' THEN NULL
            WHEN key_type = 1184 THEN
                (high::pg_catalog.timestamptz + pg_catalog.age(high::pg_catalog.timestamptz, low::pg_catalog.timestamptz))::pg_catalog.text
            WHEN key_type = 1114 THEN
                (high::pg_catalog.timestamp + pg_catalog.age(high::pg_catalog.timestamp, low::pg_catalog.timestamp))::pg_catalog.text
            WHEN key_type = 1082 THEN
                (high::pg_catalog.timestamp + pg_catalog.age(high::pg_catalog.timestamp, low::pg_catalog.timestamp))::pg_catalog.date::pg_catalog.text
       END AS next_upper
FROM ranged
