DROP TABLE run_tile;
DROP TABLE run_candidate;
ALTER TABLE run DROP COLUMN groups_found;
ALTER TABLE run_result DROP COLUMN value_low, DROP COLUMN value_high;
