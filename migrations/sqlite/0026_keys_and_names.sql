-- Which key sealed the payload, so that a node takes only what it can read. Empty: written before this.
ALTER TABLE job ADD COLUMN sealed_by TEXT NOT NULL DEFAULT '';

-- Whose names stand in a text, so that they can be taken out when that person is erased. NULL: nobody's, or
-- written before this.
ALTER TABLE notification ADD COLUMN author_id BIGINT;
CREATE INDEX notification_by_author ON notification (author_id) WHERE author_id IS NOT NULL;
ALTER TABLE ticket_change ADD COLUMN old_user BIGINT;
ALTER TABLE ticket_change ADD COLUMN new_user BIGINT;
