"""One row of a list as a record of a public site, or the reason why it is none.

Contract: pure, but for the packaged words. Places, not people: a private row leaves nothing but its municipality and
year; a name that is no public body's is not kept; occupancy under 10 becomes null with a flag. Without a page, the
source is the return of the municipality (grade B) or the imported file (grade U).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pyproj import Transformer

from geodata.ingest.lists import PRIVATE_MANAGER, PUBLIC_MANAGER
from geodata.sources.nis import successor
from geodata.sources.nis_regions import place_of
from geodata.territory import PLACES
from sites.inventory.loader import words
from sites.inventory.model import UNDATED, Site
from sites.places import place_name

#: Counts below this are not kept.
LEAST_COUNT = 10
#: How a row comes: a list of its kind, or the edited row of an export, whose source is the file it stands in.
Way = Literal["monitoring", "sites", "return", "edited"]

#: Words of lists beside those of `words.yaml`, folded by `plain` without dashes.
_TYPES = {
    "residentieel": "residential", "residentieelterrein": "residential", "residentiel": "residential",
    "doortrekkers": "transit", "doortrek": "transit", "airedaccueil": "transit", "tijdelijk": "temporary",
    "event": "gathering", "hp": "hp",
}  # fmt: skip
_OWNERSHIP = {
    "public": "public", "publiek": "public", "openbaar": "public", "gemeente": "public", "publique": "public",
    "offentlich": "public", "private": "private", "privaat": "private", "prive": "private", "privee": "private",
    "privat": "private", "particulier": "private",
}  # fmt: skip
_UNITS = {
    "standplaats": "pitch", "emplacement": "pitch", "stellplatz": "pitch", "caravane": "caravan",
    "woonwagen": "caravan", "huishouden": "household", "menage": "household", "haushalt": "household",
    "gezin": "family", "famille": "family", "plaats": "place",
}  # fmt: skip
_CAPACITY = ("pitch", "caravan", "dwelling", "household", "family", "place")
_PRECISIONS = ("address", "parcel", "street", "section", "municipality")


@dataclass(frozen=True)
class Record:
    """What a list says of a public site for a year; the columns of `inventory_record`."""

    site_id: str
    year: int
    nis: str
    municipality: str
    name: str
    site_type: str
    status: str
    address: str | None
    manager: str | None
    pitches: int | None
    pitch_unit: str
    occupied: int | None
    occupancy_rate: float | None
    occupancy_suppressed: bool
    opened: str | None
    closed: str | None
    fee_text: str | None
    source_url: str | None
    source_date: str
    grade: str
    precision: str | None
    x: float | None
    y: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class PrivateRow:
    """A private row: counted, not kept."""

    nis: str
    municipality: str
    year: int
    source_url: str | None
    grade: str


class RowRefused(Exception):  # noqa: N818  (a refusal, not an error of the program)
    """Why a row is kept out: field, reason, remedy. Never holds a value of the row."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.remedy = field, reason, remedy


@dataclass(frozen=True)
class Territory:
    """What rows are matched against.

    Attributes
    ----------
    names : NIS code -> name of the municipality, where known.
    known : site id -> site already there.
    demo : the fictional database takes only its own municipalities, the real one never takes them.
    year : year of the reading, for statements that bear none.
    """

    names: Mapping[str, str]
    known: Mapping[str, Site]
    demo: bool
    year: int


def key_of(row: Mapping[str, str], way: Way, territory: Territory) -> tuple[str, int]:
    """Site and year of a row.

    Raises
    ------
    RowRefused
        When the row names no year or no municipality.
    """
    year = _year(row, way, territory)
    nis, _ = _municipality(row, territory)
    return _site_id(row, nis, row.get("name") or row.get("address", ""), territory), year


def record_of(row: Mapping[str, str], way: Way, territory: Territory) -> Record | PrivateRow:
    """A row as a record, or as a private row that is only counted.

    Parameters
    ----------
    row : canonical column -> text.

    Raises
    ------
    RowRefused
        When the row cannot be used.
    """
    year = _year(row, way, territory)
    nis, municipality = _municipality(row, territory)
    site_type = _site_type(row)
    source = _source(row, way)
    grade = _grade(row, way, source)
    if _is_private(row, site_type):
        return PrivateRow(nis, municipality, year, source, grade)
    if site_type == "hp":
        raise RowRefused("site_type", "an HP site is no caravan site", "HP sites have a list of their own.")
    name = row.get("name") or row.get("address")
    if not name:
        raise RowRefused("name", "the site has no name and no address", "Give one of them.")
    site_id = _site_id(row, nis, name, territory)
    manager = _manager(row, territory.known.get(site_id))
    pitches, unit = _pitches(row)
    occupied, rate, suppressed = occupancy(
        _count(row, "occupied"), _rate(row), pitches if unit == "pitch" else None
    )  # fmt: skip
    x, y, lon, lat = _point(row)
    return Record(
        site_id=site_id, year=year, nis=nis, municipality=municipality, name=name,
        site_type=site_type, status=_status(row), address=row.get("address") or None, manager=manager,
        pitches=pitches, pitch_unit=unit, occupied=occupied, occupancy_rate=rate,
        occupancy_suppressed=suppressed, opened=row.get("opened") or None, closed=row.get("closed") or None,
        fee_text=row.get("fee_text") or None, source_url=source,
        source_date=_source_date(row, year, source), grade=grade, precision=_precision(row) if x is not None else None, x=x, y=y, lon=lon, lat=lat,
    )  # fmt: skip


