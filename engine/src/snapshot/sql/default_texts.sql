-- Defaults as SQL. One holds no reference to a column, so relation 0 does; a generation expression does, and needs the relation.
-- $1, $2, $3: the tables, the columns and whether they are generated (1) or not (0); $4: relations that are locked.
SELECT d.adrelid,
       d.adnum,
       CASE WHEN w.generated = 0 THEN pg_catalog.pg_get_expr(d.adbin, 0)
            WHEN NOT d.adrelid = ANY ($4) THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid)
            ELSE '' END AS default_value
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]),
                pg_catalog.unnest($3::pg_catalog.int4[])) AS w (relation, number, generated)
JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = w.relation AND d.adnum = w.number
