CREATE OR REPLACE VIEW published.run AS
SELECT DISTINCT ON (r.territory, r.site_type) r.id, r.territory, r.region, r.site_type, r.profile_id, r.profile_version,
       r.rule_pack, r.as_of, r.data_date, r.counts
FROM public.run r WHERE r.published
ORDER BY r.territory, r.site_type, r.current_since DESC NULLS LAST, r.sequence DESC;
ALTER TABLE run DROP COLUMN withheld;
