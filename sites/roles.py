"""Who says a thing, as a role and never as a name, and texts that must not name a person's contacts."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

#: Until there are accounts, what is entered carries the role of its author.
Role = Literal["municipal_planner", "adviser", "regional_officer", "site_manager", "surveyor", "other"]
ROLES: tuple[Role, ...] = get_args(Role)

_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<![\w/])(?:\+32|0)[ ./-]?\d{1,3}(?:[ ./-]?\d{2,3}){2,3}(?![\w/])")


def _plain(text: str) -> str:
    """A text with something in it and no e-mail address or telephone number: places, not people."""
    told = " ".join(text.split())
    if len(told) < 3:
        raise ValueError("say it in a few words")
    if _CONTACT.search(told) and not told.startswith(("http://", "https://")):
        raise ValueError("no e-mail address or telephone number: name the document or the service")
    return told


Plain = Annotated[str, AfterValidator(_plain)]
