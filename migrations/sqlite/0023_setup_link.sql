-- The link that makes the first administrator, while there is none: at most one row. What the link holds is
-- made from `nonce` with the signing keys, so that every node can say it and the database alone cannot.
CREATE TABLE setup_link (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    nonce      TEXT    NOT NULL,
    token_hash BLOB    NOT NULL
);

-- The words by which an administrator finds people, and operators their tickets: those of the name and of
-- the address, in lower case. The program fills in what is missing when it starts.
CREATE TABLE account_word (
    word    TEXT   NOT NULL,
    user_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (word, user_id)
) WITHOUT ROWID;
CREATE INDEX account_word_by_user ON account_word (user_id);
