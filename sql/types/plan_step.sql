-- A step is what is committed together: its statement, sent as one string, is one transaction, so that psql's \gexec runs a plan as it
-- stands. That is why there is no 'with the previous step'.
CREATE TYPE architect.plan_step AS (
    step integer,
    title text,
    statement text,
    transaction text,
    locks text,
    undo text
);

COMMENT ON TYPE architect.plan_step IS 'A step of a plan; each is committed before the next';
COMMENT ON COLUMN architect.plan_step.step IS 'Its place in the order, from 1';
COMMENT ON COLUMN architect.plan_step.title IS 'What it does, and what to know before';
COMMENT ON COLUMN architect.plan_step.statement IS 'SQL that runs as it stands; several statements belong into one transaction, as one string they are one';
COMMENT ON COLUMN architect.plan_step.transaction IS 'own transaction (between BEGIN and COMMIT where a client commits each statement), or outside a transaction block';
COMMENT ON COLUMN architect.plan_step.locks IS 'The locks that are in the way of others, and for how long; those on tables that the plan itself made are not named';
COMMENT ON COLUMN architect.plan_step.undo IS 'SQL that takes the step back; null where nothing is left to take back or nothing can';
