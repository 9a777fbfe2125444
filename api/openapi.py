"""The description of the service at `/api/v1/openapi.json`: what the routes say, and the problems each may answer with.

Contract: which problems an operation names follows from what it takes and what it depends on, so that none can be forgotten:
a value in the address or a body (400), a place or a result that may be missing (404) or a draft (403), a body (413, 422), the
database (503). What follows from neither a route names itself, as `responses={406: {}}`. The framework's own 422 is taken out: what it stands for is answered with 400.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.dependencies import async_database, database, is_public
from api.problem_kinds import KINDS, MEDIA_TYPE, schema

#: Parameters that name a place, a result or another thing that may be missing.
_NAMES = frozenset({"run", "municipality", "parcel", "parcels", "site", "source"})
_METHODS = frozenset({"get", "post"})


class Described(FastAPI):
    """An application that describes itself with its problems."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _add_problems(self, document)
            self.openapi_schema = document
        return self.openapi_schema


def _add_problems(app: FastAPI, document: dict[str, Any]) -> None:
    trees = {
        (route.path_format, method.lower()): route.dependant
        for route in iter_route_contexts(app.routes)
        if getattr(route, "dependant", None) is not None
        for method in route.methods or ()
    }
    used: set[str] = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
            named = [one for one in answers if one >= "400" and "content" not in answers[one]]
            statuses = {*_statuses(operation, trees[path, method]), *named}
            used |= statuses
            answers |= {one: {"$ref": f"#/components/responses/Problem{one}"} for one in sorted(statuses)}
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for own in ("HTTPValidationError", "ValidationError"):
        schemas.pop(own, None)
    schemas["Problem"] = schema()
    parts["schemas"] = dict(sorted(schemas.items()))
    parts["responses"] = {f"Problem{one}": _response(int(one)) for one in sorted(used)}


def _statuses(operation: dict[str, Any], tree: Dependant) -> list[str]:
    """Statuses of the problems that an operation may answer with."""
    given = operation.get("parameters", [])
    names = {one["name"] for one in given}
    calls = set(_calls(tree))
    asks = bool(calls & {database, async_database})
    body = "requestBody" in operation
    found = {
        "400": bool(given) or body,
        "403": is_public in calls and bool(names & {"run", "number"} or operation["tags"] == ["files"]),
        "404": any(one["in"] == "path" for one in given) or bool(names & _NAMES),
        "413": body,
        "422": body,
        "503": asks,
    }
    return [status for status, may in found.items() if may]


def _calls(tree: Dependant) -> Iterator[Any]:
    yield tree.call
    for one in tree.dependencies:
        yield from _calls(one)


def _response(status: int) -> dict[str, Any]:
    kinds = [name for name, kind in KINDS.items() if kind.status == status]
    told = "; ".join(f"`/problems/{name}`: {KINDS[name].title[0].lower()}{KINDS[name].title[1:]}" for name in kinds)
    answer: dict[str, Any] = {
        "description": f"A problem ({told}).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {"Content-Language": {"schema": {"type": "string"}, "description": "Language of the texts."}},
    }
    if status == 503:
        seconds = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds after which to ask again."}
        answer["headers"]["Retry-After"] = seconds
    return answer
