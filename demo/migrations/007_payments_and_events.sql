-- Money comes in, and the web site reports what visitors do. Events are only ever appended, so they get no key.
-- With this the shop is launched.
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    amount integer NOT NULL DEFAULT 0,
    provider text NOT NULL DEFAULT 'card',
    paid_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_payments_order_id ON payments (order_id);
CREATE TABLE events (
    happened_at timestamptz NOT NULL DEFAULT now(),
    customer_id bigint,
    kind text NOT NULL DEFAULT 'page-view',
    payload jsonb NOT NULL DEFAULT '{}'
);
-- rows: categories=40, customers=8000, products=3000, orders=30000, order_items=45000, payments=25000, basket=6000, couriers=5, shipments=20000, events=60000
