"""A pitch layout with its cost as the command line and the HTTP interface write it, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import geopandas
import psycopg
from pydantic import ValidationError

from api.i18n import Translator
from api.views import with_notice
from geodata.errors import NotFoundError, UsageError
from sites.candidates.cost import Entered, cost_document, estimate_cost
from sites.candidates.explanation import municipality_of
from sites.candidates.layout import Drawing, Layout, layout, layout_norm
from sites.candidates.layout.norm import SiteNorm
from sites.candidates.layouts import Land, land_of
from sites.candidates.runs import Run, find_run
from sites.law.model import SiteType
from sites.law.subsidies.rule import INITIATORS, Initiator
from sites.suitability import Message, layer_title

Connection = psycopg.Connection[Any]

#: Files a layout can be written to, and their GDAL drivers.
FORMATS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".dxf": "DXF"}


def run_of(connection: Connection, capakeys: Sequence[str], site_type: str, run_id: str | None) -> Run | None:
    """The result the parcels belong to: the one named, else the current one of their municipality; None = there is none.

    Raises
    ------
    NotFoundError
        When the result named does not exist, or a parcel is not loaded.
    UsageError
        When the result named is about another type of site.
    """
    if run_id is not None:
        run = find_run(connection, run_id=run_id)
        if run.site_type != site_type:
            raise UsageError(f"Result {run_id} is about {run.site_type} sites.", f"Ask for type {run.site_type}.")
        return run
    codes = sorted({municipality_of(connection, key) for key in capakeys})
    try:
        return find_run(connection, territory=codes, site_type=site_type)
    except NotFoundError:
        return None


def layout_view(
    connection: Connection,
    land: Land,
    run: Run | None,
    site_type: SiteType,
    as_of: date,
    translate: Translator,
    *,
    pitches: int | None = None,
    initiator: str | None = "municipality",
    entered: Entered | None = None,
) -> tuple[dict[str, Any], Layout]:
    """The layout document, and the layout itself.

    Parameters
    ----------
    pitches : pitches wanted.
    initiator : who applies for a subsidy; None = not known.
    """
    found = layout(land.remainder, land.access, layout_norm(land.region, site_type, as_of), pitches)
    numbers = [found.low, found.high, found.drawn.pitches]
    cost = estimate_cost(
        land.region, site_type, numbers, as_of, initiator=initiator_of(initiator), entered=entered
    )  # fmt: skip
    document = {
        "capakeys": list(land.capakeys),
        "source": land.source,
        "municipality": land.nis,
        "region": land.region,
        "site_type": site_type,
        "as_of": as_of.isoformat(),
        "data_date": run.data_date.isoformat() if run else None,
        "run": run.id if run else None,
        "area_m2": land.area_m2,
        "remainder_m2": found.area_m2,
        "cut_m2": land.cut_m2,
        "pitches": {"low": found.low, "high": found.high},
        "wanted": pitches,
        "drawn": found.drawn.variant,
        "drawings": [_drawing(one) for one in found.drawings],
        "norm": [_figure(one.document(translate.language), translate) for one in found.norm.figures],
        "site_norms": [_site_norm(one, found, translate) for one in found.norm.site],
        "equipment": [one.document(translate.language) for one in found.norm.equipment],
        "reason": translate.render(found.reason) if found.reason else None,
        "notes": [translate.render(_named(one, translate)) for one in (*land.notes, *found.notes)],
        "text": translate.render(_told(found)),
        "features": found.features() if land.shared else None,
        "cost": cost_document(cost, translate),
    }
    return with_notice(connection, document, translate), found


def parcels_layout_view(
    connection: Connection, capakeys: Sequence[str], run: Run | None, site_type: SiteType, as_of: date | None,
    translate: Translator, **asked: Any,
) -> tuple[dict[str, Any], Layout]:  # fmt: skip
    """The layout of parcels; the day is that of the result where none is given."""
    day = as_of or (run.as_of if run else date.today())
    land = land_of(connection, capakeys, site_type, day, run)
    return layout_view(connection, land, run, site_type, day, translate, **asked)


def initiator_of(name: str | None) -> Initiator | None:
    """An initiator by its name.

    Raises
    ------
    UsageError
        When there is none of that name.
    """
    if name is None:
        return None
    for known in INITIATORS:
        if name == known:
            return known
    raise UsageError(f"{name} is no initiator.", f"Use one of {', '.join(INITIATORS)}.")


def entered_of(given: Mapping[str, str | Decimal | None]) -> Entered:
    """Amounts that the user entered.

    Raises
    ------
    UsageError
        When one is no amount of euros.
    """
    try:
        told = {name: Decimal(str(amount)) for name, amount in given.items() if amount is not None}
        return Entered(**told)
    except (InvalidOperation, ValidationError):
        raise UsageError(
            "One of the amounts entered is no amount of euros.", "Write euros with a point: 250000.00."
        ) from None


def write_layout(path: Path, found: Layout, land: Land) -> int:
    """Write all drawings to a file, each thing with the drawing it belongs to; returns how many things were written.

    GeoPackage and DXF are in EPSG:31370, GeoJSON in lon/lat. A DXF holds outlines, a layer for each drawing and kind.

    Raises
    ------
    UsageError
        When the kind of file is not known, or the shapes may not be given out.
    """
    driver = FORMATS.get(path.suffix.lower())
    if driver is None:
        raise UsageError(f"{path.name} is no file a layout is written to.", f"Use one of {', '.join(FORMATS)}.")
    if not land.shared:
        raise UsageError(
            "The shape of this parcel may not be given out.", "Lay it out without a file: the numbers are shown."
        )
    rows = [
        {
            "variant": drawing.variant,
            "kind": one.kind,
            "number": one.properties.get("number", one.properties.get("pitch")),
            "area_m2": round(one.geometry.area, 2),
            "geometry": one.geometry,
        }
        for drawing in found.drawings
        for one in drawing.features
        if not one.geometry.is_empty
    ]
    frame = geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:31370")
    frame["number"] = frame["number"].astype("Int64")
    if driver == "GeoJSON":
        frame = frame.to_crs(4326)
    if driver == "DXF":
        outlines = frame.boundary.explode(index_parts=False)
        layers = (frame["variant"] + "-" + frame["kind"]).loc[outlines.index]
        frame = geopandas.GeoDataFrame({"Layer": layers.to_numpy()}, geometry=outlines.to_numpy(), crs="EPSG:31370")
    path.unlink(missing_ok=True)
    frame.to_file(path, driver=driver, engine="pyogrio", **({"layer": "layout"} if driver == "GPKG" else {}))
    return len(rows)


def _drawing(one: Drawing) -> dict[str, Any]:
    area = one.pitch_area_m2
    return {
        "variant": one.variant,
        "pitches": one.pitches,
        "pitch_area_m2": {"low": area[0], "high": area[1]} if area else None,
        "spacing_m": one.spacing_m,
        "balance_m2": dict(one.balance),
    }


def _figure(document: dict[str, Any], translate: Translator) -> dict[str, Any]:
    """A figure with whose it is in words: law here, official guidance, a foreign yardstick, our choice."""
    owner = "law here" if document["binding"] else _OWNERS[document["owner"]]
    return {**document, "owner_title": translate(owner)}


def _site_norm(norm: SiteNorm, found: Layout, translate: Translator) -> dict[str, Any]:
    """A norm about the whole site beside what was laid out; a pitch counts as one caravan."""
    area = norm.unit == "m2"
    low, high = (found.area_m2, found.area_m2) if area else (found.low, found.high)
    return _figure(norm.document(translate.language, low, high), translate)


_OWNERS = {
    "official": "official yardstick, no law for this site",
    "foreign_norm": "yardstick of another country",
    "our_choice": "our choice",
}


def _named(message: Message, translate: Translator) -> Message:
    """Names of layers in a note, in the language of the answer."""
    names = message.values.get("names")
    if names is None:
        return message
    words = ", ".join(translate.render(layer_title(one)) for one in str(names).split(", "))
    return Message(message.template, {"names": words})


def _told(found: Layout) -> Message:
    area = ("m2", found.area_m2)
    if not found.high:
        return Message("No pitch fits on {area}.", {"area": area})
    if found.low == found.high:
        return Message("{low} pitches fit on {area}.", {"low": found.low, "area": area})
    return Message("{low} to {high} pitches fit on {area}.", {"low": found.low, "high": found.high, "area": area})
