"""Who says a thing, as a role and never as a name, and texts that must not name a person's contacts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

#: Until there are accounts, what is entered carries the role of its author.
Role = Literal["municipal_planner", "adviser", "regional_officer", "site_manager", "surveyor", "other"]
ROLES: tuple[Role, ...] = get_args(Role)

_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<![\w/])(?:\+32|0)[ ./-]?\d{1,3}(?:[ ./-]?\d{2,3}){2,3}(?![\w/])")

_PAGE = re.compile(r"https?://\S+")
_MOST = 2000


def _plain(text: str) -> str:
    """A text with something in it and no e-mail address or telephone number: places, not people."""
    told = " ".join(text.split())
    if len(told) < 3:
        raise ValueError("say it in a few words")
    if len(told) > _MOST:
        raise ValueError(f"say it in at most {_MOST} signs")
    # An address of a page may hold such signs; what stands beside it may not.
    if any(_CONTACT.search(one) for one in _PAGE.split(told)):
        raise ValueError("no e-mail address or telephone number: name the document or the service")
    return told


Plain = Annotated[str, AfterValidator(_plain)]


def not_ahead(day: date) -> date:
    """A day on which something was found out: not in the future, wherever the reader's clock stands.

    Raises
    ------
    ValueError
        When it lies ahead.
    """
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise ValueError(f"{day} lies ahead")
    return day
