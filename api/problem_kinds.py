"""Every kind of problem that the service answers with: its status, its title, what it means and what helps.

A kind is part of the address in `type` of a problem document, `/problems/{kind}`, where its page stands. Kinds are never renamed.
All texts are English keys of `api/locales`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

#: Media type of problem documents (RFC 9457).
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem."""

    status: int
    title: str
    meaning: str
    remedy: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(
        400,
        "The request is off",
        "A value in the address or in the body is missing, or is not written as it has to be.",
        "The detail names it and says what is expected. Correct it and ask again.",
    ),
    "not-published": Kind(
        403,
        "Not published",
        "What was asked for is a draft: lists, results and files are seen by others once they are published.",
        "Look up single parcels, or ask the municipality or the administration that keeps it.",
    ),
    "not-found": Kind(
        404,
        "Not found",
        "The address is one of this service, but what it names is not here: it is not loaded, not scored, or no longer kept.",
        "Check the code or number in the address; the lists tell what is here.",
    ),
    "no-address": Kind(
        404,
        "No such address",
        "This service has nothing at this address.",
        "The description of the service, /api/v1/openapi.json, lists its addresses.",
    ),
    "no-method": Kind(
        405,
        "Method not allowed",
        "The address is one of this service, but it does not take this method.",
        "The header Allow names the methods it takes.",
    ),
    "not-acceptable": Kind(
        406,
        "No such form",
        "The answer is not made in any of the forms that were asked for.",
        "The detail lists the forms there are. Ask for one of them, or leave the header Accept out.",
    ),
    "too-large": Kind(
        413,
        "Too large",
        "The body of the request is larger than what is read.",
        "Send less at once.",
    ),
    "bad-input": Kind(
        422,
        "The input cannot be used",
        "What was sent can be read, but cannot be worked with.",
        "The detail says where and why. Correct it and send it again.",
    ),
    "failed": Kind(
        500,
        "The request failed",
        "Something went wrong on the server. Nothing that is kept was changed.",
        "Try again. Where it stays, tell the administrator the number of the request.",
    ),
    "busy": Kind(
        503,
        "Too much at once",
        "So many were asking that this request did not get its turn in time.",
        "Wait as long as the header Retry-After says and ask again.",
    ),
    "too-slow": Kind(
        503,
        "It takes too long",
        "The answer would take longer than the time that the service gives to requests of this class.",
        "Ask for less: fewer municipalities, a smaller page, a narrower filter. Or try again when fewer are asking.",
    ),
    "database-unavailable": Kind(
        503,
        "The database is not available",
        "The service runs, but its database does not answer.",
        "Try again in a while. Where it stays, tell the administrator.",
    ),
}


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it; texts in the language of the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/bad-request",
                    "title": "The request is off",
                    "status": 400,
                    "detail": "municipality takes NIS codes of five digits, separated by commas.",
                    "remedy": "Correct it and ask again.",
                    "request_id": "0f3c8d6a5b7e4c1f9a2d8e6b4c0a1f5e",
                }
            ]
        }
    )

    type: str = Field(description="Address of the page that explains this kind of problem; the same in every language.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request.")
    remedy: str | None = Field(description="What helps, where something does.")
    request_id: str | None = Field(description="Number of the request, as in the header X-Request-ID and in the log.")


def schema() -> dict[str, Any]:
    """Schema of a problem document, for the description of the service."""
    return Problem.model_json_schema()
