ALTER TABLE run_result
    ADD COLUMN left_low_m2 DOUBLE PRECISION,
    ADD COLUMN left_high_m2 DOUBLE PRECISION,
    ADD COLUMN first_share DOUBLE PRECISION,
    ADD COLUMN top_share DOUBLE PRECISION;
COMMENT ON COLUMN run_result.left_low_m2 IS 'Square metres left outside buildings, land in use and excluded land, at least; null = not measured.';
COMMENT ON COLUMN run_result.left_high_m2 IS 'The same at most; equal where every layer is known.';
COMMENT ON COLUMN run_result.first_share IS 'Share of the draws of weights and unknowns in which it ranks first, 0..1; null = not drawn.';
COMMENT ON COLUMN run_result.top_share IS 'Share of the draws in which it is among the first ten, 0..1; null = not drawn.';
COMMENT ON COLUMN run_result.rank_low IS 'Best place in nine draws of ten, by weights and unknowns.';
COMMENT ON COLUMN run_result.rank_high IS 'Worst place in nine draws of ten, by weights and unknowns.';
