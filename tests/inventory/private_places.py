"""Words that no text of the program may hold: streets and places of private, unclear or tolerated land."""

from __future__ import annotations

import re

#: Streets and places of the sources; addresses of pages, which name what they name, are left out of the search.
STREETS = (
    "Geenhorn", "Bergensesteenweg", "Boonzak", "Ourodenberg", "AAR_WOO", "Goujons", "rue Dante", "Fort de Battice",
    "Vance", "Heembeek",
)  # fmt: skip
#: The plan of such a place too: an act by its name in the law, and no word of the inventory.
PRIVATE = (*STREETS, "Rodebeek")


def named(text: str, words: tuple[str, ...]) -> list[str]:
    """Which of the words the text holds outside addresses of pages."""
    bare = re.sub(r"https?://[^\s\"<>)]+", "", text)
    return [word for word in words if re.search(rf"\b{word}", bare, re.IGNORECASE)]
