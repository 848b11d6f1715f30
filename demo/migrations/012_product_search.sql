-- Marketing wants search, by tomorrow: let PostgreSQL keep the words of each product and index them.
ALTER TABLE products ADD COLUMN search_document tsvector
    GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || coalesce(description, ''))) STORED;
CREATE INDEX idx_products_search_document ON products USING gin (search_document);
