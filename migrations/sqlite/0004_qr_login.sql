-- One row for each code that a computer showed. Only hashes of the two secrets are kept.
CREATE TABLE qr_login_request (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    code_hash        BLOB    NOT NULL UNIQUE,
    poll_secret_hash BLOB    NOT NULL,
    -- Whose phone took the code up, and by which of its sessions.
    user_id          BIGINT  REFERENCES account (id) ON DELETE CASCADE,
    phone_session    BIGINT,
    status           TEXT    NOT NULL,
    -- The computer that asks.
    ip_address       TEXT    NOT NULL,
    -- What its budget is counted by: the address, or the /64 of an IPv6 one.
    address_key      TEXT    NOT NULL,
    user_agent       TEXT    NOT NULL,
    device_type      TEXT    NOT NULL,
    device           TEXT    NOT NULL,
    browser          TEXT    NOT NULL,
    os               TEXT    NOT NULL,
    location         TEXT    NOT NULL,
    -- The number that the computer shows, and the three that the phone offers, separated by commas.
    match_number     BIGINT  NOT NULL,
    match_choices    TEXT    NOT NULL,
    number_required  BOOLEAN NOT NULL,
    created_at       BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    confirmed_at     BIGINT,
    consumed_at      BIGINT,
    -- The session that collecting made; a second collecting in time replaces it.
    issued_session   BIGINT
);
CREATE INDEX qr_login_request_by_secret ON qr_login_request (poll_secret_hash);
CREATE INDEX qr_login_request_by_address ON qr_login_request (address_key, expires_at);
CREATE INDEX qr_login_request_by_expiry ON qr_login_request (expires_at);
