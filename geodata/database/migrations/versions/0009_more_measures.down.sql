DROP TRIGGER batch_gone ON batch;
DROP FUNCTION batch_gone();
ALTER TABLE measurement ADD CONSTRAINT fk_measurement_batch_id FOREIGN KEY (batch_id) REFERENCES batch (id) ON DELETE CASCADE;
ALTER TABLE measurement
    DROP COLUMN width_m,
    DROP COLUMN frontage_m,
    DROP COLUMN vertices,
    DROP COLUMN parts,
    DROP COLUMN reach_low_mm,
    DROP COLUMN reach_high_mm,
    DROP COLUMN drive_low_ms,
    DROP COLUMN drive_high_ms,
    DROP COLUMN count_low,
    DROP COLUMN count_high,
    DROP COLUMN access_x,
    DROP COLUMN access_y;
COMMENT ON COLUMN batch.common IS 'What holds for every row that says nothing else: covered and unknown by layer; names of the distances in the order of the arrays.';
