"""Which catalogue entries a municipality needs: for each layer that is measured, what can be fetched and who has it.

Contract: pure, reads the catalogue and the layer specifications only. A need is met when one of its sources is
loaded. Where sources hold the same objects (two parcel plans), only the first that can be had is fetched; where they
add to each other (stops of four operators), all are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from geodata.measure.specs import Region, layer_specs
from geodata.sources.catalogue import Source, can_be_fetched, catalogue

#: Kinds whose sources hold the same objects: two of them loaded side by side would count everything twice.
ALTERNATIVES = ("municipalities", "parcels", "buildings", "addresses", "roads", "dem")
#: What is read from the files of another entry beside what that one is asked for: schools nobody else lists (the
#: German-speaking Community publishes none), and the base map.
BESIDE = ("osm-schools", "osm-base-map")
#: Kinds nobody publishes: a municipality makes them itself, or they are entered by hand.
BY_HAND = ("ownership", "sites")


@dataclass(frozen=True)
class Need:
    """One thing a municipality needs.

    Attributes
    ----------
    layer : `municipalities`, `parcels`, or the id of a measured layer; a further source of no layer has its kind.
    group : ingest kinds or catalogue entries of which one meets the need.
    fetchable : entries that can be fetched, in the order they are tried.
    known : all entries that would meet the need, also those that must be asked for.
    needed : False for a source that no measured layer waits for.
    """

    layer: str
    group: tuple[str, ...]
    fetchable: tuple[Source, ...]
    known: tuple[Source, ...]
    needed: bool = True

    @property
    def by_hand(self) -> bool:
        """Is this something only the municipality itself has?"""
        return set(self.group) <= set(BY_HAND)

    @property
    def one_of(self) -> bool:
        """Is one source enough, so that the next is a fallback?"""
        return any(source.kind in ALTERNATIVES for source in self.fetchable)

    def met_by(self, kind: str, source: str) -> bool:
        """Does a loaded dataset meet this need?"""
        return kind in self.group or source in self.group

    def who_has_it(self) -> list[str]:
        """Providers to turn to, each once, in catalogue order; the municipality where nobody publishes it."""
        found = list(dict.fromkeys(source.provider for source in self.known))
        return found or ["the municipality"]


def needs(region: Region) -> tuple[Need, ...]:
    """All needs of a region in load order: boundaries, parcels, measured layers, then further sources."""
    specs = layer_specs(region)
    found = [_need(name, (name,), region) for name in ("municipalities", "parcels")]
    for spec in specs:
        if spec.beside:
            continue
        found += [_need(spec.id, group, region, spec.kinds) for group in spec.groups]
    served = {source.id for need in found for source in need.known}
    kinds = {source.kind for need in found for source in need.known}
    further = [
        source
        for source in _of_region(catalogue().values(), region)
        if can_be_fetched(source)
        and source.id not in served
        and not (source.kind in ALTERNATIVES and source.kind in kinds)
    ]
    found += [Need(source.kind, (source.id,), (source,), (source,), needed=False) for source in further]
    return tuple(found)


def _need(layer: str, group: tuple[str, ...], region: Region, kinds: tuple[str, ...] = ()) -> Need:
    known = tuple(
        source
        for source in _of_region(catalogue().values(), region)
        if source.id in group or (source.kind in group and (not kinds or source.kind in kinds))
    )
    return Need(layer, group, tuple(one for one in known if can_be_fetched(one)), known)


def _of_region(sources: Iterable[Source], region: Region) -> list[Source]:
    """Sources that reach a region: its own before those of the whole country; simplified boundaries never, nor
    what stands in the files of another source, a few apart."""
    reaching = [
        one for one in sources if one.region in (region, "belgium") and (one.part_of is None or one.id in BESIDE)
    ]
    usable = [one for one in reaching if not one.generalised]
    return sorted(usable, key=lambda one: one.region == "belgium")
