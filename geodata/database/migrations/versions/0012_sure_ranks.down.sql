ALTER TABLE run_result
    DROP COLUMN left_low_m2,
    DROP COLUMN left_high_m2,
    DROP COLUMN first_share,
    DROP COLUMN top_share;
COMMENT ON COLUMN run_result.rank_low IS 'Best place the score interval allows.';
COMMENT ON COLUMN run_result.rank_high IS 'Worst place the score interval allows.';