def occupancy(occupied: int | None, rate: float | None, pitches: int | None) -> tuple[int | None, float | None, bool]:
    """Occupancy as it may be kept: (count, rate, suppressed).

    A rate that would give a count under 10 back, or one without pitches to judge it by, is suppressed as well.

    Raises
    ------
    RowRefused
        When more pitches are in use than there are.
    """
    if occupied is None and rate is None:
        return None, None, False
    if occupied is not None and pitches is not None and occupied > pitches:
        raise RowRefused("occupied", "more pitches in use than there are", "Correct one of the two.")
    if occupied is None:
        if pitches is None or rate is None or round(rate * pitches) < LEAST_COUNT:
            return None, None, True
        return None, rate, False
    if occupied < LEAST_COUNT:
        return None, None, True
    return occupied, round(occupied / pitches, 4) if pitches else None, False


def plain(text: str) -> str:
    """Small letters and digits of a text, accents taken off."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


def _year(row: Mapping[str, str], way: Way, territory: Territory) -> int:
    text, date = row.get("year", ""), row.get("source_date", "")
    if not text and (way == "edited" or (way == "sites" and date.lower() == UNDATED)):
        return territory.year
    if not text and way == "sites":
        text = date[:4]
    if not re.fullmatch(r"(19[7-9]|20[0-9])\d", text):
        field = "source_date" if way == "sites" and not row.get("year") else "year"
        raise RowRefused(field, "there is no year between 1970 and 2099", "Write the year with four digits.")
    return int(text)


def _municipality(row: Mapping[str, str], territory: Territory) -> tuple[str, str]:
    code, name = row.get("nis", ""), row.get("municipality", "")
    if not code and name:
        found = [nis for nis, known in territory.names.items() if plain(name) in _names(known)]
        if len(found) != 1:
            raise RowRefused("municipality", "the municipality is not recognised", "Add its NIS code.")
        code = found[0]
    if not re.fullmatch(r"[1-9]\d{4}", code):
        raise RowRefused("nis", "there is no NIS code", "A NIS code has five digits, such as 24062 for Leuven.")
    code = successor(code, ()) or code
    if code not in PLACES and place_of(code) is None:
        raise RowRefused("nis", "no municipality has this code", "Correct it; Leuven, for example, has 24062.")
    if territory.demo != (code in PLACES):
        raise RowRefused("nis", "demo and real data never share a database", "Use --demo only for 99001 to 99003.")
    return code, territory.names.get(code) or name or place_name(code, "nl")


def _names(text: str) -> set[str]:
    return {plain(part) for part in re.split(r"\s/\s", text)} | {plain(text)}


def _code(row: Mapping[str, str], field: str, known: Mapping[str, str], default: str | None) -> str | None:
    text = plain(row.get(field, "")).replace("-", "")
    if not text:
        return default
    found = known.get(text)
    if found is None:
        raise RowRefused(field, "the word is not known", f"Use one of: {', '.join(sorted(set(known.values())))}.")
    return found


@cache
def _known(room: str) -> dict[str, str]:
    """Codes and words in the four languages -> code."""
    extra = {"site_type": _TYPES, "unit": _UNITS}.get(room, {})
    codes = {code: texts for code, texts in words()[room].items() if room != "unit" or code in _CAPACITY}
    found = {plain(text).replace("-", ""): code for code, texts in codes.items() for text in texts.values()}
    return {**found, **{code.replace("_", ""): code for code in codes}, **extra}


def _site_type(row: Mapping[str, str]) -> str:
    found = _code(row, "site_type", _known("site_type"), None)
    if found is None:
        raise RowRefused("site_type", "the type of site is missing", "Use residential or transit.")
    return found


def _is_private(row: Mapping[str, str], site_type: str) -> bool:
    """Private or family land. A manager's word counts only where the list has no word on ownership."""
    owned = ownership(row)
    return site_type == "family" or owned == "private" or bool(PRIVATE_MANAGER.search(row.get("manager", "")))


def ownership(row: Mapping[str, str]) -> str | None:
    """public, private or None; anything else may be the name of a person and counts as private."""
    text = plain(row.get("ownership", "")).replace("-", "")
    if not text:
        return None
    return _OWNERSHIP.get(text) or ("public" if PUBLIC_MANAGER.search(row["ownership"]) else "private")


