-- Guide 004 describes users and orders in tables of words; policy and view are its own SQL. CASCADE is our choice where it wants one.
CREATE TABLE users (
    id UUID PRIMARY KEY,
    email VARCHAR(255) UNIQUE NOT NULL,
    username VARCHAR(50) UNIQUE NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    created_at TIMESTAMP DEFAULT now(),
    updated_at TIMESTAMP
);
CREATE TYPE order_status AS ENUM ('pending', 'completed');
CREATE TABLE orders (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    status order_status NOT NULL,
    total_amount DECIMAL(10,2) NOT NULL,
    created_at TIMESTAMP DEFAULT now()
);
CREATE INDEX idx_orders_user_id_created_at ON orders (user_id, created_at);
CREATE INDEX idx_orders_status ON orders (status);
CREATE INDEX idx_orders_created_at ON orders (created_at);
CREATE POLICY user_isolation ON orders
FOR ALL
USING (user_id = current_setting('app.current_user_id')::UUID);
CREATE MATERIALIZED VIEW daily_sales AS
SELECT date_trunc('day', created_at) as day,
sum(total_amount) as revenue
FROM orders
GROUP BY 1;
