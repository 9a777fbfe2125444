"""What stands in every file besides its rows: what it is, how to read it, what each column holds, sources, licences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from geodata.sources.sharing import attributions
from sites.candidates.exports.rows import Export
from sites.suitability import Message

SENTENCES = (
    "The verdict comes first, the score after it: no score moves a candidate out of its verdict. Compatible means that "
    "nothing known rules a site out here; the tool advises and decides nothing.",
    "Unknown stays unknown: what is not known widens the score to an interval and is named with who could answer. An empty "
    "cell is not known or does not apply, never zero.",
    "Contributions sum to the score. States are pass, conditional, derogation, fail and unknown. Lengths in metres, areas "
    "in square metres, slopes in degrees, shares and values from 0 to 1.",
    "Pitches are estimates. The order of magnitude of a layout comes from the command layout.",
    "What may not be passed on is left out: of such a source the file tells neither shape, place, zone nor owner.",
)
DRAFT = "Draft: the municipality has not published this list."
MADE = "Result {run}: law of {as_of}, data of {data_date}, criteria {profile}, version {version}, rules {rules}."
WISHES = "Wishes: {wishes}."
NAMED = "To be named with it: {names}"
SOURCE_COLUMNS = {
    "dataset": "Number of the dataset",
    "title": "Source",
    "provider": "Provider",
    "version": "Version",
    "date": "Date",
    "licence": "Licence",
    "attribution": "To be named",
    "redistributable": "May be passed on (1)",
    "age_days": "Age in days",
    "layers": "Layers",
}
COLUMN, MEANING = "Column", "What it holds"


def lines(export: Export) -> list[str]:
    """Sentences of the read-me, the notice of demo data first."""
    run, render = export.run, export.translate.render
    made = Message(
        MADE,
        {
            "run": run.id, "as_of": run.as_of.isoformat(), "data_date": run.data_date.isoformat(),
            "profile": run.profile_id, "version": run.profile_version, "rules": run.rule_pack,
        },
    )  # fmt: skip
    out = [export.notice] if export.notice else []
    out += [render(made)] + ([] if run.published else [render(Message(DRAFT))])
    if export.wishes:
        out.append(render(Message(WISHES, {"wishes": "; ".join(export.wishes)})))
    out += [render(Message(one)) for one in SENTENCES]
    names = attribution(export)
    return [*out, render(Message(NAMED, {"names": names}))] if names else out


def attribution(export: Export) -> str:
    """What the licences of all sources ask to be named, in one line."""
    return "; ".join(attributions(export.sources))


def source_rows(export: Export) -> list[dict[str, Any]]:
    """Sources of an export as rows."""
    return rows_of_sources(export.sources)


def rows_of_sources(sources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sources as rows: number, title, provider, version, date, licence, what is to be named, age, layers."""
    return [
        {
            "dataset": one["dataset"],
            "title": one["title"],
            "provider": one.get("provider_text", one["provider"]),
            "version": one["version"],
            "date": one["date"],
            "licence": one.get("licence_text", one["licence"]),
            "attribution": one["attribution"],
            "redistributable": int(one["redistributable"]),
            "age_days": one["age_days"],
            "layers": ", ".join(one["layers"]),
        }
        for one in sources
    ]


def sentences() -> list[str]:
    """Every text of this module that needs a translation."""
    return [*SENTENCES, DRAFT, MADE, WISHES, NAMED, *SOURCE_COLUMNS.values(), COLUMN, MEANING]
