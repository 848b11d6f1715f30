-- The law: a customer may ask to be forgotten, support must be able to do it, and birthdays are no business of ours.
SET LOCAL lock_timeout = '2s';
CREATE INDEX idx_events_customer_id ON events (customer_id);
CREATE FUNCTION forget_customer(forgotten_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER
AS $$
    UPDATE customers SET email = 'forgotten-' || id, full_name = '', phone = '' WHERE id = forgotten_id;
    DELETE FROM events WHERE customer_id = forgotten_id;
$$;
ALTER TABLE customers DROP COLUMN birthday;
