"""Raw zoning code and labels of a regional plan -> harmonised zoning class.

Contract: pure; reads only `zoning_labels.yaml` beside it. Labels are repaired (doubly encoded characters,
stray spaces, article prefixes) and looked up whole; a label or code that is not in the list becomes
`unrecognised`, which leads to `unknown`. Nothing is guessed from parts of a name, with one published
exception: a Flemish zone label that holds "woonwagen" is a caravan destination, unless the label denies it or
another label of the zone says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from geodata.errors import RuleError, UsageError

PlanKind = Literal["gewestplan", "rup", "bpa", "pds", "pras", "pad", "rruz", "ppas"]

#: How a class was found, or why it was not.
How = Literal[
    "code", "label", "search_word", "category",
    "unknown_code", "unknown_label", "denied", "labels_disagree", "nothing_given",
]  # fmt: skip

#: Class of a zone whose code or label is not in the list.
UNRECOGNISED = "unrecognised"

#: Plan -> (region whose labels it uses, list of codes it uses).
_LISTS: dict[str, tuple[str, str]] = {
    "gewestplan": ("flanders", "gewestplan"),
    "rup": ("flanders", "rup"),
    "bpa": ("flanders", "rup"),
    "pds": ("wallonia", "pds"),
    "pras": ("brussels", "pras"),
    # Plans that overrule PRAS: read by the names of PRAS zones, for want of a list of their own.
    "pad": ("brussels", "pras"),
    "rruz": ("brussels", "pras"),
    "ppas": ("brussels", "pras"),
}

# "Ã©" is "é" written in UTF-8 and read as Windows-1252 or Latin-1.
_HIGH_CP1252 = "\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
_TWICE_ENCODED = re.compile(rf"[ÂÃ][\u0080-\u00bf{_HIGH_CP1252}]")
_ARTICLE_PREFIX = re.compile(r"^art(?:ikel|icle|\.)?\s*\d+(?:\.\d+)*\.?\s*:\s*")
_ARTICLE_ALONE = re.compile(r"^art(?:ikel|icle|\.)?\s*\d+(?:\.\d+)*\.?$")
# "verblijf- recreatie" is one word; "dag- én verblijfrecreatie" is two.
_HANGING_SPACE = re.compile(r"(?<=\w)- (?!(?:en|én|of|et|ou|und|oder)\b)(?=\w)")
_SINGLE_QUOTES, _DOUBLE_QUOTES, _HARD_SPACE = "\u2018\u2019\u0060", "\u201c\u201d\u00ab\u00bb", "\u00a0"
_STRAIGHT = str.maketrans(_SINGLE_QUOTES + _DOUBLE_QUOTES + _HARD_SPACE, "'" * 3 + '"' * 4 + " ")


@dataclass(frozen=True)
class Classified:
    """A zone's class.

    Attributes
    ----------
    zoning_class : harmonised class, or `unrecognised`.
    label_normalised : the label that decided, or the first one given; empty when there was none.
    how : how the class was found, or why it was not.
    """

    zoning_class: str
    label_normalised: str
    how: How


@dataclass(frozen=True)
class _Tables:
    titles: Mapping[str, Mapping[str, str]]
    repairs: Mapping[str, str]
    search_words: Mapping[str, tuple[str, ...]]
    may_stand_beside: frozenset[str]
    denials: frozenset[str]
    category_denied_by: tuple[str, ...]
    codes: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]


@cache
def _raw() -> dict[str, Any]:
    text = files("geodata.sources").joinpath("zoning_labels.yaml").read_text(encoding="utf-8")
    raw: dict[str, Any] = yaml.safe_load(text)
    return raw


@cache
def _tables() -> _Tables:
    raw = _raw()
    titles: dict[str, dict[str, str]] = raw["classes"]
    labels: dict[str, dict[str, str]] = {}
    for region, listed in raw["labels"].items():
        table = labels.setdefault(region, {})
        for label, zoning_class in listed.items():
            if table.setdefault(normalise(label), zoning_class) != zoning_class:
                raise RuleError(f"zoning_labels.yaml: label {label!r} of {region} has two classes.")
    used = {name for table in (*labels.values(), *raw["codes"].values()) for name in table.values()}
    if unknown := sorted(used - titles.keys()):
        raise RuleError(f"zoning_labels.yaml: class {unknown[0]!r} is not in the list of classes.")
    return _Tables(
        titles=titles,
        repairs=raw["repairs"],
        search_words={name: tuple(words) for name, words in raw["search_words"].items()},
        may_stand_beside=frozenset(raw["may_stand_beside"]),
        denials=frozenset(raw["denials"]),
        category_denied_by=tuple(raw["category_denied_by"]),
        codes=raw["codes"],
        labels=labels,
    )


def zoning_classes() -> tuple[str, ...]:
    """All harmonised classes, in the order of the list; `unrecognised` is not one of them."""
    return tuple(_raw()["classes"])


def class_title(zoning_class: str, language: str) -> str:
    """Name of a class in "nl", "fr", "de" or "en"; the class itself where it has no name."""
    return _tables().titles.get(zoning_class, {}).get(language, zoning_class)


def normalise(label: str) -> str:
    """Repair a label and bring it into the form in which labels are compared.

    Doubly encoded characters are restored, quotes made straight, letters lower-cased, spaces collapsed, the
    prefix "art. 8.33:" and the space in "verblijf- recreatie" removed. Applying it twice changes nothing.
    """
    previous = None
    text = label
    while text != previous:
        previous, text = text, _normalise_once(text)
    return text


def _normalise_once(label: str) -> str:
    text = _TWICE_ENCODED.sub(_decode_again, label)
    text = unicodedata.normalize("NFC", text.translate(_STRAIGHT)).lower()
    for fault, repaired in _raw()["repairs"].items():
        text = text.replace(fault, repaired)
    text = " ".join(text.split())
    text = _ARTICLE_PREFIX.sub("", text)
    return _HANGING_SPACE.sub("", text).strip()


def _decode_again(match: re.Match[str]) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return match.group().encode(encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return match.group()


def classify(plan_kind: PlanKind, code: str | None, labels: Iterable[str | None]) -> Classified:
    """Harmonised class of one zone.

    Parameters
    ----------
    plan_kind : "gewestplan", "rup", "bpa", "pds", "pras", "pad", "rruz" or "ppas".
    code : code of the zone (gewestplan `hoofdcode`, RUP `categorie`, PDS `AFFECT`, PRAS `AFFECTATION`).
    labels : names of the zone, its own name first (`svnaam`, `DESCRIPTION`, `NAME_NL`, `NAME_FR`, then
        `legende`, `naam`). Words are searched in the first only; the others count where they are in the list:
        a plan called after caravan sites also holds woods and fields.

    Returns
    -------
    The class with the way it was found. Sector plan: the code decides, an unknown code is unrecognised.
    Elsewhere the label decides; a code alone is read only where its list was seen, and a RUP category stands
    in for an own name that is not in the list unless that name speaks of green, roads or water.

    Raises
    ------
    UsageError
        When `plan_kind` is none of these.
    """
    if plan_kind not in _LISTS:
        raise UsageError(f"Unknown kind of plan: {plan_kind}.", f"Use one of {', '.join(_LISTS)}.")
    texts = [text for text in (normalise(label) for label in labels if label) if text]
    texts = [text for text in texts if not _ARTICLE_ALONE.match(text)]
    key = (code or "").strip().upper()
    own = texts[0] if texts else ""
    if plan_kind == "pds" and key:
        found = _tables().codes["pds"].get(key)
        return Classified(found, own, "code") if found else Classified(UNRECOGNISED, own, "unknown_code")
    known = {text: zoning_class for text in texts if (zoning_class := _lookup(plan_kind, text))}
    if _LISTS[plan_kind][0] == "flanders" and (searched := _by_search_word(own, set(known.values()))):
        return searched
    if len(set(known.values())) > 1:
        return Classified(UNRECOGNISED, own, "labels_disagree")
    if known:
        text, zoning_class = next(iter(known.items()))
        return Classified(zoning_class, text, "label")
    return _by_code(plan_kind, key, own)


def _lookup(plan_kind: str, text: str) -> str:
    return _tables().labels[_LISTS[plan_kind][0]].get(text, "")


def _by_search_word(own: str, known: set[str]) -> Classified | None:
    tables = _tables()
    for zoning_class, words in tables.search_words.items():
        if not any(word in own for word in words):
            continue
        if tables.denials & set(re.findall(r"\w+", own)):
            return Classified(UNRECOGNISED, own, "denied")
        if known - tables.may_stand_beside - {zoning_class}:
            return Classified(UNRECOGNISED, own, "labels_disagree")
        return Classified(zoning_class, own, "label" if own in tables.labels["flanders"] else "search_word")
    return None


def _by_code(plan_kind: str, key: str, own: str) -> Classified:
    tables = _tables()
    found = tables.codes[_LISTS[plan_kind][1]].get(key)
    if not own:
        if found:
            return Classified(found, "", "code")
        return Classified(UNRECOGNISED, "", "unknown_code" if key else "nothing_given")
    denied = any(word in own for word in tables.category_denied_by)
    if found and plan_kind in ("rup", "bpa") and not denied:
        return Classified(found, own, "category")
    return Classified(UNRECOGNISED, own, "unknown_label")
