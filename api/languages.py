"""Which language an answer comes in: `lang` of the address, else what the browser asks for, else the setting."""

from __future__ import annotations

import re
from typing import cast

from babel.core import negotiate_locale
from fastapi import Request

from geodata.settings import LANGUAGES, Language

_WEIGHT = re.compile(r"^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$")


def language_of(request: Request) -> Language:
    """Language of the answer to a request; a `lang` that does not exist is passed over."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    wanted = _wanted(request.headers.get("accept-language", ""))
    found = negotiate_locale([one.replace("-", "_") for one in wanted], LANGUAGES)
    return cast(Language, found or request.app.state.settings.lang)


def _wanted(header: str) -> list[str]:
    """Languages of an `Accept-Language` header, the most wanted first (RFC 9110, 12.5.4); `q=0` refuses one."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                weight = float(value) if _WEIGHT.match(value.strip()) else 0.0
        if name and weight > 0:
            weighed.append((weight, name))
    return [name for _, name in sorted(weighed, key=lambda one: -one[0])]
