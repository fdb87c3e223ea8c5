-- What was brought over from another portal: which row here is which there. Written in the transaction of the
-- row itself, so that a second run knows what is here already, however the first one ended. Rows stay when
-- what they lead to is removed: nothing that somebody took away comes back.
CREATE TABLE import_map (
    source    TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    source_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    -- How it stood there when it was written, where a later run may have to follow it.
    state     TEXT,
    PRIMARY KEY (source, kind, source_id)
) WITHOUT ROWID;

-- What was said before this moment counts as read by everybody.
ALTER TABLE ticket ADD COLUMN read_before BIGINT;
-- Time reminds, resolves and closes for nothing that happened before this moment.
ALTER TABLE ticket ADD COLUMN quiet_before BIGINT;
