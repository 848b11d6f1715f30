CREATE VIEW architect.profiles WITH (security_invoker = true) AS
SELECT name, in_use, title, settings
FROM architect.profiles();

COMMENT ON VIEW architect.profiles IS 'The profiles: named sets of rule settings';
COMMENT ON COLUMN architect.profiles.name IS 'Its name: what architect.use_profile() takes';
COMMENT ON COLUMN architect.profiles.in_use IS 'Whether it is the one in use in this database';
COMMENT ON COLUMN architect.profiles.title IS 'What it is for';
COMMENT ON COLUMN architect.profiles.settings IS 'What it sets, by rule: severity and parameters';
