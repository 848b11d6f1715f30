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
