-- An import wrote order lines of nothing. Repair them, and never again.
UPDATE order_items SET qty = 1 WHERE qty < 1;
ALTER TABLE order_items ADD CONSTRAINT valid_qty CHECK (qty > 0);
