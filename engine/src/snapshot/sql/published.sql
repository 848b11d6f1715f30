-- Tables that are published: by name, by schema, with everything; and with a partitioned table all its partitions, since the
-- replica identity counts where the row lies. $1: the tables, NULL for all.
WITH RECURSIVE direct AS (
    SELECT r.prpubid AS publication, r.prrelid AS relation
    FROM pg_catalog.pg_publication_rel AS r
    UNION
    SELECT n.pnpubid, c.oid
    FROM pg_catalog.pg_publication_namespace AS n
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.pnnspid AND c.relkind IN ('r', 'p')
    UNION
    SELECT p.oid, c.oid
    FROM pg_catalog.pg_publication AS p
    CROSS JOIN pg_catalog.pg_class AS c
    WHERE p.puballtables AND c.relkind = 'r' AND c.oid >= 16384
), member AS (
    SELECT d.publication, d.relation
    FROM direct AS d
    UNION
    SELECT m.publication, i.inhrelid
    FROM member AS m
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = m.relation
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT p.pubname, m.relation, p.pubupdate OR p.pubdelete AS needs_identity
FROM member AS m
JOIN pg_catalog.pg_publication AS p ON p.oid = m.publication
WHERE ($1::pg_catalog.oid[] IS NULL OR m.relation = ANY ($1))
