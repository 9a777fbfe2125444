"""Raw answers on disk: bytes that never change once they are there, with their sha256 and headers beside them.

    FOLDER/HOST/KEY.json               what the last good answer to a request was
    FOLDER/HOST/KEY/SHA/NAME           its bytes; those of earlier answers stay until the cache is emptied
    FOLDER/HOST/KEY.part, .part.json   a download under way, and what it belongs to

KEY names the request, SHA the content. A file is written under another name, then renamed: what is there is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Headers kept: those that identify a state, and what the body is.
KEPT_HEADERS = ("etag", "last-modified", "content-type", "content-crs", "date", "content-disposition")


@dataclass(frozen=True)
class Entry:
    """One kept answer; `headers` in lower case."""

    path: Path
    sha256: str
    url: str
    fetched: datetime
    headers: dict[str, str]
    features: int | None = None


class Cache:
    """The folder of raw answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str, url: str) -> Entry | None:
        """The kept answer to a request, if its bytes are still what they were."""
        try:
            told = json.loads(self._card(key, url).read_text(encoding="utf-8"))
            path = self._card(key, url).parent / told["file"]
            entry = Entry(
                path=path,
                sha256=told["sha256"],
                url=told["url"],
                fetched=datetime.fromisoformat(told["fetched"]),
                headers=dict(told["headers"]),
                features=told.get("features"),
            )
            whole = path.stat().st_size == told["bytes"] and sha256_of(path) == entry.sha256
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return entry if whole else None

    def keep(
        self,
        key: str,
        url: str,
        temporary: Path,
        name: str,
        headers: dict[str, str],
        *,
        fetched: datetime | None = None,
        features: int | None = None,
        parts: list[dict[str, str]] | None = None,
    ) -> Entry:
        """Move a finished file into its place and write its card.

        Parameters
        ----------
        parts : of a merged file, the answers it was made of: their url and sha256.
        """
        sha256 = sha256_of(temporary)
        card = self._card(key, url)
        place = card.with_suffix("") / sha256[:16] / safe_name(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        size = temporary.stat().st_size
        _settle(temporary)
        os.replace(temporary, place)
        entry = Entry(place, sha256, url, fetched or datetime.now(UTC), headers, features)
        told: dict[str, Any] = {
            "url": url,
            "file": str(place.relative_to(card.parent)),
            "sha256": sha256,
            "bytes": size,
            "fetched": entry.fetched.isoformat(),
            "headers": headers,
            "features": features,
        }
        if parts is not None:
            told["parts"] = parts
        self.write_json(card, told)
        return entry

    def temporary(self, url: str) -> Path:
        """A new name for a file that is being written."""
        folder = self._folder_of(url)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f".{secrets.token_hex(8)}.tmp"

    def part(self, key: str, url: str) -> Path:
        """Where a download of a request grows; it is found again by the next run."""
        folder = self._folder_of(url)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{key[:24]}.part"

    def write_json(self, path: Path, told: dict[str, Any]) -> None:
        """Write a card at once."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
        beside.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        _settle(beside)
        os.replace(beside, path)

    def _card(self, key: str, url: str) -> Path:
        return self._folder_of(url) / f"{key[:24]}.json"

    def _folder_of(self, url: str) -> Path:
        return self.folder / safe_name(urlsplit(url).netloc or "local")


def request_key(url: str, accept: str | None) -> str:
    """Name of a request: the same words asked again give the same name."""
    return hashlib.sha256(f"GET {url}\n{accept or ''}".encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def safe_name(name: str) -> str:
    """A name without folders or odd signs, at most 100 long, that never begins with a dot; its ending stays."""
    clean = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._") or "answer"
    return clean if len(clean) <= 100 else clean[:60] + "_" + clean[-39:]


def _settle(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
