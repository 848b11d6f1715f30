-- Something to sell: products in categories. Prices are in cents.
CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL
);
CREATE TABLE products (
    id serial PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    title text NOT NULL,
    description text,
    price integer NOT NULL DEFAULT 0,
    category_id bigint REFERENCES categories (id),
    created timestamp NOT NULL DEFAULT now()
);
CREATE INDEX idx_products_category_id ON products (category_id);
