ALTER TABLE run DROP COLUMN current_since;
