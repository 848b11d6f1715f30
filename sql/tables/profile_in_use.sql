CREATE TABLE architect.profile_in_use (
    name text NOT NULL,
    chosen_by text NOT NULL,
    chosen_at timestamp with time zone NOT NULL,
    CONSTRAINT profile_in_use_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE architect.profile_in_use IS 'The profile that architect.use_profile() chose; no row: default';
COMMENT ON COLUMN architect.profile_in_use.name IS 'Its name; architect.profiles lists all of them';
COMMENT ON COLUMN architect.profile_in_use.chosen_by IS 'The session role that chose it';
COMMENT ON COLUMN architect.profile_in_use.chosen_at IS 'When it was chosen';

SELECT pg_catalog.pg_extension_config_dump('architect.profile_in_use', '');
