CREATE TABLE account (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    username      TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('customer', 'operator', 'admin')),
    language      TEXT    NOT NULL,
    timezone      TEXT    NOT NULL,
    avatar_url    TEXT,
    blocked_at    BIGINT,
    created_at    BIGINT  NOT NULL,
    signed_in_at  BIGINT
);
CREATE INDEX account_by_role ON account (role);

CREATE TABLE password_reset (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash BLOB    NOT NULL UNIQUE,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE INDEX password_reset_by_user ON password_reset (user_id);
