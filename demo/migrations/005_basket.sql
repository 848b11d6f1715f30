-- A basket that survives a closed browser: one row for each product that somebody put aside.
CREATE TABLE basket (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    product_id integer NOT NULL REFERENCES products (id),
    active boolean NOT NULL DEFAULT true,
    added timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_basket_owner ON basket (owner);
CREATE INDEX idx_basket_product_id ON basket (product_id);
