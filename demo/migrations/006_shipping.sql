-- Parcels: who carries them, and when they leave and arrive.
CREATE TABLE couriers (
    courier_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL UNIQUE
);
CREATE TABLE shipments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    courier_id bigint NOT NULL REFERENCES couriers (courier_id),
    shipped timestamptz,
    delivered timestamptz
);
CREATE INDEX idx_shipments_order_id ON shipments (order_id);
CREATE INDEX courier_lookup ON shipments (courier_id);
