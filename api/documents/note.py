"""A note of two pages per municipality for the council: question, method, need, short list, law, money, what to decide.

Contract: two pages, of a run and its own days of law and data; ranks as intervals; what is not known is named. The first
page holds the answer, the second the grounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from api.documents.page import (
    VERDICTS,
    block,
    bullets,
    document,
    head,
    host,
    length,
    link,
    number,
    page,
    sources_line,
    span,
    text,
)
from api.estimates import estimate_view, project_of
from api.i18n import Translator
from api.near_view import near_view
from api.need_view import need_view
from api.need_view import span as pitches_span
from api.provenance import attribution_line
from api.views import candidates_view
from sites.candidates.assessed import assessment_of
from sites.candidates.query import CandidateQuery
from sites.candidates.runs import Run
from sites.inventory.text import word
from sites.places import law_region_of, place_name
from sites.suitability import explain
from sites.suitability.explain import next_steps

Connection = psycopg.Connection[Any]

#: Candidates in the short list, and sentences of the near misses.
_LISTED, _NEAR, _OBSTACLES, _OPEN = 10, 9, 9, 9
#: Characters up to which each page is set in each size; measured in Chromium in the longest language.
_FIRST, _SECOND = (1800, 2400, 2650, 3400), (3800, 4700, 5500, 6300)
METHOD = (
    "Every parcel of the cadastral plan was measured: use, plans, hazards, distances and ways, size, slope and owner.",
    "Conditions come first: one that is not met rules a parcel out, and one that nobody knows leaves its verdict unknown.",
    "What is left is ordered within its verdict by a score from 0 to 1: published functions and weights, the same everywhere.",
    "What is not known widens the score, and with it the rank, to an interval; it is never filled with a guess.",
    "Each figure has its source and date, each condition its rule; the list can be made again, to the last digit.",
)
SAFEGUARDS = (
    "Hazards and isolation are floors: flooding, major-accident hazard, sewage plants, waste sites, motorways, railways and "
    "the distance from other dwellings rule a place out or put a condition on it, whatever its score. A municipality may "
    "tighten them, never loosen them. Inhabited land is not offered, and nothing here helps an eviction."
)
DECIDE = (
    "How many pitches are needed: by a survey of its own, with the people concerned, for no source states it.",
    "Which of the candidates are visited and looked into, and which are set aside with a reason.",
    "Whether the steps that the short list waits for are started: {steps}.",
    "Who owns, lays out and manages the site, and how it is paid: {money}",
    "Whether this list is published; until then it is a draft of the municipality.",
)


@dataclass(frozen=True)
class _Facts:
    run: Run
    nis: str
    name: str
    kind: str
    pitches: int | None
    listed: dict[str, Any]
    near: dict[str, Any]
    need: dict[str, Any]
    steps: list[dict[str, Any]]
    owed: list[str]
    open: list[str]
    subsidy: list[str]


def note_html(connection: Connection, run: Run, nis: str, translate: Translator, *, pitches: int | None = None) -> str:
    """The note of one municipality.

    Parameters
    ----------
    nis : a municipality of the run.
    pitches : pitches wanted.
    """
    facts = _facts(connection, run, nis, translate, pitches)
    title = translate("Note for the council: {place}").format(place=facts.name)
    first = [
        head(title, _below(facts), not run.published, facts.listed.get("notice"), _dates(run, translate), translate),
        block(translate("Question"), f"<p>{text(_question(facts, translate))}</p>"),
        _answer(facts, translate),
        block(translate("Short list"), _table(facts, translate)),
        block(translate("Supply, need and gap"), _need(facts, translate)),
        block(translate("What the municipality has to decide"), _decide(facts, translate)),
    ]
    second = [
        '<div class="two">'
        + block(translate("What stands in the way, and what would help"), bullets(facts.near["sentences"][:_NEAR]))
        + block(translate("Land that each condition rules out"), _obstacles(facts, translate))
        + "</div>",
        '<div class="two">'
        + block(translate("Law on {day}").format(day=run.as_of.isoformat()), _law(facts))
        + block(
            translate("Money on {day}").format(day=run.as_of.isoformat()),
            "".join(f"<p>{text(one)}</p>" for one in facts.subsidy),
        )
        + "</div>",
        '<div class="two">'
        + block(translate("Method"), "<ol>" + "".join(f"<li>{text(translate(one))}</li>" for one in METHOD) + "</ol>")
        + block(
            translate("Not known"), bullets(_first(facts.open, translate)) or f"<p>{text(translate('Nothing.'))}</p>"
        )
        + "</div>",
        block(translate("Safeguards"), f"<p>{text(translate(SAFEGUARDS))}</p>"),
        _foot(facts, translate),
    ]
    # Both pages in the same size: that which the longer one needs.
    size = max(sum(length(part) > limit for limit in limits) for part, limits in ((first, _FIRST), (second, _SECOND)))
    return document(title, [page(one, size, "note") for one in (first, second)], translate)


def _facts(connection: Connection, run: Run, nis: str, translate: Translator, pitches: int | None) -> _Facts:
    own = nis if run.territory != [nis] else None
    query = CandidateQuery(pitches=pitches, municipality=own, limit=_LISTED)
    listed = candidates_view(connection, run, query, translate)
    assessment = assessment_of(connection, run)
    at = {str(key): row for row, key in enumerate(assessment.table.capakey)}
    owed: dict[str, None] = {}
    open_: dict[str, None] = {}
    for item in listed["items"]:
        told = explain(assessment, at[item["capakeys"][0]], translate=translate, run=run.id, data_date=run.data_date)
        owed |= dict.fromkeys(f"{one['what'].rstrip('.')} ({one['who_decides']})" for one in told["conditions"])
        open_ |= dict.fromkeys(f"{one['title']}: {one['who']}" for one in told["unknown"])
    need = need_view(connection, translate, regions=[law_region_of(nis)], municipalities=[nis])
    need["items"] = [one for one in need["items"] if one["site_type"] == run.site_type]
    near = near_view(connection, run, CandidateQuery(pitches=pitches, municipality=own), translate)
    for one in near["waiting_for"]:
        told_open = translate("{layer}: {count} parcels wait for it alone").format(
            layer=one["title"], count=one["count"]
        )
        open_.setdefault(told_open)
    if not any(one["survey"] for one in need["items"]):
        open_.setdefault(translate("The need of the municipality: no local survey is known."))
    asked: dict[str, Any] = {"site_type": run.site_type, "pitches": pitches}
    estimate = estimate_view(project_of(law_region_of(nis), asked), run.as_of, translate.language)
    return _Facts(
        run=run, nis=nis, name=place_name(nis, translate.language), pitches=pitches, listed=listed, near=near, need=need,
        kind=word("site_type", run.site_type, translate.language), steps=next_steps(assessment, translate),
        owed=list(owed), open=list(open_), subsidy=[one for one in estimate["text"].split("\n") if one.strip()],
    )  # fmt: skip


def _first(lines: list[str], translate: Translator) -> list[str]:
    """As many lines as a page has room for, and how many are left out."""
    rest = len(lines) - _OPEN
    return lines if rest <= 0 else [*lines[:_OPEN], translate("And {count} more.").format(count=rest)]


def _below(facts: _Facts) -> str:
    return f"{facts.kind} · {facts.nis}"


def _dates(run: Run, translate: Translator) -> list[str]:
    days = {"as_of": run.as_of.isoformat(), "data_date": run.data_date.isoformat()}
    return [
        translate("Law of {as_of}, data of {data_date}.").format_map(days),
        f"{run.profile_id} {run.profile_version}",
        translate("Result: {run}").format(run=run.id),
    ]


def _question(facts: _Facts, translate: Translator) -> str:
    if facts.pitches is None:
        return translate("Which land in {place} could take such a site, and why?").format(
            place=facts.name, kind=facts.kind
        )
    told = translate("Which land in {place} could take such a site with {count} pitches, and why?")
    return told.format(place=facts.name, count=facts.pitches)


def _answer(facts: _Facts, translate: Translator) -> str:
    """The counts of verdicts, large."""
    near = facts.near
    figures = [
        (near["compatible"], "compatible", translate("compatible")),
        (near["needs_derogation"], "needs_derogation", translate("needs derogation")),
        (near["unknown_compatible_so_far"], "unknown", translate.verdict("unknown", "compatible")),
        (facts.listed["excluded"], "incompatible", translate("parcels ruled out")),
    ]
    cells = "".join(
        f'<div style="flex:1;padding:.5em .8em;color:{VERDICTS[kind][0]};background:{VERDICTS[kind][1]}">'
        f'<strong style="font-size:2em;line-height:1.1;display:block">{count}</strong>{VERDICTS[kind][2]} {text(what)}</div>'
        for count, kind, what in figures
    )
    return f'<div style="display:flex;gap:2mm">{cells}</div>'


def _table(facts: _Facts, translate: Translator) -> str:
    rows = []
    for item in facts.listed["items"]:
        low, high = item["rank_interval"] or [item["rank"] or "–"] * 2
        colour, _, mark = VERDICTS[item["verdict"]]
        owed = ", ".join(item["conditions"]) or "–"
        rows.append(
            f'<tr><td class="n">{text(low if low == high else f"{low}–{high}")}</td><td><b>{text(item["place"] or "")}</b>'
            f'<div class="muted small">{text(item["capakeys"][0])} · {text(item["owner_title"])}</div></td>'
            f'<td style="color:{colour};font-weight:600">{mark} {text(translate.verdict(item["verdict"], item["so_far"]))}</td>'
            f'<td class="n">{text(span({"low": item["usable_area_m2"], "high": item["usable_area_m2"]}, translate))}</td>'
            f'<td class="n">{text(span(item["pitches"], translate))}</td>'
            f'<td class="n">{text(span(item["score"], translate, "0.00"))}</td>'
            f"<td>{text(owed)}</td></tr>"
        )
    if not rows:
        return f"<p>{text(translate('Nothing is listed: see what would help on the next page.'))}</p>"
    names = [
        translate("rank"), translate("location"), translate("verdict"), translate("usable m²"), translate("pitches"),
        translate("score"), translate("conditions"),
    ]  # fmt: skip
    heads = "".join(f"<th{' class=n' if at in (0, 3, 4, 5) else ''}>{text(one)}</th>" for at, one in enumerate(names))
    more = facts.listed["count"] - len(rows)
    rest = (
        f'<p class="small muted">{text(translate("Listed in all: {count}.").format(count=facts.listed["count"]))}</p>'
        if more
        else ""
    )
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>{rest}"


def _need(facts: _Facts, translate: Translator) -> str:
    unknown = translate("not known")

    def amount(part: Mapping[str, Any] | None) -> str:
        if part is None or part["low"] is None is part["high"]:
            return unknown
        return pitches_span(part["low"], part["high"], translate)

    rows = "".join(
        f'<tr><td><b>{text(one["name"])}</b></td><td class="n">{text(amount(one["supply"]))}</td>'
        f'<td class="n">{text(amount(one["survey"] or one["need"]))}</td><td class="n">{text(amount(one["gap"]))}</td>'
        f"<td>{text(one['text'])}</td></tr>"
        for one in reversed(facts.need["items"])
    )
    names = [translate("location"), translate("supply"), translate("need"), translate("gap"), ""]
    heads = "".join(f"<th{' class=n' if at in (1, 2, 3) else ''}>{text(one)}</th>" for at, one in enumerate(names))
    ways = " ".join(one["text"] for one in facts.need["ways"]) if facts.run.site_type == "transit" else ""
    return f"<table><tr>{heads}</tr>{rows}</table>" + (f"<p>{text(ways)}</p>" if ways else "")


def _decide(facts: _Facts, translate: Translator) -> str:
    steps = "; ".join(facts.owed[:5]) or translate("none")
    money = facts.subsidy[0] if facts.subsidy else translate("not known")
    told = [translate(one).format(steps=steps, money=money) for one in DECIDE]
    return "<ol>" + "".join(f"<li>{text(one)}</li>" for one in told) + "</ol>"


def _obstacles(facts: _Facts, translate: Translator) -> str:
    """Hectares that each condition rules out, as bars; a parcel may be ruled out by several."""
    listed = facts.near["obstacles"][:_OBSTACLES]
    most = max((one["area_m2"] for one in listed), default=0.0) or 1.0
    rows = []
    for one in listed:
        wide = 100.0 * one["area_m2"] / most
        drawing = (
            '<svg viewBox="0 0 100 8" width="100%" height="2.6mm" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect y="1" width="{wide:.2f}" height="6" fill="#7d8583"/></svg>'
        )
        hectares = number(one["area_m2"] / 1e4, translate, "#,##0.0")
        rows.append(
            f'<tr><td>{text(one["title"])}</td><td style="width:34%">{drawing}</td><td class="n">{hectares} ha</td></tr>'
        )
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _law(facts: _Facts) -> str:
    lines = []
    for one in facts.steps:
        rest = " · ".join(text(part) for part in (one["article"], one["grade"]) if part)
        address = f" · {link(one['url'], host(one['url']))}" if one["url"] else ""
        lines.append(f'<li>{text(one["what"])} <span class="muted">{rest}{address}</span></li>')
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _foot(facts: _Facts, translate: Translator) -> str:
    sources = facts.listed["sources"]
    named = attribution_line(sources)
    due = f"<p>{text(translate('To be named with it: {names}').format(names=named))}</p>" if named else ""
    advice = translate("The tool advises and decides nothing; who decides is named at each step. Places, not people.")
    return (
        f'<footer class="foot"><p><b>{text(translate("Sources:"))}</b> {text(sources_line(sources, translate))}</p>{due}'
        f"<p>{text(advice)} {text(translate('Printed on {day}.').format(day=date.today().isoformat()))}</p></footer>"
    )
