"""Error sentences in the language of the reader, also where they name a value.

The floors below raise their errors in English. A fixed sentence is a message of `api/locales`; one that names a
value is recognised by its template here, and the value is put into the translated one. What is not known stays English.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from api.i18n import Translator

#: Sentences with values, as the floors below write them; a test raises each and reads it in every language.
TEMPLATES = (
    "Parcel {capakey} is not loaded.",
    "Parcel {capakey} is not part of this result.",
    "There is no result {run}.",
    "Result {run} counts owners from a list that may not be passed on.",
    "There is no dataset {dataset}.",
    "Nothing is scored yet for {place} and site type {type}.",
    "Run: standplaats score --municipality {codes} --type {type}.",
    "Run: standplaats measure --municipality {codes}.",
    "Municipality {code} is not measured yet.",
    "No municipality with NIS code {code} is loaded.",
    "No parcels of municipality {code} are loaded.",
    "NIS code {code} is no longer valid: since {day} it is {name}.",
    "{text} is no CAPAKEY.",
    "{text} is no NIS code.",
    "{text} is no day.",
    "{text} is no verdict.",
    "{text} is no class of owner.",
    "Ask for one of: {list}.",
    "{text} is no language.",
    "{text} is no language of this service.",
    "{text} is no kind of data.",
    "{text} is no coordinate system.",
    "{text} is no number of pitches.",
    "A page holds 1 to {most} candidates, not {limit}.",
    "Verdicts: {list}.",
    "Classes: {list}.",
    "Languages: {list}.",
    "Kinds: {list}.",
    "{file}: there is no such file.",
    "{file}: this is a folder, not a file.",
    "{name} is not loaded for municipality {code}.",
    "{name} is not loaded.",
    "{name} has no earlier version whose rows are still there.",
    "{name} names no dataset.",
    "{source} was not fetched or carried here before.",
    "The boundary of municipality {code} is not loaded, so its sources cannot be asked.",
    "No parcels of municipality {codes} are loaded, so it is not known where to ask.",
    "{file}: the fetched file is gone.",
    "{file}: the fetched file has changed since.",
    "The program failed on it ({what}).",
    "The catalogue has no source {name}.",
    "Source {name} cannot be fetched.",
    "Ask {provider}, and load its file.",
    "{region} is no region.",
    "Regions: {list}.",
    "NIS code {code} is no longer valid: today it is {new}.",
    "Use {code}.",
    "No municipality of today has the NIS code {nis}.",
    "No Belgian municipality has the NIS code {nis}.",
    "{source} answers only what is there: nobody can declare it complete.",
    "{place} is not in Belgium.",
    "A group has two to six parcels, not {count}.",
    "A list holds 1 to {most} groups of parcels, not {limit}.",
    "{area} m² is no area of a site.",
    "Neighbours share a border and lie within {metres} m.",
    "{file}: this is no GeoJSON.",
    "{file}: a GeoJSON of more than {size} MB is not read.",
    "{file}: its coordinates (around {where}) lie in Belgium in no known system.",
    "{file}: files of areas are read up to {size} MB.",
    "{file}: it holds {count} areas; 1 to {most} are judged at once.",
    "{file}: it holds no closed line and no area.",
    "{place}: a {kind} where a polygon is needed.",
    "{place}: its border crosses itself at {where}.",
    "{place}: it is no valid polygon at {where}.",
    "{place}: its coordinates are no rings of a polygon.",
    "{place}: it has {area} ha; areas up to {most} ha are judged.",
    "{place}: it is smaller than a square metre.",
    "{place}: it lies in no municipality that is loaded.",
    "{place}: it lies under the law of several regions.",
    "Result {run} is about the law of another region than that of this area.",
    "{text} is not offered here.",
    "Systems: {list}.",
    "There is no kind of problem {kind}.",
    "There is no feature {feature} in {collection}.",
    "There is no collection {name}.",
    "Collections: {list}.",
    "{name} is no parameter here.",
    "{text} is no language of filters.",
    "{name} is no field of {collection}.",
    "Fields: {list}.",
    "Give a number from 1 to {most}.",
    "The filter uses {name}, which is not taken here.",
    "The filter names {name}, which is no field here.",
    "A field of the filter holds {kind}, and is compared with something else.",
    "{text} is no date.",
    "{text} is no time.",
    "The database {where} cannot be reached: {reason}",
    "The database has schema {found}, and this program has {own}.",
)


def tell(translate: Translator, sentence: str) -> str:
    """A sentence of an error in the translator's language; in English where no translation is known."""
    told = translate(sentence)
    if told != sentence or translate.language == "en":
        return told
    for pattern, template in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return translate(template).format(**found.groupdict())
    return sentence


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_expression(template)), template) for template in TEMPLATES)


def _expression(template: str) -> str:
    parts = []
    for fixed, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(fixed))
        if name is not None:
            parts.append(f"(?P<{name}>.+)")
    return "".join(parts)
