"""Lists entered or published as tables: schools and existing sites.

Places, not people: a site without evidence of a public manager is no site. What is refused here leaves no free text in quarantine.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.ingest.mapping import map_layer
from geodata.ingest.read import RawLayer
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, nothing, parse_day, plain, texts
from geodata.ingest.vectors import objects, text_array
from geodata.missing import is_none
from geodata.sources.catalogue import Source

SITE_TYPES = ("residential", "transit", "temporary", "gathering")
#: Words of other lists for the same types of site.
_SITE_TYPE = {"event": "gathering"}
STATUSES = ("open", "planned", "closed", "dropped")
GRADES = ("A", "B", "C", "U")
PRECISIONS = ("address", "parcel", "section", "municipality")
#: Beginnings of words that show a public manager, in the three languages and English.
PUBLIC_MANAGER = re.compile(
    r"\b(gemeente|stad\b|stads|commun|ville\b|municip|town\b|city\b|council|stadt|ocmw|cpas|öshz|provinc"
    r"|provinz|regio|région|gewest|vlaam|flemish|wallon|walloon|bruxell|brussel|intercommun|intergemeent|interkommunal"
    r"|agentschap|agence|agency|agb\b|régie|regie|openbaar|openbare|public|publiek|öffentlich|huisvesting"
    r"|woonmaatschappij|logement|housing|spw\b|état|staat\b|federa|fédéra|föderal)",
    re.IGNORECASE,
)
PRIVATE_MANAGER = re.compile(
    r"\b(privat|privaat|privé|particulier|famil|eigenaar|propriétaire|bewoner|habitant)", re.IGNORECASE
)


def build_schools(layer: RawLayer, source: Source, refusals: Refusals) -> Work:
    """The French-speaking list has one row per site and level: one point per site, primary if any is."""
    work = map_layer("schools", layer, source, refusals)
    columns = work.columns
    # "Fondamental" covers nursery schools too: the type of teaching is finer than the level.
    finer = columns.pop("level_type", nothing(len(work)))
    columns["level"] = np.where(is_none(finer), columns["level"], finer)
    order: dict[str, int] = {}
    levels: dict[str, set[str]] = {}
    for index, site in enumerate(columns["feature_id"]):
        # A row with a place before one without.
        if site not in order or (work.geometry is not None and work.geometry[order[site]] is None):
            order[site] = index
        levels.setdefault(site, set()).add(columns["level"][index] or "other")
    first = np.zeros(len(work), dtype=bool)
    first[list(order.values())] = True
    refusals.notes.append(f"{len(work)} rows are {int(first.sum())} sites: one row per site and level")
    kept = work.keep(first)
    rank = ("primary", "secondary", "other")
    best = [next(name for name in rank if name in levels[site]) for site in kept.columns["feature_id"]]
    kept.columns["level"] = np.array(best, dtype=object)
    return kept


def normal_capakeys(values: Any) -> Any:
    """CAPAKEYs in capitals with `/` where an address had to write `-`."""
    given = text_array(values)
    given = text_array(texts(values)) if given is None else given
    return objects(pc.fill_null(pc.replace_substring(pc.utf8_upper(given), "-", "/"), ""))


def check_capakeys(work: Work, refusals: Refusals) -> Work:
    """Keep rows whose key has the shape of one: division, section, number / bis, exponent, power."""
    keys = pa.array(work.columns["capakey"], type=pa.large_string())
    valid = np.asarray(pc.match_substring_regex(keys, r"^[0-9]{5}[A-Z][0-9]{4}/[0-9]{2}[A-Z_][0-9]{3}$"))
    return work.refuse(~valid, "invalid_capakey", "a key looks like 24434F0211/00W006", refusals)


def check_sites(work: Work, refusals: Refusals) -> Work:
    """Public sites only: no evidence of a public manager, no site; private plots are never stored."""
    columns = work.columns
    n = len(work)
    for name in (
        "site_id", "name", "site_type", "status", "nis", "address", "pitch_unit", "manager", "opened",
        "closed", "source_url", "source_date", "grade", "precision",
    ):  # fmt: skip
        columns[name] = texts(columns.get(name, nothing(n)))
    columns["site_type"] = np.array([_SITE_TYPE.get(one or "", one) for one in columns["site_type"]], dtype=object)
    columns["pitches"] = np.array([_whole(value) for value in columns.get("pitches", nothing(n))], dtype=object)
    columns["nis_date"] = np.array([parse_day(value) for value in columns.get("nis_date", nothing(n))], dtype=object)
    columns["precision"] = np.array([one or "address" for one in columns["precision"]], dtype=object)
    columns["grade"] = np.array([one or "U" for one in columns["grade"]], dtype=object)
    private = [bool(one and PRIVATE_MANAGER.search(one)) for one in columns["manager"]]
    private_plot = np.array(private, dtype=bool) | (columns["site_type"] == "family")
    work = work.refuse(private_plot, "private_plot", "private and family plots are not stored", refusals)
    public = np.array([bool(one and PUBLIC_MANAGER.search(one)) for one in work.columns["manager"]], dtype=bool)
    work = work.refuse(~public, "no_public_manager", "the manager must be shown to be a public body", refusals)
    checks = (("site_type", SITE_TYPES), ("status", STATUSES), ("grade", GRADES), ("precision", PRECISIONS))
    for name, allowed in checks:
        strange = ~np.isin(work.columns[name].astype(str), allowed)
        work = work.refuse(strange, f"unknown_{name}", f"use one of: {', '.join(allowed)}", refusals)
    repeated = pd.Series(work.columns["site_id"]).duplicated().to_numpy()
    return work.refuse(repeated, "duplicate_site_id", "the site is listed before", refusals)


def _whole(value: Any) -> int | None:
    number = pd.to_numeric(str(plain(value)), errors="coerce")
    return None if np.isnan(number) else int(number)
