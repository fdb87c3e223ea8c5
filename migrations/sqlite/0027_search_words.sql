-- The program makes all words now, with marks inside too, and gives them separated by spaces: this tokenizer
-- leaves them as they are.
DROP TRIGGER ticket_doc_gone;
DROP TABLE ticket_fts;
CREATE VIRTUAL TABLE ticket_fts USING fts5(
    words, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4 5',
    tokenize = "ascii tokenchars '._'"
);
CREATE TRIGGER ticket_doc_gone AFTER DELETE ON ticket_doc BEGIN
    DELETE FROM ticket_fts WHERE rowid = OLD.id;
END;

-- The program indexes the documents below `below`, the newest first. The row goes when they are in.
DROP TABLE ticket_reindex;
CREATE TABLE ticket_reindex (below BIGINT NOT NULL);
INSERT INTO ticket_reindex (below) SELECT MAX(id) + 1 FROM ticket_doc HAVING MAX(id) IS NOT NULL;
