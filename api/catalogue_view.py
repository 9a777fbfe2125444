"""The catalogue with what is loaded of it, for the command line and the service alike.

Contract: reads only. Areas of coverage come as GeoJSON in lon/lat, drawn simpler than they are stored: they are for a
map, and no measurement is made from them. An area that is no whole municipality may follow parcels that may not be
passed on, or be a draft of somebody's own: it is drawn as squares, and not at all in the public view. Why an attempt
failed may name machines and folders of the operator: the public view says only that it did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import shapely

from api.i18n import Translator, translator
from api.source_words import kind_title, need_title, region_title
from geodata.errors import NotFoundError, UsageError
from geodata.settings import Language
from geodata.sources.catalogue import KINDS, Source, can_be_fetched, catalogue
from geodata.sources.fetch import region_for
from geodata.sources.loaded import Loaded, loaded_datasets
from geodata.sources.nis_regions import place_of
from geodata.sources.records import Record, Records
from geodata.sources.status import Standing
from geodata.sources.wanted import BY_HAND
from geodata.territory.writing import in_crs

Connection = psycopg.Connection[Any]

REGIONS = ("flanders", "wallonia", "brussels", "belgium")
#: Kinds of which nobody asks what they leave out: they are there or not.
NOT_ABSENT = ("municipalities", "parcels", "dem")
#: Areas are drawn this much simpler than they are stored: metres at least, and a share of the width of the area.
SIMPLER_M, SIMPLER_SHARE = 10.0, 0.001
#: Squares for an area that is no whole municipality: metres at least, and a share of its width.
SQUARE_M, SQUARE_SHARE = 500.0, 0.02


@dataclass(frozen=True)
class Wanted:
    """Which entries of the catalogue, each filter left out where it is None.

    Attributes
    ----------
    region, kind : as the entry has them.
    municipality : only datasets of this municipality count as loaded.
    loaded : only what is loaded, or only what is not.

    Raises
    ------
    UsageError
        For a region or kind that does not exist.
    """

    region: str | None = None
    kind: str | None = None
    municipality: str | None = None
    loaded: bool | None = None

    def __post_init__(self) -> None:
        if self.region is not None and self.region not in REGIONS:
            raise UsageError(f"{self.region} is no region.", f"Regions: {', '.join(REGIONS)}.")
        if self.kind is not None and self.kind not in KINDS:
            raise UsageError(f"{self.kind} is no kind of data.", f"Kinds: {', '.join(KINDS)}.")

    def fits(self, source: Source) -> bool:
        """Does an entry have this region and kind?"""
        return self.region in (None, source.region) and self.kind in (None, source.kind)


def catalogue_items(
    connection: Connection,
    lang: Language,
    today: date,
    *,
    region: str | None = None,
    kind: str | None = None,
    municipality: str | None = None,
    loaded: bool | None = None,
    records: Records | None = None,
    public: bool = False,
    areas: bool = False,
) -> list[dict[str, Any]]:
    """Entries of the catalogue in its order, each with the datasets of it that count.

    Parameters
    ----------
    region, kind, municipality, loaded : as `Wanted`.
    records : what happened when each was asked; None where that is not looked up.
    public : leave out what is not for everybody.
    areas : with the area each dataset declares to cover.

    Raises
    ------
    UsageError
        For a region or kind that does not exist.
    NotFoundError
        For a municipality that does not exist.
    """
    wanted = Wanted(region, kind, municipality, loaded)
    by_source: dict[str, list[Loaded]] = {}
    for one in loaded_datasets(connection):
        if municipality is None or municipality in (one.codes or ()):
            by_source.setdefault(one.source, []).append(one)
    asked: dict[str, list[Record]] = {}
    for record in records.all() if records is not None else []:
        if municipality is None or _reaches(record, municipality):
            asked.setdefault(record.source, []).append(record)
    drawn = _drawn(connection, public) if areas else None
    here = region_for(connection, municipality) if municipality is not None else None
    view = _View(translator(lang), today, public, municipality, here, drawn)
    found = [
        view.item(source, by_source.get(source.id, []), asked.get(source.id, []))
        for source in catalogue().values()
        if wanted.fits(source)
    ]
    return [one for one in found if loaded is None or one["loaded"] == loaded]


def catalogue_item(
    connection: Connection, source: str, lang: Language, today: date, *, records: Records | None, public: bool
) -> dict[str, Any]:
    """One entry with the areas its datasets declare to cover.

    Raises
    ------
    NotFoundError
        When the catalogue has no such entry.
    """
    entry = catalogue().get(source)
    if entry is None:
        raise NotFoundError(f"The catalogue has no source {source}.", "See them: standplaats sources list.")
    datasets = [one for one in loaded_datasets(connection) if one.source == source]
    view = _View(translator(lang), today, public, None, None, _drawn(connection, public, source))
    return view.item(entry, datasets, records.of_source(source) if records is not None else [])


@dataclass(frozen=True)
class _View:
    """How entries are told: language, day, for whom, for which municipality and its region, with which areas."""

    translate: Translator
    today: date
    public: bool
    municipality: str | None
    region: str | None
    areas: dict[int, Any] | None

    def item(self, source: Source, datasets: list[Loaded], records: list[Record]) -> dict[str, Any]:
        """An entry as JSON writes it; `state` sums up what can be said of it."""
        translate = self.translate
        return {
            "id": source.id,
            "kind": source.kind,
            "kind_title": kind_title(source.kind, translate),
            "title": source.title[translate.language],
            "provider": source.provider,
            "provider_text": translate(source.provider),
            "licence": source.licence,
            "licence_text": translate(source.licence),
            "redistributable": source.redistributable,
            "region": source.region,
            "region_title": region_title(source.region, translate),
            "grade": source.grade,
            "own_field_names": source.synthetic_fields,
            "cadence": source.cadence,
            "cadence_text": translate(source.cadence) if source.cadence else None,
            "feeds": source.feeds,
            "caveats": source.caveats,
            "declared_coverage": source.declared_coverage,
            "part_of": source.part_of,
            "fetchable": bool(source.services) and source.loads,
            "services": [
                {"protocol": one.protocol, "endpoint": one.endpoint, "layer": one.layer} for one in source.services
            ],
            "loaded": bool(datasets),
            "state": _state(source, datasets, records, self.municipality, self.region),
            "datasets": [self.dataset(one) for one in datasets],
            "attempts": [_attempt(one, self.public) for one in _newest_by_area(records)],
        }

    def dataset(self, one: Loaded) -> dict[str, Any]:
        """A dataset as JSON writes it."""
        told = _shown(one.as_dict(self.today), self.public) | {"covered": one.covered, "covers_parts": one.covers_parts}
        return told if self.areas is None else told | {"coverage": self.areas.get(one.id)}


def _shown(dataset: dict[str, Any], public: bool) -> dict[str, Any]:
    """A dataset without what is not for everybody: how much a municipality wrote down of its own."""
    return dataset | {"rows": None} if public and dataset["kind"] in BY_HAND else dataset


def _state(
    source: Source, datasets: list[Loaded], records: list[Record], municipality: str | None, region: str | None
) -> str:
    """What can be said of a source, in one word.

    loaded = what it leaves out is not there; loaded_partly = only in parts of a municipality; loaded_silent = what it
    leaves out is unknown; no_coverage = nothing says for where it was loaded; empty_checked = nothing there, and that
    is known; empty_suspicious = no row, and that proves nothing; failed, not_loaded = asked before; never_asked;
    by_hand = only the municipality has it; only_known = no table takes it; elsewhere = it is of another region than the
    municipality.
    """
    if datasets:
        return _loaded_state(source, datasets, municipality)
    if region is not None and source.region not in (region, "belgium"):
        return "elsewhere"
    newest = max(records, key=lambda one: one.at, default=None)
    if newest is not None:
        return newest.status if newest.status in ("failed", "empty_suspicious") else "not_loaded"
    if source.kind in BY_HAND:
        return "by_hand"
    return "never_asked" if source.loads else "only_known"


def _loaded_state(source: Source, datasets: list[Loaded], municipality: str | None) -> str:
    counts = all(one.absence_counts if municipality is None else municipality in one.covered for one in datasets)
    if not any(one.rows for one in datasets):
        return "empty_checked" if counts else "empty_suspicious"
    if counts or source.kind in NOT_ABSENT:
        return "loaded"
    if any(one.covers_parts or one.covered for one in datasets):
        return "loaded_partly"
    return "loaded_silent" if any(one.codes for one in datasets) else "no_coverage"


def _reaches(record: Record, code: str) -> bool:
    """Was a source asked for this municipality? A source that comes whole was."""
    return not record.scope[:1].isdigit() or code in record.scope.split(",")


def _newest_by_area(records: list[Record]) -> list[Record]:
    newest = {one.scope: one for one in sorted(records, key=lambda one: one.at)}
    return sorted(newest.values(), key=lambda one: one.at, reverse=True)


def _attempt(record: Record, public: bool) -> dict[str, Any]:
    told = {"area": record.scope, "status": record.status, "at": record.at.isoformat(), "cause": record.cause}
    return told if public else told | {"reason": record.reason, "remedy": record.remedy}


def standing_item(one: Standing, today: date, translate: Translator, *, public: bool) -> dict[str, Any]:
    """A need of a municipality as JSON writes it, with its name and who has it in words."""
    told = one.as_dict(today) | {"title": need_title(one.need, translate), "silent": one.silent}
    told["datasets"] = [_shown(found, public) for found in told["datasets"]]
    told["who_has_it"] = [translate(name) for name in told["who_has_it"]]
    told["source_titles"] = {source.id: source.title[translate.language] for source in one.need.known}
    told["fetch"] = next((source.id for source in one.need.known if can_be_fetched(source)), None)
    attempt = told["last_attempt"]
    if public and attempt is not None:
        told["last_attempt"] = {name: attempt[name] for name in ("source", "status", "at", "cause")}
    return told


def municipality_items(connection: Connection) -> list[dict[str, Any]]:
    """Municipalities whose boundaries are loaded or for which anything is, in order of their code.

    `datasets` counts what is loaded for each beside boundaries; 0 = nothing was ever loaded there. `bbox` is in lon/lat,
    null where no boundary is loaded.
    """
    rows = connection.execute(
        """SELECT DISTINCT ON (m.nis) m.nis::text, m.name_nl, m.name_fr, m.name_de, m.region,
                  ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)
           FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
           CROSS JOIN LATERAL (SELECT ST_Transform(ST_Envelope(m.geom_3857), 4326) AS box) b
           WHERE m.valid_to IS NULL
           ORDER BY m.nis, coalesce(m.name_nl, m.name_fr, m.name_de) IS NULL, d.id DESC"""
    ).fetchall()
    counts: dict[str, list[str]] = {}
    for one in loaded_datasets(connection):
        if one.kind != "municipalities":
            for code in one.codes or ():
                counts.setdefault(code, []).append(one.kind)
    found = {row[0]: {"nis": row[0], "name": _names(*row[:4]), "region": row[4], "bbox": list(row[5:])} for row in rows}
    for code in counts.keys() - found.keys():
        place = place_of(code)
        names = place.names if place is not None else {}
        region = place.region if place is not None else None
        name = _names(code, names.get("nl"), names.get("fr"), None)
        found[code] = {"nis": code, "name": name, "region": region, "bbox": None}
    return [
        one | {"datasets": len(counts.get(code, ())), "kinds": sorted(set(counts.get(code, ())))}
        for code, one in sorted(found.items())
    ]


def _names(nis: str, nl: str | None, fr: str | None, de: str | None) -> dict[str, str]:
    return {
        "nl": nl or fr or de or nis,
        "fr": fr or nl or de or nis,
        "de": de or nl or fr or nis,
        "en": nl or fr or nis,
    }


def coverage_features(connection: Connection, *, source: str | None, public: bool) -> list[dict[str, Any]]:
    """Areas the datasets declare to cover as GeoJSON features in lon/lat, each area once with all it is declared by.

    Raises
    ------
    NotFoundError
        When the catalogue has no such source.
    """
    if source is not None and source not in catalogue():
        raise NotFoundError(f"The catalogue has no source {source}.", "See them: standplaats sources list.")
    by_id = {one.id: one for one in loaded_datasets(connection)}
    found: dict[str, list[int]] = {}
    for dataset, area in _drawn(connection, public, source).items():
        found.setdefault(json.dumps(area), []).append(dataset)
    return [
        {
            "type": "Feature",
            "geometry": json.loads(area),
            "properties": {
                "datasets": datasets,
                "sources": sorted({by_id[one].source for one in datasets if one in by_id}),
                "whole": not by_id[datasets[0]].covers_parts,
                "municipalities": by_id[datasets[0]].covered,
            },
        }
        for area, datasets in found.items()
        if datasets[0] in by_id
    ]


def _drawn(connection: Connection, public: bool, source: str | None = None) -> dict[int, Any]:
    """Area of each dataset that counts, GeoJSON in lon/lat, by the number of the dataset."""
    rows = connection.execute(
        """SELECT ST_AsBinary(CASE
                      WHEN whole THEN ST_SimplifyPreserveTopology(area, greatest(%(simpler)s, width * %(share)s))
                      ELSE (SELECT ST_Multi(ST_Union(g.geom))
                            FROM ST_SquareGrid(greatest(%(square)s, width * %(squares)s), area) g
                            WHERE ST_Intersects(g.geom, area)) END), ids
           FROM (SELECT coverage AS area, coverage_nis IS NOT NULL AS whole, array_agg(id) AS ids,
                        ST_XMax(coverage) - ST_XMin(coverage) AS width
                 FROM dataset
                 WHERE current AND coverage IS NOT NULL AND (%(source)s::text IS NULL OR source = %(source)s)
                   AND (coverage_nis IS NOT NULL OR NOT %(public)s)
                 GROUP BY coverage, coverage_nis IS NOT NULL) a""",
        {
            "simpler": SIMPLER_M, "share": SIMPLER_SHARE, "square": SQUARE_M, "squares": SQUARE_SHARE,
            "source": source, "public": public,
        },
        binary=True,
    ).fetchall()  # fmt: skip
    # The same pinned operation as on the way in, run backwards: PostGIS makes no change of datum here.
    areas = shapely.set_precision(in_crs(shapely.from_wkb([row[0] for row in rows]), "EPSG:4326"), 1e-6)
    drawn = [json.loads(one) for one in shapely.to_geojson(areas)]
    return {dataset: area for area, row in zip(drawn, rows, strict=True) for dataset in row[1]}
