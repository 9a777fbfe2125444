"""Municipalities, and what this service is."""

from __future__ import annotations

from pydantic import Field

from api.answers.base import Answer, Box, Day, Names, Nis, Notice, RunInfo, Source


class LoadedMunicipality(Answer):
    """Loaded municipality."""

    nis: Nis
    name: Names
    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    parcels: int = Field(description="Parcels.", examples=[19144])
    bbox: Box | None
    runs: list[RunInfo] = Field(description="Results.")


class Municipalities(Answer):
    """Municipalities in which parcels are loaded."""

    count: int = Field(description="How many there are.", examples=[3])
    items: list[LoadedMunicipality] = Field(description="The items.")
    sources: list[Source] = Field(description="Datasets the answer rests on.")
    notice: Notice | None = Field(None)


class Meta(Answer):
    """What this service is."""

    version: str = Field(description="Version.", examples=["0.1.0"])
    demo: bool = Field(description="Is this the demo?")
    public: bool = Field(description="Is this the anonymous view?")
    notice: Notice | None = Field(None)
    today: Day
    languages: list[str] = Field(description="Languages.")
    owners: dict[str, Names] = Field(description="Owners.")
    zones: dict[str, Names] = Field(description="Zoning classes with their titles.")
