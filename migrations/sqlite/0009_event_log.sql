-- What clients must not miss, in the order of the commits (a single writer), as ids only. Bounded by
-- age and number. With NATS also what nodes tell each other (audience `nodes`, node = who says it).
CREATE TABLE event_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,
    subject_id BIGINT  NOT NULL,
    parent_id  BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,
    audience   TEXT    NOT NULL,
    node       TEXT    NOT NULL,
    -- By the database's clock, for nodes may differ.
    created_at BIGINT  NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
);
