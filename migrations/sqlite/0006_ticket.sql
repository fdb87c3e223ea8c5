CREATE TABLE ticket (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id          BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    title            TEXT    NOT NULL,
    message          TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    status_since     BIGINT  NOT NULL,
    priority         TEXT    NOT NULL,
    category         TEXT    NOT NULL,
    assigned_to      BIGINT  REFERENCES account (id) ON DELETE SET NULL,
    -- The closed ticket that this one goes on from.
    previous_id      BIGINT  REFERENCES ticket (id) ON DELETE SET NULL,
    -- Public answers only, as everything here: an internal note changes none of it.
    response_count   BIGINT  NOT NULL DEFAULT 0,
    last_response_at BIGINT,
    -- Whether the last public word is an operator's.
    last_by_staff    BOOLEAN NOT NULL DEFAULT FALSE,
    first_answer_at  BIGINT,
    -- Since when the customer waits; NULL while it is the customer's turn.
    waiting_since    BIGINT,
    -- When time acts next (a reminder, resolving, closing); NULL: not at all.
    due_at           BIGINT,
    reminded_at      BIGINT,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    closed_at        BIGINT,
    version          BIGINT  NOT NULL DEFAULT 0
);
-- Pages of lists, newest first. What a filter asks stands in the index, so that rows that do not
-- match are passed over without being read.
CREATE INDEX ticket_by_time ON ticket (updated_at DESC, id DESC, status, category, priority, assigned_to);
CREATE INDEX ticket_by_user ON ticket (user_id, updated_at DESC, id DESC, status, category, priority);
CREATE INDEX ticket_by_status ON ticket (status, updated_at DESC, id DESC, category, priority, assigned_to);
CREATE INDEX ticket_by_operator ON ticket (assigned_to, updated_at DESC, id DESC, status, category, priority);
CREATE INDEX ticket_due ON ticket (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ticket_waiting ON ticket (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_by_creation ON ticket (created_at);
CREATE INDEX ticket_by_closing ON ticket (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ticket_by_previous ON ticket (previous_id) WHERE previous_id IS NOT NULL;

CREATE TABLE response (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id   BIGINT  NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    author_id   BIGINT  REFERENCES account (id) ON DELETE SET NULL,
    -- Whether the author was staff when writing.
    by_staff    BOOLEAN NOT NULL,
    message     TEXT    NOT NULL,
    is_internal BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX response_by_ticket ON response (ticket_id, id);
CREATE INDEX response_by_author ON response (author_id, created_at) WHERE by_staff;

CREATE TABLE ticket_attachment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id   BIGINT  NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    filename    TEXT    NOT NULL,
    storage_key TEXT    NOT NULL UNIQUE,
    file_size   BIGINT  NOT NULL,
    mime_type   TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX ticket_attachment_by_ticket ON ticket_attachment (ticket_id);

CREATE TABLE response_attachment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    response_id BIGINT  NOT NULL REFERENCES response (id) ON DELETE CASCADE,
    filename    TEXT    NOT NULL,
    storage_key TEXT    NOT NULL UNIQUE,
    file_size   BIGINT  NOT NULL,
    mime_type   TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX response_attachment_by_response ON response_attachment (response_id);

-- Who changed what, when. Nothing about internal notes stands here.
CREATE TABLE ticket_change (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id  BIGINT  NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    -- NULL: time did it.
    author_id  BIGINT  REFERENCES account (id) ON DELETE SET NULL,
    field      TEXT    NOT NULL,
    old_value  TEXT,
    new_value  TEXT,
    created_at BIGINT  NOT NULL
);
CREATE INDEX ticket_change_by_ticket ON ticket_change (ticket_id, id);

-- Up to when somebody has read a ticket.
CREATE TABLE ticket_seen (
    user_id   BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, ticket_id)
) WITHOUT ROWID;
CREATE INDEX ticket_seen_by_ticket ON ticket_seen (ticket_id);

-- What a repeated request made the first time.
CREATE TABLE idempotency_key (
    user_id     BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key         TEXT   NOT NULL,
    -- SHA-256 of what was asked: the same key with another request is an error.
    fingerprint BLOB   NOT NULL,
    ticket_id   BIGINT NOT NULL,
    response_id BIGINT,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_key_by_time ON idempotency_key (created_at);

-- How many tickets there are of each sort, kept by the triggers below in the transaction that changes
-- a ticket. Eight slots a sort, so that writers seldom wait for each other. 0 in assigned_to: nobody.
CREATE TABLE ticket_count (
    slot        BIGINT NOT NULL,
    status      TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    priority    TEXT   NOT NULL,
    assigned_to BIGINT NOT NULL,
    count       BIGINT NOT NULL,
    PRIMARY KEY (slot, status, category, priority, assigned_to)
) WITHOUT ROWID;

CREATE TRIGGER ticket_counted_in AFTER INSERT ON ticket BEGIN
    INSERT INTO ticket_count (slot, status, category, priority, assigned_to, count)
    VALUES (NEW.id % 8, NEW.status, NEW.category, NEW.priority, COALESCE(NEW.assigned_to, 0), 1)
    ON CONFLICT (slot, status, category, priority, assigned_to) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER ticket_counted_out AFTER DELETE ON ticket BEGIN
    UPDATE ticket_count SET count = count - 1
    WHERE slot = OLD.id % 8 AND status = OLD.status AND category = OLD.category AND priority = OLD.priority
      AND assigned_to = COALESCE(OLD.assigned_to, 0);
END;
CREATE TRIGGER ticket_counted_over AFTER UPDATE OF status, category, priority, assigned_to ON ticket
WHEN OLD.status <> NEW.status OR OLD.category <> NEW.category OR OLD.priority <> NEW.priority
  OR OLD.assigned_to IS NOT NEW.assigned_to BEGIN
    UPDATE ticket_count SET count = count - 1
    WHERE slot = OLD.id % 8 AND status = OLD.status AND category = OLD.category AND priority = OLD.priority
      AND assigned_to = COALESCE(OLD.assigned_to, 0);
    INSERT INTO ticket_count (slot, status, category, priority, assigned_to, count)
    VALUES (NEW.id % 8, NEW.status, NEW.category, NEW.priority, COALESCE(NEW.assigned_to, 0), 1)
    ON CONFLICT (slot, status, category, priority, assigned_to) DO UPDATE SET count = count + 1;
END;

-- The objects of files that are gone, by whatever way, are given up for removal.
CREATE TRIGGER ticket_attachment_gone AFTER DELETE ON ticket_attachment BEGIN
    INSERT INTO pending_file (storage_key, due_at) VALUES (OLD.storage_key, 0);
END;
CREATE TRIGGER response_attachment_gone AFTER DELETE ON response_attachment BEGIN
    INSERT INTO pending_file (storage_key, due_at) VALUES (OLD.storage_key, 0);
END;
