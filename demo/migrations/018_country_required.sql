-- The country will be required too, and nobody shall wait for it: first for new rows only.
SET LOCAL lock_timeout = '2s';
ALTER TABLE customers ADD CONSTRAINT country_code_given CHECK (country_code IS NOT NULL) NOT VALID;
