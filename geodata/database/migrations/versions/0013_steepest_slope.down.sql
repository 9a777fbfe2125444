ALTER TABLE measurement DROP COLUMN slope_max_deg;
