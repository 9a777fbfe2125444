COMMENT ON COLUMN run_result.top_share IS 'Share of the draws in which it is among the first ten, 0..1; null = not drawn.';