def _manager(row: Mapping[str, str], site: Site | None) -> str | None:
    """The public manager by name; None = the list says public and names no public body."""
    name = row.get("manager", "")
    known = [one.value for one in (*site.designated_by, *site.manager)] if site else []
    if name and (PUBLIC_MANAGER.search(name) or name in known):
        return name
    if ownership(row) == "public":
        return None
    raise RowRefused(
        "manager", "nothing shows a public manager", "Name the public body, or say public under ownership."
    )  # fmt: skip


def _count(row: Mapping[str, str], field: str) -> int | None:
    text = row.get(field, "").replace(" ", "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,5}", text):
        raise RowRefused(field, "this is no whole number", "Write digits only, or leave it empty.")
    return int(text)


def _rate(row: Mapping[str, str]) -> float | None:
    text = row.get("rate", "").replace(" ", "").replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?%?", text):
        raise RowRefused("rate", "this is no share", "Write 0.85 or 85%.")
    value = float(text.rstrip("%"))
    value = value / 100 if text.endswith("%") or value > 1 else value
    if value > 1:
        raise RowRefused("rate", "the share is above 100 %", "Write 0.85 or 85%.")
    return value


def _pitches(row: Mapping[str, str]) -> tuple[int | None, str]:
    """Capacity and its unit. Pitches, caravans and places are no persons and are kept whatever their number."""
    unit = _code(row, "pitch_unit", _known("unit"), "pitch") or "pitch"
    number = _count(row, "pitches")
    if number is not None and unit in ("household", "family") and number < LEAST_COUNT:
        raise RowRefused("pitches", "households and families under 10 are not kept", "Give the number of pitches.")
    return number, unit


def _status(row: Mapping[str, str]) -> str:
    return _code(row, "status", _known("status"), "open") or "open"


def _source(row: Mapping[str, str], way: Way) -> str | None:
    """The page; None where the return or the file itself is the source."""
    text = row.get("source_url", "")
    if way in ("return", "edited") or (way == "monitoring" and not text):
        return None
    if not re.fullmatch(r"https?://[^\s<>]+", text):
        raise RowRefused("source_url", "there is no source", "Give an address that starts with https://.")
    return text


def _source_date(row: Mapping[str, str], year: int, source: str | None) -> str:
    text = row.get("source_date", "").lower()
    if not text or source is None:
        return str(year)
    if not re.fullmatch(rf"{UNDATED}|\d{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?|\d{{4}}/\d{{4}}", text):
        raise RowRefused("source_date", "this is no date", f"Write YYYY, YYYY-MM, YYYY-MM-DD or {UNDATED}.")
    return text


def _grade(row: Mapping[str, str], way: Way, source: str | None) -> str:
    if source is None:
        # Nobody else can look up a file; a municipality answers for what it returns.
        return "B" if way == "return" else "U"
    text = row.get("grade", "").upper()
    if not text and way != "sites":
        return "A"
    if text not in ("A", "B", "C", "U"):
        raise RowRefused("grade", "the grade is missing or unknown", "Use A, B, C or U.")
    return text


def _precision(row: Mapping[str, str]) -> str:
    text = row.get("precision", "") or "address"
    if text not in _PRECISIONS:
        raise RowRefused("precision", "the word is not known", f"Use one of: {', '.join(_PRECISIONS)}.")
    return text


def _point(row: Mapping[str, str]) -> tuple[float | None, float | None, float | None, float | None]:
    texts = [row.get(name, "").replace(",", ".") for name in ("x", "y")]
    if not any(texts):
        return None, None, None, None
    try:
        x, y = (float(one) for one in texts)
    except ValueError:
        raise RowRefused("x", "the point is no pair of numbers", "Give x and y in Lambert 72, metres.") from None
    if not (0 <= x <= 300_000 and 0 <= y <= 250_000):
        raise RowRefused("x", "the point lies outside Belgium", "Give x and y in Lambert 72 (EPSG:31370), metres.")
    lon, lat = Transformer.from_crs(31370, 4326, always_xy=True).transform(x, y)
    return x, y, round(lon, 6), round(lat, 6)


def _site_id(row: Mapping[str, str], nis: str, name: str, territory: Territory) -> str:
    """The known site the row is about, else an identifier made of municipality and name."""
    given = row.get("site_id", "")
    if given:
        made = plain(given)
        known = territory.known.get(made)
        if known is not None and known.nis not in (nis, None):
            raise RowRefused("site_id", "this site lies in another municipality", "Correct the id or the NIS code.")
        if made:
            return made
    wanted = {plain(one) for one in (name, row.get("address", "")) if one}
    for site_id, site in territory.known.items():
        if site.nis == nis and wanted & {plain(one) for one in (site.name, *(place.value for place in site.place))}:
            return site_id
    return f"{nis}-{plain(name) or 'site'}"


def values_of(record: Record) -> dict[str, Any]:
    """Columns of a record that a preview compares."""
    return {key: value for key, value in vars(record).items() if key not in ("site_id", "year")}
