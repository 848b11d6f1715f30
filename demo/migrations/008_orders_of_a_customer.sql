-- Year 2. 'My orders' is slow: it reads the whole table to find the orders of one customer.
CREATE INDEX idx_orders_customer_id ON orders (customer_id);
