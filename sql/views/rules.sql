CREATE VIEW architect.rules WITH (security_invoker = true) AS
SELECT name, category, severity, enabled, moment, title, why, remedy, parameters, sources
FROM architect.rules();

COMMENT ON VIEW architect.rules IS 'Every rule, with the settings in force';
COMMENT ON COLUMN architect.rules.name IS 'Its name: the pattern that it finds';
COMMENT ON COLUMN architect.rules.category IS 'Its group: locks, breakage, data-loss, transactions, design, types, naming, security, indexes, partitioning, code, health, capacity, settings, replication or policy';
COMMENT ON COLUMN architect.rules.severity IS 'How bad its findings are: info, warning or error; a finding can differ with its case';
COMMENT ON COLUMN architect.rules.enabled IS 'Whether it is on; settings for single schemas or tables apart';
COMMENT ON COLUMN architect.rules.moment IS 'When it judges: start (before the lock), commit (and full checks), lint (scripts only), check (full checks only)';
COMMENT ON COLUMN architect.rules.title IS 'What it finds, in one line';
COMMENT ON COLUMN architect.rules.why IS 'Why it matters';
COMMENT ON COLUMN architect.rules.remedy IS 'What to do instead';
COMMENT ON COLUMN architect.rules.parameters IS 'Its parameters: value in force, default and meaning of each';
COMMENT ON COLUMN architect.rules.sources IS 'Where it comes from';
