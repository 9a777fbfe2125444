-- A score in which the owner counts tells the owner. Results say which layers they left out because they may not be told.
ALTER TABLE run ADD COLUMN withheld TEXT[] DEFAULT '{}' NOT NULL;
COMMENT ON COLUMN run.withheld IS 'Layers left out because they may not be told.';

-- A result made before that counts a list of owners that may not be passed on: it is given out no more.
CREATE OR REPLACE VIEW published.run AS
SELECT DISTINCT ON (r.territory, r.site_type) r.id, r.territory, r.region, r.site_type, r.profile_id, r.profile_version,
       r.rule_pack, r.as_of, r.data_date, r.counts
FROM public.run r WHERE r.published AND ('ownership' = ANY (r.withheld) OR NOT EXISTS (
    SELECT FROM public.dataset d
    WHERE d.id IN (SELECT one::bigint FROM jsonb_array_elements_text(coalesce(r.datasets -> 'ownership', '[]')) one)
    AND NOT (d.fictional OR (d.redistributable AND d.source <> ALL (
        (SELECT m.value::text[] FROM public.meta m WHERE m.key = 'closed_sources')::text[])))))
ORDER BY r.territory, r.site_type, r.current_since DESC NULLS LAST, r.sequence DESC;
