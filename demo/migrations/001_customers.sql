-- Year 1. A shop needs people to sell to: customers who sign in with their e-mail address.
-- We greet them on their birthday, in the language of their country.
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    full_name text NOT NULL,
    phone text,
    birthday date,
    country_code text DEFAULT 'DE',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_customers_birthday_country_code ON customers (birthday, country_code);
