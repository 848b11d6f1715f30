-- no transaction
-- The dashboard asks for events of one kind. We know by now how to build an index.
-- expected to fail: CONCURRENTLY is refused on a partitioned table
CREATE INDEX CONCURRENTLY idx_events_kind ON events (kind);
