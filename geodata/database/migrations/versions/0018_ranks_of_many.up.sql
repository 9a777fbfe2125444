COMMENT ON COLUMN run_result.top_share IS 'Share of the draws in which it is among the first ten (of over 100 000 ranked: the first 1 000), 0..1; null = not drawn.';
