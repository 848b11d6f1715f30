-- The incident. Black Friday, 21:40: order_items.id will reach 2,147,483,647 tonight. It must be a bigint, now.
ALTER TABLE order_items ALTER COLUMN id TYPE bigint;
ALTER SEQUENCE order_items_id_seq AS bigint;
