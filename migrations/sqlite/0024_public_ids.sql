-- What a customer is told has no number that others' doings, internal notes above all, count up.

-- By this key ids become the numbers that are shown outside; see `platform/public_id.rs`.
CREATE TABLE public_id_key (key BLOB NOT NULL);
INSERT INTO public_id_key (key) VALUES (randomblob(32));

-- How many events have concerned somebody, and which of these an entry of the log is. Those of before are
-- no customer's any more: who comes back with an old place loads everything anew.
CREATE TABLE event_count (
    user_id BIGINT PRIMARY KEY,
    number  BIGINT NOT NULL
);
ALTER TABLE event_log ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX event_log_of_owner ON event_log (user_id, number, id) WHERE number > 0;

-- Tickets whose operator was erased: the reference is gone, so this remembers that somebody had them, until
-- their history and those on duty are told.
CREATE TABLE ticket_left (ticket_id BIGINT PRIMARY KEY REFERENCES ticket (id) ON DELETE CASCADE);
CREATE TRIGGER ticket_left_alone AFTER UPDATE OF assigned_to ON ticket
WHEN OLD.assigned_to IS NOT NULL AND NEW.assigned_to IS NULL
  AND NOT EXISTS (SELECT 1 FROM account WHERE id = OLD.assigned_to) BEGIN
    INSERT INTO ticket_left (ticket_id) VALUES (NEW.id) ON CONFLICT (ticket_id) DO NOTHING;
END;
-- Why something changed by itself, for operators.
ALTER TABLE ticket_change ADD COLUMN reason TEXT;
