-- Year 4. New developers stumble over our names. The basket table gets the ones it should have had.
SET LOCAL lock_timeout = '2s';
ALTER TABLE basket RENAME TO baskets;
ALTER TABLE baskets RENAME COLUMN owner TO customer_id;
ALTER TABLE baskets RENAME COLUMN active TO is_active;
