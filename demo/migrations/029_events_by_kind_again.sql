-- no transaction
-- The index once more, as the manual says: an empty one on the parent, then one on each partition.
SET lock_timeout = '2s';
CREATE INDEX idx_events_kind ON ONLY events (kind);
RESET lock_timeout;
CREATE INDEX CONCURRENTLY idx_events_history_kind ON events_history (kind);
CREATE INDEX CONCURRENTLY idx_events_next_kind ON events_next (kind);
