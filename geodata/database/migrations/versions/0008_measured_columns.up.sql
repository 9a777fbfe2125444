-- Ten million rows are only stored in minutes when a row says no more than it has to.
ALTER TABLE batch ADD COLUMN common JSONB NOT NULL DEFAULT '{"covered": {}, "unknown": {}, "distances": []}';
ALTER TABLE batch ALTER COLUMN common DROP DEFAULT;
COMMENT ON COLUMN batch.common IS 'What holds for every row that says nothing else: covered and unknown by layer; names of the distances in the order of the arrays.';

ALTER TABLE measurement ADD COLUMN distance_low_mm INTEGER[];
ALTER TABLE measurement ADD COLUMN distance_high_mm INTEGER[];
UPDATE batch b SET common = jsonb_set(b.common, '{distances}', coalesce(
    (SELECT jsonb_agg(name ORDER BY name) FROM (SELECT DISTINCT jsonb_object_keys(m.distances) AS name
     FROM (SELECT distances FROM measurement WHERE batch_id = b.id LIMIT 1) m) n), '[]'));
UPDATE measurement m SET
    distance_low_mm = ARRAY(SELECT round((m.distances -> name ->> 0)::numeric * 1000)::int
        FROM jsonb_array_elements_text(b.common -> 'distances') WITH ORDINALITY AS n(name, at) ORDER BY at),
    distance_high_mm = ARRAY(SELECT coalesce(round((m.distances -> name ->> 1)::numeric * 1000)::int, 2147483647)
        FROM jsonb_array_elements_text(b.common -> 'distances') WITH ORDINALITY AS n(name, at) ORDER BY at)
FROM batch b WHERE b.id = m.batch_id;
ALTER TABLE measurement ALTER COLUMN distance_low_mm SET NOT NULL;
ALTER TABLE measurement ALTER COLUMN distance_high_mm SET NOT NULL;
ALTER TABLE measurement DROP COLUMN distances;
COMMENT ON COLUMN measurement.unbuilt_m2 IS 'Square metres outside buildings and land in use; null = unknown.';
COMMENT ON COLUMN measurement.shares IS 'Share of the parcel by layer and class, 0..1; what is 0 is left out.';
COMMENT ON COLUMN measurement.covered IS 'Share of the parcel inside the declared coverage, 0..1, by layer, where it is not that of batch.common.';
COMMENT ON COLUMN measurement.unknown IS 'Reason code by layer where it is not that of batch.common; JSON null = known here.';
COMMENT ON COLUMN measurement.distance_low_mm IS 'Lower end of each distance from the border of the parcel, millimetres, named by batch.common.';
COMMENT ON COLUMN measurement.distance_high_mm IS 'Upper end of each distance, millimetres, equal to the lower where it is certain; 2147483647 = none found.';
