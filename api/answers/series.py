"""Figures from public sources, each with its page."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Day, Nis
from api.answers.inventory import Fact, Figure, Stated


class HpFigure(Answer):
    """Hp figure."""

    count: int = Field(description="How many there are.", examples=[27])
    items: list[Figure] = Field(description="The items.")


class HpSiteItemFact(Answer):
    """A fact with its page."""

    status: list[Fact] = Field(description="Status.")
    parcels: list[Figure] = Field(description="Parcels.")


class HpSiteItem(Answer):
    """Hp site item."""

    id: str = Field(description="Identifier.", examples=["hp-hastiere-campagne"])
    name: str = Field(description="Name.", examples=["Chenia"])
    municipality: str = Field(description="Municipality by name.", examples=["Onhaye"])
    nis: Nis
    geometry: Any = Field(description="GeoJSON geometry, lon/lat; null = none is known or it may not be passed on.")
    facts: HpSiteItemFact = Field(description="Every fact with its page.")


class HpSite(Answer):
    """Hp site."""

    count: int = Field(description="How many there are.", examples=[19])
    items: list[HpSiteItem] = Field(description="The items.")


class HpMunicipalityItem(Stated):
    """Hp municipality item."""

    municipality: str = Field(description="Municipality by name.", examples=["Esneux"])
    nis: Nis
    status: str = Field(description="Status.", examples=["former"])


class HpMunicipality(Answer):
    """Hp municipality."""

    count: int = Field(description="How many there are.", examples=[19])
    items: list[HpMunicipalityItem] = Field(description="The items.")


class Total(Answer):
    """Total."""

    count: int = Field(description="How many there are.", examples=[41])
    items: list[Figure] = Field(description="The items.")


class SeriesNeed(Answer):
    """Supply, need and gap in pitches, as ranges."""

    count: int = Field(description="How many there are.", examples=[19])
    items: list[Figure] = Field(description="The items.")


class MunicipalityNoteItem(Stated):
    """Municipality note item."""

    region: str = Field(description="Region whose law or data it is.", examples=["flanders"])
    municipality: str = Field(description="Municipality by name.", examples=["Genk"])
    nis: Nis
    kind: str = Field(description="Kind.", examples=["no_details"])
    private_sites: int | None = Field(description="Private sites named by the source.", examples=[2])


class MunicipalityNote(Answer):
    """Municipality note."""

    count: int = Field(description="How many there are.", examples=[11])
    items: list[MunicipalityNoteItem] = Field(description="The items.")


class Series(Answer):
    """Figures from public sources; those that disagree stand side by side."""

    checked_on: Day
    hp_series: HpFigure = Field(description="Figures of the Plan HP.")
    hp_sites: HpSite = Field(description="HP sites.")
    hp_municipalities: HpMunicipality = Field(description="Municipalities of the Plan HP.")
    totals: Total = Field(description="Totals by region and year.")
    need: SeriesNeed = Field(description="Need, as ranges.")
    municipality_notes: MunicipalityNote = Field(description="Notes about municipalities.")
