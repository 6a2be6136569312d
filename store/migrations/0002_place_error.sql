-- How well an alert's place is known, and which other cells it may as well lie in. Alerts filed before tell nothing of either.
ALTER TABLE alerts ADD COLUMN place_error_m double precision;
ALTER TABLE alerts ADD COLUMN near_cells jsonb NOT NULL DEFAULT '[]';
