-- Links that a newer one has replaced are told from those that have run out.
ALTER TABLE password_reset ADD COLUMN superseded BOOLEAN NOT NULL DEFAULT FALSE;
