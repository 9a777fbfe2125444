-- Schema `published`: what anybody may have, row by row. The OGC interface reads nothing else, in every view of the service.

-- Public sites as one row each. The packaged inventory is no table, and a role that may only read views sees no file.
CREATE TABLE inventory_site (
    site_id TEXT NOT NULL,
    name TEXT NOT NULL,
    site_type TEXT NOT NULL,
    status TEXT NOT NULL,
    status_date TEXT,
    nis CHAR(5),
    municipality TEXT,
    region TEXT NOT NULL,
    manager TEXT,
    place TEXT,
    pitches_low INTEGER,
    pitches_high INTEGER,
    pitch_unit TEXT,
    precision TEXT NOT NULL,
    source_url TEXT,
    grade TEXT NOT NULL,
    origin TEXT NOT NULL,
    geom geometry(POINT,31370),
    geom_3857 geometry(POINT,3857),
    CONSTRAINT pk_inventory_site PRIMARY KEY (site_id)
);
CREATE INDEX ix_inventory_site_geom ON inventory_site USING gist (geom);
CREATE INDEX ix_inventory_site_geom_3857 ON inventory_site USING gist (geom_3857);
COMMENT ON TABLE inventory_site IS 'Public sites of the inventory and of what is loaded, written anew whenever they differ.';
COMMENT ON COLUMN inventory_site.site_id IS 'Identifier of the site.';
COMMENT ON COLUMN inventory_site.name IS 'Name or street.';
COMMENT ON COLUMN inventory_site.site_type IS 'residential, transit, temporary or gathering: never a private family site.';
COMMENT ON COLUMN inventory_site.status IS 'open, planned, not_built, closed, dropped or unknown.';
COMMENT ON COLUMN inventory_site.status_date IS 'Date of that status, as precisely as known.';
COMMENT ON COLUMN inventory_site.nis IS 'Municipality, code of 2025; null = the source names none.';
COMMENT ON COLUMN inventory_site.municipality IS 'Name of the municipality.';
COMMENT ON COLUMN inventory_site.region IS 'Whose law: flanders, wallonia, brussels or german-speaking-community.';
COMMENT ON COLUMN inventory_site.manager IS 'Public manager; null = public, but not named.';
COMMENT ON COLUMN inventory_site.place IS 'Place in words.';
COMMENT ON COLUMN inventory_site.pitches_low IS 'Capacity at least, in the unit beside it.';
COMMENT ON COLUMN inventory_site.pitches_high IS 'Capacity at most, in the unit beside it.';
COMMENT ON COLUMN inventory_site.pitch_unit IS 'pitch, caravan, dwelling, household, family or place: not one unit.';
COMMENT ON COLUMN inventory_site.precision IS 'Precision of the point: address, parcel, section, municipality or none.';
COMMENT ON COLUMN inventory_site.source_url IS 'Page of the status; null = no page bears it.';
COMMENT ON COLUMN inventory_site.grade IS 'Grade of that source: A, B, C or U.';
COMMENT ON COLUMN inventory_site.origin IS 'inventory, import or demo.';
COMMENT ON COLUMN inventory_site.geom IS 'Site, EPSG:31370, metres; null = no point is known.';
COMMENT ON COLUMN inventory_site.geom_3857 IS 'Site, EPSG:3857, for tiles only: never measured.';

CREATE SCHEMA published;
COMMENT ON SCHEMA published IS 'What anybody may have, row by row; the role of the OGC interface reads nothing else.';

-- The gate of geodata/sources/sharing.py. Entries that the catalogue closes are written down in `meta` by the program; where
-- they are not, nothing is given out but invented data.
CREATE VIEW published.dataset AS
SELECT d.id, d.kind, d.source, d.version, d.title, d.provider, d.licence, d.region, d.source_date,
       (d.fetched AT TIME ZONE 'UTC')::date AS fetched, d.rows_loaded, d.fictional
FROM public.dataset d
WHERE d.current AND (d.fictional OR (d.redistributable
    AND d.source <> ALL ((SELECT m.value::text[] FROM public.meta m WHERE m.key = 'closed_sources')::text[])));
COMMENT ON VIEW published.dataset IS 'Dataset versions that count and may be given out.';

CREATE VIEW published.site AS
SELECT site_id, name, site_type, status, status_date, nis, municipality, region, manager, place, pitches_low,
       pitches_high, pitch_unit, precision, source_url, grade, origin, geom, geom_3857
FROM public.inventory_site WHERE site_type <> 'family';
COMMENT ON VIEW published.site IS 'Existing, planned and closed public sites; capacity in the unit beside it.';

