-- What a person is told. One message to one recipient is one row: nobody is told the same twice.
CREATE TABLE notification (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    message_key TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    ticket_id   BIGINT,
    -- Shown, mailed and pushed only while its reader is an operator.
    staff_only  BOOLEAN NOT NULL,
    -- JSON of what the text needs; the text is made in the reader's language when it is shown.
    facts       TEXT    NOT NULL,
    -- By which ways it goes, as the settings were when it was written.
    in_app      BOOLEAN NOT NULL,
    by_mail     BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    read_at     BIGINT,
    mailed_at   BIGINT,
    UNIQUE (user_id, message_key)
);
CREATE INDEX notification_list ON notification (user_id, id DESC) WHERE in_app;
CREATE INDEX notification_unread ON notification (user_id, staff_only) WHERE in_app AND read_at IS NULL;
CREATE INDEX notification_of_ticket ON notification (user_id, ticket_id) WHERE read_at IS NULL;
CREATE INDEX notification_to_mail ON notification (user_id, ticket_id) WHERE by_mail AND mailed_at IS NULL;
CREATE INDEX notification_by_time ON notification (created_at);

-- A person's choice where it differs from the default.
CREATE TABLE notification_setting (
    user_id BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind    TEXT    NOT NULL,
    channel TEXT    NOT NULL,
    is_on   BOOLEAN NOT NULL,
    PRIMARY KEY (user_id, kind, channel)
);

-- Minutes of the day in the account's time zone.
CREATE TABLE quiet_hours (
    user_id     BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL
);

-- Devices that take push messages. One that is signed out gets none: its row goes with the session.
CREATE TABLE push_subscription (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    session_id    BIGINT  NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    endpoint_hash BLOB    NOT NULL UNIQUE,
    endpoint      TEXT    NOT NULL,
    p256dh        BLOB    NOT NULL,
    auth          BLOB    NOT NULL,
    created_at    BIGINT  NOT NULL,
    last_ok       BIGINT,
    failures      BIGINT  NOT NULL
);
CREATE INDEX push_subscription_by_user ON push_subscription (user_id, id);
CREATE INDEX push_subscription_by_session ON push_subscription (session_id);

-- Secrets that all nodes share, sealed with the signing keys.
CREATE TABLE shared_secret (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
);

-- What the administrator sees of a job, without its sealed payload.
ALTER TABLE job ADD COLUMN kind TEXT NOT NULL DEFAULT 'mail';
ALTER TABLE job ADD COLUMN target TEXT NOT NULL DEFAULT '';
-- Jobs that wait for more of the same: until when at most, and how often they were asked for.
ALTER TABLE job ADD COLUMN latest_at BIGINT;
ALTER TABLE job ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
CREATE INDEX job_failed ON job (failed_at) WHERE failed_at IS NOT NULL;
