-- no transaction
-- The office wants the latest orders first. Last time the shop stood still while the index was built, so: CONCURRENTLY.
CREATE INDEX CONCURRENTLY idx_orders_placed_at ON orders (placed_at);
-- rows: customers=12000, products=2000, orders=60000, order_items=90000, payments=50000, basket=9000, shipments=40000, events=90000
