-- What mends every finding in guide 004's SQL that its own profile has.
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
DROP MATERIALIZED VIEW daily_sales;
ALTER TABLE users ALTER COLUMN created_at TYPE TIMESTAMPTZ, ALTER COLUMN updated_at TYPE TIMESTAMPTZ;
ALTER TABLE orders ALTER COLUMN created_at TYPE TIMESTAMPTZ, ADD COLUMN updated_at TIMESTAMPTZ;
CREATE MATERIALIZED VIEW daily_sales AS
SELECT date_trunc('day', created_at) as day,
sum(total_amount) as revenue
FROM orders
GROUP BY 1;
CREATE UNIQUE INDEX idx_daily_sales_day ON daily_sales (day);
