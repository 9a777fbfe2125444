"""How long a statement may take, by class of query: a tile is of no use after seconds, an export is worth waiting for.

The budgets are settings, in milliseconds; none is longer than `statement_timeout`. What takes longer is stopped by the database
and answered with the problem `too-slow`. Connections of the event loop, which serve tiles and health, keep the budget of a tile;
those of threads that of a list, and are given another where the route asks for it.
"""

from __future__ import annotations

from typing import Literal

from fastapi import Request

from geodata.settings import Settings

Class = Literal["tile", "list", "detail", "compute", "export"]

#: Beginnings of routes -> class; the first that fits.
_CLASSES: tuple[tuple[str, Class], ...] = (
    ("/tiles/{layer}/{z}", "tile"),
    ("/api/v1/exports", "export"),
    ("/api/v1/sheets", "export"),
    ("/api/v1/notes", "export"),
    ("/dcat", "export"),
    ("/ogc", "list"),
    ("/api/v1/areas", "compute"),
    ("/api/v1/assemblies", "compute"),
    ("/api/v1/comparisons", "compute"),
    ("/api/v1/layout", "compute"),
    ("/api/v1/near-misses", "compute"),
    ("/api/v1/need", "compute"),
    ("/api/v1/robustness", "compute"),
    ("/api/v1/safeguards", "compute"),
)


def class_of(path: str, method: str) -> Class:
    """Class of query of a route, by its template."""
    if method == "POST":
        return "compute"
    found = next((one for start, one in _CLASSES if path.startswith(start)), None)
    return found or ("detail" if "{" in path else "list")


def milliseconds(settings: Settings, kind: Class) -> int:
    """Budget of a class."""
    budgets: dict[Class, int] = {
        "tile": settings.budget_tile,
        "list": settings.budget_list,
        "detail": settings.budget_detail,
        "compute": settings.budget_compute,
        "export": settings.budget_export,
    }
    return min(budgets[kind], round(settings.statement_timeout * 1000))


def budget_of(request: Request) -> int:
    """Budget of a request, milliseconds."""
    settings: Settings = request.app.state.settings
    mounted = str(request.scope.get("root_path", "")).removeprefix(settings.root_path)
    path = getattr(request.scope.get("route"), "path", "")
    return milliseconds(settings, class_of(mounted + path, request.method))
