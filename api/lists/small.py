"""Pages of lists that are made whole: by their order, which does not change between pages of one state of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.lists.answer import Asked, Page, page_of
from geodata.database.counting import Count
from sites.suitability import Message


def small_page(
    asked: Asked, listed: Any, document: Mapping[str, Any], filters: Sequence[Message | str], limit: int | None
) -> Page:
    """One page of a list whose document holds all its rows.

    Parameters
    ----------
    listed : what tells the list from every other; JSON.
    limit : rows of a page; None = all that are left.
    """
    rows = document["items"]
    after = asked.pages.number(listed, asked.token)
    end = len(rows) if limit is None else after + limit
    page = page_of({**document, "items": rows[after:end]}, count=Count(len(rows), "exact"), filters=filters)
    return replace(page, following=asked.pages.make(listed, [end]) if end < len(rows) else None)
