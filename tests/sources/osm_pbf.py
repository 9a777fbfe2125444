"""A writer of small OpenStreetMap files (.osm.pbf), for tests: nodes and closed or open ways with tags."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

Tags = dict[str, str]


@dataclass
class OsmWriter:
    """Collects points and ways in lon/lat, and writes them as one file."""

    nodes: list[tuple[int, float, float, Tags]] = field(default_factory=list)
    ways: list[tuple[int, list[int], Tags]] = field(default_factory=list)

    def point(self, lon: float, lat: float, tags: Tags) -> int:
        """Add a node; returns its number."""
        self.nodes.append((len(self.nodes) + 1, lon, lat, tags))
        return len(self.nodes)

    def way(self, places: list[tuple[float, float]], tags: Tags) -> None:
        """Add a way; it is closed where the first place comes again as the last."""
        closed = places[0] == places[-1]
        refs = [self.point(lon, lat, {}) for lon, lat in (places[:-1] if closed else places)]
        self.ways.append((len(self.ways) + 1, [*refs, refs[0]] if closed else refs, tags))

    def write(self, path: Path) -> None:
        """Write the file."""
        header = _bytes(4, b"OsmSchema-V0.6")
        path.write_bytes(_blob(b"OSMHeader", header) + _blob(b"OSMData", self._block()))

    def _block(self) -> bytes:
        words: dict[str, int] = {"": 0}

        def number(word: str) -> int:
            return words.setdefault(word, len(words))

        def tags(given: Tags) -> bytes:
            keys = b"".join(_varint(number(key)) for key in given)
            values = b"".join(_varint(number(value)) for value in given.values())
            return _bytes(2, keys) + _bytes(3, values) if given else b""

        nodes = b"".join(
            _bytes(
                1,
                _int(1, _zigzag(n))
                + tags(given)
                + _int(8, _zigzag(round(lat * 1e7)))
                + _int(9, _zigzag(round(lon * 1e7))),
            )
            for n, lon, lat, given in self.nodes
        )
        ways = b""
        for n, refs, given in self.ways:
            steps = [ref - before for before, ref in zip([0, *refs], refs, strict=False)]
            packed = b"".join(_varint(_zigzag(step)) for step in steps)
            ways += _bytes(3, _int(1, n) + tags(given) + _bytes(8, packed))
        table = b"".join(_bytes(1, word.encode()) for word in words)
        return _bytes(1, table) + _bytes(2, nodes) + (_bytes(2, ways) if ways else b"")


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _int(2, len(content)) + _bytes(3, zlib.compress(content))
    header = _bytes(1, kind) + _int(3, len(blob))
    return len(header).to_bytes(4, "big") + header + blob


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _int(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _bytes(field_number: int, content: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(content)) + content
