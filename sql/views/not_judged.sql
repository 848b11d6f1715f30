CREATE VIEW architect.not_judged WITH (security_invoker = true) AS
SELECT rule, object, reason, remedy
FROM architect.not_judged();

COMMENT ON VIEW architect.not_judged IS 'What a full check of the database could not judge: no finding there means nothing';
COMMENT ON COLUMN architect.not_judged.rule IS 'The rule';
COMMENT ON COLUMN architect.not_judged.object IS 'The object, or the scope: database or server';
COMMENT ON COLUMN architect.not_judged.reason IS 'Why it could not be judged';
COMMENT ON COLUMN architect.not_judged.remedy IS 'What would allow it';
