"""`/problems/{kind}`: what a problem document means and what helps, in the language of the visitor."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.dependencies import Translate
from api.documents import POLICY
from api.documents.page import text
from api.i18n import Translator
from api.problem_kinds import KINDS, Kind
from geodata.errors import NotFoundError

router = APIRouter(prefix="/problems", tags=["problems"])

_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "A page."}}
_STYLE = """
body { font: 1.05rem/1.5 "Source Sans 3", "Noto Sans", "Liberation Sans", Arial, sans-serif; color: #17211f; background: #fff;
  max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
h1 { line-height: 1.2 } h2 { font-size: 1.1rem; color: #0b5c58; margin-bottom: .2rem } a { color: #0b5c58 }
.muted { color: #56605e }
@media (prefers-color-scheme: dark) { body { color: #e8ecea; background: #16201e } h2, a { color: #7fd1c8 } .muted { color: #a9b5b2 } }
"""


@router.get("", response_class=HTMLResponse, responses=_HTML)
def problem_kinds(translate: Translate) -> HTMLResponse:
    """All kinds of problems, each with a page of its own."""
    lines = "".join(
        f'<li><a href="problems/{name}">{text(translate(kind.title))}</a>'
        f' <span class="muted">{kind.status}, {name}</span></li>'
        for name, kind in KINDS.items()
    )
    return _page(translate, translate("Problems"), f"<ul>{lines}</ul>")


@router.get("/{kind}", response_class=HTMLResponse, responses=_HTML)
def problem_kind(
    translate: Translate, kind: Annotated[str, Path(max_length=40, examples=["not-found"])]
) -> HTMLResponse:
    """What one kind of problem means and what helps."""
    found: Kind | None = KINDS.get(kind)
    if found is None:
        raise NotFoundError(f"There is no kind of problem {kind}.", "See /problems.")
    status = translate("HTTP status {status}").format(status=found.status)
    return _page(
        translate,
        translate(found.title),
        f'<p class="muted">{text(status)}, <code>/problems/{kind}</code></p>'
        f"<h2>{text(translate('What happened'))}</h2><p>{text(translate(found.meaning))}</p>"
        f"<h2>{text(translate('What to do'))}</h2><p>{text(translate(found.remedy))}</p>"
        f'<p><a href="../problems">{text(translate("All kinds of problems"))}</a></p>',
    )


def _page(translate: Translator, title: str, inner: str) -> HTMLResponse:
    body = (
        f'<!doctype html>\n<html lang="{translate.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{text(title)} - Standplaats</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{text(title)}</h1>{inner}</main></body></html>\n"
    )
    headers = {
        "Content-Language": translate.language,
        "Vary": "Accept-Language",
        "Content-Security-Policy": POLICY,
    }
    return HTMLResponse(body, headers=headers)
