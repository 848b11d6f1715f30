-- A competitor counts our orders by their numbers. Customers shall see a random one.
ALTER TABLE orders ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;
