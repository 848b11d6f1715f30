-- The events fill the disk. Partition them: what is there becomes the first partition, under the name that all know.
SET LOCAL lock_timeout = '2s';
ALTER TABLE events RENAME TO events_history;
CREATE TABLE events (LIKE events_history INCLUDING DEFAULTS) PARTITION BY RANGE (happened_at);
ALTER TABLE events ATTACH PARTITION events_history
    FOR VALUES FROM (MINVALUE) TO (date_trunc('month', now()) + interval '1 month');
CREATE TABLE events_next PARTITION OF events
    FOR VALUES FROM (date_trunc('month', now()) + interval '1 month') TO (MAXVALUE);
CREATE VIEW event_counts AS SELECT kind, count(*) AS event_count FROM events_history GROUP BY kind;
