CREATE FUNCTION architect.use_profile(name text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'use_profile_wrapper';

COMMENT ON FUNCTION architect.use_profile(text) IS 'Makes a profile the base of the policy in this database; what architect.configure() sets goes before it';

CREATE FUNCTION architect.profiles()
    RETURNS TABLE (name text, in_use boolean, title text, settings jsonb)
    LANGUAGE c STABLE PARALLEL SAFE ROWS 10
    AS 'MODULE_PATHNAME', 'profiles_wrapper';

COMMENT ON FUNCTION architect.profiles() IS 'The profiles, and what each sets';
