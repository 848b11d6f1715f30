-- What mends every finding in guide 002's SQL that its own profile has.
ALTER TABLE users
    DROP CONSTRAINT valid_email,
    ADD CONSTRAINT valid_email CHECK (email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$');
ALTER TABLE posts
    ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    ADD COLUMN deleted_at TIMESTAMP WITH TIME ZONE;
CREATE TRIGGER update_posts_updated_at BEFORE UPDATE ON posts
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE INDEX idx_post_tags_tag_id ON post_tags(tag_id);
