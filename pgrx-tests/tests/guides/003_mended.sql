-- What mends every finding in guide 003's SQL that its own profile has.
CREATE INDEX idx_entity_name_created_by ON entity_name (created_by);
ALTER TABLE entity_name DROP CONSTRAINT unique_name_per_parent;
CREATE UNIQUE INDEX idx_entity_name_parent_id_name_active_unique ON entity_name (parent_id, name) WHERE deleted_at IS NULL;
ALTER TABLE entity_name ALTER COLUMN parent_id SET NOT NULL;
CREATE INDEX idx_entity_name_parent_id ON entity_name (parent_id);
CREATE INDEX idx_entity_a_entity_b_entity_b_id ON entity_a_entity_b (entity_b_id);
ALTER TABLE entity_a_entity_b ADD CONSTRAINT valid_role CHECK (role IN ('owner', 'guest'));
CREATE INDEX idx_category_closure_descendant_id ON category_closure (descendant_id);
ALTER TABLE category_closure ADD CONSTRAINT valid_depth CHECK (depth >= 0);
ALTER TABLE categories
    ADD COLUMN created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ADD COLUMN created_by UUID REFERENCES users(id),
    ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX idx_categories_created_by ON categories (created_by);
CREATE TRIGGER update_timestamp BEFORE UPDATE ON categories
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
ALTER INDEX idx_entity_not_deleted RENAME TO idx_entity_name_not_deleted;
