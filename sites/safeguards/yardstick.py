"""Figures of another country on where sites lie, as data; comparable only where it is known what they count.

Pure. Reads only its own data file.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from sites.law.model import Grade, Text, Url


class Share(BaseModel):
    """One figure: a share (0..1) or a number of sites, and what the source calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Literal["isolated", "polluted", "seveso", "neither"]
    share: Annotated[float, Field(ge=0, le=1)] | None = None
    sites: Annotated[int, Field(ge=0)] | None = None


class Yardstick(BaseModel):
    """Figures of a country with their source. `definition`: what they count, in words; null = not found."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    country: Literal["FR"]
    sites: int = Field(gt=0)
    figures: list[Share]
    definition: Text | None
    source: Url
    by: str
    grade: Grade

    @property
    def comparable(self) -> bool:
        """May its figures stand beside ours? Only where it is known what both count."""
        return self.definition is not None


@cache
def yardstick() -> Yardstick:
    """The yardstick of the package."""
    text = (resources.files("sites.safeguards") / "data" / "yardstick.yaml").read_text(encoding="utf-8")
    return Yardstick.model_validate(yaml.safe_load(text))
