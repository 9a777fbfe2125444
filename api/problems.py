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

from api.budgets import budget_of
from api.i18n import translator
from api.invalid import said
from api.languages import language_of
from api.problem_kinds import KINDS, MEDIA_TYPE, Problem
from api.told import tell
from api.uploads import LARGEST_BODY
from geodata.database.engine import failure
from geodata.errors import (
    ClusterError,
    CombinationError,
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


class BusyError(StandplaatsError):
    """Too many were asking: no connection became free in time."""


class NotAcceptableError(StandplaatsError):
    """An answer was asked for in forms in which it is not made."""


#: Error class -> kind of problem. The first class that fits wins.
CAUSES: tuple[tuple[type[StandplaatsError], str], ...] = (
    (NotPublishedError, "not-published"),
    (NotAcceptableError, "not-acceptable"),
    (BusyError, "busy"),
    (NotFoundError, "not-found"),
    (CombinationError, "bad-input"),
    (UsageError, "bad-request"),
    (InputError, "bad-input"),
    (ClusterError, "database-unavailable"),
    (DatabaseError, "database-unavailable"),
    (StandplaatsError, "failed"),
)
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
    "silent": "The database gives no connection.",
    "slow": "The answer takes longer than the {limit} ms that a request of this class may take.",
    "less": "Ask for less at once, or try again later.",
    "broken": "Something went wrong on the server.",
    "stopped": "The database stopped answering.",
}


#: Seconds after which a busy service may be asked again.
_SOON = {"Retry-After": "2"}


def problem(
    request: Request,
    kind: str,
    detail: str | Message,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One problem document of a kind of `KINDS`, in the language of the request."""
    translate = translator(language_of(request))
    body = Problem(
        type=f"{request.app.state.settings.root_path}/problems/{kind}",
        title=translate(KINDS[kind].title),
        status=KINDS[kind].status,
        detail=translate.render(detail) if isinstance(detail, Message) else tell(translate, detail),
        remedy=tell(translate, remedy) if remedy is not None else None,
        request_id=getattr(request.state, "request_id", None),
    )
    told = {"Vary": "Accept-Language", **(headers or {}), "Content-Language": translate.language}
    return JSONResponse(body.model_dump(), status_code=body.status, headers=told, media_type=MEDIA_TYPE)


def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StandplaatsError)
    for cause, kind in CAUSES:
        if isinstance(error, cause):
            headers = _SOON if KINDS[kind].status == 503 else None
            return problem(request, kind, error.message, error.remedy, headers)
    raise error


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    detail, remedy = said(first)
    # A rule of ours that is in no description of the service: each value fits it, and cannot be worked with.
    return problem(request, "bad-input" if first["type"] == "value_error" else "bad-request", detail, remedy)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    methods = _methods(request, request.app.routes) if status in (404, 405) else set()
    if methods and request.method not in methods:
        # Where the page stands behind all other addresses, the framework takes the wrong method for a missing file.
        status = 405
    if status == 413:
        detail = Message(SENTENCES["too_large"], {"size": LARGEST_BODY // 1_000_000})
        return problem(request, "too-large", detail, SENTENCES["send_less"], error.headers)
    if status == 405:
        allowed = {"Allow": ", ".join(sorted(methods or {"GET", "HEAD"}))}
        return problem(request, "no-method", SENTENCES["no_method"], None, allowed)
    if status == 404:
        return problem(request, "no-address", SENTENCES["no_address"], None, error.headers)
    return problem(request, "bad-request", SENTENCES["unreadable"], SENTENCES["correct"])


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


def _unreachable(request: Request, error: Exception) -> JSONResponse:
    log.warning("no database connection", error=type(error).__name__)
    return unavailable(request, SENTENCES["silent"])


def too_slow(request: Request, error: Exception) -> JSONResponse:
    """The database stopped a statement that took longer than its budget."""
    log.warning("a statement took too long", route=getattr(request.scope.get("route"), "path", None))
    detail = Message(SENTENCES["slow"], {"limit": budget_of(request)})
    return problem(request, "too-slow", detail, SENTENCES["less"], {"Retry-After": "10"})


def _lost(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, psycopg.Error)
    log.warning("the database failed", path=request.url.path, error=type(error).__name__)
    if isinstance(error, psycopg.errors.DiskFull):
        return unavailable(request, failure(error).message)
    return unavailable(request, SENTENCES["stopped"])


def unavailable(request: Request, detail: str) -> JSONResponse:
    """The database does not answer."""
    return problem(request, "database-unavailable", detail, SENTENCES["again"], _SOON)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.exception("request failed", path=request.url.path, error=type(error).__name__)
    return problem(request, "failed", SENTENCES["broken"], SENTENCES["again"])


def install(app: FastAPI) -> None:
    """Register every handler on the app."""
    app.add_exception_handler(StandplaatsError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PoolTimeout, _unreachable)
    app.add_exception_handler(psycopg.errors.QueryCanceled, too_slow)
    app.add_exception_handler(psycopg.OperationalError, _lost)
    app.add_exception_handler(psycopg.InterfaceError, _lost)
    app.add_exception_handler(Exception, _unexpected)
