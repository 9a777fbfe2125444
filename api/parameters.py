"""Parameters that several routes share: each takes only what its description says, so that nobody has to guess.

What does not fit is refused with 400 before a handler sees it; `api.invalid` has the sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sites.candidates.query import VERDICTS
from sites.law.model import LAW_REGIONS
from sites.suitability.titles import OWNERS

_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
#: A CAPAKEY as it stands in an address; in a query its slash may stay.
CAPAKEY = "[0-9]{5}[A-Za-z][0-9]{4}[/-][0-9]{2}[A-Za-z_][0-9]{3}"


def _written_as_a_day(value: Any) -> Any:
    """pydantic also takes seconds since 1970 and times for days."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _DAY.match(value)):
        raise PydanticCustomError("date_parsing", "no day")
    return value


def one_or_more(words: Iterable[str]) -> str:
    """Pattern of words of a list, separated by commas."""
    one = "|".join(words)
    return f"^({one})(,({one}))*$"


def capakeys(least: int, most: int, between: str = ",") -> str:
    """Pattern of so many CAPAKEYs."""
    return f"^{CAPAKEY}({between}{CAPAKEY}){{{least - 1},{most - 1}}}$"


#: Euros of a query, without sign, at most two decimals.
Amount = Annotated[
    Decimal,
    Field(ge=0, lt=10**12, max_digits=14, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$", "examples": ["600000.00"]}),
]
#: A day, written 2026-11-23.
Day = Annotated[date, BeforeValidator(_written_as_a_day)]
CapakeyPath = Annotated[
    str,
    Path(pattern=f"^{CAPAKEY}$", description="CAPAKEY, with `-` for `/`.", examples=["99001A0001-00A000"]),
]
VerdictWords = Annotated[
    str | None,
    Query(pattern=one_or_more(VERDICTS), description="Verdicts, separated by commas.", examples=["compatible"]),
]
OwnerWords = Annotated[
    str | None,
    Query(pattern=one_or_more(OWNERS), description="Classes of owner, separated by commas.", examples=["municipality"]),
]
#: Region whose law is meant.
LawRegionQuery = Annotated[
    str | None,
    Query(pattern=f"^({'|'.join(LAW_REGIONS)})$", examples=["flanders"], description="Region whose law is meant."),
]
