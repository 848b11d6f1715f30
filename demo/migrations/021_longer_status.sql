-- 'waiting for collection' does not fit into 20 characters. A longer varchar is free, they say.
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ALTER COLUMN status TYPE varchar(40);
