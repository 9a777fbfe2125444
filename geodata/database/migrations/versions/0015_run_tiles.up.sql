ALTER TABLE run_result
    ADD COLUMN value_low SMALLINT[],
    ADD COLUMN value_high SMALLINT[];
COMMENT ON COLUMN run_result.value_low IS 'Value of each criterion at its worst, ten-thousandths, in the order of the profile; null for incompatible.';
COMMENT ON COLUMN run_result.value_high IS 'The same at its best; null where every value is certain.';
ALTER TABLE run ADD COLUMN groups_found INTEGER;
COMMENT ON COLUMN run.groups_found IS 'Groups of parcels found, of which run_candidate holds the best; null = none were looked for.';
CREATE TABLE run_candidate (
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    capakeys TEXT[] NOT NULL,
    dataset_ids BIGINT[] NOT NULL,
    nis CHAR(5),
    area_m2 DOUBLE PRECISION NOT NULL,
    owner_class TEXT,
    verdict TEXT NOT NULL,
    so_far TEXT NOT NULL,
    rank INTEGER,
    score_low DOUBLE PRECISION NOT NULL,
    score_high DOUBLE PRECISION NOT NULL,
    pitches_low INTEGER,
    pitches_high INTEGER,
    unknown_count INTEGER NOT NULL,
    variants INTEGER,
    value_low SMALLINT[],
    value_high SMALLINT[],
    geom_3857 geometry(MultiPolygon, 3857) NOT NULL,
    CONSTRAINT pk_run_candidate PRIMARY KEY (run_id, number),
    CONSTRAINT fk_run_candidate_run_id FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE
);
COMMENT ON TABLE run_candidate IS 'Candidates of a run as tiles show them, groups of parcels included; made with the run.';
COMMENT ON COLUMN run_candidate.run_id IS 'Run.';
COMMENT ON COLUMN run_candidate.number IS 'Number within the run, from 1.';
COMMENT ON COLUMN run_candidate.source IS 'parcel or assembly.';
COMMENT ON COLUMN run_candidate.capakeys IS 'Cadastral keys of its parcels.';
COMMENT ON COLUMN run_candidate.dataset_ids IS 'Dataset versions its parcels are from.';
COMMENT ON COLUMN run_candidate.nis IS 'Municipality with the largest part; null = none found.';
COMMENT ON COLUMN run_candidate.area_m2 IS 'Drawn area, square metres.';
COMMENT ON COLUMN run_candidate.owner_class IS 'Class of owner of a parcel; null = unknown, or a group.';
COMMENT ON COLUMN run_candidate.verdict IS 'compatible, needs_derogation or unknown.';
COMMENT ON COLUMN run_candidate.so_far IS 'Verdict on what is known.';
COMMENT ON COLUMN run_candidate.rank IS 'Place in the list; of a group, the place it would have.';
COMMENT ON COLUMN run_candidate.score_low IS 'Score with every unknown criterion at its worst.';
COMMENT ON COLUMN run_candidate.score_high IS 'Score with every unknown criterion at its best.';
COMMENT ON COLUMN run_candidate.pitches_low IS 'Pitches, low estimate.';
COMMENT ON COLUMN run_candidate.pitches_high IS 'Pitches, high estimate.';
COMMENT ON COLUMN run_candidate.unknown_count IS 'Layers that are missing for it.';
COMMENT ON COLUMN run_candidate.variants IS 'Groups like this one that are not listed; null for a parcel.';
COMMENT ON COLUMN run_candidate.value_low IS 'Value of each criterion at its worst, ten-thousandths, in the order of the profile.';
COMMENT ON COLUMN run_candidate.value_high IS 'The same at its best; null where every value is certain.';
COMMENT ON COLUMN run_candidate.geom_3857 IS 'Shape, EPSG:3857, for tiles only: never measured.';
CREATE INDEX ix_run_candidate_geom_3857 ON run_candidate USING gist (geom_3857);
CREATE TABLE run_tile (
    run_id TEXT NOT NULL,
    layer TEXT NOT NULL,
    z SMALLINT NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    body BYTEA NOT NULL,
    CONSTRAINT pk_run_tile PRIMARY KEY (run_id, layer, z, x, y),
    CONSTRAINT fk_run_tile_run_id FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE
);
COMMENT ON TABLE run_tile IS 'Tiles of totals of a run, made with it, for zooms at which parcels are too many.';
COMMENT ON COLUMN run_tile.run_id IS 'Run.';
COMMENT ON COLUMN run_tile.layer IS 'parcels or candidates.';
COMMENT ON COLUMN run_tile.z IS 'Zoom.';
COMMENT ON COLUMN run_tile.x IS 'Column.';
COMMENT ON COLUMN run_tile.y IS 'Row, from the north.';
COMMENT ON COLUMN run_tile.left_out IS 'Features summed up instead of drawn.';
COMMENT ON COLUMN run_tile.body IS 'Mapbox vector tile, gzip.';
ALTER TABLE run_tile ALTER COLUMN body SET STORAGE EXTERNAL;
-- Results of before: their candidates, without groups, values and totals. The next scoring makes them.
INSERT INTO run_candidate
SELECT r.run_id, row_number() OVER (PARTITION BY r.run_id ORDER BY r.rank, r.parcel_id), 'parcel', ARRAY[p.capakey],
       ARRAY[p.dataset_id], p.nis, p.area_m2, m.owner_class, r.verdict, r.so_far, r.rank, r.score_low, r.score_high,
       r.pitches_low, r.pitches_high, cardinality(r.unknown), NULL, NULL, NULL, p.geom_3857
FROM run_result r JOIN parcel p ON p.id = r.parcel_id
LEFT JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
WHERE r.verdict <> 'incompatible';
