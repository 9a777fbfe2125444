"""Filters on a run: each turns into SQL with bound values and into a sentence a reader can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from geodata.database.counting import Count
from geodata.errors import UsageError
from geodata.sources.sharing import shared
from geodata.tokens import Pages
from sites.candidates.land import ANY_LAND, Land
from sites.suitability import Message
from sites.suitability.titles import OWNERS

VERDICTS = ("compatible", "needs_derogation", "unknown", "incompatible")
#: What a list shows unless asked otherwise: all that is not ruled out.
LISTED = ("compatible", "needs_derogation", "unknown")
MAX_LIMIT = 500


IN_BOX = "in the box {west}, {south} to {east}, {north} (degrees)"
#: SQL of the area of a box; takes `box`.
IN_STORAGE = "ST_SetSRID(%(box)s::geometry, 31370)"


def area_words(area: float) -> str:
    """Square metres as a reader writes them."""
    return f"{area:.0f}" if float(area).is_integer() else f"{area:.2f}".rstrip("0")


@dataclass(frozen=True)
class Box:
    """A box of a request.

    Attributes
    ----------
    area : WKB of it in EPSG:31370, hexadecimal.
    west, south, east, north : degrees (WGS 84), as they were asked for.
    """

    area: str
    west: str
    south: str
    east: str
    north: str

    @property
    def sentence(self) -> Message:
        """What it keeps, in words."""
        corners = {"west": self.west, "south": self.south, "east": self.east, "north": self.north}
        return Message(IN_BOX, corners)


@dataclass(frozen=True)
class CandidateQuery:
    """What a user wants from a run; wishes are filters, never part of the run.

    Attributes
    ----------
    verdicts : verdicts to list.
    so_far : verdicts on what is known; None = all.
    pitches : pitches wanted; a candidate is kept when its high estimate reaches them or is unknown.
    min_area_m2, max_area_m2 : least and most drawn area.
    box : only what touches it, of plans that may be passed on.
    owners : owner classes; `unknown` stands for parcels without one.
    land : wishes about the land itself.
    municipality : only this one, of a run over several.
    limit : rows per page, 1..500.
    token : page token of an earlier answer.
    """

    verdicts: tuple[str, ...] = LISTED
    so_far: tuple[str, ...] | None = None
    pitches: int | None = None
    min_area_m2: float | None = None
    max_area_m2: float | None = None
    box: Box | None = None
    owners: tuple[str, ...] | None = None
    land: Land = ANY_LAND
    municipality: str | None = None
    limit: int = 50
    token: str | None = None

    def __post_init__(self) -> None:
        for verdict in (*self.verdicts, *(self.so_far or ())):
            if verdict not in VERDICTS:
                raise UsageError(f"{verdict} is no verdict.", f"Verdicts: {', '.join(VERDICTS)}.")
        for owner in self.owners or ():
            if owner not in OWNERS:
                raise UsageError(f"{owner} is no class of owner.", f"Classes: {', '.join(OWNERS)}.")
        if not 1 <= self.limit <= MAX_LIMIT:
            raise UsageError(f"A page holds 1 to {MAX_LIMIT} candidates, not {self.limit}.")
        if self.pitches is not None and not 1 <= self.pitches <= 1000:
            raise UsageError(f"{self.pitches} is no number of pitches.", "Give a number from 1 to 1000.")


@dataclass
class Conditions:
    """SQL conditions with their values and their sentences."""

    sql: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    sentences: list[Message] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, condition: str, message: Message | None = None, **values: Any) -> None:
        """One more condition of a filter, or of the `base` of all; `condition` is constant text, values are bound."""
        self.sql.append(condition)
        self.named[name] = f"{self.named[name]} AND {condition}" if name in self.named else condition
        self.values |= values
        if message is not None:
            self.sentences.append(message)

    @property
    def where(self) -> str:
        """All conditions joined."""
        return " AND ".join(self.sql) or "true"


def conditions_of(query: CandidateQuery) -> Conditions:
    """Conditions of a query on `run_result r`, `parcel p`, `measurement m` and `batch b`, without the page."""
    out = Conditions()
    out.add("verdict", "r.verdict = ANY(%(verdicts)s)", verdicts=list(query.verdicts))
    if query.so_far is not None:
        out.add("base", "r.so_far = ANY(%(so_far)s)", so_far=list(query.so_far))
    if query.pitches is not None:
        out.add(
            "base",
            "coalesce(r.pitches_high >= %(pitches)s, true)",
            Message("room for {count} pitches or more may be there", {"count": query.pitches}),
            pitches=query.pitches,
        )
    if query.min_area_m2 is not None:
        out.add(
            "area",
            "p.area_m2 >= %(min_area)s",
            Message("at least {area} m²", {"area": area_words(query.min_area_m2)}),
            min_area=query.min_area_m2,
        )
    if query.max_area_m2 is not None:
        sentence = Message("at most {area} m²", {"area": area_words(query.max_area_m2)})
        out.add("area", "p.area_m2 <= %(max_area)s", sentence, max_area=query.max_area_m2)
    if query.box is not None:
        # A box would tell where those lie whose plan may not be passed on.
        told = f"(SELECT {shared('d')} FROM dataset d WHERE d.id = p.dataset_id)"
        out.add("base", f"{told} AND ST_Intersects(p.geom, {IN_STORAGE})", query.box.sentence, box=query.box.area)
    if query.owners is not None:
        out.add("owner", "coalesce(m.owner_class, 'unknown') = ANY(%(owners)s)", owners=list(query.owners))
    if query.municipality is not None:
        out.add("base", "p.nis = %(municipality)s", municipality=query.municipality)
    for name, condition, message, values in query.land.conditions():
        out.add(name, condition, message, **values)
    return out


def listed(run: str, query: CandidateQuery) -> list[Any]:
    """What tells a list from every other; the size of a page is no part of it."""
    filters = asdict(query)
    return ["candidates", run, {name: value for name, value in filters.items() if name not in ("limit", "token")}]


#: Rank of a place behind all that have one.
BEHIND = 2**31 - 1


def make_token(pages: Pages, run: str, query: CandidateQuery, rank: int | None, parcel_id: int, count: Count) -> str:
    """Token of the page after a row, bound to the run and the filters it was made with; it holds the count of the list."""
    return pages.make(listed(run, query), [rank, parcel_id, count.number, count.kind])


def read_token(pages: Pages, run: str, query: CandidateQuery) -> tuple[int, int, Count | None]:
    """Rank after which the page starts, among those without a rank the parcel, and the count; None on the first page.

    Raises
    ------
    PageTokenError
        When the token is damaged or belongs to another run or other filters.
    """
    if query.token is None:
        return 0, 0, None
    rank, parcel_id, number, kind = pages.read(listed(run, query), query.token)
    return BEHIND if rank is None else rank, parcel_id if rank is None else 0, Count(number, kind)


def ranked_page(columns: str, rows: str, verdicts: Sequence[str]) -> str:
    """SQL of one page of a run in the order of rank; those without a rank follow in the order of their parcel.

    Takes `after`, `after_parcel` and `limit`. Each part walks an index, wherever the page starts.

    Parameters
    ----------
    columns, rows : what is selected, and SQL from `FROM` to the end of `WHERE` over `r`, a run_result; constants of the code.
    verdicts : verdicts that are listed.
    """
    ranked = f"SELECT {columns} {rows} AND r.rank > %(after)s ORDER BY r.rank LIMIT %(limit)s"
    if "incompatible" not in verdicts:
        return ranked
    behind = f"""SELECT {columns} {rows} AND r.rank IS NULL AND r.parcel_id > %(after_parcel)s
                 ORDER BY r.parcel_id LIMIT %(limit)s"""
    return f"SELECT * FROM (({ranked}) UNION ALL ({behind})) b ORDER BY rank NULLS LAST, parcel_id LIMIT %(limit)s"
