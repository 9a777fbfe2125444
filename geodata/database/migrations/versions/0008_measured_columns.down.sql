ALTER TABLE measurement ADD COLUMN distances JSONB;
UPDATE measurement m SET
    distances = coalesce((SELECT jsonb_object_agg(name, jsonb_build_array(m.distance_low_mm[at] / 1000.0,
        CASE WHEN m.distance_high_mm[at] < 2147483647 THEN m.distance_high_mm[at] / 1000.0 END))
        FROM jsonb_array_elements_text(b.common -> 'distances') WITH ORDINALITY AS n(name, at)), '{}'),
    covered = (b.common -> 'covered') || m.covered,
    unknown = jsonb_strip_nulls((b.common -> 'unknown') || m.unknown)
FROM batch b WHERE b.id = m.batch_id;
ALTER TABLE measurement ALTER COLUMN distances SET NOT NULL;
ALTER TABLE measurement DROP COLUMN distance_low_mm;
ALTER TABLE measurement DROP COLUMN distance_high_mm;
ALTER TABLE batch DROP COLUMN common;
COMMENT ON COLUMN measurement.unbuilt_m2 IS 'Area outside buildings and land in use; null = unknown.';
COMMENT ON COLUMN measurement.shares IS 'Share per layer and class, 0..1.';
COMMENT ON COLUMN measurement.covered IS 'Share of the parcel inside the declared coverage, by layer.';
COMMENT ON COLUMN measurement.unknown IS 'Reason code per layer that could not be measured.';
COMMENT ON COLUMN measurement.distances IS 'Metres as [low, high] by service or nuisance; high null = none found.';
