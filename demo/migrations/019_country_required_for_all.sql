-- Then for the old rows: repaired, checked while the shop goes on, and then NOT NULL costs nothing.
SET LOCAL lock_timeout = '2s';
UPDATE customers SET country_code = 'DE' WHERE country_code IS NULL;
ALTER TABLE customers VALIDATE CONSTRAINT country_code_given;
ALTER TABLE customers ALTER COLUMN country_code SET NOT NULL;
ALTER TABLE customers DROP CONSTRAINT country_code_given;
