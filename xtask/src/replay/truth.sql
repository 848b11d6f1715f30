-- The server's own account of what it writes anew, beside the guard's.
CREATE SCHEMA replay_truth;
GRANT USAGE ON SCHEMA replay_truth TO PUBLIC;
CREATE TABLE replay_truth.rewrites (relation oid NOT NULL, reason integer NOT NULL);

CREATE FUNCTION replay_truth.on_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO replay_truth.rewrites
    VALUES (pg_event_trigger_table_rewrite_oid(), pg_event_trigger_table_rewrite_reason());
END
$$;

-- ALWAYS: also where a script has set session_replication_role, and the guard is silent.
CREATE EVENT TRIGGER replay_truth ON table_rewrite EXECUTE FUNCTION replay_truth.on_rewrite();
ALTER EVENT TRIGGER replay_truth ENABLE ALWAYS;

-- What the latest statement gave, once: of the guard (judged commands, tables predicted), of the server (tables written anew).
-- SECURITY DEFINER: a migration may have SET ROLE. REFRESH writes its view anew without an event.
CREATE FUNCTION replay_truth.take(OUT commands bigint, OUT predicted oid[], OUT happened oid[], OUT names text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH taken AS (DELETE FROM replay_truth.rewrites RETURNING relation)
    SELECT coalesce(array_agg(relation ORDER BY relation), '{}') INTO happened FROM taken;
    WITH taken AS (DELETE FROM architect.ddl_log RETURNING tag, predicted_rewrites),
    each AS (
        SELECT u.relation FROM taken, unnest(taken.predicted_rewrites) AS u (relation)
        WHERE taken.tag <> 'REFRESH MATERIALIZED VIEW'
    )
    SELECT (SELECT count(*) FROM taken), coalesce((SELECT array_agg(relation ORDER BY relation) FROM each), '{}')
    INTO commands, predicted;
    SELECT string_agg(DISTINCT c.oid || ' ' || c.relname, ', ') INTO names
    FROM pg_class AS c WHERE c.oid = ANY (predicted || happened);
END
$$;
GRANT EXECUTE ON FUNCTION replay_truth.take() TO PUBLIC;