-- Private sites: their number by municipality, never a place. One row per code, however many files name it.
CREATE VIEW published.municipality AS
SELECT DISTINCT ON (m.nis) m.nis, m.name_nl, m.name_fr, m.name_de, m.region, m.province_nis, m.german_speaking,
       m.valid_from, s.open_sites, s.planned_sites, t.private_sites, t.year AS private_sites_year,
       d.source, d.provider, d.licence, m.geom, m.geom_3857
FROM public.municipality m JOIN published.dataset d ON d.id = m.dataset_id
CROSS JOIN LATERAL (SELECT (count(*) FILTER (WHERE i.status = 'open'))::int AS open_sites,
                           (count(*) FILTER (WHERE i.status = 'planned'))::int AS planned_sites
                    FROM published.site i WHERE i.nis = m.nis) s
LEFT JOIN LATERAL (SELECT p.private_sites, p.year FROM public.inventory_private_total p
                   WHERE p.nis = m.nis AND p.current ORDER BY p.year DESC LIMIT 1) t ON true
WHERE m.valid_to IS NULL
ORDER BY m.nis, coalesce(m.name_nl, m.name_fr, m.name_de) IS NULL, d.id DESC;
COMMENT ON VIEW published.municipality IS 'Municipalities with the number of public sites and, where a list told it, of private ones.';

CREATE VIEW published.zone AS
SELECT z.id, z.plan_kind, z.plan_id, z.code, z.label, z.zoning_class, z.name, z.link, d.source, d.provider, d.licence,
       z.geom, z.geom_3857
FROM public.zone z JOIN published.dataset d ON d.id = z.dataset_id;
COMMENT ON VIEW published.zone IS 'Legal destinations of land, one row per plan area.';

-- Where people live is shown by no layer of constraints: HP sites have a view of their own, with names of places only.
CREATE VIEW published.constraint_area AS
SELECT a.id, a.theme, a.class, a.name, d.source, d.provider, d.licence, a.geom, a.geom_3857
FROM public.constraint_area a JOIN published.dataset d ON d.id = a.dataset_id
WHERE a.theme <> 'plan_hp' AND NOT (a.theme = 'land_use' AND a.class = 'inhabited');
COMMENT ON VIEW published.constraint_area IS 'Hazards, protected areas, land in use and nuisances; nothing drawn is no proof of nothing there.';

CREATE VIEW published.hp_site AS
SELECT a.id, a.class AS phase, a.name, d.source, d.provider, d.licence, a.geom, a.geom_3857
FROM public.constraint_area a JOIN published.dataset d ON d.id = a.dataset_id WHERE a.theme = 'plan_hp';
COMMENT ON VIEW published.hp_site IS 'Tourist equipment of the plan Habitat permanent, by phase.';

CREATE VIEW published.parcel AS
SELECT p.id, replace(p.capakey, '/', '-') || '.' || p.dataset_id AS feature_id, p.capakey, p.nis, p.canu, p.area_m2,
       p.official_area_m2, p.ref_date, d.source, d.provider, d.licence, p.geom
FROM public.parcel p JOIN published.dataset d ON d.id = p.dataset_id;
COMMENT ON VIEW published.parcel IS 'Cadastral parcels.';

-- Drafts of a municipality are not here: only what it released, and of each territory and type of site the newest.
CREATE VIEW published.run AS
SELECT DISTINCT ON (r.territory, r.site_type) r.id, r.territory, r.region, r.site_type, r.profile_id, r.profile_version,
       r.rule_pack, r.as_of, r.data_date, r.counts
FROM public.run r WHERE r.published
ORDER BY r.territory, r.site_type, r.current_since DESC NULLS LAST, r.sequence DESC;
COMMENT ON VIEW published.run IS 'Results that municipalities released, the newest of each territory and type of site.';

-- A parcel of a plan that may not be given out keeps its key and its figures, and has no place.
CREATE VIEW published.candidate AS
SELECT r.run_id AS run, r.rank, r.run_id || '.' || r.rank AS feature_id, u.site_type, u.as_of, u.data_date, p.capakey,
       p.nis, p.area_m2, r.usable_m2, r.pitches_low, r.pitches_high, r.verdict, r.so_far, r.score_low, r.score_high,
       r.rank_low, r.rank_high, array_to_string(r.conditions, ',') AS conditions,
       array_to_string(r.unknown, ',') AS unknown, CASE WHEN d.id IS NOT NULL THEN p.geom END AS geom
FROM published.run u JOIN public.run_result r ON r.run_id = u.id AND r.rank IS NOT NULL
JOIN public.parcel p ON p.id = r.parcel_id
LEFT JOIN LATERAL (SELECT s.id FROM public.dataset s WHERE s.id = p.dataset_id AND (s.fictional OR (s.redistributable
    AND s.source <> ALL ((SELECT m.value::text[] FROM public.meta m WHERE m.key = 'closed_sources')::text[])))) d ON true;
COMMENT ON VIEW published.candidate IS 'Parcels that are not ruled out in a published result, in the order of their rank.';
