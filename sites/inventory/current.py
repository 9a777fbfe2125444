"""The inventory as it stands: the packaged sites, what a database adds to them, and filters.

Contract: IO only through the connection handed in; without one the packaged inventory alone. Records of a list or a
return add dated facts to a known site and never replace what the package says; unknown sites of a list appear beside
it. Sites of the fictional demo are marked `origin` demo and carry no source, because they have none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from geodata.errors import NotFoundError
from geodata.sources.sharing import shared
from sites.inventory import loader
from sites.inventory.model import (
    AmountFact,
    ManagerFact,
    MunicipalityNote,
    OccupancyFact,
    Origin,
    PlaceFact,
    Position,
    Site,
    StatusFact,
    TypeFact,
)
from sites.inventory.text import NOT_NAMED
from sites.places import law_region_of

Connection = psycopg.Connection[Any]
#: What an import of each kind is called in the history of a site.
_EVENT = {"monitoring": "monitoring", "return": "municipal_return", "sites": "imported"}


@dataclass(frozen=True)
class Wanted:
    """Which sites: None = all. `year`: status at the end of that year, sites without one are left out."""

    regions: Collection[str] | None = None
    municipalities: Collection[str] | None = None
    types: Collection[str] | None = None
    statuses: Collection[str] | None = None
    year: int | None = None

    def takes(self, site: Site) -> bool:
        """Is the site wanted?"""
        status = site.status_in(self.year)
        if status is None:
            return False
        pairs = (
            (self.regions, site.region), (self.municipalities, site.nis), (self.types, site.site_type[-1].value),
            (self.statuses, status.value),
        )  # fmt: skip
        return all(allowed is None or value in allowed for allowed, value in pairs)


def all_sites(connection: Connection | None = None, wanted: Wanted | None = None) -> list[Site]:
    """Public sites of the package and the database, by region and municipality."""
    found = {site.id: site for site in loader.sites()}
    if connection is not None:
        for row in _records(connection):
            site = found.get(row["site_id"])
            found[row["site_id"]] = _with_record(site, row) if site else _site_of_record(row)
        for row in _ingested(connection):
            found.setdefault(row["site_id"], _site_of_row(row))
    chosen = (site for site in found.values() if wanted is None or wanted.takes(site))
    return sorted(chosen, key=lambda one: (one.region, one.municipality or "~", one.name, one.id))


def find_site(connection: Connection | None, site_id: str) -> Site:
    """One site by its id.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    for site in all_sites(connection):
        if site.id == site_id:
            return site
    raise NotFoundError(f"There is no site {site_id}.", "List them with: standplaats inventory list")


def municipality_notes(connection: Connection | None = None) -> list[MunicipalityNote]:
    """What is said of municipalities instead of private or unclear sites; totals only."""
    notes = list(loader.inventory().municipality_notes)
    if connection is not None:
        rows = connection.execute(
            """SELECT t.nis, t.municipality, t.year, t.private_sites, t.source_url, t.grade, i.kind, i.file_name
               FROM inventory_private_total t JOIN inventory_import i ON i.id = t.import_id
               WHERE t.current AND t.private_sites > 0 ORDER BY t.nis, t.year"""
        ).fetchall()
        notes += [
            MunicipalityNote(
                region=law_region_of(row[0]), municipality=row[1], nis=row[0], kind="private_or_unclear",
                private_sites=row[3], source=row[4], date=str(row[2]), grade=row[5],
                origin=_origin(row[4], row[6], row[7], row[2]),
            )
            for row in rows
        ]  # fmt: skip
    return notes


def _records(connection: Connection) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """SELECT r.*, i.kind, i.file_name FROM inventory_record r JOIN inventory_import i ON i.id = r.import_id
               WHERE r.current ORDER BY r.site_id, r.year"""
        ).fetchall()


def _ingested(connection: Connection) -> list[dict[str, Any]]:
    """Rows of the layer `site` that name a page, and the fictional ones."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""SELECT s.site_id, s.name, s.site_type, s.status, s.nis, s.address, s.pitches, s.pitch_unit, s.manager,
                      s.source_url, s.source_date, s.grade, s.precision, d.fictional, ST_X(s.geom) AS x,
                      ST_Y(s.geom) AS y, ST_X(p.point) AS lon, ST_Y(p.point) AS lat,
                      coalesce(m.name_nl, m.name_fr, m.name_de, s.nis) AS municipality
               FROM site s JOIN dataset d ON d.id = s.dataset_id AND d.current AND {shared("d")}
               CROSS JOIN LATERAL (SELECT ST_Transform(s.geom_3857, 4326) AS point) p
               LEFT JOIN LATERAL (SELECT * FROM municipality t JOIN dataset e ON e.id = t.dataset_id AND e.current AND {shared("e")}
                                  WHERE t.nis = s.nis AND t.valid_to IS NULL LIMIT 1) m ON true
               WHERE s.nis IS NOT NULL AND (d.fictional OR s.source_url ~ '^https?://')
               ORDER BY s.site_id""".encode()
        ).fetchall()


def _page(row: dict[str, Any]) -> dict[str, Any]:
    """Source, date and grade of what a record says; without a page, the return or the file is the source."""
    origin = _origin(row["source_url"], row["kind"], row["file_name"], row["year"])
    day = row["source_date"] if row["kind"] == "sites" else str(row["year"])
    return {"source": row["source_url"], "origin": origin, "date": day, "grade": row["grade"]}


