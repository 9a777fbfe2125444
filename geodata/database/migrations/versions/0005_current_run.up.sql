-- A run scored for another day than that on which it was asked for is found by its id only.
ALTER TABLE run ADD COLUMN current_since TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN run.current_since IS 'When it was last asked for as the result of that day; null = only ever asked for another day.';
-- The day here and the day of the server may differ by one.
UPDATE run SET current_since = created WHERE abs(as_of - created::date) <= 1;
