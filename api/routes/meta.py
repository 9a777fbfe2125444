"""What this service is: version, demo or real, public or not, languages."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request

from api.answering import answers, told
from api.answers.places import Meta
from api.dependencies import Public
from api.i18n import translator
from geodata.settings import LANGUAGES
from geodata.sources.zoning_labels import class_title, zoning_classes
from geodata.territory import NOTICE
from sites.suitability.titles import OWNERS, owner_title

router = APIRouter(prefix="/api/v1", tags=["meta"])


@router.get("/meta", **answers(Meta))
@told
def meta(request: Request, public: Public) -> dict[str, Any]:
    """Version, who runs it, languages, titles of owner classes, and the notice that goes with fictional data."""
    settings = request.app.state.settings
    demo = settings.demo
    return {
        "version": version("standplaats"),
        "demo": demo,
        "public": public,
        "notice": dict(NOTICE) if demo else None,
        "publisher": settings.publisher,
        "contact": settings.contact,
        "base_maps": [one.document() for one in settings.offered_base_maps],
        "today": date.today().isoformat(),
        "languages": list(LANGUAGES),
        "owners": {name: {lang: translator(lang).render(owner_title(name)) for lang in LANGUAGES} for name in OWNERS},
        "zones": {name: {lang: class_title(name, lang) for lang in LANGUAGES} for name in zoning_classes()},
    }
