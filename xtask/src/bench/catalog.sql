-- Tables with what tables have, from one number to another: bench.tables(0, 1000).
CREATE SCHEMA bench;
CREATE SCHEMA app;

CREATE PROCEDURE bench.tables(first integer, last integer)
    LANGUAGE plpgsql
AS $$
BEGIN
    FOR n IN first .. last - 1 LOOP
        IF n % 20 = 19 THEN
            -- One partitioned table, its partitions counted as tables.
            CONTINUE WHEN n % 200 <> 199;
            EXECUTE format(
                'CREATE TABLE app.events_%s (id bigint NOT NULL, happened_at timestamptz NOT NULL, payload jsonb,
                     PRIMARY KEY (id, happened_at)) PARTITION BY RANGE (happened_at)', n);
            FOR year IN 2016 .. 2024 LOOP
                EXECUTE format(
                    'CREATE TABLE app.events_%s_%s PARTITION OF app.events_%s FOR VALUES FROM (%L) TO (%L)',
                    n, year, n, year || '-01-01', (year + 1) || '-01-01');
            END LOOP;
        ELSE
            EXECUTE format(
                'CREATE TABLE app.items_%s (
                     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                     parent_id bigint %s,
                     code varchar(20) NOT NULL,
                     name text,
                     amount numeric(12, 2) NOT NULL DEFAULT 0 %s,
                     status text NOT NULL DEFAULT ''new'',
                     is_open boolean NOT NULL DEFAULT true,
                     note text,
                     created_at timestamptz NOT NULL DEFAULT now(),
                     updated_at timestamptz NOT NULL DEFAULT now())',
                n,
                CASE WHEN n % 20 > 0 THEN format('REFERENCES app.items_%s ON DELETE CASCADE', n - 1) END,
                CASE WHEN n % 10 = 0 THEN 'CHECK (amount >= 0)' END);
            IF n % 3 <> 0 THEN
                EXECUTE format('CREATE INDEX ON app.items_%s (parent_id)', n);
            END IF;
            EXECUTE format('CREATE INDEX ON app.items_%s (code)', n);
            IF n % 7 = 0 THEN
                EXECUTE format('CREATE INDEX ON app.items_%s (code)', n);
            END IF;
            IF n % 11 = 0 THEN
                EXECUTE format('CREATE INDEX ON app.items_%s (created_at) WHERE is_open', n);
            END IF;
        END IF;
        IF n % 200 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
    COMMIT;
END
$$;
