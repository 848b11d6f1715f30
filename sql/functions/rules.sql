CREATE FUNCTION architect.rules() RETURNS TABLE (
    name text,
    category text,
    severity text,
    enabled boolean,
    moment text,
    title text,
    why text,
    remedy text,
    parameters jsonb,
    sources text[]
)
    LANGUAGE c STABLE PARALLEL UNSAFE ROWS 200
    AS 'MODULE_PATHNAME', 'rules_wrapper';

COMMENT ON FUNCTION architect.rules() IS 'The rules; see the view of the same name';

CREATE FUNCTION architect.rule_doc(name text) RETURNS text
    LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'rule_doc_wrapper';

COMMENT ON FUNCTION architect.rule_doc(text) IS 'Explains a rule: why it matters, what to do, examples, parameters';
