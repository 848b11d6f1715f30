CREATE VIEW architect.findings WITH (security_invoker = true) AS
SELECT score, severity, rule, category, object_kind, object, schema_name, relation_name, column_name, message, detail, hint, remedy,
       evidence, fingerprint
FROM architect."check"();

COMMENT ON VIEW architect.findings IS 'Everything that a full check of the database finds now, the highest score first';
COMMENT ON COLUMN architect.findings.score IS 'The rank, 100 to 399; see architect.finding';
COMMENT ON COLUMN architect.findings.severity IS 'How bad it is: info, warning or error';
COMMENT ON COLUMN architect.findings.rule IS 'The rule; architect.rule_doc(rule) explains it';
COMMENT ON COLUMN architect.findings.category IS 'The group of the rule';
COMMENT ON COLUMN architect.findings.object_kind IS 'What kind of object it is about';
COMMENT ON COLUMN architect.findings.object IS 'The object, quoted as SQL: what architect.suppress() takes';
COMMENT ON COLUMN architect.findings.schema_name IS 'The schema of the object';
COMMENT ON COLUMN architect.findings.relation_name IS 'The name of the relation or function';
COMMENT ON COLUMN architect.findings.column_name IS 'The column, where it is about one';
COMMENT ON COLUMN architect.findings.message IS 'One line';
COMMENT ON COLUMN architect.findings.detail IS 'The facts behind it';
COMMENT ON COLUMN architect.findings.hint IS 'What to do';
COMMENT ON COLUMN architect.findings.remedy IS 'SQL that mends it; null where there is none';
COMMENT ON COLUMN architect.findings.evidence IS 'The numbers behind the verdict';
COMMENT ON COLUMN architect.findings.fingerprint IS 'The same mistake on the same object has the same fingerprint in every run and on every server';
