"""Pages of GeoJSON: each whole by its own count, together one file whose bytes depend on the features alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.sources.clients.common import ProtocolError, TruncatedError, WrongContentError
from geodata.sources.clients.content import read_json


@dataclass(frozen=True)
class GeoJsonPage:
    """One page: its features, what it says of the whole, and its other members."""

    features: list[dict[str, Any]]
    matched: int | None
    crs: str | None
    members: dict[str, Any]


def read_page(path: Path, headers: dict[str, str]) -> GeoJsonPage:
    """A FeatureCollection that holds as many features as it says.

    Raises
    ------
    WrongContentError, TruncatedError, ProtocolError
    """
    found = read_json(path, "GeoJSON")
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise_service_error(found)
    features = found.get("features")
    if not isinstance(features, list) or any(not _is_feature(one) for one in features):
        raise WrongContentError("the GeoJSON holds something that is no feature.")
    returned = count_of(found.get("numberReturned"))
    if returned is not None and returned != len(features):
        raise TruncatedError(f"{len(features)} of the {returned} features of this page came.")
    matched = count_of(found.get("numberMatched", found.get("totalFeatures")))
    members = {name: value for name, value in found.items() if name != "features"}
    return GeoJsonPage(features, matched, _crs(found, headers), members)


def raise_service_error(found: Any) -> None:
    """Raise what a JSON answer that is no FeatureCollection says.

    Raises
    ------
    ProtocolError
        With the service's own words.
    WrongContentError
        When it says nothing of an error.
    """
    said = error_text(found)
    if said:
        raise ProtocolError(f"the service refused: {said}.")
    kind = found.get("type") if isinstance(found, dict) else type(found).__name__
    raise WrongContentError(f"the JSON is no FeatureCollection (type {kind}).")


def error_text(found: Any) -> str | None:
    """The error a JSON answer reports, of ArcGIS (`error`), OGC (`code`, `description`) or OWS (`exceptions`)."""
    if not isinstance(found, dict):
        return None
    error = found.get("error")
    if isinstance(error, dict):
        parts = [str(error.get("message") or ""), *map(str, error.get("details") or [])]
        words = " ".join(" ".join(parts).split())
        return f"{words} (code {error.get('code')})" if words else f"code {error.get('code')}"
    if isinstance(error, str):
        return error
    exceptions = found.get("exceptions")
    if isinstance(exceptions, list):
        return "; ".join(str(one.get("text", one)) if isinstance(one, dict) else str(one) for one in exceptions)
    if "code" in found and "features" not in found:
        return str(found.get("description") or found.get("title") or found["code"])
    return None


def merge_pages(path: Path, pages: Iterable[GeoJsonPage], crs: str | None) -> None:
    """Write all features as one collection; raw values stay as they are."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write('{"type":"FeatureCollection",')
        if crs is not None:
            member = {"type": "name", "properties": {"name": crs}}
            stream.write(f'"crs":{json.dumps(member, separators=(",", ":"))},')
        stream.write('"features":[')
        between = "\n"
        for page in pages:
            for feature in page.features:
                stream.write(between + json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
                between = ",\n"
        stream.write("\n]}\n")


def one_crs(pages: Iterable[GeoJsonPage]) -> str | None:
    """The CRS all pages share.

    Raises
    ------
    ProtocolError
        When they differ.
    """
    named = {page.crs for page in pages if page.features}
    if len(named) > 1:
        raise ProtocolError(f"pages of one layer came in several coordinate systems ({named}).")
    return next(iter(named), None)


def feature_id(feature: dict[str, Any]) -> str | None:
    """What keeps a feature apart from others, where the service says it."""
    given = feature.get("id")
    return None if given is None else str(given)


def count_of(value: Any) -> int | None:
    """A count as a service gives it; None for `unknown`, for none, and for negative ones that mean the same."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _is_feature(one: Any) -> bool:
    return isinstance(one, dict) and one.get("type") == "Feature" and "geometry" in one


def _crs(found: dict[str, Any], headers: dict[str, str]) -> str | None:
    member = found.get("crs")
    if isinstance(member, dict):
        name = (member.get("properties") or {}).get("name")
        if name:
            return str(name)
    said = headers.get("content-crs", "").strip().strip("<>")
    if said.rsplit("/", 1)[-1].isdigit() and "/EPSG/" in said:
        return f"urn:ogc:def:crs:EPSG::{said.rsplit('/', 1)[-1]}"
    return None
