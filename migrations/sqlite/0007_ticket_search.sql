-- What can be found: a document for each question and each answer, the newest with the highest id.
CREATE TABLE ticket_doc (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id   BIGINT  NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    response_id BIGINT  REFERENCES response (id) ON DELETE CASCADE,
    user_id     BIGINT  NOT NULL,
    is_internal BOOLEAN NOT NULL
);
CREATE INDEX ticket_doc_by_ticket ON ticket_doc (ticket_id);
CREATE INDEX ticket_doc_by_response ON ticket_doc (response_id);

-- Stems of words, made by the program. A public document also has the word of its owner ("owner42"):
-- a customer's search asks for it, so that nobody else's documents and no internal note can match.
CREATE VIRTUAL TABLE ticket_fts USING fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 0"
);
CREATE TRIGGER ticket_doc_gone AFTER DELETE ON ticket_doc BEGIN
    DELETE FROM ticket_fts WHERE rowid = OLD.id;
END;
