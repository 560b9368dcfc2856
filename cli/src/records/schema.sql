CREATE TABLE own (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Codes are looked up by HMAC-SHA-256 under this key, and kept in no other form.
    hash_key BLOB NOT NULL
) STRICT;

-- What spent or destroyed something. `result` is absent until the answer is known.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    account TEXT NOT NULL,
    code BLOB,
    masked TEXT,
    order_key TEXT,
    label TEXT,
    count INTEGER,
    traffic INTEGER,
    result TEXT,
    detail TEXT
) STRICT;
CREATE INDEX log_of_code ON log (code);

CREATE TABLE customer (
    code BLOB PRIMARY KEY,
    customer TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE redemption (
    code BLOB PRIMARY KEY,
    username TEXT,
    at INTEGER
) STRICT, WITHOUT ROWID;

-- For one voucher of the order, in ten-thousandths of the currency.
CREATE TABLE price (
    order_key TEXT PRIMARY KEY,
    cost INTEGER,
    price INTEGER,
    currency TEXT NOT NULL
) STRICT, WITHOUT ROWID;
