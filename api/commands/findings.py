"""`standplaats findings`: what is known on the ground, kept in the project file: add, list, check against a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.common import AsJson, Demo, Lang, SiteType, day, entered, notice, out, print_json, settings_for, table
from api.dependencies import capakey_of
from api.i18n import Translator, translator
from geodata.database.engine import connect
from sites.candidates.local import check_findings
from sites.project import add as add_to
from sites.project import read_project
from sites.roles import ROLES
from sites.suitability.findings import Finding
from sites.suitability.titles import constraint_title

app = typer.Typer(
    no_args_is_help=True, help="Local findings: answer an unknown, contest a measurement, exclude a parcel."
)

ProjectFile = Annotated[Path, typer.Option("--project", help="Project file; made where there is none.")]
KINDS = {"answer": "answers an unknown", "contest": "contests a measurement", "exclude": "excludes the parcel"}
EFFECTS = {
    "entered": "entered: it counts, the measurement stays beside it",
    "disputed": "disputed: the measured state stays",
    "agrees": "the same as was measured",
    "excluded": "excluded by the municipality",
}


@app.command()
def add(
    parcel: Annotated[str, typer.Argument(help="CAPAKEY, with / or -.")],
    kind: Annotated[Literal["answer", "contest", "exclude"], typer.Argument(help="What the finding does.")],
    project: ProjectFile,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    evidence: Annotated[str, typer.Option(help="Document, permit, survey or page that shows it.")],
    role: Annotated[str, typer.Option(help=f"Your role: {', '.join(ROLES)}. No names.")],
    about: Annotated[str | None, typer.Option(help="Constraint it is about, such as soil.")] = None,
    state: Annotated[str | None, typer.Option(help="What holds: pass, conditional or fail.")] = None,
    value: Annotated[float | None, typer.Option(help="Figure found, in the unit of the constraint.")] = None,
    on: Annotated[str | None, typer.Option("--date", help="Day it was found, YYYY-MM-DD; today if left out.")] = None,
    lang: Lang = None,
) -> None:
    """Add a finding. A hazard, a safeguard or the plan can be disputed, not overridden."""
    settings = settings_for(lang=lang)
    found = entered(
        Finding, "the finding", "the day it was found",
        capakey=capakey_of(parcel), kind=kind, about=about, state=state, value=value, reason=reason, evidence=evidence,
        date=day(on), role=role,
    )  # fmt: skip
    after = add_to(project, finding=found)
    told = translator(settings.lang)("Entered in {file}, finding {number}.")
    out.print(told.format(file=project.name, number=len(after.findings)), markup=False)


@app.command("list")
def list_command(project: ProjectFile, lang: Lang = None, json: AsJson = False) -> None:
    """List the findings of a project file, in the order they were entered."""
    settings = settings_for(lang=lang)
    findings = read_project(project).findings
    if json:
        print_json({"count": len(findings), "items": [one.model_dump(mode="json") for one in findings]})
        return
    translate = translator(settings.lang)
    shown = table("number", "CAPAKEY", "finding", "about", "state", "reason", "evidence", "date", "role")
    for number, one in enumerate(findings, start=1):
        shown.add_row(
            str(number), one.capakey, translate(KINDS[one.kind]), _about(one.about, translate), _state(one, translate),
            one.reason, one.evidence, one.date.isoformat(), one.role,
        )  # fmt: skip
    out.print(shown)


@app.command()
def check(
    project: ProjectFile,
    type: SiteType = "residential",
    run: Annotated[
        str | None, typer.Option("--run", help="Result; the newest of each municipality if left out.")
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Say what each finding does to the result: verdict before and after, and what can only be disputed."""
    settings = settings_for(demo, lang=lang)
    findings = read_project(project).findings
    with connect(settings) as connection:
        found = check_findings(connection, findings, run_id=run, site_type=type)
    if json:
        print_json({"count": len(found), "items": found})
        return
    notice()
    translate = translator(settings.lang)
    shown = table("CAPAKEY", "about", "measured", "entered", "effect", "verdict before", "verdict after")
    for one in found:
        shown.add_row(
            one["capakey"],
            _about(one["about"], translate),
            translate(one["measured"]) if one["measured"] else "",
            translate(one["state"]) if one["state"] else "",
            translate(EFFECTS[one["effect"]]) if one["effect"] else translate("the parcel is not part of the result"),
            translate.verdict(one["before"], one["before_so_far"]) if one["before"] else "",
            translate.verdict(one["after"], one["after_so_far"]) if one["after"] else "",
        )
    out.print(shown)


def _about(name: str | None, translate: Translator) -> str:
    return translate.render(constraint_title(name)) if name else ""


def _state(one: Finding, translate: Translator) -> str:
    return translate(one.state) if one.state else ""
