"""Base maps of others that an operator may offer on the page; none unless a setting gives its address.

Contract: pure. The page asks another host only for a base map that the operator configured and the planner chose. The
addresses are the operator's to give: the services change them, and each has terms of use to agree to. An address is a
template of square tiles in EPSG:3857, `{z}/{x}/{y}` or `{bbox-epsg-3857}` (WMS, 256 pixels), over https; plain http only to
this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class BaseMap:
    """One base map.

    Attributes
    ----------
    title : by language.
    attribution : line that has to stand with the map.
    address : template of its tiles.
    """

    name: str
    title: dict[str, str]
    attribution: str
    address: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a content policy names them."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """Who is asked, for people."""
        return urlsplit(self.address).hostname or ""

    def document(self) -> dict[str, object]:
        """As the page reads it."""
        return {
            "name": self.name,
            "title": self.title,
            "attribution": self.attribution,
            "address": self.address,
            "host": self.host,
        }


def _ortho(nl: str, fr: str, de: str, en: str) -> dict[str, str]:
    return {
        "nl": f"Luchtfoto's {nl}",
        "fr": f"Orthophotos {fr}",
        "de": f"Luftbilder {de}",
        "en": f"Orthophotos of {en}",
    }


#: Name -> title and attribution. Providers as the catalogue of sources names them.
OFFERED: dict[str, tuple[dict[str, str], str]] = {
    "ngi-cartoweb": (dict.fromkeys(("nl", "fr", "de", "en"), "Cartoweb (NGI/IGN)"), "© NGI/IGN"),
    "ortho-flanders": (_ortho("Vlaanderen", "Flandre", "Flandern", "Flanders"), "Digitaal Vlaanderen"),
    "ortho-wallonia": (_ortho("Wallonië", "Wallonie", "Wallonien", "Wallonia"), "SPW"),
    "ortho-brussels": (_ortho("Brussel", "Bruxelles", "Brüssel", "Brussels"), "Paradigm"),
    "osm": (dict.fromkeys(("nl", "fr", "de", "en"), "OpenStreetMap"), "© OpenStreetMap contributors, ODbL"),
}
#: Nothing that could end a header or a policy and begin another.
_ADDRESS = re.compile(r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?/[A-Za-z0-9._~:/?&=%{},+@!$()*-]*$")
_HERE = ("127.0.0.1", "localhost")


def base_maps(text: str) -> tuple[BaseMap, ...]:
    """Base maps of a setting: `NAME=ADDRESS`, separated by blanks.

    Raises
    ------
    ValueError
        When a name is not offered or given twice, or an address is none of tiles.
    """
    found: dict[str, BaseMap] = {}
    for one in text.split():
        name, _, address = one.partition("=")
        if name not in OFFERED or name in found:
            raise ValueError(f"{name} is no base map, or named twice; use {', '.join(OFFERED)}, each with =ADDRESS.")
        title, attribution = OFFERED[name]
        chosen = BaseMap(name, title, attribution, address)
        tiles = all(part in address for part in ("{z}", "{x}", "{y}")) or "{bbox-epsg-3857}" in address
        safe = _ADDRESS.match(address) and (address.startswith("https://") or chosen.host in _HERE)
        if not safe or not tiles:
            raise ValueError(
                f"The address of {name} has to be https://... with {{z}}, {{x}}, {{y}} or {{bbox-epsg-3857}}."
            )
        found[name] = chosen
    return tuple(found.values())
