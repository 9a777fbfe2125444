"""Words, units and small shapes that stand in many answers."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


def measured(kind: Any, description: str, unit: str, example: Any) -> Any:
    """A figure with its unit."""
    return Annotated[kind, Field(description=f"{description}, {unit}.", examples=[example], json_schema_extra={"x-unit": unit})]  # fmt: skip


SquareMetres = measured(float, "Area", "m²", 3406.4)
Metres = measured(float, "Length", "m", 104.8)
Share = measured(float, "Share", "0..1", 0.25)
Value = measured(float, "Value of a criterion or score", "0..1", 0.8446)
Weight = measured(float, "Weight, all weights together 1", "0..1", 0.0345)
Longitude = measured(float, "Longitude", "degrees, WGS 84", 2.5844)
Euros = Annotated[
    str,
    Field(pattern=r"^-?\d+\.\d{2}$", description="Euros, two decimals.", examples=["600000.00"], json_schema_extra={"x-unit": "EUR"}),
]  # fmt: skip
Nis = Annotated[str, Field(pattern=r"^\d{5}$", description="NIS code of a municipality.", examples=["99001"])]
Capakey = Annotated[str, Field(description="Cadastral key of a parcel.", examples=["99101A0000/00A001"])]
Id = Annotated[str, Field(description="Identifier, as it stands in addresses.", examples=["99101A0000-00A001"])]
RunId = Annotated[str, Field(description="Result the answer is from.", examples=["r183dcd1a7fd374e5"])]
RuleId = Annotated[str, Field(description="Rule of law.", examples=["flanders.norm.flood-classes"])]
Dataset = Annotated[int, Field(description="Number of a dataset; see `sources`.", examples=[12])]
Day = Annotated[str, Field(description="Day, YYYY-MM-DD.", examples=["2026-11-23"])]
Moment = Annotated[str, Field(description="Moment, ISO 8601 with its zone.", examples=["2026-11-23T09:00:00+01:00"])]
Url = Annotated[str, Field(description="Page.", examples=["https://codex.vlaanderen.be"])]
Grade = Annotated[
    str, Field(description="How sure: A official text read, B secondary, C inferred, U unconfirmed.", examples=["A"])
]
Verdict = Annotated[
    Literal["compatible", "needs_derogation", "incompatible", "unknown"],
    Field(description="Verdict: the tool advises, it does not permit.", examples=["compatible"]),
]
SoFar = Annotated[
    Literal["compatible", "needs_derogation", "incompatible", "unknown"],
    Field(description="Verdict on what is known.", examples=["compatible"]),
]
State = Annotated[
    Literal["pass", "conditional", "derogation", "fail", "unknown"],
    Field(description="State of a constraint.", examples=["pass"]),
]
SiteType = Annotated[
    Literal["residential", "transit", "family", "temporary", "gathering"],
    Field(description="Type of site.", examples=["residential"]),
]
LawRegion = Annotated[str, Field(description="Whose law.", examples=["flanders"])]
Sentence = Annotated[str, Field(description="In the language of the answer.", examples=["0.2° on average"])]
Stale = Annotated[
    bool | None, Field(description="Rests on a stale source? null: nobody says how often it changes.", examples=[False])
]
Place = Annotated[
    list[float], Field(min_length=2, max_length=2, description="Lon, lat in degrees (WGS 84).", examples=[[2.5844, 51.54]])
]  # fmt: skip
Box = Annotated[
    list[float],
    Field(min_length=4, max_length=4, description="West, south, east, north in degrees (WGS 84).", examples=[[2.57, 51.53, 2.58, 51.54]]),
]  # fmt: skip
Ranks = Annotated[
    list[int], Field(min_length=2, max_length=2, description="Best and worst place in nine draws of ten.", examples=[[1, 12]])
]  # fmt: skip
Notice = Annotated[str, Field(description="Only with demo data: says that all of it is fictional.")]


class Answer(BaseModel):
    """Base of all models of answers."""

    model_config = ConfigDict(populate_by_name=True)


def _without_required(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class Interval(Answer):
    """Lowest and highest value; equal where it is certain."""

    low: float | None = Field(examples=[0.62])
    high: float | None = Field(examples=[0.66])


class WholeInterval(Answer):
    """Lowest and highest number; equal where it is certain, null where it is not known."""

    low: int | None = Field(examples=[10])
    high: int | None = Field(examples=[14])


class MoneyInterval(Answer):
    """Lowest and highest amount, euros with two decimals; null where it is not known."""

    low: Euros | None
    high: Euros | None


class Names(Answer):
    """The same in each language."""

    nl: str = Field(examples=["Zeewaarde"])
    fr: str = Field(examples=["Zeewaarde"])
    de: str = Field(examples=["Zeewaarde"])
    en: str | None = Field(None, examples=["Zeewaarde"])


class Geometry(Answer):
    """GeoJSON geometry (RFC 7946), lon/lat in degrees (WGS 84)."""

    type: str = Field(examples=["MultiPolygon"])
    coordinates: list[Any]


class Source(Answer):
    """A dataset the answer rests on."""

    dataset: Dataset
    source: str = Field(description="Entry of the catalogue.", examples=["grb-adp"])
    kind: str = Field(description="Kind of data.", examples=["parcels"])
    title: str = Field(description="In the language of the answer.", examples=["GRB administrative parcels"])
    provider: str = Field(examples=["Digitaal Vlaanderen"])
    version: int = Field(description="Version as loaded here.", examples=[1])
    date: Day
    licence: str = Field(examples=["Modellicentie gratis hergebruik"])
    attribution: str | None = Field(description="Line that goes with whatever is made of it.")
    redistributable: bool = Field(description="May its rows be passed on?")
    age_days: int = Field(description="Age, days.", examples=[12], json_schema_extra={"x-unit": "days"})
    stale: Stale
    layers: list[str] = Field(description="Layers it feeds.", examples=[["parcels"]])
    licence_text: str = Field(description="Licence, in the language of the answer.")
    provider_text: str = Field(description="Provider, in the language of the answer.")


class Row(Answer):
    """A row of a list: `fields` of the request says which of its fields there are, so that none is sure to be there."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra=_without_required)


class Listed(Answer):
    """What every list says besides its rows."""

    count: int = Field(description="Rows of the whole list.", examples=[963])
    count_kind: Literal["exact", "estimated"] = Field(
        description="Whether they were counted, or are more than are counted and estimated.", examples=["exact"]
    )
    next: str | None = Field(
        description="Token of the page that follows; null on the last one.", examples=["WyI0ZiIsNTBd.c2lnbmF0dXJl"]
    )
    filters: list[str] = Field(
        description="What the list was filtered by, in sentences of the language of the answer.",
        examples=[["municipality: 99001", "at least 1000 m²"]],
    )
    sources: list[Source] = Field(description="Datasets the rows are from.")
    notice: Notice | None = None


class Rows(Listed, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="Rows of this page.")


class RunInfo(Answer):
    """A result: one scoring with everything pinned."""

    id: RunId
    site_type: SiteType
    as_of: Day = Field(description="Day whose law was applied.")
    data_date: Day = Field(description="Newest date of the data.")
    profile: str = Field(description="Set of criteria with its version.", examples=["flanders-residential 4"])
    published: bool = Field(description="Released by the municipality.")
    what_if: bool = Field(description="Asked for another day than its own; never the current result.")
    rule_pack: str = Field(description="Version of the rules.", examples=["2026.11.2+9c8c6c945ef3"])
