ALTER TABLE measurement
    ADD COLUMN width_m DOUBLE PRECISION,
    ADD COLUMN frontage_m DOUBLE PRECISION,
    ADD COLUMN vertices INTEGER,
    ADD COLUMN parts INTEGER,
    ADD COLUMN reach_low_mm INTEGER[] NOT NULL DEFAULT '{}',
    ADD COLUMN reach_high_mm INTEGER[] NOT NULL DEFAULT '{}',
    ADD COLUMN drive_low_ms INTEGER,
    ADD COLUMN drive_high_ms INTEGER,
    ADD COLUMN count_low INTEGER[] NOT NULL DEFAULT '{}',
    ADD COLUMN count_high INTEGER[] NOT NULL DEFAULT '{}',
    ADD COLUMN access_x DOUBLE PRECISION,
    ADD COLUMN access_y DOUBLE PRECISION;
COMMENT ON COLUMN measurement.width_m IS 'Diameter of a circle that fits into the parcel, metres; the largest is at most 0.5 m wider.';
COMMENT ON COLUMN measurement.frontage_m IS 'Metres of the border along a road; null = unknown.';
COMMENT ON COLUMN measurement.vertices IS 'Corners of the outline, holes included.';
COMMENT ON COLUMN measurement.parts IS 'Separate pieces of the parcel.';
COMMENT ON COLUMN measurement.reach_low_mm IS 'Lower end of each way along the roads, millimetres, named by batch.common.';
COMMENT ON COLUMN measurement.reach_high_mm IS 'Upper end of each way, millimetres, equal to the lower where it is certain; 2147483647 = none found.';
COMMENT ON COLUMN measurement.drive_low_ms IS 'Least time to a main road, milliseconds; null = not measured.';
COMMENT ON COLUMN measurement.drive_high_ms IS 'Most time to a main road, milliseconds; 2147483647 = none found, null = not measured.';
COMMENT ON COLUMN measurement.count_low IS 'Lower end of each number within a radius, named by batch.common.';
COMMENT ON COLUMN measurement.count_high IS 'Upper end of each number within a radius; 2147483647 = no upper end is known.';
COMMENT ON COLUMN measurement.access_x IS 'Where the parcel joins the roads, EPSG:31370, metres; null = nowhere.';
COMMENT ON COLUMN measurement.access_y IS 'Where the parcel joins the roads, EPSG:31370, metres; null = nowhere.';
COMMENT ON COLUMN batch.common IS 'What holds for every row that says nothing else: covered and unknown by layer; names of the distances, ways and numbers in the order of the arrays.';

-- A foreign key asks for every row of a COPY whether its batch is there, which takes longer than writing it.
ALTER TABLE measurement DROP CONSTRAINT fk_measurement_batch_id;
CREATE FUNCTION batch_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM measurement m USING gone WHERE m.batch_id = gone.id;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_gone AFTER DELETE ON batch REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION batch_gone();
