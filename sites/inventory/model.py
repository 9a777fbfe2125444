"""What the inventory knows of a public site: facts, each with its page, date and grade.

Contract: plain data checked by pydantic, nothing computed beyond "which of the statuses holds in that year". A fact
without source, date or grade is refused; one that no page bears names the return, file or data set it is from. Figures that disagree are kept side by side; a pitch, a caravan, a dwelling
and a household are not one unit. Dates are YYYY, YYYY-MM, YYYY-MM-DD, a span of years YYYY/YYYY, or `undated` where
the page bears none. Lengths metres, areas m², points lon/lat (EPSG:4326) with x/y (EPSG:31370).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sites.law.model import Grade, LawRegion, SiteType, Text, Url, Words

Status = Literal["open", "planned", "not_built", "closed", "dropped", "unknown"]
Precision = Literal["address", "parcel", "street", "section", "municipality", "none"]
Body = Literal[
    "municipality", "several_municipalities", "province", "region", "welfare_centre", "intermunicipal", "public"
]
Unit = Literal["pitch", "caravan", "dwelling", "household", "family", "place", "parcel", "m2", "m2_per_pitch"]
UNDATED = "undated"
STATUSES: tuple[Status, ...] = get_args(Status)
UNITS: tuple[Unit, ...] = get_args(Unit)

FactDate = Annotated[str, Field(pattern=r"^(undated|\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?|\d{4}/\d{4})$")]
Nis = Annotated[str, Field(pattern=r"^\d{5}$")]
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class InventoryModel(BaseModel):
    """Base of everything in the inventory: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(InventoryModel):
    """Where a statement is from when no page bears it, or the page is only a copy.

    `value`: year of the return, name of the file, empty for a data set.
    """

    kind: Literal["municipal_return", "imported_file", "adminvector"]
    value: str = ""


class Fact(InventoryModel):
    """One statement with its page. `also`: further pages, where the reading did not keep apart which said what."""

    source: Url | None = None
    also: list[Url] = Field(default_factory=list)
    origin: Origin | None = None
    date: FactDate
    grade: Grade
    note: Text | None = None

    @model_validator(mode="after")
    def _says_where_it_is_from(self) -> Fact:
        if self.source is None and self.origin is None:
            raise ValueError("a fact needs a source")
        return self

    @property
    def year(self) -> int | None:
        """First year of the fact; None when the page bears no date."""
        return None if self.date == UNDATED else int(self.date[:4])


class TypeFact(Fact):
    """Type of site."""

    value: SiteType


class StatusFact(Fact):
    """Status on a date, with what happened then (a code of words.yaml)."""

    value: Status
    event: str | None = None


class ManagerFact(Fact):
    """Public body that runs the site, or that set the land aside for it."""

    value: Words
    body: Body


class PlaceFact(Fact):
    """The place in words, and how precisely those words tell it."""

    value: Words
    known_to: Literal["address", "street", "section", "municipality"]


class AmountFact(Fact):
    """A figure as an interval; `low` alone is "at least", `high` alone "at most". `about`: rounded by the source."""

    low: int | float | None = Field(None, ge=0)
    high: int | float | None = Field(None, ge=0)
    unit: Unit
    about: bool = False
    together_with: list[Key] = Field(default_factory=list, description="The figure counts these sites as well.")

    @model_validator(mode="after")
    def _is_interval(self) -> AmountFact:
        if self.low is None and self.high is None:
            raise ValueError("a figure needs low or high")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError("high lies below low")
        return self


class OpeningFact(Fact):
    """When and how the site is open; MM-DD."""

    start: DayOfYear | None = None
    end: DayOfYear | None = None
    months: int | None = Field(None, ge=1, le=12)
    how: str | None = None


class StayFact(Fact):
    """How long one may stay."""

    max_days: int | None = Field(None, ge=1)
    max_weeks: int | None = Field(None, ge=1)
    max_months: int | None = Field(None, ge=1)
    times_per_year: int | None = Field(None, ge=1)
    gap_days: int | None = Field(None, ge=1)


class EquipmentFact(Fact):
    """What is there (`items`), how many of it, and what the source says is absent."""

    items: list[str] = Field(default_factory=list)
    absent: list[str] = Field(default_factory=list)
    count: int | None = Field(None, ge=1)


class PriceFact(Fact):
    """A price in euros, as a decimal string."""

    amount: Annotated[str, Field(pattern=r"^\d+\.\d\d$")]
    per: str | None = None
    paid_for: str = Field(alias="for")


class OccupancyFact(Fact):
    """Pitches in use in a year. Counts under 10 are never stored: value null, `suppressed` true."""

    value: int | None = Field(ge=10)
    rate: float | None = Field(None, ge=0, le=1)
    suppressed: bool

    @model_validator(mode="after")
    def _nothing_beside_suppression(self) -> OccupancyFact:
        if self.suppressed and (self.value is not None or self.rate is not None):
            raise ValueError("a suppressed count has no value and no rate")
        return self


class NoteFact(Fact):
    """A remark in the four languages."""

    text: Text


