ALTER TABLE measurement ADD COLUMN slope_max_deg DOUBLE PRECISION;
COMMENT ON COLUMN measurement.slope_max_deg IS 'Slope of the steepest cell, degrees; null = unknown.';
