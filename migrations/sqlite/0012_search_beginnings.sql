-- Beginnings of words get an index of their own: a search as one types would else be put together from
-- all words that begin so. And the owner's mark ("_42") begins as no word of a text or a search can.
DROP TRIGGER ticket_doc_gone;
DROP TABLE ticket_fts;
CREATE VIRTUAL TABLE ticket_fts USING fts5(
    words, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4 5',
    tokenize = "unicode61 remove_diacritics 0 tokenchars '_'"
);
CREATE TRIGGER ticket_doc_gone AFTER DELETE ON ticket_doc BEGIN
    DELETE FROM ticket_fts WHERE rowid = OLD.id;
END;

-- The program makes stems, so it fills the new index after its start: the documents above `done` up to
-- `until`. The row goes when they are in.
CREATE TABLE ticket_reindex (done BIGINT NOT NULL, until BIGINT NOT NULL);
INSERT INTO ticket_reindex (done, until) SELECT 0, MAX(id) FROM ticket_doc HAVING MAX(id) IS NOT NULL;
