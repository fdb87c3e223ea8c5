CREATE TABLE session (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id            BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- SHA-256 of the refresh token, of the cookie, and of the "it was not me" link.
    token_hash         BLOB    UNIQUE,
    cookie_hash        BLOB    UNIQUE,
    end_link_hash      BLOB    UNIQUE,
    -- The replaced refresh token, and its successor sealed with a key that only its holder has.
    replaced_hash      BLOB,
    replaced_at        BIGINT,
    successor          BLOB,
    sign_in_method     TEXT    NOT NULL,
    name               TEXT,
    ip_address         TEXT    NOT NULL,
    user_agent         TEXT    NOT NULL,
    device_type        TEXT    NOT NULL,
    device             TEXT    NOT NULL,
    browser            TEXT    NOT NULL,
    os                 TEXT    NOT NULL,
    location           TEXT    NOT NULL,
    proven_at          BIGINT  NOT NULL,
    unconfirmed_until  BIGINT,
    last_activity      BIGINT  NOT NULL,
    created_at         BIGINT  NOT NULL,
    expires_at         BIGINT  NOT NULL
);
CREATE INDEX session_by_user ON session (user_id, last_activity DESC);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE sign_in_attempt (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL: an e-mail that nobody has. It is written all the same, to take the same time.
    user_id    BIGINT  REFERENCES account (id) ON DELETE CASCADE,
    method     TEXT    NOT NULL,
    success    BOOLEAN NOT NULL,
    reason     TEXT,
    ip_address TEXT    NOT NULL,
    location   TEXT    NOT NULL,
    user_agent TEXT    NOT NULL,
    device     TEXT    NOT NULL,
    browser    TEXT    NOT NULL,
    -- How many equal attempts in a row this row stands for.
    count      BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX sign_in_attempt_by_user ON sign_in_attempt (user_id, created_at DESC, id DESC);
CREATE INDEX sign_in_attempt_by_time ON sign_in_attempt (created_at);

-- Browsers that have signed in before, known by a cookie.
CREATE TABLE known_device (
    user_id    BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key_hash   BLOB   NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, key_hash)
);
