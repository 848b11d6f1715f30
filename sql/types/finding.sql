CREATE TYPE architect.finding AS (
    rule text,
    severity text,
    category text,
    object_kind text,
    object text,
    schema_name text,
    relation_name text,
    column_name text,
    message text,
    detail text,
    hint text,
    remedy text,
    evidence jsonb,
    fingerprint text,
    line integer,
    "column" integer,
    score integer
);

COMMENT ON TYPE architect.finding IS 'What a rule found';
COMMENT ON COLUMN architect.finding.rule IS 'The rule; architect.rule_doc(rule) explains it';
COMMENT ON COLUMN architect.finding.severity IS 'How bad it is: info, warning or error';
COMMENT ON COLUMN architect.finding.category IS 'The group of rules: locks, breakage, data-loss, transactions, design, types, naming, security, indexes, partitioning, code, health, capacity, settings, replication or policy';
COMMENT ON COLUMN architect.finding.object_kind IS 'What kind of object it is about: table, column, index, function and so on';
COMMENT ON COLUMN architect.finding.object IS 'The object, quoted as SQL: what architect.suppress() takes';
COMMENT ON COLUMN architect.finding.schema_name IS 'The schema of the object';
COMMENT ON COLUMN architect.finding.relation_name IS 'The name of the relation or function';
COMMENT ON COLUMN architect.finding.column_name IS 'The column, where it is about one';
COMMENT ON COLUMN architect.finding.message IS 'One line; messages to the client end in the name of the rule in brackets';
COMMENT ON COLUMN architect.finding.detail IS 'The facts behind it: rows, bytes, locks, who waits';
COMMENT ON COLUMN architect.finding.hint IS 'What to do';
COMMENT ON COLUMN architect.finding.remedy IS 'SQL to run instead or to mend what is there; null where there is none';
COMMENT ON COLUMN architect.finding.evidence IS 'The numbers behind the verdict';
COMMENT ON COLUMN architect.finding.fingerprint IS 'The same mistake on the same object has the same fingerprint in every run and on every server';
COMMENT ON COLUMN architect.finding.line IS 'The line of the text that was judged, counted from 1; null where no text was';
COMMENT ON COLUMN architect.finding."column" IS 'The character in that line, counted from 1';
COMMENT ON COLUMN architect.finding.score IS 'The rank, 100 to 399: 100 for info, 200 for warning, 300 for error, and up to 99 for what is at stake (10 for each power of ten of MiB, 6 for each of thousands of rows and of operations)';