class Position(Fact):
    """A point and how far it can be trusted; never a point of our own invention."""

    precision: Literal["address", "parcel", "street", "section"]
    section: str | None = None
    pseudonis: str | None = None
    lon: float = Field(ge=2.0, le=6.6)
    lat: float = Field(ge=49.3, le=51.8)
    x: float
    y: float


#: The lists of facts of a site, in the order in which they are shown.
FACTS = (
    "site_type", "status", "manager", "designated_by", "place", "pitches", "occupancy", "area", "opening", "stay",
    "equipment", "price", "use", "notes",
)  # fmt: skip


class Site(InventoryModel):
    """One public site. Without evidence of a public body it is no site."""

    id: Key
    name: Words
    region: LawRegion
    municipality: Words | None
    nis: Nis | None = Field(description="Code of 2025; null: the source names no municipality.")
    origin: Literal["inventory", "import", "demo"] = "inventory"
    site_type: list[TypeFact] = Field(min_length=1)
    status: list[StatusFact] = Field(min_length=1)
    manager: list[ManagerFact] = Field(default_factory=list)
    designated_by: list[ManagerFact] = Field(default_factory=list)
    place: list[PlaceFact] = Field(default_factory=list)
    pitches: list[AmountFact] = Field(default_factory=list)
    occupancy: list[OccupancyFact] = Field(default_factory=list)
    area: list[AmountFact] = Field(default_factory=list)
    opening: list[OpeningFact] = Field(default_factory=list)
    stay: list[StayFact] = Field(default_factory=list)
    equipment: list[EquipmentFact] = Field(default_factory=list)
    price: list[PriceFact] = Field(default_factory=list)
    use: list[AmountFact] = Field(default_factory=list)
    notes: list[NoteFact] = Field(default_factory=list)
    position: Position | None = None

    @model_validator(mode="after")
    def _is_public(self) -> Site:
        if not self.manager and not self.designated_by:
            raise ValueError("no evidence of a public manager: it is no site, only the municipality's note")
        if (self.nis is None) != (self.municipality is None):
            raise ValueError("municipality and nis go together")
        if self.position is not None and self.nis is None:
            raise ValueError("a point without a municipality")
        return self

    @property
    def precision(self) -> Precision:
        """Precision of the point; without a point, municipality or none."""
        if self.position is not None:
            return self.position.precision
        return "none" if self.nis is None else "municipality"

    @property
    def known_to(self) -> str | None:
        """How precisely the place is known in words, whatever the point; None without a word on it."""
        told = {one.known_to for one in self.place}
        return next((one for one in ("address", "street", "section", "municipality") if one in told), None)

    @property
    def capacity(self) -> AmountFact | None:
        """The figure to show where there is room for one: the newest dated, the first of its year, else the first.

        The others are its contradictions and stand in `pitches`.
        """
        newest = max((one.year for one in self.pitches if one.year is not None), default=None)
        return next((one for one in self.pitches if one.year == newest), None)

    def facts(self, name: str) -> list[Any]:
        """Facts of one list of `FACTS`."""
        return list(getattr(self, name))

    def status_in(self, year: int | None = None) -> StatusFact | None:
        """The status that holds at the end of a year; None when no dated fact says so.

        Parameters
        ----------
        year : None = the last one known, undated facts included.
        """
        if year is None:
            return self.status[-1]
        until = [one for one in self.status if one.year is not None and one.year <= year]
        return until[-1] if until else None


class MunicipalityNote(Fact):
    """What is said of a municipality instead of a site: no street, no place."""

    region: LawRegion
    municipality: Words
    nis: Nis
    kind: Literal["private_or_unclear", "no_details"]
    private_sites: int | None = Field(None, ge=1, description="Number of private sites, where a source gives one.")


class SeriesFact(Fact):
    """One figure of a series, as an interval."""

    measure: str
    low: int | float | None = Field(None, ge=0)
    high: int | float | None = Field(None, ge=0)
    about: bool = False

    @model_validator(mode="after")
    def _is_interval(self) -> SeriesFact:
        if self.low is None and self.high is None:
            raise ValueError("a figure needs low or high")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError("high lies below low")
        return self


class RegionFact(SeriesFact):
    """A total of a region."""

    region: Literal[LawRegion, "belgium"]


class NeedFact(RegionFact):
    """An estimate of the need; never of one municipality."""

    level: Literal["region", "country"]


class HpStatusFact(Fact):
    """Where an HP site stands in the procedure."""

    value: str


class HpSite(InventoryModel):
    """Tourist equipment with permanent residents: no caravan site, no point, no count of residents."""

    id: Key
    name: Words
    municipality: Words
    nis: Nis
    status: list[HpStatusFact] = Field(min_length=1)
    parcels: list[AmountFact] = Field(default_factory=list)


class HpMunicipality(Fact):
    """A municipality that takes or took part in Plan HP."""

    municipality: Words
    nis: Nis
    status: str


class Measure(InventoryModel):
    """What a series counts."""

    unit: str
    title: Text


class Inventory(InventoryModel):
    """Everything in the package."""

    checked_on: str
    sites: list[Site]
    municipality_notes: list[MunicipalityNote]
    hp_sites: list[HpSite]
    hp_series: list[SeriesFact]
    hp_municipalities: list[HpMunicipality]
    totals: list[RegionFact]
    need: list[NeedFact]
