-- What guide 004 shows of partitions, word for word.
CREATE TABLE orders (
id BIGINT,
user_id UUID,
total_amount DECIMAL,
created_at TIMESTAMP
) PARTITION BY RANGE (created_at);
CREATE TABLE orders_y2024m01 PARTITION OF orders
FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
