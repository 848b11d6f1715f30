-- The basket is written all day and worth little: without WAL it will be faster.
SET LOCAL lock_timeout = '2s';
ALTER TABLE basket SET UNLOGGED;
