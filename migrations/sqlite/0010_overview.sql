-- What the overview reads stands in its indexes, so that no row is looked up.
DROP INDEX ticket_by_creation;
CREATE INDEX ticket_by_creation ON ticket (created_at, first_answer_at, id);
DROP INDEX ticket_by_closing;
CREATE INDEX ticket_by_closing ON ticket (closed_at, assigned_to) WHERE closed_at IS NOT NULL;
DROP INDEX response_by_author;
CREATE INDEX response_answers ON response (created_at, author_id, by_staff, is_internal)
    WHERE by_staff AND NOT is_internal;
-- Who waits longest, of each priority and of each operator.
CREATE INDEX ticket_waiting_by_priority ON ticket (priority, waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_waiting_for_operator ON ticket (assigned_to, waiting_since) WHERE waiting_since IS NOT NULL;