def _origin(page: str | None, kind: str, file_name: str, year: int) -> Origin | None:
    if page is not None:
        return None
    if kind == "return":
        return Origin(kind="municipal_return", value=str(year))
    return Origin(kind="imported_file", value=file_name)


def _with_record(site: Site, row: dict[str, Any]) -> Site:
    """A known site with the facts of one record added."""
    page = _page(row)
    changes: dict[str, Any] = {}
    if site.nis is None:
        changes |= {"nis": row["nis"], "municipality": row["municipality"]}
    if not _says_no_status(site, row):
        changes["status"] = _in_time(site.status, _status_of(row))
    if row["pitches"] is not None:
        changes["pitches"] = [*site.pitches, _amount(row, page)]
    if row["occupied"] is not None or row["occupancy_rate"] is not None or row["occupancy_suppressed"]:
        fact = OccupancyFact(
            value=row["occupied"], rate=row["occupancy_rate"], suppressed=row["occupancy_suppressed"], **page
        )
        changes["occupancy"] = [*site.occupancy, fact]
    if row["manager"] is not None and row["manager"] not in [one.value for one in site.manager]:
        changes["manager"] = [*site.manager, ManagerFact(value=row["manager"], body="public", **page)]
    if row["address"] and row["address"] not in [one.value for one in site.place]:
        changes["place"] = [*site.place, PlaceFact(value=row["address"], known_to="address", **page)]
    if row["site_type"] != site.site_type[-1].value:
        changes["site_type"] = [*site.site_type, TypeFact(value=row["site_type"], **page)]
    if row["lon"] is not None and row["precision"] in ("address", "parcel", "street"):
        changes["position"] = _position(row, page)
    return site.model_copy(update=changes)


def _in_time(status: Sequence[StatusFact], new: StatusFact) -> list[StatusFact]:
    """Statuses with a new one in its place: before the first that is dated later; an undated one is the last."""
    year = new.year or 9999
    at = next((index for index, one in enumerate(status) if one.year is not None and one.year > year), len(status))
    return [*status[:at], new, *status[at:]]


def _status_of(row: dict[str, Any]) -> StatusFact:
    return StatusFact(value=row["status"], event=_EVENT[row["kind"]], **_page(row))


def _says_no_status(site: Site, row: dict[str, Any]) -> bool:
    """Was an exported row edited elsewhere, and its status left as it was?"""
    if row["kind"] != "sites" or row["source_url"] is not None or not site.status:
        return False
    status = site.status_in(row["year"]) or site.status[-1]
    return bool(status.value == row["status"])


def _amount(row: dict[str, Any], page: dict[str, Any]) -> AmountFact:
    return AmountFact(low=row["pitches"], high=row["pitches"], unit=row["pitch_unit"], **page)


def _position(row: dict[str, Any], page: dict[str, Any]) -> Position:
    return Position(
        precision=row["precision"], lon=row["lon"], lat=row["lat"], x=row["x"], y=row["y"], **page
    )  # fmt: skip


def _site_of_record(row: dict[str, Any]) -> Site:
    """A site that only a list knows."""
    page = _page(row)
    start = Site(
        id=row["site_id"], name=row["name"], region=law_region_of(row["nis"]), municipality=row["municipality"],
        nis=row["nis"], origin="import", site_type=[TypeFact(value=row["site_type"], **page)],
        status=[_status_of(row)], manager=[ManagerFact(value=row["manager"] or NOT_NAMED, body="public", **page)],
        position=_position(row, page) if row["lon"] is not None and row["precision"] != "municipality" else None,
    )  # fmt: skip
    return _with_record(start.model_copy(update={"status": []}), row)


def _site_of_row(row: dict[str, Any]) -> Site:
    """A row of the layer `site`; a fictional one has no page, and says so by `origin`."""
    fictional = row["fictional"]
    date = row["source_date"] if re.fullmatch(r"\d{4}(-\d\d){0,2}", row["source_date"] or "") else "undated"
    page: dict[str, Any] = {"source": row["source_url"] or "", "date": date, "grade": row["grade"], "also": []}

    def fact(kind: Any, **values: Any) -> Any:
        return kind.model_construct(**page, **values) if fictional else kind(**page, **values)

    pitches = []
    if row["pitches"] is not None:
        unit = row["pitch_unit"] if row["pitch_unit"] in ("pitch", "caravan", "place", "household") else "pitch"
        pitches = [fact(AmountFact, low=row["pitches"], high=row["pitches"], unit=unit, together_with=[])]
    position = None
    if row["precision"] != "municipality":
        position = fact(
            Position, precision=row["precision"], lon=row["lon"], lat=row["lat"],
            x=row["x"], y=row["y"],
        )  # fmt: skip
    lists: dict[str, Any] = {
        "site_type": [fact(TypeFact, value=row["site_type"])],
        "status": [fact(StatusFact, value=row["status"], event=None)],
        "manager": [fact(ManagerFact, value=row["manager"], body="public")],
        "place": [fact(PlaceFact, value=row["address"], known_to="address")] if row["address"] else [],
        "pitches": pitches,
        "position": position,
    }
    return Site.model_construct(
        id=row["site_id"], name=row["name"], region=law_region_of(row["nis"]), municipality=row["municipality"],
        nis=row["nis"], origin="demo" if fictional else "import", **lists,
    )  # fmt: skip


def names_of(found: Iterable[Site]) -> dict[str, str]:
    """NIS code -> name of the municipality, of the sites given."""
    return {site.nis: site.municipality for site in found if site.nis and site.municipality}
