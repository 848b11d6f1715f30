-- The newsletter once more: no is the answer of those who were never asked.
SET LOCAL lock_timeout = '2s';
ALTER TABLE customers ADD COLUMN has_newsletter boolean NOT NULL DEFAULT false;
