"""What `start`, `update` and `sources fetch` share: the margin, one run at a time with its progress, and the summary.

Contract: real sources go into the real database only. Everything shown comes from `Result` and `Standing`, in the
language of the call; the same values go into JSON unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from api.commands.common import err, out, say, table
from api.i18n import Translator
from geodata.errors import UsageError
from geodata.measure.specs import Region
from geodata.settings import Settings
from geodata.sources.catalogue import Source, catalogue
from geodata.sources.fetch import bringing, offline, region_for
from geodata.sources.records import Records, only_one
from geodata.sources.runs import Bring, Result, Watcher
from geodata.sources.status import Standing
from sites.suitability import profiles
from sites.suitability.titles import LAYERS

Connection = psycopg.Connection[Any]

#: State of a source after a run -> words.
STATES = {
    "loaded": "loaded",
    "unchanged": "unchanged",
    "present": "already loaded",
    "empty_checked": "empty, checked",
    "empty_suspicious": "empty, suspicious",
    "failed": "failed",
    "no_coverage": "loaded without declared coverage",
    "missing": "missing",
    "by_hand": "to be loaded by hand",
}


#: Cause of a failure -> words; what the program saw of it follows in brackets.
CAUSES = {
    "server": "The server refuses or cannot be reached.",
    "timeout": "The server does not answer in time.",
    "truncated": "The answer is not whole.",
    "checksum": "The file is not the one that was announced.",
    "wrong_content": "The answer is no data, perhaps a web page.",
    "budget": "The time allowed for one run is used up.",
    "protocol": "The service answers with an error of its own.",
}
#: What a municipality needs -> words.
NEEDS = {**LAYERS, "municipalities": "Municipal boundaries", "parcels": "Parcels"}


#: A minute's drive at 60 km/h. Our choice, for how far around roads are fetched.
_M_PER_MINUTE = 1000.0


def margin_m() -> float:
    """How far beyond a municipality its sources are asked, metres: the largest breakpoint of any set of criteria.

    A minute by road counts for `_M_PER_MINUTE`.
    """
    metres = {"m": 1.0, "min": _M_PER_MINUTE}
    found = [
        x * metres[one.unit] for profile in profiles() for one in profile.criteria if one.unit in metres
        for x, _ in one.points
    ]  # fmt: skip
    for profile in profiles():
        for constraint in profile.constraints:
            if constraint.kind == "distance":
                limits = (
                    constraint.fail_below, constraint.conditional_below, constraint.conditional_above,
                    constraint.fail_above,
                )  # fmt: skip
                found += [limit.value for limit in limits if limit is not None]
    return max(found)


def smallest_m2() -> float:
    """Area below which no site fits anywhere, m2: services that answer at a point are not asked on such parcels."""
    limits = [one.minimum.value for profile in profiles() for one in profile.constraints if one.kind == "usable_area"]
    return min(limits)


def refuse_demo(settings: Settings) -> None:
    """Real sources never meet invented places.

    Raises
    ------
    UsageError
        When the demo database is selected.
    """
    if settings.demo:
        raise UsageError(
            "Real sources are never loaded into the demo database.", "Leave out --demo and STANDPLAATS_DEMO."
        )


@contextmanager
def sources_open(settings: Settings, *, no_internet: bool) -> Iterator[tuple[Records, Bring]]:
    """The folder of sources, held by this process alone, and what brings a source home."""
    records = Records(settings.sources_folder)
    with only_one(records.folder):
        if no_internet:
            yield records, offline
        else:
            with bringing(settings, records) as bring:
                yield records, bring


@contextmanager
def watched(translate: Translator) -> Iterator[Watcher]:
    """Progress on standard error: one bar over all sources, one for the source at work."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield _Bars(progress, translate)


class _Bars(Watcher):
    """The progress of a run as bars."""

    def __init__(self, progress: Progress, translate: Translator) -> None:
        self._progress, self._translate = progress, translate
        self._all: TaskID = progress.add_task(translate("sources"), total=None, told="")
        self._one: TaskID | None = None

    def plan(self, total: int) -> None:
        self._progress.update(self._all, total=total)

    def begin(self, source: Source) -> None:
        self._clear()
        self._one = self._progress.add_task(source.title[self._translate.language], total=None, told="")

    def step(self, text: str) -> None:
        if self._one is not None:
            self._progress.update(self._one, told=self._translate(text))

    def count(self, done: int, total: int | None, unit: str) -> None:
        if self._one is not None:
            told = f"{done} {self._translate(unit)}" if total is None else f"{done}/{total} {self._translate(unit)}"
            self._progress.update(self._one, completed=done, total=total, told=told)

    def end(self, result: Result) -> None:
        self._progress.advance(self._all)
        self._clear()

    def _clear(self) -> None:
        if self._one is not None:
            self._progress.remove_task(self._one)
            self._one = None


