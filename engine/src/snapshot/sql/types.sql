-- The types of the columns, with what they stand on. $1, $2: the types and modifiers that are asked for.
WITH RECURSIVE asked AS (
    SELECT u.oid, u.modifier
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[])) AS u (oid, modifier)
),
-- From a domain to what it is made of, and from an array to its elements, down to the type at the bottom.
path (asked, oid, is_array, depth) AS (
    SELECT DISTINCT oid, oid, false, 0 FROM asked
    UNION ALL
    SELECT p.asked,
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
           p.is_array OR t.typtype <> 'd',
           p.depth + 1
    FROM path AS p
    JOIN pg_catalog.pg_type AS t ON t.oid = p.oid
    WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1
),
bottom AS (
    SELECT DISTINCT ON (asked) asked, oid, is_array FROM path ORDER BY asked, depth DESC
)
SELECT a.oid,
       a.modifier,
       pg_catalog.format_type(a.oid, a.modifier) AS name,
       b.oid AS base_oid,
       pg_catalog.format_type(b.oid, NULL) AS base,
       b.is_array,
       t.typtype = 'd' AS is_domain,
       EXISTS (SELECT FROM path AS p JOIN pg_catalog.pg_type AS d ON d.oid = p.oid
               WHERE p.asked = a.oid AND NOT p.is_array AND d.typtype = 'd' AND d.typnotnull) AS refuses_null,
       bt.typtype AS base_kind,
       bt.typcategory AS base_category
FROM asked AS a
JOIN bottom AS b ON b.asked = a.oid
JOIN pg_catalog.pg_type AS t ON t.oid = a.oid
JOIN pg_catalog.pg_type AS bt ON bt.oid = b.oid
