"""Supply and need of pitches, as ranges with their sources."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.answers.base import Answer, Interval, Listed, Metres, Nis, Row, Sentence, SiteType
from api.answers.inventory import Figure


class Supply(Answer):
    """Supply."""

    low: float | None = Field(description="Lowest value.", examples=[0.0])
    high: float | None = Field(description="Highest value; null = no upper end is known.", examples=[0.0])
    sites: list[str] = Field(description="Public sites that stand here.")
    uncounted: list[str] = Field(description="Sites without a figure.")
    doubtful: list[str] = Field(description="Sites whose figure is doubtful.")
    complete: bool = Field(description="Is every site counted?")
    fictional: int = Field(description="Sites of the demo among those counted.", examples=[1])


class NeedItemNeed(Answer):
    """Supply, need and gap in pitches, as ranges."""

    low: int = Field(description="Lowest value.", examples=[400])
    high: int = Field(description="Highest value; null = no upper end is known.", examples=[500])
    facts: list[Figure] = Field(description="Every fact with its page.")


class NeedItem(Row):
    """Need item."""

    level: str = Field(description="Level of the figure.", examples=["region"])
    place: str | None = Field(
        description="Street and number nearest by, or the place in words; null = none known.", examples=["99003"]
    )
    name: str = Field(description="Name.", examples=["Belgium"])
    site_type: SiteType
    supply: Supply | None = Field(description="Supply.")
    need: NeedItemNeed | None = Field(description="Need, as ranges.")
    survey: Any = Field(description="Survey of the municipality.")
    gap: Interval | None
    text: Sentence


class Way(Answer):
    """Way."""

    municipality: Nis
    metres: Interval
    site: str = Field(description="Site of the inventory.", examples=["demo-3"])
    straight_m: Metres
    reason: str | None = Field(description="Why it is not known: a code.", examples=["not_covered"])
    unlocated: list[str] = Field(description="Sites without a place.")
    text: Sentence


class Need(Listed):
    """Supply, need and gap in pitches, as ranges."""

    year: int | None = Field(description="Year; null = the last one known.", examples=[2012])
    unit: str = Field(description="Unit of the figures beside it.", examples=["pitch"])
    items: list[NeedItem] = Field(description="The items.")
    ways: list[Way] = Field(description="Way to the nearest open transit site.")
