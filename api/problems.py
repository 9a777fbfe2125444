"""Errors as RFC 9457 problem documents: a stable type, a sentence, a remedy, and no internals.

Titles and sentences come in the language of the request, in English where no translation is known; the type is the
same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from api.i18n import translator
from api.invalid import said
from api.languages import language_of
from api.told import tell
from api.uploads import LARGEST_BODY
from geodata.database.engine import failure
from geodata.errors import (
    ClusterError,
    DatabaseError,
    InputError,
    NotFoundError,
    StandplaatsError,
    UsageError,
)
from sites.suitability import Message

log = structlog.get_logger()


class NotPublishedError(StandplaatsError):
    """A draft of the municipality was asked for through the public view."""


#: Error class -> (HTTP status, problem type, title). The first class that fits wins.
STATUS: tuple[tuple[type[StandplaatsError], int, str, str], ...] = (
    (NotPublishedError, 403, "not-published", "Not published"),
    (NotFoundError, 404, "not-found", "Not found"),
    (UsageError, 400, "bad-request", "The request is off"),
    (InputError, 422, "bad-input", "The input cannot be used"),
    (ClusterError, 503, "database-unavailable", "The database is not available"),
    (DatabaseError, 503, "database-unavailable", "The database is not available"),
    (StandplaatsError, 500, "failed", "The request failed"),
)
#: Titles of what Starlette itself refuses.
HTTP_TITLES = {400: "The request is off", 404: "Not found", 405: "Method not allowed", 413: "Too large"}
#: Fixed sentences of this page; a test holds that each is translated.
SENTENCES = {
    "no_address": "This address does not exist here.",
    "no_method": "This address does not take this method.",
    "unreadable": "The body of the request cannot be read.",
    "too_large": "The body of the request is larger than {size} MB.",
    "send_less": "Send less at once.",
    "correct": "Correct it and ask again.",
    "busy": "No answer in time.",
    "again": "Try again.",
    "broken": "Something went wrong on the server.",
    "stopped": "The database stopped answering.",
}


def problem(
    request: Request,
    status: int,
    kind: str,
    title: str,
    detail: str | Message,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One problem document, in the language of the request."""
    translate = translator(language_of(request))
    body = {
        "type": f"/problems/{kind}",
        "title": translate(title),
        "status": status,
        "detail": translate.render(detail) if isinstance(detail, Message) else tell(translate, detail),
        "remedy": tell(translate, remedy) if remedy is not None else None,
        "request_id": getattr(request.state, "request_id", None),
    }
    told = {**(headers or {}), "Content-Language": translate.language}
    return JSONResponse(body, status_code=status, headers=told, media_type="application/problem+json")


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StandplaatsError)
    for cause, status, kind, title in STATUS:
        if isinstance(error, cause):
            return problem(request, status, kind, title, error.message, error.remedy)
    raise error


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    detail, remedy = said(error.errors()[0])
    return problem(request, 400, "bad-request", "The request is off", detail, remedy)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    methods = _methods(request, request.app.routes) if status in (404, 405) else set()
    if methods and request.method not in methods:
        # Where the page stands behind all other addresses, the framework takes the wrong method for a missing file.
        status = 405
    title = HTTP_TITLES.get(status, str(error.detail))
    if status == 413:
        detail = Message(SENTENCES["too_large"], {"size": LARGEST_BODY // 1_000_000})
        return problem(request, status, "too-large", title, detail, SENTENCES["send_less"], error.headers)
    if status == 400:
        return problem(request, status, "bad-request", title, SENTENCES["unreadable"], SENTENCES["correct"])
    if status == 405:
        allowed = {"Allow": ", ".join(sorted(methods or {"GET", "HEAD"}))}
        return problem(request, status, "http", title, SENTENCES["no_method"], None, allowed)
    return problem(request, status, "http", title, SENTENCES["no_address"], None, error.headers)


def _methods(request: Request, routes: Sequence[BaseRoute]) -> set[str]:
    """Methods that an address takes; the framework tells those of one route only, and none where the page stands behind."""
    found: set[str] = set()
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            found |= _methods(request, included.routes)
        elif isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found | {"HEAD"} if "GET" in found else found


def _busy(request: Request, error: Exception) -> JSONResponse:
    log.warning("no database connection", error=type(error).__name__)
    answer = _unavailable(request, SENTENCES["busy"])
    answer.headers["Retry-After"] = "2"
    return answer


def _lost(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, psycopg.Error)
    log.warning("the database failed", path=request.url.path, error=type(error).__name__)
    if isinstance(error, psycopg.errors.DiskFull):
        return _unavailable(request, failure(error).message)
    return _unavailable(request, SENTENCES["stopped"])


def _unavailable(request: Request, detail: str) -> JSONResponse:
    return problem(request, 503, "database-unavailable", "The database is not available", detail, SENTENCES["again"])


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.exception("request failed", path=request.url.path, error=type(error).__name__)
    return problem(request, 500, "failed", "The request failed", SENTENCES["broken"], SENTENCES["again"])


def install(app: FastAPI) -> None:
    """Register every handler on the app."""
    app.add_exception_handler(StandplaatsError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(psycopg.OperationalError, _lost)
    app.add_exception_handler(psycopg.InterfaceError, _lost)
    app.add_exception_handler(Exception, _unexpected)
