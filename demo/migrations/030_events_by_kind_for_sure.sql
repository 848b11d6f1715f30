-- no transaction
-- The dashboard is still slow. Make sure that the index is there.
SET lock_timeout = '2s';
CREATE INDEX IF NOT EXISTS idx_events_kind ON events (kind);
-- It was there all the time, and invalid: the last step had been forgotten.
ALTER INDEX idx_events_kind ATTACH PARTITION idx_events_history_kind;
ALTER INDEX idx_events_kind ATTACH PARTITION idx_events_next_kind;
RESET lock_timeout;
