-- Objects in the file storage that no row refers to: written before the object, taken away by the
-- transaction that stores what refers to it. So nothing is ever left over, and the storage is never
-- listed.
CREATE TABLE pending_file (
    storage_key TEXT   PRIMARY KEY,
    -- When the object is removed. 0: given up, nobody may claim it any more.
    due_at      BIGINT NOT NULL
);
CREATE INDEX pending_file_due ON pending_file (due_at);
