"""The paper: frame, styles and small parts that sheet and note share. Every text that comes in is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_decimal

from api.i18n import Translator

#: Verdict -> text colour, ground and mark: each told apart without colour as well.
VERDICTS = {
    "compatible": ("#00573f", "#d9f0e8", "✓"),
    "needs_derogation": ("#7a4b00", "#fbeccb", "±"),
    "unknown": ("#0b4f78", "#dcedf8", "?"),
    "incompatible": ("#454c4a", "#e7e7e5", "✗"),
}
_TAG = re.compile(r"<[^>]*>")
MARKS = {"pass": "✓", "conditional": "→", "derogation": "±", "fail": "✗", "unknown": "?"}
_STYLE = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { margin: 0; color: #17211f; background: #d8dad7; font: 7.6pt/1.32 "Source Sans 3", "Noto Sans", "Liberation Sans",
  Arial, sans-serif; hyphens: auto; overflow-wrap: break-word }
.page { width: 210mm; min-height: 296.5mm; margin: 0 auto; padding: 9mm 12mm 8mm; background: #fff; display: flex;
  flex-direction: column; gap: 2.4mm; break-after: page }
.page:last-child { break-after: auto }
.d1 { font-size: 7.1pt; line-height: 1.26; gap: 1.9mm } .d2 { font-size: 6.8pt; line-height: 1.23; gap: 1.7mm }
.d3 { font-size: 6.4pt; line-height: 1.2; gap: 1.5mm; padding-top: 7mm } .d4 { font-size: 5.8pt; line-height: 1.16; gap: 1.2mm;
  padding: 6mm 11mm 5mm }
@media screen { .page { margin: 6mm auto; box-shadow: 0 1px 6px #0004 } }
h1 { font-size: 2em; line-height: 1.1; margin: 0; letter-spacing: -.01em } h1 small { font-size: .5em; font-weight: 400; color: #56605e;
  letter-spacing: 0; display: block; margin-top: .35em }
h2 { font-size: 1.08em; margin: 0 0 .35em; padding-bottom: .15em; border-bottom: .35mm solid #0b5c58; color: #0b5c58 }
p { margin: 0 0 .4em } ul, ol { margin: 0; padding-left: 1.3em } li { margin-bottom: .25em }
a { color: inherit; text-decoration: none; overflow-wrap: anywhere }
.muted { color: #56605e } .small { font-size: .86em }
.top { display: flex; justify-content: space-between; gap: 6mm; align-items: flex-start }
.mark { flex: none; text-align: right; font-size: .88em; color: #56605e; max-width: 66mm }
.draft { display: inline-block; border: .35mm solid #a3200f; color: #a3200f; font-weight: 700; padding: .15em .6em;
  letter-spacing: .06em; text-transform: uppercase }
.notice { background: #fff3c4; color: #4a3500; padding: .3em .7em; font-weight: 600 }
.verdict { display: flex; align-items: center; gap: 3mm; padding: .55em .9em; border-left: 1.6mm solid currentColor }
.verdict .sign { font-size: 1.9em; line-height: 1; font-weight: 700 } .verdict b { font-size: 1.35em; display: block }
.verdict .said { color: #17211f } .figures { margin-left: auto; display: flex; gap: 5mm; color: #17211f }
.figures div { text-align: right; white-space: nowrap } .figures strong { display: block; font-size: 1.35em }
.figures span { font-size: .86em; color: #56605e }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 5mm } .map { grid-template-columns: 68mm 1fr }
.three { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 5mm }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600; color: #56605e; font-size: .9em }
td, th { padding: .16em .8em .16em 0; vertical-align: top; border-bottom: .15mm solid #d4d6d2 } td:last-child, th:last-child { padding-right: 0 }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.state { white-space: nowrap; font-weight: 600 } .fail { color: #a3200f } .unknown { color: #0b4f78 } .conditional, .derogation { color: #7a4b00 }
svg { display: block } svg text { font-family: inherit }
.stack { display: flex; flex-direction: column; gap: 1.6mm } .rules { margin-top: .4em; line-height: 1.25 } .rules span { margin-right: .9em }
sup { font-size: .72em; line-height: 0; color: #0b5c58 }
.note { font-size: 9.4pt; line-height: 1.4; gap: 4mm; padding: 12mm 14mm 10mm } .note td, .note th { padding-top: .28em; padding-bottom: .28em }
.note.d1 { font-size: 8.8pt; gap: 3.4mm } .note.d2 { font-size: 8.3pt; line-height: 1.34; gap: 2.9mm }
.note.d3 { font-size: 7.8pt; line-height: 1.3; gap: 2.4mm } .note.d4 { font-size: 7pt; line-height: 1.25; gap: 1.9mm; padding: 9mm 13mm 8mm }
.foot { margin-top: auto; border-top: .15mm solid #d4d6d2; padding-top: .5em; font-size: .8em; line-height: 1.25; color: #3a4442 }
.foot p { margin-bottom: .2em }
"""


