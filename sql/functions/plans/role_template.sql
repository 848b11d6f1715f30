CREATE FUNCTION architect.role_template(application text DEFAULT 'app', schema_name name DEFAULT 'public')
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    owner_role text;
    write_role text;
    read_role text;
    missing text[];
    maker record;
    steps architect.plan_step[] := '{}';
BEGIN
    IF application IS NULL OR schema_name IS NULL THEN
        RETURN;
    END IF;
    IF application = '' OR octet_length(application) > 57 OR application ~ '^pg_' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name',
            MESSAGE = format('%L cannot be the beginning of role names', application),
            DETAIL = 'The roles are called like it with _owner, _write and _read; names that begin with pg_ are PostgreSQL''s own.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %I does not exist', schema_name);
    END IF;
    IF schema_name ~ '^pg_' OR schema_name IN ('information_schema', 'architect') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %I is not an application''s', schema_name);
    END IF;
    owner_role := application || '_owner';
    write_role := application || '_write';
    read_role := application || '_read';
    SELECT array_agg(r.name ORDER BY r.place) INTO missing
      FROM (VALUES (owner_role, 1), (write_role, 2), (read_role, 3)) AS r (name, place)
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name);
    IF missing IS NOT NULL THEN
        steps := steps || ROW(0,
            'Roles that nobody logs in as: one owns and migrates, one reads and writes, one reads. People and services get roles of their own and are made members',
            (SELECT string_agg(format('CREATE ROLE %I NOLOGIN;', m), E'\n' ORDER BY place) FROM unnest(missing) WITH ORDINALITY AS u (m, place))
            || CASE WHEN owner_role = ANY (missing) THEN format(E'\nALTER ROLE %I SET lock_timeout = ''2s'';', owner_role) ELSE '' END,
            'own transaction', 'none',
            (SELECT string_agg(format('DROP ROLE %I;', m), E'\n' ORDER BY place DESC) FROM unnest(missing) WITH ORDINALITY AS u (m, place)))::architect.plan_step;
    END IF;
    steps := steps || ROW(0, 'Whoever writes may read; nobody else makes objects in the schema',
        format(E'GRANT %2$I TO %3$I;\nREVOKE CREATE ON SCHEMA %1$I FROM PUBLIC;\nGRANT USAGE, CREATE ON SCHEMA %1$I TO %4$I;\nGRANT USAGE ON SCHEMA %1$I TO %2$I;',
               schema_name, read_role, write_role, owner_role),
        'own transaction', 'none',
        format(E'REVOKE %2$I FROM %3$I;\nREVOKE ALL ON SCHEMA %1$I FROM %4$I, %2$I;', schema_name, read_role, write_role, owner_role))::architect.plan_step;
    steps := steps || ROW(0, 'Rights on what is there: no TRUNCATE, no REFERENCES, no TRIGGER',
        format(E'GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I;\nGRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1$I TO %3$I;\n'
               'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO %2$I;\nGRANT USAGE ON ALL SEQUENCES IN SCHEMA %1$I TO %3$I;',
               schema_name, read_role, write_role),
        'own transaction', 'none',
        format(E'REVOKE ALL ON ALL TABLES IN SCHEMA %1$I FROM %2$I, %3$I;\nREVOKE ALL ON ALL SEQUENCES IN SCHEMA %1$I FROM %2$I, %3$I;',
               schema_name, read_role, write_role))::architect.plan_step;
    -- Default privileges are those of who makes an object: of the new owner, and of each role that owns something here now.
    FOR maker IN
        SELECT owner_role AS name, 0 AS place
        UNION
        SELECT pg_get_userbyid(c.relowner)::text, 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = schema_name AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND pg_get_userbyid(c.relowner) <> owner_role
           AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY place, name
    LOOP
        steps := steps || ROW(0, format('The same rights on what %I makes from now on', maker.name),
            format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT SELECT ON TABLES TO %3$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT INSERT, UPDATE, DELETE ON TABLES TO %4$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT SELECT ON SEQUENCES TO %3$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT USAGE ON SEQUENCES TO %4$I;',
                   maker.name, schema_name, read_role, write_role),
            'own transaction', 'none',
            format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE ALL ON TABLES FROM %3$I, %4$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE ALL ON SEQUENCES FROM %3$I, %4$I;',
                   maker.name, schema_name, read_role, write_role))::architect.plan_step;
    END LOOP;
    steps := steps || ROW(0, 'What the owner makes is executed by nobody who was not named (PostgreSQL lets everybody execute a new function)',
        format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;\n'
               'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT EXECUTE ON FUNCTIONS TO %3$I;', owner_role, schema_name, write_role),
        'own transaction', 'none',
        format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT EXECUTE ON FUNCTIONS TO PUBLIC;\n'
               'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE EXECUTE ON FUNCTIONS FROM %3$I;', owner_role, schema_name, write_role))::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.role_template(text, name) IS 'The steps that make an owner, a writing and a reading role for an application''s schema, with default privileges for what is made later';
