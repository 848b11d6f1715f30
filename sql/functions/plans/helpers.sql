-- What the plans share. None of them takes a lock on a relation.

-- All below a partitioned table, in the order of their names. Not pg_partition_tree(): that takes locks, and waits for them.
CREATE FUNCTION architect.plan_partitions(relation regclass, OUT relid oid, OUT isleaf boolean) RETURNS SETOF record
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE below AS (
    SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = relation AND c.relispartition
    UNION ALL
    SELECT i.inhrelid FROM below AS b JOIN pg_inherits AS i ON i.inhparent = b.inhrelid
)
SELECT c.oid, c.relkind <> 'p' FROM below AS b JOIN pg_class AS c ON c.oid = b.inhrelid ORDER BY c.relname, c.oid
$$;

COMMENT ON FUNCTION architect.plan_partitions(regclass) IS 'For the plans: the partitions below a table, of all levels';

CREATE FUNCTION architect.plan_heirs(relation regclass) RETURNS SETOF oid
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE below AS (
    SELECT inhrelid FROM pg_inherits WHERE inhparent = relation
    UNION
    SELECT i.inhrelid FROM below AS b JOIN pg_inherits AS i ON i.inhparent = b.inhrelid
)
SELECT inhrelid FROM below ORDER BY inhrelid
$$;

COMMENT ON FUNCTION architect.plan_heirs(regclass) IS 'For the plans: the partitions and the tables that inherit from a table, of all levels';

CREATE FUNCTION architect.plan_table(
    relation regclass,
    OUT schema_name text,
    OUT table_name text,
    OUT sql_name text,
    OUT partitioned boolean,
    OUT with_partitions text
)
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_kind "char";
    children bigint;
    what text;
BEGIN
    SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), c.relkind
      INTO schema_name, table_name, sql_name, found_kind
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('relation with OID %s does not exist', relation::oid);
    END IF;
    IF found_kind NOT IN ('r', 'p') THEN
        what := CASE found_kind
            WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'i' THEN 'an index' WHEN 'I' THEN 'a partitioned index'
            WHEN 'S' THEN 'a sequence' WHEN 'f' THEN 'a foreign table' WHEN 'c' THEN 'a composite type' WHEN 't' THEN 'a TOAST table'
            ELSE 'something else' END;
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is not a table', sql_name),
            DETAIL = format('It is %s.', what),
            HINT = 'A plan needs an ordinary or a partitioned table.';
    END IF;
    IF schema_name IN ('pg_catalog', 'information_schema', 'architect') OR schema_name ~ '^pg_(toast|temp_)' THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is not a table that has plans', sql_name),
            DETAIL = 'Temporary tables, those of the system and those of the extension are left alone.';
    END IF;
    partitioned := found_kind = 'p';
    with_partitions := sql_name;
    IF partitioned THEN
        SELECT count(*) INTO children FROM architect.plan_partitions(relation);
        IF children > 0 THEN
            with_partitions := format('%s and its %s partition%s', sql_name, children, CASE WHEN children = 1 THEN '' ELSE 's' END);
        END IF;
    END IF;
END
$$;

COMMENT ON FUNCTION architect.plan_table(regclass) IS 'For the plans: the names of a table, and an error that says so where it is none';

CREATE FUNCTION architect.plan_column(relation regclass, column_name name) RETURNS smallint
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    number smallint;
BEGIN
    SELECT attnum INTO number
      FROM pg_attribute
     WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('column %I of %s does not exist', column_name, (architect.plan_table(relation)).sql_name),
            DETAIL = (SELECT 'The table has ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || '.'
                        FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    END IF;
    RETURN number;
END
$$;

COMMENT ON FUNCTION architect.plan_column(regclass, name) IS 'For the plans: the number of a column, and an error where it is not there';

CREATE FUNCTION architect.plan_name(relation regclass, base text, suffix text, planned text[] DEFAULT '{}') RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    space oid := (SELECT relnamespace FROM pg_class WHERE oid = relation);
    -- What the table gets its partitions get too, and all that inherit from it.
    members oid[] := relation::oid || ARRAY(SELECT architect.plan_heirs(relation));
    number integer := 0;
    tail text;
    name_ text;
BEGIN
    LOOP
        tail := suffix || CASE number WHEN 0 THEN '' ELSE number::text END;
        name_ := base;
        -- Names hold 63 bytes; the base is cut, never the suffix.
        WHILE octet_length(name_) + octet_length(tail) > 63 LOOP
            name_ := left(name_, -1);
        END LOOP;
        name_ := name_ || tail;
        EXIT WHEN name_ <> ALL (planned)
              AND NOT EXISTS (SELECT FROM pg_class WHERE relname = name_ AND relnamespace = space)
              AND NOT EXISTS (SELECT FROM pg_type WHERE typname = name_ AND typnamespace = space)
              AND NOT EXISTS (SELECT FROM pg_proc WHERE proname = name_ AND pronamespace = space)
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = name_ AND conrelid = ANY (members))
              AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = name_ AND tgrelid = ANY (members))
              AND NOT EXISTS (SELECT FROM pg_attribute WHERE attname = name_ AND attrelid = ANY (members));
        number := number + 1;
    END LOOP;
    RETURN name_;
