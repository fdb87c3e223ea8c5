CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    unique_key   TEXT    NOT NULL UNIQUE,
    payload      BLOB    NOT NULL,
    tries        BIGINT  NOT NULL,
    run_at       BIGINT  NOT NULL,
    leased_until BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    done_at      BIGINT,
    failed_at    BIGINT,
    last_error   TEXT
);
CREATE INDEX job_due ON job (run_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX job_done ON job (done_at) WHERE done_at IS NOT NULL;

-- What commands beside a server on SQLite leave for it to hear.
CREATE TABLE outside_event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    payload TEXT    NOT NULL
);
