-- Somebody pasted a novel into the note of an order. NOT VALID first and VALIDATE after it, as the guide says.
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD CONSTRAINT valid_note_length CHECK (char_length(note) <= 2000) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT valid_note_length;
