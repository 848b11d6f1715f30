-- Marketing wants a newsletter. Every customer must have said yes or no.
-- expected to fail: nobody has said anything yet, and the column takes no NULL
ALTER TABLE customers ADD COLUMN has_newsletter boolean NOT NULL;