def text(value: Any) -> str:
    """Any value as text of a document."""
    return escape("" if value is None else str(value))


def document(title: str, pages: Iterable[str], translate: Translator) -> str:
    """Pages as one self-contained file."""
    return (
        f'<!doctype html>\n<html lang="{translate.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{text(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{''.join(pages)}</body></html>\n"
    )


def page(parts: Sequence[str], density: int = 0, kind: str = "") -> str:
    """One page; a higher density sets smaller type, so that a long text still fits."""
    kind = (f" {kind}" if kind else "") + (f" d{density}" if density else "")
    return f'<section class="page{kind}">{"".join(parts)}</section>'


def head(title: str, below: str, draft: bool, notice: str | None, right: Sequence[str], translate: Translator) -> str:
    """Title with what stands under it, the draft mark, and the notice of demo data."""
    mark = f'<div class="draft">{text(translate("Draft"))}</div>' if draft else ""
    lines = "".join(f"<div>{text(one)}</div>" for one in right)
    told = f'<div class="notice">{text(notice)}</div>' if notice else ""
    return f'<header class="top"><h1>{text(title)}<small>{text(below)}</small></h1><div class="mark">{mark}{lines}</div></header>{told}'


def block(title: str, inner: str, kind: str = "") -> str:
    """A part with a heading; nothing where it is empty."""
    return f'<section class="{kind}"><h2>{text(title)}</h2>{inner}</section>' if inner else ""


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences; they are escaped here."""
    told = "".join(f"<li>{text(one)}</li>" for one in lines)
    return f"<ul>{told}</ul>" if told else ""


def length(parts: Sequence[str]) -> int:
    """Characters that a reader sees: what decides how small the type has to be."""
    return len(_TAG.sub("", "".join(parts)))


def number(value: float | None, translate: Translator, pattern: str = "#,##0") -> str:
    """A number as the language writes it."""
    return translate("not known") if value is None else str(format_decimal(value, pattern, translate.language))


def span(interval: Mapping[str, Any] | None, translate: Translator, pattern: str = "#,##0") -> str:
    """An interval as the language writes it."""
    if interval is None or interval["low"] is None or interval["high"] is None:
        return translate("not known")
    low, high = (number(interval[name], translate, pattern) for name in ("low", "high"))
    return low if low == high else f"{low}–{high}"


def host(url: str) -> str:
    """An address as it is printed: without what every address has."""
    split = urlsplit(url)
    return (
        split.netloc.removeprefix("www.") + split.path.rstrip("/") + (f"?{split.query}" if split.query else "")
    ) or url


def link(url: str, shown: str) -> str:
    """A link to a page of the web; any other address is shown as text."""
    if urlsplit(url).scheme not in ("http", "https"):
        return text(shown)
    return f'<a href="{escape(url, quote=True)}">{text(shown)}</a>'


def sources_line(sources: Sequence[Mapping[str, Any]], translate: Translator) -> str:
    """All sources in one run of text, those of one provider and licence together: provider, licence, titles, dates."""
    together: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in sources:
        late = f", {translate('stale')}" if one["stale"] else ""
        days = together.setdefault((one["provider_text"], one["licence_text"]), {})
        titles = days.setdefault(f"{one['date']}{late}", [])
        if one["title"] not in titles:
            titles.append(one["title"])
    told = []
    for (provider, licence), days in together.items():
        lists = "; ".join(f"{', '.join(titles)} ({day})" for day, titles in days.items())
        told.append(f"{provider}, {licence}: {lists}")
    return ". ".join(told) + ("." if told else "")
