"""Public sites from public sources, each fact with its page."""

from __future__ import annotations

from pydantic import Field

from api.answers.base import Answer, Euros, Geometry, Grade, Listed, Nis, Row, Sentence, SiteType, Source


class Stated(Answer):
    """A fact as a public source states it."""

    text: Sentence
    note: str | None = Field(description="Note, in the language of the answer.", examples=["Late 1990s."])
    source: str | None = Field(
        description="Page; null where none bears it.", examples=["https://www.herentals.be/woonwagenwerk"]
    )
    sources: list[str] = Field(description="Further pages.")
    source_text: str | None = Field(description="In words where it is from, where no page bears it.")
    date: str | None = Field(description="Date, as precisely as the source gives it.", examples=["2007"])
    grade: Grade


class Pitch(Answer):
    """Pitch."""

    low: int | None = Field(description="Lowest value.", examples=[6])
    high: int = Field(description="Highest value; null = no upper end is known.", examples=[6])
    unit: str = Field(description="Unit of the figures beside it.", examples=["pitch"])


class Text(Answer):
    """Text."""

    site_type: str = Field(description="Type of site, in words.", examples=["residential site"])
    status: str = Field(description="Status.", examples=["open"])
    region: str = Field(description="Region whose law or data it is.", examples=["Wallonia"])
    precision: str = Field(description="How precisely the place is known.", examples=["parcel"])
    known_to: str = Field(description="How precisely the place is known in words.", examples=[""])
    pitches: str | None = Field(description="Pitches, lowest and highest estimate.", examples=[""])


class Figure(Stated):
    """A figure from a public source."""

    low: int | None = Field(description="Lowest value.", examples=[0])
    high: int | None = Field(description="Highest value; null = no upper end is known.", examples=[0])
    unit: str | None = Field(None, description="Unit of the figures beside it.", examples=["m2"])
    about: bool = Field(description="What it bears on; or whether the figure is about so much.")
    together_with: list[str] | None = Field(None, description="Other sites counted in the same figure.")
    measure: str | None = Field(None, description="What is counted.", examples=["families"])
    title: str | None = Field(None, description="In the language of the answer.", examples=["families"])
    region: str | None = Field(None, description="Region whose law or data it is.", examples=["belgium"])
    level: str | None = Field(None, description="Level of the figure.", examples=["region"])


class Opening(Stated):
    """Opening."""

    start: str | None = Field(description="First day.", examples=["04-01"])
    end: str | None = Field(description="Last day.", examples=["10-31"])
    months: int | None = Field(description="Months.", examples=[5])
    how: str | None = Field(description="How that is known.", examples=["booking"])


class Stay(Stated):
    """Stay."""

    max_days: int | None = Field(description="Longest stay, days; null = none found.", examples=[21])
    max_weeks: int | None = Field(description="Longest stay, weeks.", examples=[3])
    max_months: int | None = Field(description="Longest stay, months.", examples=[1])
    times_per_year: int | None = Field(description="Stays a year.", examples=[4])
    gap_days: int | None = Field(description="Days between stays.", examples=[15])


class Equipment(Stated):
    """Equipment."""

    items: list[str] = Field(description="The items.")
    absent: list[str] = Field(description="What is missing.")
    count: int | None = Field(description="How many there are.", examples=[16])


class Price(Stated):
    """Price."""

    amount: Euros
    per: str | None = Field(description="Per what.", examples=["day"])
    for_: str = Field(alias="for", description="What it is for.", examples=["stay"])


class Position(Stated):
    """Position."""

    precision: str = Field(description="How precisely the place is known.", examples=["parcel"])
    section: str | None = Field(description="Municipal section.", examples=["Ath"])
    pseudonis: str | None = Field(description="Code of the section.", examples=["53053D"])
    lon: float = Field(description="Longitude, degrees (WGS 84).", examples=[4.7012])
    lat: float = Field(description="Latitude, degrees (WGS 84).", examples=[50.8789])
    x: float = Field(description="Easting, m, EPSG:31370.", examples=[31369.8])
    y: float = Field(description="Northing, m, EPSG:31370.", examples=[77652.0])


class Fact(Stated):
    """A fact with its page."""

    value: str | None = Field(None, description="Value: a code or a text.", examples=["open"])
    body: str | None = Field(None, description="Body that manages or designated.", examples=["municipality"])
    event: str | None = Field(None, description="What happened.", examples=["council_vote"])
    known_to: str | None = Field(None, description="How precisely the place in words is known.", examples=["street"])


class SiteFacts(Answer):
    """Every fact of a site, by what it is about."""

    site_type: list[Fact] = Field(description="Type of site.")
    status: list[Fact] = Field(description="Status.")
    manager: list[Fact] = Field(description="Public manager.")
    designated_by: list[Fact] = Field(description="Who designated it.")
    place: list[Fact] | None = Field(
        description="Street and number nearest by, or the place in words; null = none known."
    )
    pitches: list[Figure] | None = Field(description="Pitches, lowest and highest estimate.")
    occupancy: list[str] = Field(description="Occupancy, annual totals; under 10 is left out.")
    area: list[Figure] = Field(description="Area.")
    opening: list[Opening] = Field(description="Season.")
    stay: list[Stay] = Field(description="Length of stay.")
    equipment: list[Equipment] = Field(description="Equipment.")
    price: list[Price] = Field(description="Price.")
    use: list[Figure] = Field(description="Use.")
    notes: list[Fact] = Field(description="Notes, in the language of the answer.")
    position: list[Position] | None = Field(None, description="Point.")


class SiteProperties(Row):
    """Properties of a public site."""

    id: str = Field(description="Identifier.", examples=["demo-5"])
    name: str = Field(description="Name.", examples=["N4"])
    site_type: SiteType
    status: str = Field(description="Status.", examples=["open"])
    status_date: str = Field(description="Date of the status.", examples=["2021"])
    municipality: str | None = Field(description="Municipality by name.", examples=["Ath"])
    nis: Nis | None
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    precision: str = Field(description="How precisely the place is known.", examples=["none"])
    known_to: str | None = Field(description="How precisely the place is known in words.", examples=["street"])
    pitches: Pitch | None = Field(description="Pitches, lowest and highest estimate.")
    place: str | None = Field(
        description="Street and number nearest by, or the place in words; null = none known.", examples=["N684"]
    )
    manager: str = Field(description="Public manager.", examples=["IDEA"])
    origin: str = Field(description="Where the site comes from.", examples=["demo"])
    fictional: bool = Field(description="Is it fictional?")
    texts: Text = Field(description="The same in words, in the language of the answer.")
    facts: SiteFacts = Field(description="Every fact with its page.")


class SiteFeature(Answer):
    """Site feature."""

    type: str = Field(description="Type.", examples=["Feature"])
    id: str = Field(description="Identifier.", examples=["demo-5"])
    geometry: Geometry | None
    properties: SiteProperties = Field(description="Properties.")


class Sites(Listed):
    """Public sites as a GeoJSON FeatureCollection."""

    type: str = Field(description="Type.", examples=["FeatureCollection"])
    name: str = Field(description="Name of the list.", examples=["sites"])
    attribution: str = Field(description="What has to be named with it.")
    features: list[SiteFeature] = Field(description="GeoJSON features.")


class Site(Answer):
    """A public site."""

    type: str = Field(description="Type.", examples=["Feature"])
    id: str = Field(description="Identifier.", examples=["br-brussel-haren"])
    geometry: Geometry | None
    properties: SiteProperties = Field(description="Properties.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
