"""Pages of lists that are made whole: by their order, which does not change between pages of one state of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geodata.database.counting import Count
from geodata.tokens import Pages


def part(
    pages: Pages, listed: Any, rows: Sequence[Any], token: str | None, limit: int | None
) -> tuple[Sequence[Any], Count, str | None]:
    """Rows of one page, how many there are in all, and the token of the next page.

    Parameters
    ----------
    listed : what tells the list from every other.
    limit : rows of a page; None = all that are left.
    """
    after = pages.number(listed, token)
    end = len(rows) if limit is None else after + limit
    following = pages.make(listed, [end]) if end < len(rows) else None
    return rows[after:end], Count(len(rows), "exact"), following
