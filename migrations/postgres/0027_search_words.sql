-- The program makes all words now, with marks inside too. It gives the documents below `below` their new
-- words, the newest first; until then they are found by the old ones. The row goes when they are in.
CREATE TABLE ticket_reindex (below BIGINT NOT NULL);
INSERT INTO ticket_reindex (below) SELECT MAX(id) + 1 FROM ticket_doc HAVING MAX(id) IS NOT NULL;
