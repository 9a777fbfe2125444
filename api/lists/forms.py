"""In which form a list leaves: JSON, GeoJSON, CSV, GeoPackage, Arrow; by `f`, else by the header `Accept` (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from api.problems import NotAcceptableError

Form = Literal["json", "geojson", "csv", "gpkg", "arrow"]
#: Form -> media type; in this order where a reader wants several alike.
MEDIA: dict[Form, str] = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "arrow": "application/vnd.apache.arrow.stream",
}
#: Of lists without places.
PLAIN: tuple[Form, ...] = ("json", "csv", "arrow")
PLACED: tuple[Form, ...] = tuple(MEDIA)


def form_of(accept: str, asked: Form | None, offered: Sequence[Form]) -> Form:
    """The form to answer in.

    Parameters
    ----------
    accept : header of the request; empty = any.
    asked : what `f` names; it goes before the header.

    Raises
    ------
    NotAcceptableError
        When none that is asked for is offered.
    """
    if asked is None:
        weighed = [(-quality(accept, MEDIA[one]), at, one) for at, one in enumerate(offered)]
        least, _, best = min(weighed)
        if least < 0:
            return best
    elif asked in offered:
        return asked
    raise NotAcceptableError(
        "This list is not made in the form that was asked for.", f"Ask for one of: {', '.join(offered)}."
    )


def quality(accept: str, media: str) -> float:
    """How much a header wants a media type, 0..1: the most exact range that holds it decides."""
    kind, best, found = media.partition("/")[0], -1, 0.0
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        exact = {media: 2, f"{kind}/*": 1, "*/*": 0}.get(name, -1)
        if exact > best:
            best, found = exact, _weight(parameters)
    return found


def _weight(parameters: Sequence[str]) -> float:
    for one in parameters:
        key, _, value = one.partition("=")
        if key.strip() == "q":
            try:
                told = float(value)
            except ValueError:
                return 0.0
            return told if 0.0 <= told <= 1.0 else 0.0
    return 1.0
