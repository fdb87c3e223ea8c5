-- What a customer is told has no number that others' doings, internal notes above all, count up.

-- By this key ids become the numbers that are shown outside; see `platform/public_id.rs`.
CREATE TABLE public_id_key (key BYTEA NOT NULL);
INSERT INTO public_id_key (key)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

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
CREATE FUNCTION ticket_left_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM account WHERE id = OLD.assigned_to) THEN
        INSERT INTO ticket_left (ticket_id) VALUES (NEW.id) ON CONFLICT (ticket_id) DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ticket_left_alone AFTER UPDATE OF assigned_to ON ticket
FOR EACH ROW WHEN (OLD.assigned_to IS NOT NULL AND NEW.assigned_to IS NULL) EXECUTE FUNCTION ticket_left_alone();
-- Why something changed by itself, for operators.
ALTER TABLE ticket_change ADD COLUMN reason TEXT;
