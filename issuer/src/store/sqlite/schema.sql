-- Version 1. Times are milliseconds since 1970 by the clock of this machine.
CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash_key BLOB NOT NULL,
    -- The keyed hash of the account's token, once a client has used the store.
    account BLOB,
    exclusive INTEGER NOT NULL DEFAULT 0,
    exclusive_ended TEXT,
    lease_holder BLOB,
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    -- The shared pace: purchases a second, NULL until the service refused one as too frequent.
    rate REAL,
    search REAL NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0,
    next_slot_ms REAL NOT NULL DEFAULT 0,
    slowed_ms INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    traffic INTEGER NOT NULL,
    count INTEGER NOT NULL,
    label TEXT,
    -- Whatever the caller keeps with the order.
    meta TEXT,
    created_ms INTEGER NOT NULL,
    acknowledged_ms INTEGER,
    abandoned_ms INTEGER
);
CREATE INDEX orders_open ON orders (id) WHERE acknowledged_ms IS NULL AND abandoned_ms IS NULL;

CREATE TABLE purchases (
    id BLOB PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    count INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    started_ms INTEGER NOT NULL,
    deadline_ms INTEGER NOT NULL,
    doubt_ms INTEGER,
    -- The service's clock before it was sent, in Unix seconds.
    service_time INTEGER
);
CREATE INDEX purchases_of_order ON purchases (order_id);
CREATE INDEX purchases_by_state ON purchases (state);

CREATE TABLE vouchers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    purchase_id BLOB REFERENCES purchases (id),
    -- NULL once the order is acknowledged.
    code TEXT,
    role TEXT NOT NULL
);
CREATE INDEX vouchers_of_order ON vouchers (order_id);
CREATE INDEX vouchers_of_purchase ON vouchers (purchase_id);
