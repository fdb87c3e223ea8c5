-- A browser that its owner used before may ask for the approval by a push message instead of the camera.
ALTER TABLE qr_login_request ADD COLUMN pushed_at BIGINT;
CREATE INDEX known_device_by_key ON known_device (key_hash);