def regions_of(connection: Connection, codes: Iterable[str]) -> dict[str, Region]:
    """Region of each code; of a real municipality also before anything is loaded."""
    return {code: region_for(connection, code) for code in codes}


def print_results(results: list[Result], translate: Translator) -> None:
    """One row per source that was asked; what was loaded already is only counted."""
    shown = table("source", "municipalities", "state", "rows", "note")
    for one in results:
        if one.state == "present":
            continue
        codes = ", ".join(one.codes) if one.kind != "municipalities" else ""
        rows = "" if one.rows is None else str(one.rows)
        shown.add_row(one.title[translate.language], codes, translate(STATES[one.state]), rows, note_of(one, translate))
    if shown.row_count:
        out.print(shown)
    present = sum(one.state == "present" for one in results)
    if present:
        out.print(translate("{count} sources were loaded already.").format(count=present), markup=False)


def note_of(result: Result, translate: Translator) -> str:
    """Why a source failed, and that what was there before is kept."""
    if result.good:
        return ""
    reason = say(result.reason or "")
    cause = CAUSES.get(result.cause or "")
    told = [translate(cause)] if cause else [reason]
    if result.kept is not None:
        told.append(translate("The previous version is kept (dataset {dataset}).").format(dataset=result.kept))
    elif cause:
        told.append(translate("Nothing of it is loaded; try again later."))
    elif result.remedy:
        told.append(say(result.remedy))
    return " ".join([*told, f"({reason})"] if cause else told)


def summary(standings: list[Standing], today: date) -> dict[str, Any]:
    """What is loaded, what is missing and who has it, and what only the municipality has."""
    needed = [one for one in standings if one.need.needed]
    return {
        "loaded": [one.as_dict(today) for one in needed if one.state == "loaded"],
        "missing": [one.as_dict(today) for one in needed if one.missing],
        "by_hand": [one.as_dict(today) for one in needed if one.state == "by_hand"],
        "silent": sorted({name for one in needed if one.silent for name in one.need.group}),
    }


def print_summary(standings: list[Standing], today: date, translate: Translator) -> None:
    """The list "loaded / missing / who has it"."""
    shown = table("municipality", "layer", "state", "version and date", "who has it")
    for one in standings:
        if not one.need.needed:
            continue
        versions = ", ".join(_dataset_words(name, today, translate) for name in one.datasets)
        who = "" if one.state == "loaded" else ", ".join(translate(name) for name in one.need.who_has_it())
        state = translate(STATES[one.state])
        if one.silent:
            state += " (" + translate("what it leaves out stays unknown") + ")"
        if one.last is not None and one.state == "loaded":
            state += " (" + translate("last attempt failed, previous version kept") + ")"
        shown.add_row(one.municipality, _layer_words(one, translate), state, versions, who)
    out.print(shown)
    lacking = sorted({_layer_words(one, translate) for one in standings if one.missing})
    told = (
        translate("Missing: {layers}.").format(layers=", ".join(lacking))
        if lacking
        else translate("Nothing is missing.")
    )
    out.print(told, markup=False)
    silent = sorted({_layer_words(one, translate) for one in standings if one.silent})
    if silent:
        told = translate(
            "Loaded, but what they leave out stays unknown until a control point answers (sources control-point) or "
            "somebody says that they are complete (sources complete): {layers}."
        )
        out.print(told.format(layers=", ".join(silent)), markup=False)


def _layer_words(standing: Standing, translate: Translator) -> str:
    """The layer, with the one source that is meant where the need names one."""
    layer = translate(NEEDS.get(standing.need.layer, standing.need.layer))
    known = standing.need.known
    single = [name for name in standing.need.group if name in catalogue()]
    return f"{layer}: {known[0].title[translate.language]}" if single and known else layer


def _dataset_words(dataset: Any, today: date, translate: Translator) -> str:
    told = f"{dataset.source} v{dataset.version}, {dataset.date.isoformat()}"
    return f"{told} ({translate('stale')})" if dataset.stale(today) else told