END
$$;

COMMENT ON FUNCTION architect.plan_name(regclass, text, text, text[]) IS 'For the plans: a name of at most 63 bytes that is free on the table, on all that inherit from it, in its schema and among the names planned already';

CREATE FUNCTION architect.plan_columns(relation regclass, numbers smallint[]) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.place)
  FROM unnest(numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
$$;

COMMENT ON FUNCTION architect.plan_columns(regclass, smallint[]) IS 'For the plans: columns by their numbers, quoted, with commas between';

-- The primary key, else the narrowest unique index that no row escapes. The order is that of the index itself: its operators are named
-- with their schema, because the same name may mean another operator in another search_path (citext, for one).
CREATE FUNCTION architect.plan_key(
    relation regclass,
    OUT column_names text[],
    OUT type_names text[],
    OUT less text[],
    OUT less_equal text[],
    OUT greater text[],
    OUT equal text[]
)
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT array_agg(a.attname::text ORDER BY k.place),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.place),
       array_agg(o.less ORDER BY k.place),
       array_agg(o.less_equal ORDER BY k.place),
       array_agg(o.greater ORDER BY k.place),
       array_agg(o.equal ORDER BY k.place)
  FROM (SELECT i.*
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
         WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
           AND m.amname = 'btree'
           AND (SELECT bool_and(option = 0) FROM unnest(i.indoption) AS option)
           AND NOT EXISTS (SELECT FROM pg_attribute AS a
                            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
                              AND (NOT a.attnotnull
                                   -- An heir may drop NOT NULL, or never have got it (18: NO INHERIT); a walk would pass its NULLs over.
                                   OR EXISTS (SELECT FROM architect.plan_heirs(relation) AS h JOIN pg_attribute AS b ON b.attrelid = h
                                               WHERE b.attname = a.attname AND b.attnum > 0 AND NOT b.attnotnull)))
         ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
         LIMIT 1) AS i
 CROSS JOIN LATERAL (SELECT number, place FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (number, place)) AS k
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
 CROSS JOIN LATERAL (
       SELECT max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 1) AS less,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 2) AS less_equal,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 3) AS equal,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 5) AS greater
         FROM pg_amop AS am JOIN pg_operator AS p ON p.oid = am.amopopr JOIN pg_namespace AS n ON n.oid = p.oprnamespace
        WHERE am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype) AS o
$$;

COMMENT ON FUNCTION architect.plan_key(regclass) IS 'For the plans: the columns of the key along which a table can be walked, their types and the operators of its order; null where there is none';

-- Where a batch ends, as a condition on the key's columns: side is > (after the values) or <= (up to them).
CREATE FUNCTION architect.plan_key_condition(relation regclass, side text, key_values text[]) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    key record := architect.plan_key(relation);
    operators text[] := CASE side WHEN '>' THEN key.greater ELSE key.less_equal END;
    columns_ text[] := ARRAY(SELECT quote_ident(c) FROM unnest(key.column_names) WITH ORDINALITY AS u (c, place) ORDER BY place);
    casts text[] := ARRAY(SELECT format('CAST(%L AS %s)', v, t)
                            FROM unnest(key_values, key.type_names) WITH ORDINALITY AS u (v, t, place) ORDER BY place);
    condition text;
BEGIN
    IF cardinality(columns_) = 1 THEN
        RETURN format('%s %s %s', columns_[1], operators[1], casts[1]);
    END IF;
    IF (SELECT count(DISTINCT o) FROM unnest(operators) AS o) = 1 THEN
        -- Only a comparison of rows walks an index of several columns from where it stopped.
        RETURN format('ROW(%s) %s ROW(%s)', array_to_string(columns_, ', '), operators[1], array_to_string(casts, ', '));
    END IF;
    -- Operators of several schemas: column by column.
    FOR i IN REVERSE cardinality(columns_) .. 1 LOOP
        condition := format('%s %s %s', columns_[i], key.greater[i], casts[i])
            || coalesce(format(' OR %s %s %s AND (', columns_[i], key.equal[i], casts[i]) || condition || ')', '');
    END LOOP;
    RETURN CASE side WHEN '>' THEN format('(%s)', condition) ELSE format('NOT (%s)', condition) END;
