-- Video: stills and clips beside the pictures, cameras that are not well, and who looked at faces.
ALTER TABLE evidence ADD COLUMN kind text NOT NULL DEFAULT 'picture' CHECK (kind IN ('picture', 'still', 'clip', 'redacted-clip'));
-- A clip of some minutes from a 4K camera does not fit an integer's two gigabytes.
ALTER TABLE evidence ALTER COLUMN bytes TYPE bigint;

ALTER TABLE alerts DROP CONSTRAINT alerts_source_check;
ALTER TABLE alerts ADD CONSTRAINT alerts_source_check CHECK (source IN ('camera', 'sensor', 'sos', 'health'));
-- When what raised it ended by itself; null while it lasts, and for alerts that do not end so.
ALTER TABLE alerts ADD COLUMN cleared_at_ms bigint;

ALTER TABLE operators ADD COLUMN sees_faces boolean NOT NULL DEFAULT false;
-- Every look at a picture or video in which faces can be recognised: who, what, when and why.
CREATE TABLE face_views (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operator_name text NOT NULL,
  what text NOT NULL,
  purpose text NOT NULL,
  at_ms bigint NOT NULL
);
CREATE INDEX face_views_age ON face_views (at_ms);
