"""What is wrong with a value of a request, and what is expected, in sentences of ours.

pydantic says it in English and in words of programs (patterns, types). `said(error)` turns each of its errors into a message
that names the parameter, tells what is expected, and what to do; a kind of error that is not known here gets the plainest
sentence, never pydantic's own. Values that were sent are not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from api.parameters import CAPAKEY
from sites.suitability import Message

WHOLE = "{name} takes a whole number."
NUMBER = "{name} takes a number."
TEXT = "{name} takes text."
LIST = "{name} takes a list."
FIELDS = "{name} takes named fields."
BOOLEAN = "{name} takes true or false."
DAY = "{name} takes a day such as 2026-11-23."
ONE_OF = "{name} takes one of: {list}."
SOME_OF = "{name} takes one or more of {list}, separated by commas."
OTHER = "{name} cannot be used as it is given."
ODD = "{name} is not written as it has to be."
MISSING = "{name} is missing."
NO_JSON = "The body of the request is no JSON."
NO_BODY = "The request has no body."
UNKNOWN = "{name} is not known here."

CORRECT = "Correct it and ask again."
ADD = "Add it and ask again."
LEAVE_OUT = "Leave it out and ask again."

#: Kinds of pydantic's errors -> sentence.
PLAIN: dict[str, str] = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float", "int_parsing_size"), WHOLE),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number", "decimal_parsing", "decimal_type"), NUMBER),
    **dict.fromkeys(("bool_parsing", "bool_type"), BOOLEAN),
    **dict.fromkeys(
        ("date_parsing", "date_type", "date_from_datetime_parsing", "date_from_datetime_inexact", "datetime_parsing"), DAY
    ),
    **dict.fromkeys(("string_type", "string_unicode"), TEXT),
    **dict.fromkeys(("list_type", "tuple_type"), LIST),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type"), FIELDS),
    "missing": MISSING,
    "json_invalid": NO_JSON,
    "extra_forbidden": UNKNOWN,
}  # fmt: skip
#: Kinds whose sentence names a limit -> sentence, name of the limit in pydantic's context.
LIMITS: dict[str, tuple[str, str]] = {
    "greater_than_equal": ("{name} must be {limit} or more.", "ge"),
    "greater_than": ("{name} must be more than {limit}.", "gt"),
    "less_than_equal": ("{name} must be at most {limit}.", "le"),
    "less_than": ("{name} must be less than {limit}.", "lt"),
    "string_too_long": ("{name} has at most {limit} characters.", "max_length"),
    "string_too_short": ("{name} has at least {limit} characters.", "min_length"),
    "too_long": ("{name} has at most {limit} entries.", "max_length"),
    "too_short": ("{name} has at least {limit} entries.", "min_length"),
    "decimal_max_digits": ("{name} has at most {limit} digits.", "max_digits"),
    "decimal_whole_digits": ("{name} has at most {limit} digits before the point.", "whole_digits"),
    "decimal_max_places": ("{name} has at most {limit} decimals.", "decimal_places"),
}
#: Patterns of parameters, as they are written in the routes -> what they mean.
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(re.escape("^[0-9]{5}$")), "{name} takes a NIS code of five digits."),
    (
        re.compile(re.escape("^[0-9]{5}(,[0-9]{5})") + ".*"),
        "{name} takes NIS codes of five digits, separated by commas.",
    ),
    (re.compile(re.escape("^[a-z_]+(,[a-z_]+)*$")), "{name} takes words, separated by commas."),
    (re.compile(re.escape(f"^{CAPAKEY}$")), "{name} takes a CAPAKEY such as 24434F0211-00W006."),
    (re.compile(r"\^\(.*\)=\[0-9\].*"), "{name} takes a cost line such as layout=600000."),
    (re.compile(r".*=\(yes\|no\)\$"), "{name} takes a stated fact such as open_all_year=yes."),
)
#: Patterns of several CAPAKEYs (`api.parameters.capakeys`), by what stands between them.
SEVERAL = {
    ",": "{name} takes {least} to {most} CAPAKEYs, separated by commas.",
    "[+]": "{name} takes {least} to {most} CAPAKEYs, joined by +.",
}
_SEVERAL = re.compile(
    re.escape(f"^{CAPAKEY}(") + r"(?P<between>,|\[\+\])" + re.escape(CAPAKEY) + r"\)\{(?P<least>\d+),(?P<most>\d+)\}\$"
)
_CHOICES = re.compile(r"^\^\((?P<words>[a-z_|-]+)\)(?P<more>\(,\((?P=words)\)\)\*)?\$$")
_QUOTED = re.compile(r"'([^']*)'")
_REMEDIES = {"missing": ADD, "extra_forbidden": LEAVE_OUT}
#: Every sentence of this page; a test holds that each is translated.
SENTENCES = frozenset({
    *PLAIN.values(), *(one for one, _ in LIMITS.values()), *(one for _, one in PATTERNS), *SEVERAL.values(),
    ONE_OF, SOME_OF, OTHER, ODD, NO_BODY, CORRECT, ADD, LEAVE_OUT,
})  # fmt: skip


def said(error: Mapping[str, Any]) -> tuple[Message, str]:
    """Sentence and remedy for one of pydantic's errors, as `RequestValidationError.errors()` gives them."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    where = error["loc"][1:]
    if kind == "missing" and not where:
        return Message(NO_BODY), ADD
    message = _message(kind, context)
    name = ".".join(str(one) for one in where) or "body"
    return Message(message.template, {**message.values, "name": name}), _REMEDIES.get(kind, CORRECT)


def _message(kind: str, context: Mapping[str, Any]) -> Message:
    """The sentence, with all its values but the name."""
    if kind in LIMITS:
        template, limit = LIMITS[kind]
        return Message(template, {"limit": _number(context.get(limit))})
    if kind in ("literal_error", "enum"):
        return Message(ONE_OF, {"list": ", ".join(_QUOTED.findall(str(context.get("expected", ""))))})
    if kind == "string_pattern_mismatch":
        return _pattern(str(context.get("pattern", "")))
    return Message(PLAIN.get(kind, OTHER))


def _pattern(pattern: str) -> Message:
    choices = _CHOICES.match(pattern)
    if choices:
        words = ", ".join(choices["words"].split("|"))
        return Message(SOME_OF if choices["more"] else ONE_OF, {"list": words})
    several = _SEVERAL.fullmatch(pattern)
    if several:
        ends = {"least": str(int(several["least"]) + 1), "most": str(int(several["most"]) + 1)}
        return Message(SEVERAL[several["between"]], ends)
    for known, template in PATTERNS:
        if known.fullmatch(pattern):
            return Message(template)
    return Message(ODD)


def _number(value: Any) -> str:
    """A limit as a reader writes it: 1000000, not 1000000.0."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
