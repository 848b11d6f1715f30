//! Tables that several examples start from. They are clean: the guard has nothing to say about them, so an example gives
//! exactly its own rule. Examples run in the schema `shop` (alone on the search path), with `lock_timeout = '2s'` and
//! `TimeZone = 'UTC'`, in autocommit unless they say BEGIN.

/// `shop.customers` with 3 rows and `shop.orders` with 5,000: a live table.
pub const ORDERS: &str = "\
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint,
    amount integer NOT NULL DEFAULT 0,
    code varchar(10),
    note text,
    placed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO customers (name) VALUES ('Ada'), ('Grace'), ('Edgar');
INSERT INTO orders (customer_id, amount, code, note)
SELECT 1 + g % 3, g, 'c' || g, 'note ' || g FROM generate_series(1, 5000) AS g;
ANALYZE customers, orders;";

/// The same tables without a row.
pub const EMPTY_ORDERS: &str = "\
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint,
    amount integer NOT NULL DEFAULT 0,
    code varchar(10),
    note text,
    placed_at timestamptz NOT NULL DEFAULT now()
);";

/// `shop.events`, partitioned by range of `happened_at`, with two live leaves, `events_2024` and `events_2025`, of 3,000 rows each.
pub const EVENTS: &str = "\
CREATE TABLE events (
    id bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    payload text,
    PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO events SELECT g, '2024-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
INSERT INTO events SELECT g, '2025-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
ANALYZE events;";

// What the rules of locks and transactions add.

/// A fixture and more SQL behind it, as one literal: `with!(ORDERS, "CREATE INDEX ...;")`.
macro_rules! with {
    ($first:expr, $second:expr) => {{
        const FIRST: &str = $first;
        const SECOND: &str = $second;
        const LENGTH: usize = FIRST.len() + 1 + SECOND.len();
        const BYTES: [u8; LENGTH] = {
            let mut bytes = [b'\n'; LENGTH];
            let mut i = 0;
            while i < FIRST.len() {
                bytes[i] = FIRST.as_bytes()[i];
                i += 1;
            }
            let mut j = 0;
            while j < SECOND.len() {
                bytes[i + 1 + j] = SECOND.as_bytes()[j];
                j += 1;
            }
            bytes
        };
        const TEXT: &str = match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("two strings joined by a line feed are a string"),
        };
        TEXT
    }};
}

// What the rules of breakage, data loss, design, naming and security add.

/// `ORDERS` with a view of the customers' totals.
pub const ORDERS_WITH_VIEW: &str = with!(
    ORDERS,
    "CREATE VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;"
);

/// `ORDERS` and an empty schema `archive`.
pub const ORDERS_AND_ARCHIVE: &str = with!(ORDERS, "DROP SCHEMA IF EXISTS archive CASCADE;\nCREATE SCHEMA archive;");

/// `ORDERS` and a full copy of the table, `orders_new`.
pub const ORDERS_AND_COPY: &str = with!(
    ORDERS,
    "CREATE TABLE orders_new (LIKE orders INCLUDING ALL);\nINSERT INTO orders_new OVERRIDING SYSTEM VALUE SELECT * FROM orders;\nANALYZE orders_new;"
);

/// `ORDERS` with an index on `amount`.
pub const ORDERS_WITH_INDEX: &str = with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);");

/// The same without a row.
pub const EMPTY_ORDERS_WITH_INDEX: &str = with!(EMPTY_ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);");

/// `ORDERS` with a unique constraint over two columns.
pub const ORDERS_WITH_UNIQUE: &str =
    with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_code_key UNIQUE (customer_id, code);");

/// The same with a plain unique index, and without a row.
pub const EMPTY_ORDERS_WITH_UNIQUE: &str =
    with!(EMPTY_ORDERS, "CREATE UNIQUE INDEX idx_orders_customer_id_code ON orders (customer_id, code);");

/// `ORDERS` with an index that mentions `note` in its predicate only.
pub const ORDERS_WITH_PARTIAL_INDEX: &str =
    with!(ORDERS, "CREATE INDEX idx_orders_amount_noted ON orders (amount) WHERE note IS NOT NULL;");

/// An empty table with a partial index on an expression.
pub const EMPTY_ORDERS_WITH_EXPRESSION_INDEX: &str =
    with!(EMPTY_ORDERS, "CREATE INDEX idx_orders_note ON orders (lower(note)) WHERE note IS NOT NULL;");

