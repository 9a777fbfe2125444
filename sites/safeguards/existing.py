"""The checks of candidates, held against existing public sites.

A site is checked only where its point is located to an address or a parcel: a coarser point lies on some parcel by
chance. It is judged on the parcel under the point, by the stored measurement and the published set of criteria of its
region and type; where the point lies on the border of several, on the worst of them. A site may take up more parcels
than that one. What cannot be checked is named with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg

from geodata.measure.stored import load_table
from sites.inventory import Site, Wanted, all_sites
from sites.law.model import LAW_REGIONS, LawRegion, State
from sites.safeguards.checks import Group, Grouped, group_of, worst
from sites.suitability import assess, load_profile
from sites.suitability.kinds import STRICTNESS
from sites.suitability.results import open_layers
from sites.suitability.states import NAMES, UNKNOWN

Connection = psycopg.Connection[Any]
#: Precision of a point that says on which parcel a site lies.
LOCATED = ("address", "parcel")
Reason = Literal["not_located", "no_parcels", "no_parcel_here", "not_measured"]


@dataclass(frozen=True)
class StateOf:
    """One check of a site.

    Attributes
    ----------
    measured, threshold : metres, or share of the parcel; None where there is no figure.
    unknown : layers that leave it open.
    """

    id: str
    group: Group
    state: State
    measured: float | None
    threshold: float | None
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class SiteCheck:
    """What was found out about one site.

    Attributes
    ----------
    grouped, checks, profile : None and empty where it was not checked.
    reason : why it was not.
    capakeys : parcels under its point.
    datasets : layer -> dataset versions it was checked against.
    """

    site: Site
    grouped: Grouped | None = None
    checks: tuple[StateOf, ...] = ()
    profile: str | None = None
    reason: Reason | None = None
    capakeys: tuple[str, ...] = ()
    datasets: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Region:
    """Existing sites of a region: how many are on record, located and checked, and how they fare.

    Attributes
    ----------
    sites : every site on record, located ones first, by name.
    """

    region: LawRegion
    sites: tuple[SiteCheck, ...]

    @property
    def known(self) -> int:
        """Sites on record."""
        return len(self.sites)

    @property
    def located(self) -> list[SiteCheck]:
        """Sites whose address or parcel is known."""
        return [one for one in self.sites if one.reason != "not_located"]

    @property
    def unlocated(self) -> list[SiteCheck]:
        """Sites of which no address or parcel is known."""
        return [one for one in self.sites if one.reason == "not_located"]

    @property
    def checked(self) -> list[SiteCheck]:
        """Sites that were checked."""
        return [one for one in self.sites if one.grouped is not None]

    def states(self, group: Group) -> dict[str, int]:
        """State -> checked sites, of one group."""
        found = [getattr(one.grouped, group) for one in self.checked]
        return {name: found.count(name) for name in ("fail", "conditional", "unknown", "pass")}

    def together(self) -> dict[str, int]:
        """How many fail in both groups, in one, in neither, and of how many that is not known."""
        grouped = [one.grouped for one in self.checked if one.grouped is not None]
        return {
            "both": sum(one.both for one in grouped),
            "one": sum(one.neither is False and not one.both for one in grouped),
            "neither": sum(one.neither is True for one in grouped),
            "not_known": sum(one.neither is None for one in grouped),
        }


def existing_sites(
    connection: Connection, as_of: date, *, regions: Sequence[str] = (), municipalities: Sequence[str] = ()
) -> list[Region]:
    """Open public sites on record, checked where they are located, by region.

    Parameters
    ----------
    as_of : maps of a later day say nothing.
    regions, municipalities : only these; empty = all.
    """
    wanted = Wanted(regions=regions or None, municipalities=municipalities or None, statuses=("open",))
    found = [_check(connection, one, as_of) for one in all_sites(connection, wanted)]
    return [
        Region(region, tuple(sorted(several, key=lambda one: (one.reason == "not_located", one.site.name))))
        for region in LAW_REGIONS
        if (several := [one for one in found if one.site.region == region])
    ]


def _check(connection: Connection, site: Site, as_of: date) -> SiteCheck:
    if site.position is None or site.position.precision not in LOCATED:
        return SiteCheck(site, reason="not_located")
    parcels = _parcels_under(connection, site.position.x, site.position.y)
    if not parcels:
        return SiteCheck(site, reason="no_parcel_here" if _any_parcels(connection, site.nis) else "no_parcels")
    measured = [(parcel, batch) for _, parcel, batch in parcels if batch is not None]
    keys = tuple(key for key, _, _ in parcels)
    if len(measured) < len(parcels):
        return SiteCheck(site, reason="not_measured", capakeys=keys)
    found = [_judged(connection, site, parcel, batch, as_of) for parcel, batch in measured]
    by_check = zip(*(one[0] for one in found), strict=True)
    checks = tuple(max(several, key=lambda one: STRICTNESS[one.state]) for several in by_check)
    datasets: dict[str, set[int]] = {}
    for _, used in found:
        for layer, ids in used.items():
            datasets.setdefault(layer, set()).update(ids)
    return SiteCheck(
        site, _grouped(checks), checks, _profile(site).id, capakeys=keys,
        datasets=tuple((layer, tuple(sorted(ids))) for layer, ids in sorted(datasets.items())),
    )  # fmt: skip


def _profile(site: Site) -> Any:
    region = "wallonia" if site.region == "german-speaking-community" else site.region
    return load_profile(region, site.site_type[-1].value)


def _judged(
    connection: Connection, site: Site, parcel: int, batch: int, as_of: date
) -> tuple[list[StateOf], dict[str, list[int]]]:
    """The checks of one parcel, and the datasets behind them."""
    table = load_table(connection, [batch], parcel)
    found = assess(table, _profile(site), as_of=as_of, law_region=site.region)
    out: list[StateOf] = []
    used: dict[str, list[int]] = {}
    for one in found.constraints:
        group = group_of(one.constraint)
        if group is None:
            continue
        measured, threshold = float(one.measured[0]), float(one.threshold[0])
        state = NAMES[one.state[0]]
        layers = open_layers(one, 0, found.table) if one.state[0] == UNKNOWN else []
        out.append(
            StateOf(
                one.constraint.id, group, state, None if measured != measured else measured,
                None if threshold != threshold else threshold, tuple(layers),
            )
        )  # fmt: skip
        used |= {layer: table.datasets.get(layer, []) for layer in one.layers if ":" not in layer}
    return out, used


def _grouped(checks: Iterable[StateOf]) -> Grouped:
    several = list(checks)
    states = {group: worst(one.state for one in several if one.group == group) for group in ("hazard", "isolation")}
    return Grouped(states["hazard"], states["isolation"])


def _parcels_under(connection: Connection, x: float, y: float) -> list[tuple[str, int, int | None]]:
    """CAPAKEY, parcel and current batch in which it is measured (None = not) of the parcels under a point."""
    return connection.execute(
        """SELECT p.capakey, p.id, (SELECT m.batch_id FROM measurement m JOIN batch b ON b.id = m.batch_id
                                    WHERE m.parcel_id = p.id AND b.current LIMIT 1)
           FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE ST_Intersects(p.geom, ST_SetSRID(ST_MakePoint(%s, %s), 31370)) ORDER BY p.capakey""",
        [x, y],
    ).fetchall()


def _any_parcels(connection: Connection, nis: str | None) -> bool:
    row = connection.execute(
        """SELECT EXISTS (SELECT FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
                          WHERE p.nis = %s)""",
        [nis],
    ).fetchone()
    return bool(row and row[0])
