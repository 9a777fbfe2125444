"""Errors as RFC 9457 problem documents: a stable type, a sentence, a remedy, and no internals."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from geodata.errors import (
    ClusterError,
    DatabaseError,
    InputError,
    NotFoundError,
    StandplaatsError,
    UsageError,
)

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


def problem(status: int, kind: str, title: str, detail: str, remedy: str | None = None) -> JSONResponse:
    """One problem document."""
    body = {"type": f"/problems/{kind}", "title": title, "status": status, "detail": detail, "remedy": remedy}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _known(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StandplaatsError)
    for cause, status, kind, title in STATUS:
        if isinstance(error, cause):
            return problem(status, kind, title, error.message, error.remedy)
    raise error


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return problem(400, "bad-request", "The request is off", f"{field}: {first['msg']}.", "Correct it and ask again.")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, "http", str(error.detail), "This address does not exist here.")


def _busy(_: Request, error: Exception) -> JSONResponse:
    log.warning("no database connection", error=type(error).__name__)
    return problem(503, "database-unavailable", "The database is not available", "No answer in time.", "Try again.")


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.exception("request failed", path=request.url.path, error=type(error).__name__)
    return problem(500, "failed", "The request failed", "Something went wrong on the server.", "Try again.")


def install(app: FastAPI) -> None:
    """Register every handler on the app."""
    app.add_exception_handler(StandplaatsError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(Exception, _unexpected)
