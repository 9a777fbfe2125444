"""`standplaats doctor`: is this installation fit to serve, and what is to be done where it is not?"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from api.commands.common import AsJson, Demo, Lang, out, print_json, settings_for
from api.doctor import examine
from api.i18n import translator


def doctor_command(
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that the service is started with.")
    ] = None,
    lang: Lang = None,
    demo: Demo = False,
    json: AsJson = False,
) -> None:
    """Look at the database, roles, connections, disk, page, sources and clock. Changes nothing; exit 1 when something fails."""
    settings = settings_for(demo, lang=lang, workers=workers)
    translate = translator(settings.lang)
    found = examine(settings, translate, now=dt.datetime.now(dt.UTC))
    failed = any(one.state == "failed" for one in found)
    if json:
        print_json({"ok": not failed, "count": len(found), "items": [one.as_dict() for one in found]})
    else:
        words = {"ok": translate("fine"), "warning": translate("to look at"), "failed": translate("not in order")}
        for one in found:
            out.print(f"{words[one.state]}: {one.text}", markup=False)
            if one.remedy:
                out.print(f"    {one.remedy}", markup=False)
    if failed:
        raise typer.Exit(1)
