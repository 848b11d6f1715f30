-- no transaction
-- Indexes: one that nobody reads goes, 'my orders' gets its sort order, and payments are to be found by order.
SET lock_timeout = '2s';
DROP INDEX idx_orders_placed_at;
RESET lock_timeout;
CREATE INDEX CONCURRENTLY idx_orders_customer_id_placed_at ON orders (customer_id, placed_at);
DROP INDEX CONCURRENTLY idx_orders_customer_id;
CREATE INDEX CONCURRENTLY idx_payments_order ON payments (order_id);
