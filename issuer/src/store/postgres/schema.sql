-- Version 1. Times are milliseconds since 1970 by the server's clock. The columns mean what they mean in SQLite's schema.
CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Every later version keeps this column, so that an older program can tell.
    version INTEGER NOT NULL,
    hash_key BYTEA NOT NULL,
    account BYTEA,
    exclusive BOOLEAN NOT NULL DEFAULT FALSE,
    exclusive_ended TEXT,
    lease_holder UUID,
    lease_until_ms BIGINT NOT NULL DEFAULT 0,
    rate DOUBLE PRECISION,
    search DOUBLE PRECISION NOT NULL DEFAULT 0,
    accepted BIGINT NOT NULL DEFAULT 0,
    next_slot_ms DOUBLE PRECISION NOT NULL DEFAULT 0,
    slowed_ms BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 10); -- the hot row: room for its new versions on the same page

CREATE TABLE orders (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    traffic BIGINT NOT NULL,
    count BIGINT NOT NULL,
    label TEXT,
    meta TEXT,
    created_ms BIGINT NOT NULL,
    acknowledged_ms BIGINT,
    abandoned_ms BIGINT
);
CREATE INDEX orders_open ON orders (id) WHERE acknowledged_ms IS NULL AND abandoned_ms IS NULL;

CREATE TABLE purchases (
    id UUID PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    count BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    started_ms BIGINT NOT NULL,
    deadline_ms BIGINT NOT NULL,
    doubt_ms BIGINT,
    service_time BIGINT
);
CREATE INDEX purchases_of_order ON purchases (order_id);
CREATE INDEX purchases_by_state ON purchases (state, id) WHERE state NOT IN ('bought', 'not_bought');

CREATE TABLE vouchers (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    purchase_id UUID REFERENCES purchases (id),
    code TEXT,
    role TEXT NOT NULL
);
CREATE INDEX vouchers_of_order ON vouchers (order_id);
CREATE INDEX vouchers_of_purchase ON vouchers (purchase_id);
