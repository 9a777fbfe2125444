ALTER TABLE measurement ADD COLUMN access_class TEXT, ADD COLUMN access_width_m DOUBLE PRECISION;
COMMENT ON COLUMN measurement.access_class IS 'Class of the road where the parcel joins the roads; null = not known.';
COMMENT ON COLUMN measurement.access_width_m IS 'Carriageway width of that road, metres; null = not known, or stated by no source.';