END
$$;

COMMENT ON FUNCTION architect.plan_key_condition(regclass, text, text[]) IS 'For run_backfill: SQL that compares the key of a table with values, after them (>) or up to them (<=)';

CREATE FUNCTION architect.plan_named_columns(relation regclass, text_ text) RETURNS smallint[]
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce(array_agg(a.attnum ORDER BY a.attnum), '{}')
  FROM pg_attribute AS a
 WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
   AND (position(format('"%s"', replace(a.attname, '"', '""')) IN text_) > 0
        OR lower(text_) ~ ('(^|[^[:alnum:]_$"])' || regexp_replace(a.attname, '([^[:alnum:]_])', '\\\1', 'g') || '([^[:alnum:]_$"]|$)'))
$$;

COMMENT ON FUNCTION architect.plan_named_columns(regclass, text) IS 'For the plans: the columns of a table whose names, bare or quoted, occur in SQL';

-- An index depends on a column that is a key or in an expression alike; only the expressions' text tells them apart.
CREATE FUNCTION architect.plan_expression_columns(index_ regclass) RETURNS smallint[]
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT architect.plan_named_columns(i.indrelid, coalesce(pg_get_expr(i.indexprs, i.indrelid), '') || ' ' || coalesce(pg_get_expr(i.indpred, i.indrelid), ''))
  FROM pg_index AS i
 WHERE i.indexrelid = index_
$$;

COMMENT ON FUNCTION architect.plan_expression_columns(regclass) IS 'For the plans: the columns whose names occur in the expressions or the predicate of an index';

