-- Customers order: an order, and a line for each product in it.
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    status varchar(20) NOT NULL DEFAULT 'new'
        CONSTRAINT valid_status CHECK (status IN ('new', 'paid', 'shipped', 'cancelled')),
    total integer NOT NULL DEFAULT 0,
    note text,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE order_items (
    id serial PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id integer NOT NULL REFERENCES products (id),
    qty integer NOT NULL DEFAULT 1,
    unit_price integer NOT NULL DEFAULT 0
);
CREATE INDEX idx_order_items_order_id ON order_items (order_id);
CREATE INDEX idx_order_items_product_id ON order_items (product_id);
