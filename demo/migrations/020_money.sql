-- The accountant wants euros with cents, not cents, everywhere at once.
SET LOCAL lock_timeout = '2s';
ALTER TABLE products ALTER COLUMN price TYPE numeric(12, 2) USING price / 100.0;
ALTER TABLE order_items ALTER COLUMN unit_price TYPE numeric(12, 2) USING unit_price / 100.0;
ALTER TABLE orders ALTER COLUMN total TYPE numeric(12, 2) USING total / 100.0;