/// `ORDERS` with extended statistics over two columns.
pub const ORDERS_WITH_STATISTICS: &str = with!(ORDERS, "CREATE STATISTICS orders_code_note ON code, note FROM orders;");

/// `ORDERS` with a foreign key to `customers` and the index that serves it.
pub const ORDERS_WITH_FOREIGN_KEY: &str = with!(
    ORDERS,
    "CREATE INDEX idx_orders_customer_id ON orders (customer_id);\nALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers;"
);

/// The same without a row.
pub const EMPTY_ORDERS_WITH_FOREIGN_KEY: &str = with!(
    EMPTY_ORDERS,
    "CREATE INDEX idx_orders_customer_id ON orders (customer_id);\nALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers;"
);

/// `EMPTY_ORDERS` with a view of the customers' totals.
pub const EMPTY_ORDERS_WITH_VIEW: &str = with!(
    EMPTY_ORDERS,
    "CREATE VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;"
);

/// The same and a view of that view.
pub const EMPTY_ORDERS_WITH_TWO_VIEWS: &str =
    with!(EMPTY_ORDERS_WITH_VIEW, "CREATE VIEW customer_totals AS SELECT customer_id, total FROM order_totals;");

/// `EMPTY_ORDERS` with a function of the caller's rights.
pub const EMPTY_ORDERS_WITH_FUNCTION: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION count_customers() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM customers $$;"
);

/// `EMPTY_ORDERS` in a schema in which everybody may create objects.
pub const EMPTY_ORDERS_OPEN_TO_ALL: &str = with!(EMPTY_ORDERS, "GRANT CREATE ON SCHEMA shop TO PUBLIC;");

// What the rules of security, settings and replication add in full checks.

/// `EMPTY_ORDERS` with row level security, and no policy yet.
pub const EMPTY_ORDERS_WITH_RLS: &str = with!(EMPTY_ORDERS, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;");

/// `ORDERS` with row level security, and no policy yet.
pub const ORDERS_WITH_RLS: &str = with!(ORDERS, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;");

/// `EMPTY_ORDERS` with row level security and a policy.
pub const EMPTY_ORDERS_WITH_POLICY: &str =
    with!(EMPTY_ORDERS_WITH_RLS, "CREATE POLICY own_orders ON orders USING (customer_id = 1);");

/// `EVENTS` with row level security and a policy on the parent.
pub const EVENTS_WITH_POLICY: &str =
    with!(EVENTS, "ALTER TABLE events ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own_events ON events USING (id = 1);");

/// A server whose settings are sound: nothing that a rule of settings asks for is missing.
pub const SOUND: &str = "\
fsync = on
full_page_writes = on
synchronous_commit = on
autovacuum = on
max_connections = 50
checkpoint_timeout = 5min
idle_in_transaction_session_timeout = 5min
statement_timeout = 1min
log_min_duration_statement = 1s
wal_level = logical
max_wal_senders = 5";

/// A server whose settings are not.
pub const CARELESS: &str = "\
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
track_counts = off
enable_seqscan = off
zero_damaged_pages = on
max_connections = 600
shared_buffers = 64MB
work_mem = 1MB
effective_cache_size = 32MB
checkpoint_timeout = 1min
checkpoint_completion_target = 0.5
random_page_cost = 0.5
log_min_duration_statement = -1
password_encryption = md5
wal_level = minimal
max_wal_senders = 0
track_activities = off";
/// `EVENTS` for full checks: that its partitions end in the past, or leave a gap, is left alone.
pub const EVENTS_LEFT_ALONE: &str = with!(
    EVENTS,
    "SELECT architect.configure('partition-future-missing', 'off'), architect.configure('partition-range-gap', 'off');"
);

// What the rules of texts add.

/// `ORDERS` with 20,000 orders more, as the planner knows them.
pub const MANY_ORDERS: &str = with!(
    ORDERS,
    "INSERT INTO orders (customer_id, amount, code, note)\nSELECT 1 + g % 3, g, 'c' || g, 'note ' || g FROM generate_series(5001, 25000) AS g;\nANALYZE orders;"
);

/// A server that remembers what ran on it.
pub const STATEMENTS: &str = "shared_preload_libraries = 'pg_stat_statements'";

/// `EMPTY_ORDERS` on such a server, with a statement that reads a column.
pub const READ_ORDERS: &str = with!(
    EMPTY_ORDERS,
    "CREATE EXTENSION pg_stat_statements SCHEMA public;\nSELECT public.pg_stat_statements_reset();\nSELECT id, note FROM orders WHERE id = 7;"
);
