"""What is asked of the subsidy evaluator, read the same way from the command line and from a request.

Contract: stateless; whatever does not fit raises `UsageError` naming the field and what may stand there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from geodata.errors import CombinationError, UsageError
from geodata.settings import Language
from sites.law import Project, evaluate, regimes, region_of_law
from sites.law.model import LAW_REGIONS, SITE_TYPES, LawRegion
from sites.law.subsidies.document import estimate_document, regime_document
from sites.law.subsidies.rule import CASES, COST_TYPES, INITIATORS
from sites.law.subsidies.standing import status_of
from sites.law.subsidies.wording import word
from sites.places import law_region_of


def law_region(region: str | None, municipality: str | None) -> LawRegion:
    """Whose law is asked for: a region, or that of a municipality by its NIS code.

    Raises
    ------
    UsageError
        When neither or both are given, or the region is unknown.
    NotFoundError
        When no municipality has the code.
    """
    if (region is None) == (municipality is None):
        raise CombinationError("Give a region or a municipality.", f"Regions: {', '.join(LAW_REGIONS)}.")
    if region is not None:
        return region_of_law(region)
    return law_region_of(str(municipality))


def cost_lines(texts: Iterable[str]) -> list[dict[str, Decimal | str]]:
    """Cost lines written as `layout=600000`.

    Raises
    ------
    UsageError
        When a line has no type, an unknown type or no amount.
    """
    found: list[dict[str, Decimal | str]] = []
    for text in texts:
        name, _, amount = text.partition("=")
        if name not in COST_TYPES or not amount:
            raise UsageError(f"{text} is no cost line.", f"Write TYPE=EUROS; types: {', '.join(COST_TYPES)}.")
        try:
            found.append({"type": name, "amount": Decimal(amount)})
        except InvalidOperation:
            raise UsageError(f"{amount} is no amount in {text}.", "Write euros with a point: 600000.00.") from None
    return found


def facts_of(texts: Iterable[str]) -> dict[str, bool]:
    """Stated facts written as `open_all_year=yes`.

    Raises
    ------
    UsageError
        When the answer is neither yes nor no.
    """
    found = {}
    for text in texts:
        name, _, answer = text.partition("=")
        if answer not in ("yes", "no"):
            raise UsageError(f"{text} is no stated fact.", "Write CONDITION=yes or CONDITION=no.")
        found[name] = answer == "yes"
    return found


#: Type of site where none is named: what the case is about, else settled living.
_TYPE_OF_CASE = {"44-reception": "transit", "44-family": "family"}
#: Field -> what may stand there, for the remedy of a refusal.
_ALLOWED = {
    "initiator": INITIATORS,
    "case": CASES,
    "site_type": SITE_TYPES,
    "type": COST_TYPES,
}


def project_of(region: LawRegion, given: Mapping[str, Any]) -> Project:
    """A project, checked; without a type of site that of its case, else residential.

    Raises
    ------
    UsageError
        Naming the first field that does not fit, and what may stand there.
    """
    told = {name: value for name, value in given.items() if value is not None}
    told.setdefault("site_type", _TYPE_OF_CASE.get(str(told.get("case")), "residential"))
    try:
        return Project.model_validate({"region": region, **told})
    except ValidationError as error:
        first = error.errors()[0]
    names = [str(part) for part in first["loc"]]
    field = next((name for name in reversed(names) if not name.isdigit()), "project")
    if field in _ALLOWED:
        raise UsageError(
            f"{first['input']} is no {field.replace('_', ' ')}.", f"Use one of {', '.join(_ALLOWED[field])}."
        )
    if first["type"] == "value_error":
        raise CombinationError(f"{first['msg'].removeprefix('Value error, ')}.", "Correct it and ask again.")
    limits = (
        "between 1 and 10 000" if field in ("pitches", "caravans") else "an amount of euros from 0 with two decimals"
    )
    raise UsageError(f"{field}: {first['input']} does not fit.", f"Give {limits}.")


def estimate_view(project: Project, as_of: date, language: Language) -> dict[str, Any]:
    """The subsidy estimate, with the age of each rule judged today."""
    return estimate_document(evaluate(project, as_of), language, checked_against=date.today())


def regimes_view(region: str | None, as_of: date | None, language: Language) -> dict[str, Any]:
    """Regimes, oldest first; with a day each carries what it is to a new file on that day.

    Raises
    ------
    UsageError
        When the region is unknown.
    """
    chosen = region_of_law(region) if region is not None else None
    items = []
    for rule in regimes(chosen):
        item = regime_document(rule, language, date.today())
        if as_of is not None:
            status = status_of(rule, _new_file(rule.region, rule.values.site_types), as_of)
            item |= {"status": status, "status_title": word("statuses", status, language)}
        items.append(item)
    return {"as_of": as_of.isoformat() if as_of is not None else None, "count": len(items), "items": items}


def _new_file(region: str, site_types: Sequence[str]) -> Project:
    """A file without any date of its own, for whom only what is open counts."""
    return Project.model_validate({"region": region, "site_type": site_types[0]})
