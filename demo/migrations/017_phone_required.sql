-- Year 3. After the incident every migration sets lock_timeout. Couriers want a phone number of everybody.
SET LOCAL lock_timeout = '2s';
UPDATE customers SET phone = '' WHERE phone IS NULL;
ALTER TABLE customers ALTER COLUMN phone SET NOT NULL;
