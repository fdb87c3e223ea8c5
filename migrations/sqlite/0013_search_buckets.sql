-- PostgreSQL's index of words changes here; SQLite's reads the newest first as it is.
SELECT 1;
