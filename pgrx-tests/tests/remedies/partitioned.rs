//! Partitioned tables: what rules of locks say about them, beside the rules' own examples.

use engine::rule::{Example, Rule, bad};
use engine::rules::RULES;
use engine::rules::fixtures::EVENTS;

/// Two levels: a year of months.
const TREE: &str = "\
CREATE TABLE events (
    id bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    payload text,
    PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (happened_at);
CREATE TABLE events_2025_01 PARTITION OF events_2025 FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
CREATE TABLE events_2025_07 PARTITION OF events_2025 FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
INSERT INTO events SELECT g, '2024-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
INSERT INTO events SELECT g, '2025-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
INSERT INTO events SELECT g, '2025-08-01', 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE events;";

/// No primary key yet, and a column that refers to a table.
const BARE: &str = "\
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
INSERT INTO customers (name) SELECT 'name ' || g FROM generate_series(1, 3000) AS g;
CREATE TABLE visits (
    id bigint NOT NULL,
    visited_at timestamptz NOT NULL,
    customer_id bigint,
    page text
) PARTITION BY RANGE (visited_at);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX idx_visits_customer_id ON visits (customer_id);
INSERT INTO visits SELECT g, '2024-06-01', g, 'p' || g FROM generate_series(1, 3000) AS g;
INSERT INTO visits SELECT g, '2025-06-01', g, 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE customers, visits;";

const CASES: &[(&str, Example)] = &[
    ("not-null-scan", bad("ALTER TABLE events ALTER COLUMN payload SET NOT NULL;").given(TREE)),
    ("not-null-scan", bad("ALTER TABLE visits ALTER COLUMN customer_id SET NOT NULL;").given(BARE)),
    ("check-validates", bad("ALTER TABLE events ADD CONSTRAINT valid_payload CHECK (payload <> '');").given(EVENTS)),
    ("check-validates", bad("ALTER TABLE events ADD CONSTRAINT valid_payload CHECK (payload <> '');").given(TREE)),
    (
        "foreign-key-validates",
        bad("ALTER TABLE visits ADD CONSTRAINT visits_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE;")
            .given(BARE),
    ),
    ("unique-builds-index", bad("ALTER TABLE events ADD CONSTRAINT events_payload_happened_at_key UNIQUE (payload, happened_at);").given(EVENTS)),
    ("unique-builds-index", bad("ALTER TABLE events ADD CONSTRAINT events_payload_happened_at_key UNIQUE (payload, happened_at);").given(TREE)),
    ("unique-builds-index", bad("ALTER TABLE visits ADD PRIMARY KEY (id, visited_at);").given(BARE)),
    ("unique-builds-index", bad("ALTER TABLE visits ADD UNIQUE (customer_id, visited_at);").given(BARE)),
    ("partitioned-index-build", bad("CREATE INDEX idx_events_payload ON events (payload);").given(EVENTS)),
    ("partitioned-index-build", bad("CREATE INDEX idx_events_payload ON events (payload);").given(TREE)),
    (
        "partitioned-index-build",
        bad("CREATE UNIQUE INDEX idx_events_payload_unique ON events (lower(payload) DESC, happened_at) INCLUDE (id);").given(EVENTS),
    ),
    ("partitioned-index-build", bad("CREATE INDEX ON events (payload text_pattern_ops) WHERE id > 10;").given(EVENTS)),
    ("index-not-concurrent", bad("CREATE INDEX idx_events_2024_payload ON events_2024 (payload);").given(EVENTS)),
    ("column-default-rewrite", bad("ALTER TABLE events ADD COLUMN token uuid DEFAULT gen_random_uuid();").given(EVENTS)),
    ("column-default-rewrite", bad("ALTER TABLE events ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();").given(TREE)),
    ("type-change-rewrite", bad("ALTER TABLE events ALTER COLUMN payload TYPE varchar(20);").given(TREE)),
    ("type-change-index-rebuild", bad("ALTER TABLE visits ALTER COLUMN page TYPE text COLLATE \"C\";").given(with_index())),
];

const fn with_index() -> &'static str {
    "\
CREATE TABLE visits (
    id bigint NOT NULL,
    visited_at timestamptz NOT NULL,
    page text,
    PRIMARY KEY (id, visited_at)
) PARTITION BY RANGE (visited_at);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX idx_visits_page ON visits (page);
INSERT INTO visits SELECT g, '2024-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE visits;"
}

/// The cases, each with its rule, numbered.
pub fn cases() -> Vec<(&'static Rule, usize, &'static Example)> {
    let mut out: Vec<(&'static Rule, usize, &'static Example)> = Vec::new();
    for (name, example) in CASES {
        let rule = RULES.iter().copied().find(|rule| rule.name == *name).unwrap_or_else(|| panic!("no rule {name}"));
        let number = 1 + out.iter().filter(|(known, ..)| known.name == *name).count();
        out.push((rule, number, example));
    }
    out
}