-- Whoever sees a part of the rows changes a part of them, and nothing says so.
CREATE FUNCTION architect.plan_sees_all(relation regclass) RETURNS void
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF row_security_active(relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('row-level security keeps rows of %s from role %I', (architect.plan_table(relation)).sql_name, current_user),
            DETAIL = 'The rows that its policies hide would stay as they are, and the backfill would be called done.',
            HINT = 'Call it as a role with BYPASSRLS, or as the owner of a table without FORCE ROW LEVEL SECURITY.';
    END IF;
END
$$;

COMMENT ON FUNCTION architect.plan_sees_all(regclass) IS 'For the plans: an error where policies hide rows of a table from the caller';

CREATE FUNCTION architect.plan_base_type(type_ oid) RETURNS oid
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE down AS (
    SELECT oid, typbasetype FROM pg_type WHERE oid = type_
    UNION ALL
    SELECT t.oid, t.typbasetype FROM down AS d JOIN pg_type AS t ON t.oid = d.typbasetype
)
SELECT oid FROM down WHERE typbasetype = 0
$$;

COMMENT ON FUNCTION architect.plan_base_type(oid) IS 'For the plans: the type that is at the bottom of domains over domains; any other type itself';

-- As find_coercion_pathway() of PostgreSQL has it, at an assignment: arrays by their elements, and everything to a string.
CREATE FUNCTION architect.plan_assigns(from_type oid, to_type oid) RETURNS "char"
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    source pg_type;
    target pg_type;
    volatility "char";
BEGIN
    SELECT * INTO source FROM pg_type WHERE oid = architect.plan_base_type(from_type);
    SELECT * INTO target FROM pg_type WHERE oid = architect.plan_base_type(to_type);
    IF source.oid = target.oid THEN
        RETURN 'i';
    END IF;
    SELECT coalesce(p.provolatile::text, CASE c.castmethod WHEN 'b' THEN 'i' ELSE 's' END) INTO volatility
      FROM pg_cast AS c LEFT JOIN pg_proc AS p ON p.oid = c.castfunc
     WHERE c.castsource = source.oid AND c.casttarget = target.oid AND c.castcontext IN ('i', 'a');
    IF FOUND THEN
        RETURN volatility;
    END IF;
    IF EXISTS (SELECT FROM pg_cast WHERE castsource = source.oid AND casttarget = target.oid) THEN
        RETURN NULL;
    END IF;
    IF source.typelem <> 0 AND target.typelem <> 0
       AND EXISTS (SELECT FROM pg_type WHERE oid = source.typelem AND typarray = source.oid)
       AND EXISTS (SELECT FROM pg_type WHERE oid = target.typelem AND typarray = target.oid) THEN
        RETURN architect.plan_assigns(source.typelem, target.typelem);
    END IF;
    RETURN CASE WHEN target.typcategory = 'S' THEN 's' END;
END
$$;

COMMENT ON FUNCTION architect.plan_assigns(oid, oid) IS 'For the plans: how volatile the conversion is by which a value of one type is assigned to a column of another; null where a USING is needed';

-- As ATAddForeignKeyConstraint() has it.
CREATE FUNCTION architect.plan_refers(relation regclass, index_ oid, referenced_number smallint, referring_type oid) RETURNS boolean
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce(bool_or(
           EXISTS (SELECT FROM pg_amop AS o
                    WHERE o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype AND o.amoprighttype = b.base AND o.amopstrategy = 3)
           OR oc.opcintype = b.base
           OR EXISTS (SELECT FROM pg_cast AS c WHERE c.castsource = b.base AND c.casttarget = oc.opcintype AND c.castcontext = 'i')
           OR (SELECT typtype = 'p' FROM pg_type WHERE oid = oc.opcintype) AND b.base = architect.plan_base_type(a.atttypid)), false)
  FROM pg_index AS i
 CROSS JOIN LATERAL (SELECT place FROM unnest(i.indkey) WITH ORDINALITY AS u (number, place) WHERE u.number = referenced_number AND place <= i.indnkeyatts) AS k
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = referenced_number
 CROSS JOIN (SELECT architect.plan_base_type(referring_type) AS base) AS b
 WHERE i.indexrelid = index_
$$;

COMMENT ON FUNCTION architect.plan_refers(regclass, oid, smallint, oid) IS 'For the plans: whether a column of a type may refer to a column of a unique index';

-- Columns of pg_constraint that not every version has.
CREATE FUNCTION architect.plan_constraint(constraint_ oid, OUT enforced boolean, OUT period boolean)
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce((j.c ->> 'conenforced')::boolean, true), coalesce((j.c ->> 'conperiod')::boolean, false)
  FROM (SELECT to_jsonb(c) AS c FROM pg_constraint AS c WHERE c.oid = constraint_) AS j
$$;

COMMENT ON FUNCTION architect.plan_constraint(oid) IS 'For the plans: whether a constraint is enforced, and whether it is one over periods (WITHOUT OVERLAPS, PERIOD); both are of 18';

-- Without a look at the table: all columns are NULLs of their types. LIMIT 0 keeps what is asked from being executed, and OFFSET 0 from
-- being computed in advance.
CREATE FUNCTION architect.plan_reads_as(relation regclass, column_name name, new_type text, expression text) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
#variable_conflict use_column
BEGIN
    EXECUTE format('SELECT FROM (SELECT %s OFFSET 0) AS %I WHERE (%s) LIMIT 0',
        (SELECT string_agg(format('CAST(NULL AS %s) AS %I', CASE WHEN a.attname = plan_reads_as.column_name THEN plan_reads_as.new_type
                                                                 ELSE format_type(a.atttypid, a.atttypmod) END, a.attname), ', ' ORDER BY a.attnum)
           FROM pg_attribute AS a WHERE a.attrelid = plan_reads_as.relation AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT relname FROM pg_class WHERE oid = plan_reads_as.relation), plan_reads_as.expression);
    RETURN NULL;
EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception THEN
    RETURN SQLERRM;
END
$$;

COMMENT ON FUNCTION architect.plan_reads_as(regclass, name, text, text) IS 'For the plans: why a condition on a table would not be understood with another type of a column; null where it is';

-- Names of the user stand in bodies, and a name may hold any tag.
CREATE FUNCTION architect.plan_quoted_body(body text, word text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    tag text := format('$%s$', word);
    number integer := 0;
BEGIN
    -- The first place where the tag is found must be its end, also where the body ends with a part of it.
    WHILE position(tag IN body || tag) <= length(body) LOOP
        number := number + 1;
        tag := format('$%s%s$', word, number);
    END LOOP;
    RETURN tag || body || tag;
END
$$;

COMMENT ON FUNCTION architect.plan_quoted_body(text, text) IS 'For the plans: the body of a function or of DO between dollar quotes of a tag, a word, that does not occur in it';

CREATE FUNCTION architect.plan_free_name(relation regclass, base text, suffix text, taken text[]) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    number integer := 0;
    name_ text;
BEGIN
    LOOP
        name_ := architect.plan_name(relation, base, suffix || CASE number WHEN 0 THEN '' ELSE number::text END);
        EXIT WHEN name_ <> ALL (taken);
        number := number + 1;
    END LOOP;
    RETURN name_;
END
$$;

COMMENT ON FUNCTION architect.plan_free_name(regclass, text, text, text[]) IS 'For the plans: a name like plan_name() that is none of those which the same plan has given already';

-- With the schema of each operator: what is emitted runs under a pinned search_path, and the type may be an extension's.
CREATE FUNCTION architect.plan_primary_key_match(relation regclass, one text, other text) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(format('%s.%I OPERATOR(%I.%s) %s.%I', one, a.attname, n.nspname, p.oprname, other, a.attname), ' AND ' ORDER BY k.place)
  FROM pg_constraint AS c
  JOIN pg_index AS i ON i.indexrelid = c.conindid
 CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = k.number
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
  -- (18) WITHOUT OVERLAPS has an index of GiST: its equalities are in conexclop, but that of the period is an overlap.
  JOIN pg_operator AS p ON p.oid = CASE
       WHEN c.conexclop IS NULL THEN (SELECT am.amopopr FROM pg_amop AS am
            WHERE am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype AND am.amopstrategy = 3)
       WHEN k.place < cardinality(c.conkey) THEN c.conexclop[k.place]
       ELSE CASE oc.opcintype WHEN 'anymultirange'::regtype THEN 'pg_catalog.=(anymultirange,anymultirange)'::regoperator
                              ELSE 'pg_catalog.=(anyrange,anyrange)'::regoperator END END
  JOIN pg_namespace AS n ON n.oid = p.oprnamespace
 WHERE c.conrelid = relation AND c.contype = 'p'
$$;

COMMENT ON FUNCTION architect.plan_primary_key_match(regclass, text, text) IS 'For the plans: SQL that tells whether two rows, of these names, have the same primary key';

CREATE FUNCTION architect.plan_owner(relation regclass) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT quote_ident(pg_get_userbyid(c.relowner)) FROM pg_class AS c WHERE c.oid = relation
$$;

COMMENT ON FUNCTION architect.plan_owner(regclass) IS 'For the plans: the owner of a table, quoted, to whom goes what a plan makes for it';

-- Who owns a schema can drop what is in it and put in its place what runs code of his own: a trigger, for one.
CREATE FUNCTION architect.plan_definer(relation regclass) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_ record;
BEGIN
    SELECT c.relowner, n.nspname, n.nspowner, format('%I.%I', n.nspname, c.relname) AS sql_name,
           CASE pg_get_userbyid(n.nspowner) WHEN 'pg_database_owner' THEN d.datdba ELSE n.nspowner END AS controls,
           has_schema_privilege(c.relowner, n.oid, 'USAGE') AS may_use
      INTO STRICT found_
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, pg_database AS d
     WHERE c.oid = relation AND d.datname = current_database();
    -- True of a superuser too.
    IF NOT pg_has_role(found_.controls, found_.relowner, 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('schema %I and %s belong to different roles', found_.nspname, found_.sql_name),
            DETAIL = format('The plan''s trigger runs with the rights of %I, who owns the table; %I, who owns the schema, could put another table in the place of the one that it writes, and so act as %I.',
                            pg_get_userbyid(found_.relowner), pg_get_userbyid(found_.controls), pg_get_userbyid(found_.relowner)),
            HINT = format('Give both to one role, the schema by: ALTER SCHEMA %I OWNER TO %I;', found_.nspname, pg_get_userbyid(found_.relowner));
    END IF;
    IF NOT found_.may_use THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the owner of %s may not use schema %I', found_.sql_name, found_.nspname),
            DETAIL = 'The plan''s trigger writes a table in it with the owner''s rights.',
            HINT = format('GRANT USAGE ON SCHEMA %I TO %I;', found_.nspname, pg_get_userbyid(found_.relowner));
    END IF;
    RETURN architect.plan_owner(relation);
END
$$;

COMMENT ON FUNCTION architect.plan_definer(regclass) IS 'For the plans: the owner of a table, quoted, with whose rights a trigger may write a table beside it, and an error where somebody else rules over the schema';

CREATE FUNCTION architect.plan_default_grantees(relation regclass, kind "char", privilege text) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(a.grantee)), ', ')
  FROM pg_class AS c JOIN pg_default_acl AS d ON d.defaclobjtype = kind AND d.defaclnamespace IN (0, c.relnamespace),
       aclexplode(d.defaclacl) AS a
 WHERE c.oid = relation AND privilege IN (a.privilege_type, 'ALL') AND a.grantee NOT IN (0, c.relowner, d.defaclrole)
$$;

COMMENT ON FUNCTION architect.plan_default_grantees(regclass, "char", text) IS 'For the plans: the roles, quoted, that get a privilege (or ALL: any) on what is made in a table''s schema by default privileges; null where there are none';
