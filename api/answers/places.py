"""Municipalities, and what this service is."""

from __future__ import annotations

from pydantic import Field

from api.answers.base import Answer, Box, Day, Geometry, Listed, Names, Nis, Row, RunInfo


class FormerMunicipality(Answer):
    """A municipality of before."""

    nis: Nis
    name: str = Field(examples=["Meeuwen-Gruitrode"])


class LoadedMunicipality(Row):
    """A municipality in which parcels are loaded."""

    id: Nis
    nis: Nis
    name: Names
    former: list[FormerMunicipality] = Field(description="Municipalities that were merged into it.")
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    parcels: int = Field(description="Parcels.", examples=[19144])
    bbox: Box | None
    runs: list[RunInfo] = Field(description="Results; of an anonymous visitor those that were published.")
    geometry: Geometry | None = Field(None, description="Only where `fields` names it, and in GeoJSON.")


class Municipalities(Listed):
    """Municipalities in which parcels are loaded."""

    items: list[LoadedMunicipality] = Field(description="The items.")


class BaseMap(Answer):
    """A base map of others that may be chosen."""

    name: str = Field(examples=["grb"])
    title: dict[str, str] = Field(description="By language.", examples=[{"nl": "Basiskaart"}])
    attribution: str = Field(description="Line that has to stand with the map.")
    address: str = Field(description="Template of its tiles.")
    host: str = Field(description="Host that is asked for it.", examples=["tile.example.org"])


class Meta(Answer):
    """What this service is."""

    version: str = Field(description="Version.", examples=["0.1.0"])
    demo: bool = Field(description="Is this the demo?")
    public: bool = Field(description="Is this the anonymous view?")
    notice: Names | None = Field(description="Only with demo data: says that all of it is fictional.")
    publisher: str = Field(description="Who publishes.", examples=["Standplaats"])
    contact: str | None = Field(description="Mail address or page of the publisher; null = none.")
    base_maps: list[BaseMap] = Field(description="Base maps of others that may be chosen.")
    today: Day
    languages: list[str] = Field(description="Languages.")
    owners: dict[str, Names] = Field(description="Owners.")
    zones: dict[str, Names] = Field(description="Zoning classes with their titles.")
