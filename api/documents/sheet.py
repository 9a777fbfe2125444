"""One A4 sheet per candidate: verdict, map, each condition with its rule, contributions, what is owed and not known.

Contract: reads what the answers of the service read; one page per candidate, whatever its text (longer ones are set smaller).
What may not be passed on is left out; without a shape there is no map and no drawn layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import shapely
from babel.numbers import format_currency, format_percent

from api.documents.drawings import bars, place_map
from api.documents.page import (
    MARKS,
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
from api.group_views import assembly_view
from api.i18n import Translator
from api.layout_view import parcels_layout_view
from api.provenance import attribution_line
from api.views import parcel_view
from geodata.errors import NotFoundError
from sites.candidates.exports.place import Around, around
from sites.candidates.runs import Run
from sites.inventory.text import word
from sites.places import law_region_of, place_name

Connection = psycopg.Connection[Any]

#: Characters of text up to which a sheet is set in each size, measured in Chromium; long words fill lines badly.
_SIZES = {"de": (4700, 5800, 6750, 8000)}
_SIZES_ELSE = (4700, 6150, 7300, 8500)
#: Characters of the estimate of a subsidy that are told.
_AID = 520
_STATES = {
    "pass": "met", "conditional": "on condition", "derogation": "derogation", "fail": "not met", "unknown": "unknown",
}  # fmt: skip
_DISTANCE = (
    "road_access",
    "isolation",
    "sewage_plant",
    "waste_site",
    "motorway",
    "railway",
    "high_voltage",
    "seveso_site",
)


@dataclass(frozen=True)
class Facts:
    """What a sheet tells: the explanation, the map, the layout, and the sentence on subsidies."""

    told: dict[str, Any]
    run: Run
    nis: str
    map: Around | None
    layout: dict[str, Any] | None
    pitches: list[Any]
    subsidy: str


def sheets_html(
    connection: Connection,
    run: Run,
    candidates: Sequence[Sequence[str]],
    translate: Translator,
    *,
    pitches: int | None = None,
) -> str:
    """Sheets of one or more candidates of a run as one file, a page each.

    Parameters
    ----------
    candidates : CAPAKEYs of each candidate: one, or those of a group of parcels.
    pitches : pitches wanted.

    Raises
    ------
    NotFoundError
        When a parcel is not part of the run.
    """
    facts = [_facts(connection, run, keys, translate, pitches) for keys in candidates]
    title = ", ".join(one.told["id"] for one in facts)
    return document(title, [_sheet(one, translate) for one in facts], translate)


def _facts(connection: Connection, run: Run, keys: Sequence[str], translate: Translator, pitches: int | None) -> Facts:
    told = (
        parcel_view(connection, keys[0], run, translate)
        if len(keys) == 1
        else assembly_view(connection, run, keys, translate)
    )
    row = connection.execute(
        """SELECT p.nis FROM run_result r JOIN parcel p ON p.id = r.parcel_id
           WHERE r.run_id = %s AND p.capakey = ANY(%s) ORDER BY p.area_m2 DESC LIMIT 1""",
        [run.id, list(keys)],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"Parcel {keys[0]} is not part of this result.", "Check the key, or score its municipality."
        )
    layout, drawn = None, []
    if told["verdict"] != "incompatible":
        layout, found = parcels_layout_view(connection, keys, run, run.site_type, None, translate, pitches=pitches)
        drawn = [one.geometry for one in found.drawn.features if one.kind == "pitch"]
        if len(keys) > 1:  # the explanation of a group has no figures of its own
            told |= {"area_m2": layout["area_m2"], "pitches": layout["pitches"]}
    asked: dict[str, Any] = {"site_type": run.site_type, "pitches": pitches or None}
    estimate = estimate_view(project_of(law_region_of(row[0]), asked), run.as_of, translate.language)
    aid = _shortened(estimate["text"].split("\n"), translate)
    return Facts(told, run, row[0], around(connection, run, keys), layout, drawn, aid)


def _shortened(lines: Sequence[str], translate: Translator) -> str:
    """As many whole lines of the estimate as a sheet has room for, and where the rest is told."""
    kept = list(lines)
    while len(kept) > 1 and len(" ".join(kept)) > _AID:
        kept.pop()
    rest = [] if len(kept) == len(lines) else [translate("The conditions are told by: standplaats subsidy estimate.")]
    return " ".join([*kept, *rest])


def _sheet(facts: Facts, translate: Translator) -> str:
    told, run = facts.told, facts.run
    kind = word("site_type", run.site_type, translate.language)
    title = translate("Candidate {id}").format(id=" + ".join(told["capakeys"]))
    below = f"{place_name(facts.nis, translate.language)} ({facts.nis}) · {kind}"
    dates = [
        translate("Law of {as_of}, data of {data_date}.").format_map(told),
        f"{run.profile_id} {run.profile_version}",
        translate("Result: {run}").format(run=run.id),
    ]
    drawn = (
        place_map(facts.map, told["verdict"], translate, [one for one in facts.pitches if not shapely.is_empty(one)])
        if facts.map
        else ""
    )
    score = _score(told, translate)
    middle = f'<div class="two map"><div>{drawn}{_map_note(facts, translate)}</div>{score}</div>' if drawn else score
    parts = [
        head(title, below, not run.published, told.get("notice"), dates, translate),
        _verdict(told, translate),
        middle,
        block(translate("Conditions that every candidate is held against"), _constraints(told, translate)),
        _steps(facts, translate),
        _foot(told, translate),
    ]
    limits = _SIZES.get(translate.language, _SIZES_ELSE)
    told_length = length(parts) + _uneven(facts, translate)
    return page(parts, sum(told_length > limit for limit in limits))


def _verdict(told: Mapping[str, Any], translate: Translator) -> str:
    colour, ground, mark = VERDICTS[told["verdict"]]
    figures = []
    if told.get("rank_interval"):
        low, high = told["rank_interval"]
        shown = f"{low}" if low == high else f"{low}–{high}"
        figures.append((shown, translate("rank of {total}").format(total=told["total_ranked"])))
    if told.get("pitches") is not None and told["verdict"] != "incompatible":
        figures.append((span(told["pitches"], translate), translate("pitches, estimate")))
    if told["verdict"] != "incompatible":
        figures.append((span(told["score"], translate, "0.00"), translate("score of 1")))
    if told.get("area_m2") is not None:
        figures.append((f"{number(told['area_m2'], translate)} m²", translate("area")))
    shown_figures = "".join(
        f"<div><strong>{text(one)}</strong><span>{text(what)}</span></div>" for one, what in figures
    )
    return (
        f'<div class="verdict" style="color:{colour};background:{ground}"><span class="sign">{mark}</span><div>'
        f"<b>{text(translate.verdict(told['verdict'], told['so_far']))}</b>"
        f'<span class="said">{text(_said(told, translate))}</span></div><div class="figures">{shown_figures}</div></div>'
    )


def _said(told: Mapping[str, Any], translate: Translator) -> str:
    """The verdict in a sentence."""

    def titles(state: str) -> str:
        return ", ".join(one["title"] for one in told["constraints"] if one["state"] == state)

    if told["verdict"] == "incompatible":
        return translate("Ruled out by: {what}.").format(what=titles("fail"))
    if told["verdict"] == "unknown":
        return translate("Not known yet: {what}.").format(what=titles("unknown"))
    if told["verdict"] == "needs_derogation":
        return translate("The plan would have to be departed from: {what}.").format(what=titles("derogation"))
    steps = len(told["conditions"])
    known = translate("Nothing that is known rules a site out here.")
    return f"{known} {translate('Steps owed: {count}.').format(count=steps)}" if steps else known


def _map_note(facts: Facts, translate: Translator) -> str:
    told = translate("Drawn: the parcels, buildings and roads that may be shown.")
    if facts.pitches:
        told = translate("White: one way to lay out {count} pitches.").format(count=len(facts.pitches)) + " " + told
    return f'<p class="small muted" style="margin:.3em 0 0">{text(told)}</p>'


def _score(told: Mapping[str, Any], translate: Translator) -> str:
    """Contributions as bars; where a condition is not met there is no score, and what is not met stands there."""
    if told["verdict"] == "incompatible":
        failed = bullets(f"{one['title']}: {one['sentence']}" for one in told["constraints"] if one["state"] == "fail")
        return block(translate("No score: a condition is not met."), failed)
    return block(translate("What counts, and how much"), bars(told["criteria"], translate) + _sum(told, translate))


def _sum(told: Mapping[str, Any], translate: Translator) -> str:
    told_sum = translate("Together {score}. Grey: what the weight could bring; light: not certain.")
    return f'<p class="small muted" style="margin:.3em 0 0">{text(told_sum.format(score=span(told["score"], translate, "0.000")))}</p>'


def _constraints(told: Mapping[str, Any], translate: Translator) -> str:
    """All conditions in two columns, each with a number for its rule; the rules with article and address below."""
    rules: dict[str, int] = {}
    rows = []
    for one in told["constraints"]:
        grade = translate("grade {grade}").format(grade=one["rule_grade"]) if one["rule_grade"] else ""
        rule = text(" · ".join(part for part in (one["rule_title"], ", ".join(one["rule_articles"]), grade) if part))
        if one["rule_url"]:
            rule += f" · {link(one['rule_url'], host(one['rule_url']))}"
        mark = f"<sup>{rules.setdefault(rule, len(rules) + 1)}</sup>" if rule else ""
        late = f" ({translate('stale')})" if one["stale"] else ""
        name = text(translate(_STATES[one["state"]]))
        rows.append(
            f'<tr><td class="state {one["state"]}" title="{name}">{MARKS[one["state"]]}</td>'
            f'<td><b>{text(one["title"])}</b>{mark} <span class="muted">{text(one["sentence"] + late)}</span></td>'
            f'<td class="n">{text(_figure(one, "measured", translate))}</td>'
            f'<td class="n muted">{text(_figure(one, "threshold", translate))}</td></tr>'
        )
    names = (text(translate("condition")), text(translate("figure")), text(translate("threshold")))
    heads = f'<tr><th></th><th>{names[0]}</th><th class="n">{names[1]}</th><th class="n">{names[2]}</th></tr>'
    half = _half(told["constraints"])
    tables = "".join(f"<table>{heads}{''.join(part)}</table>" for part in (rows[:half], rows[half:]))
    legend = "   ".join(f"{MARKS[name]} {translate(said)}" for name, said in _STATES.items())
    cited = "".join(f"<span><b>{at}</b> {rule}</span> " for rule, at in rules.items())
    return f'<div class="two">{tables}</div><div class="small muted rules">{cited}<span>{text(legend)}</span></div>'


def _half(constraints: Sequence[Mapping[str, Any]]) -> int:
    """Where to part the table so that both columns come out about equally long."""
    lines = [1 + (len(one["title"]) + len(one["sentence"])) // 58 for one in constraints]
    return min(range(1, len(lines) + 1), key=lambda at: abs(sum(lines[:at]) - sum(lines[at:])))


def _figure(one: Mapping[str, Any], name: str, translate: Translator) -> str:
    """A figure with its unit; empty where there is none."""
    value = one[name]
    if value is None or one["id"] == "public_land":
        return ""
    if one["id"] == "usable_area":
        return f"{number(value, translate)} m²"
    if one["id"] == "slope":
        return f"{number(value, translate, '0.0')}°"
    if one["id"] in _DISTANCE:
        return f"{number(value, translate)} m"
    return str(format_percent(value, "0.#%", translate.language))


def _steps(facts: Facts, translate: Translator) -> str:
    """What is owed, by whom and how long; what is not known, and who could answer; what it could be and cost."""
    told = facts.told

    def owed(one: Mapping[str, Any]) -> str:
        rest = " · ".join(str(one[name]) for name in ("article", "lead_time", "risk") if one[name])
        return f"<li><b>{text(one['what'])}</b> {text(one['who_decides'])}{f' · {text(rest)}' if rest else ''}</li>"

    def following(one: Mapping[str, Any]) -> str:
        days = (
            translate("{days} days").format(days=one["max_days"] or one["decision_days"])
            if one["max_days"] or one["decision_days"]
            else ""
        )
        rest = " · ".join(text(part) for part in (one["article"], days) if part)
        address = f" · {link(one['url'], host(one['url']))}" if one["url"] else ""
        return f'<li>{text(one["what"])} <span class="muted">{rest}{address}</span></li>'

    steps = "".join(map(owed, told["conditions"])) + "".join(map(following, told["next_steps"]))
    unknown = "".join(f"<li><b>{text(one['title'])}</b>: {text(one['who'])}</li>" for one in told["unknown"])
    none = f'<p class="muted">{text(translate("Nothing."))}</p>'
    left = block(translate("Owed: what, by whom, how long"), f"<ul>{steps}</ul>" if steps else none)
    right = block(translate("Not known, and who could answer"), f"<ul>{unknown}</ul>" if unknown else none)
    return f'<div class="two"><div>{left}</div><div class="stack">{right}{_possible(facts, translate)}</div></div>'


def _uneven(facts: Facts, translate: Translator) -> int:
    """Characters by which one of the lower columns is longer than the other: beside them the page stays empty."""
    left, _, right = _steps(facts, translate).partition('<div class="stack">')
    return max(0, abs(length([left]) - length([right])) - 300)


def _possible(facts: Facts, translate: Translator) -> str:
    """Layout, cost and the subsidy of the day."""
    laid_out = ""
    if facts.layout is not None:
        cost = facts.layout["cost"]
        said = [facts.layout["text"]]
        without, with_aid = cost["without_subsidy"], cost["with_subsidy"]
        if without["low"] is not None:
            net = translate(
                "Net cost without subsidy {without}, with the subsidy of the day {with_aid}; land, soil and connections apart."
            )
            said.append(net.format(without=money(without, translate), with_aid=money(with_aid, translate)))
        laid_out = block(translate("Layout and cost"), f"<p>{text(' '.join(said))} <b>{text(cost['caveat'])}</b></p>")
    return laid_out + block(translate("Subsidy on this day"), f"<p>{text(facts.subsidy)}</p>")


def money(interval: Mapping[str, Any], translate: Translator) -> str:
    """Euros to the thousand, as an order of magnitude is told; an open end is not known."""
    told = [
        translate("not known")
        if interval[name] is None
        else str(
            format_currency(
                round(float(interval[name]), -3), "EUR", "#,##0 ¤", translate.language, currency_digits=False
            )
        )
        for name in ("low", "high")
    ]
    return told[0] if told[0] == told[1] else f"{told[0]} – {told[1]}"


def _foot(told: Mapping[str, Any], translate: Translator) -> str:
    advice = translate("The tool advises and decides nothing; who decides is named at each step. Places, not people.")
    named = attribution_line(told["sources"])
    due = f"<p>{text(translate('To be named with it: {names}').format(names=named))}</p>" if named else ""
    return (
        f'<footer class="foot"><p><b>{text(translate("Sources:"))}</b> {text(sources_line(told["sources"], translate))}</p>'
        f"{due}<p>{text(advice)} {text(translate('Printed on {day}.').format(day=date.today().isoformat()))}</p></footer>"
    )
