"""Which dataset versions a run measures against when only some layers are asked for: those of now for these layers, and for
all others those the municipality was measured against before."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.errors import UsageError
from geodata.measure.datasets import Connection, Dataset, datasets_of
from geodata.measure.specs import Region, layer_specs

#: What a municipality is made of is always that of now.
_ALWAYS = ("parcels", "municipalities")


def check_layers(layers: Sequence[str], region: Region) -> None:
    """Refuse a layer that the region does not have.

    Raises
    ------
    UsageError
        Names the layer, and those there are.
    """
    known = [spec.id for spec in layer_specs(region)]
    for one in layers:
        if one not in known:
            raise UsageError(f"{one} is no layer that is measured.", f"Use: {', '.join(known)}.")


def datasets_for(
    connection: Connection, nis: str, region: Region, current: Sequence[Dataset], layers: Sequence[str]
) -> list[Dataset]:
    """Dataset versions to measure a municipality against.

    Parameters
    ----------
    current : all current datasets.
    layers : layers of which the current versions count.

    Raises
    ------
    UsageError
        When a layer is none, the municipality was not measured before, or an earlier version is gone.
    """
    check_layers(layers, region)
    row = connection.execute("SELECT datasets FROM batch WHERE nis = %s AND current", [nis]).fetchone()
    if row is None:
        raise UsageError(f"Municipality {nis} is not measured yet.", "Measure it once without --layers.")
    before: dict[str, list[int]] = row[0]
    asked = {kind for spec in layer_specs(region) if spec.id in layers for kind in spec.kinds} | set(_ALWAYS)
    kept = {kind: ids for kind, ids in before.items() if isinstance(ids, list) and kind not in asked}
    ids = sorted({one for several in kept.values() for one in several})
    found = {one.id: one for one in datasets_of(connection, ids)}
    gone = [kind for kind, several in kept.items() if any(one not in found for one in several)]
    if gone:
        raise UsageError(
            f"The version of {', '.join(gone)} that municipality {nis} was measured against is no longer kept.",
            "Measure it without --layers.",
        )
    fresh = [one for one in current if one.kind in asked]
    return sorted([*fresh, *found.values()], key=lambda one: one.id)
