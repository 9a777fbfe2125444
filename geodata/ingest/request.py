"""What is asked of one ingestion, and what is known of the dataset version before its rows land."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from geodata.ingest.coverage import Declared
from geodata.ingest.crs import ChosenCrs, Operation
from geodata.sources.catalogue import Source

#: Raised whenever the same file would give other rows, so that it is loaded anew.
RECIPE = 3


@dataclass(frozen=True)
class Request:
    """What was asked for; see `ingest`.

    Attributes
    ----------
    parts : the file itself, or what was unpacked from it.
    within : of parcels, keep those of these municipalities; empty = all.
    mapping : (column, meaning) of an owner list, before what is recognised.
    around : box that was asked for, in which the region of the source is covered.
    """

    path: Path
    kind: str
    covers: str | None = None
    layer: str | None = None
    crs: str | None = None
    replace: int | None = None
    source: str | None = None
    parts: tuple[Path, ...] = ()
    within: tuple[str, ...] = ()
    mapping: tuple[tuple[str, str], ...] = ()
    around: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Landing:
    """All that is known of a dataset version before its rows land.

    Attributes
    ----------
    sha256 : checksum of the file as given.
    boundaries : current datasets of municipalities or parcels, where coverage, codes or keys depend on them.
    """

    request: Request
    source: Source
    sha256: str
    declared: Declared
    boundaries: list[int] = field(default_factory=list)
    read: int = 0
    chosen: ChosenCrs | None = None
    operation: Operation | None = None
    source_date: date | None = None

    @property
    def key(self) -> str:
        """What a newer version replaces: the same kind and source with the same scope.

        The scope is the declared coverage, else the file: two municipalities' parcels are two datasets.
        """
        scope = self.declared.scope or self.request.path.name
        layer = f"#{self.request.layer}" if self.request.layer and self.declared.scope is None else ""
        return f"{self.request.kind}/{self.source.id}/{scope}{layer}"

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the rows beside the file: equal identity and checksum, nothing to load."""
        meaning = self.source.model_dump_json()
        if self.request.kind.startswith("zoning"):
            meaning += (resources.files("geodata.sources") / "zoning_labels.yaml").read_text(encoding="utf-8")
        within = {"within": sorted(self.request.within)} if self.request.within else {}
        mapping = {"mapping": sorted(self.request.mapping)} if self.request.mapping else {}
        return {
            **within,
            **mapping,
            "layer": self.request.layer,
            "crs": self.request.crs,
            "boundaries": self.boundaries,
            "recipe": f"{RECIPE}-{hashlib.sha256(meaning.encode()).hexdigest()[:12]}",
        }
