"""What many owners and rights make of one parcel: one class, one public share, what weighs on the land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geodata.ingest.owner_names import PUBLIC_CLASSES
from geodata.ingest.report import Refusals
from geodata.ingest.rights import OWNING, RIGHTS

#: Shares may be rounded by this much in all.
ROUNDING = 0.001


@dataclass(frozen=True)
class Holding:
    """One right of one owner on one parcel.

    Attributes
    ----------
    who : tells owners apart inside this parcel only; it never leaves memory.
    right : one of `RIGHTS`, None when not stated.
    share : 0..1, None when not stated.
    """

    row: int
    who: str
    owner_class: str
    right: str | None
    share: float | None
    evidence: str
    lease: bool | None
    lease_until: date | None
    owners: int | None
    how: str | None = None


def of_parcel(key: str, held: Sequence[Holding], refusals: Refusals) -> dict[str, Any]:
    """One row of the table from all rights on a parcel."""
    owning = [one for one in held if one.right is None or one.right in OWNING]
    # A list of who holds land on a long right names no owner; a tenant is none at all.
    deciding = owning or [one for one in held if one.right != "lease"]
    owner_class = _class(deciding)
    share = _public_share(deciding)
    known = all(one.owner_class != "unknown" for one in deciding)
    if share is None and known and any(one.share is not None for one in deciding):
        refusals.change("unclear_share", {one.row for one in deciding})
    mine = [one for one in deciding if one.owner_class == owner_class]
    rights = {one.right for one in mine} - {None}
    others = {one.right for one in held if one not in mine} - {None, *OWNING}
    said = {one.lease for one in held} | ({True} if "lease" in {one.right for one in held} else set())
    counted = len({one.who for one in deciding})
    return {
        "capakey": key,
        "owner_class": owner_class,
        "evidence": (mine or held)[0].evidence,
        "lease_until": max((one.lease_until for one in held if one.lease_until is not None), default=None),
        "right_type": next((name for name in RIGHTS if name in rights), None),
        "other_rights": ", ".join(name for name in RIGHTS if name in others) or None,
        "lease": True if True in said else False if False in said else None,
        "owners": max([counted, *(one.owners for one in held if one.owners is not None)]) or None,
        "public_share": share,
        "matched_by": held[0].how,
    }


def _class(held: Sequence[Holding]) -> str:
    """The class with the largest public share; equal ones in the order of the file."""
    public: dict[str, float] = {}
    for one in held:
        if one.owner_class in PUBLIC_CLASSES:
            public[one.owner_class] = public.get(one.owner_class, 0.0) + (1.0 if one.share is None else one.share)
    if public:
        return max(public, key=lambda name: public[name])
    return "private" if held and all(one.owner_class == "private" for one in held) else "unknown"


def _public_share(held: Sequence[Holding]) -> float | None:
    """Share of public owners 0..1; None where it cannot be told, or the shares are more than the whole."""
    if not held or any(one.owner_class == "unknown" for one in held):
        return None
    public = [one for one in held if one.owner_class in PUBLIC_CLASSES]
    if any(one.share is None for one in held):
        return 1.0 if len(public) == len(held) else 0.0 if not public else None
    total = sum(one.share for one in held if one.share is not None)
    if total > 1 + ROUNDING:
        return None
    return round(min(1.0, sum(one.share for one in public if one.share is not None)), 6)
