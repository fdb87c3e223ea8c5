-- SQLite's index of words changes here; PostgreSQL's finds beginnings as it is.
SELECT 1;
