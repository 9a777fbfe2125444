"""Which language an answer comes in: `lang` of the address, else what the browser asks for, else the setting."""

from __future__ import annotations

from typing import cast

from babel.core import negotiate_locale
from fastapi import Request

from geodata.settings import LANGUAGES, Language


def language_of(request: Request) -> Language:
    """Language of the answer to a request; a `lang` that does not exist is passed over."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    found = negotiate_locale([one.replace("-", "_") for one in wanted if one], LANGUAGES)
    return cast(Language, found or request.app.state.settings.lang)
