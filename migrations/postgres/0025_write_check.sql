-- Where a node writes to see whether it can: each to one of 64 rows.
CREATE TABLE write_check (
    slot BIGINT PRIMARY KEY,
    writes BIGINT NOT NULL
);
WITH RECURSIVE number (slot) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT slot + 1 FROM number WHERE slot < 63)
INSERT INTO write_check (slot, writes) SELECT slot, 0 FROM number;
