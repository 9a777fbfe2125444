"""One transfer: the headers that ask for it, the bytes as they come, and the resume of one that was cut."""

from __future__ import annotations

import json
import re
import ssl
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from geodata.errors import UsageError
from geodata.sources.clients.cache import KEPT_HEADERS, Cache, Entry, sha256_of
from geodata.sources.clients.common import ChecksumError, FetchError, Progress, ServerError, TruncatedError
from geodata.sources.clients.politeness import Budget

MAX_REDIRECTS = 5
#: What to do about a server that fails.
GENTLY = "Try again later; the version loaded before stays."
#: So much of an error page is read and looked at.
_DETAIL = 1 << 16


@dataclass(frozen=True)
class Asked:
    """One request under its real address; `name` is None where the answer itself decides it."""

    url: str
    key: str
    name: str | None
    accept: str | None
    max_bytes: int
    resumable: bool = False
    sha256: str | None = None
    progress: Progress | None = None


class Held:
    """What the cache holds for a request: a whole answer, or the beginning of one."""

    def __init__(self, asked: Asked, cache: Cache) -> None:
        self._asked, self._cache = asked, cache
        self.entry: Entry | None = cache.find(asked.key, asked.url)
        if self.entry is not None and asked.sha256 not in (None, self.entry.sha256):
            self.entry = None
        self._part = cache.part(asked.key, asked.url)
        self._card = self._part.with_name(self._part.name + ".json")
        self.validator = self._validator() if asked.resumable else None

    def request_headers(self) -> dict[str, str]:
        """Headers that ask only for what is not here yet."""
        headers = {"Accept": self._asked.accept} if self._asked.accept else {}
        if self._asked.resumable:
            # A range counts bytes as they lie on the server, not as they are packed for the way.
            headers["Accept-Encoding"] = "identity"
        if self.begun:
            headers["Range"] = f"bytes={self.begun}-"
            if self.validator:
                headers["If-Range"] = self.validator
        elif self.entry is not None:
            if etag := self.entry.headers.get("etag"):
                headers["If-None-Match"] = etag
            if changed := self.entry.headers.get("last-modified"):
                headers["If-Modified-Since"] = changed
        return headers

    @property
    def begun(self) -> int:
        """Bytes of a cut download that may be gone on with."""
        resumable = self._asked.resumable and (self.validator or self._asked.sha256)
        return self._part.stat().st_size if resumable and self._part.exists() else 0

    def open_for(self, response: httpx2.Response) -> tuple[Path, int]:
        """The file to write to, and how many bytes of it stay."""
        if not self._asked.resumable:
            return self._cache.temporary(self._asked.url), 0
        kept = self.begun if response.status_code == 206 else 0
        if response.status_code == 206 and not _begins_at(response.headers.get("content-range", ""), kept):
            self.forget()
            raise TruncatedError("the server sent another part than was asked.", GENTLY, url=self._asked.url)
        if kept == 0:
            self.forget()
            self._cache.write_json(self._card, {"url": self._asked.url, "validator": _strong(response)})
        return self._part, kept

    def forget(self) -> None:
        """Drop a download that is finished or cannot be gone on with."""
        if self._asked.resumable:
            self._part.unlink(missing_ok=True)
            self._card.unlink(missing_ok=True)

    def _validator(self) -> str | None:
        try:
            told = json.loads(self._card.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        value = told.get("validator") if isinstance(told, dict) and told.get("url") == self._asked.url else None
        return value if isinstance(value, str) else None


def receive(asked: Asked, held: Held, response: httpx2.Response, budget: Budget) -> Path:
    """Write the body to a file, whole.

    Raises
    ------
    TruncatedError, ChecksumError, BudgetError
        What came of a resumable download stays for the next attempt, unless its checksum is wrong.
    """
    path, kept = held.open_for(response)
    done, total = kept, _length(response, kept)
    try:
        with path.open("ab" if kept else "wb") as stream:
            for chunk in response.iter_bytes():
                stream.write(chunk)
                done += len(chunk)
                if done > asked.max_bytes:
                    held.forget()
                    raise FetchError(f"the answer is longer than {asked.max_bytes / 1e6:.0f} MB.", url=asked.url)
                budget.check(asked.url)
                if asked.progress is not None:
                    asked.progress(done, total, "bytes")
        if total is not None and done != total:
            raise TruncatedError(f"{done} of {total} bytes came.", GENTLY, url=asked.url)
        if asked.sha256 is not None and (found := sha256_of(path)) != asked.sha256:
            held.forget()
            raise ChecksumError(
                f"the file has sha256 {found[:16]}…, not {asked.sha256[:16]}….",
                "Ask the provider for the checksum of the present file; nothing was kept.",
                url=asked.url,
            )
    except BaseException:
        if not asked.resumable:
            path.unlink(missing_ok=True)
        raise
    return path


def headers_of(response: httpx2.Response) -> dict[str, str]:
    """The headers worth keeping, names in lower case."""
    return {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}


def refusal(url: str, response: httpx2.Response, wait: float | None) -> ServerError:
    """The error of a status that is no answer; `detail` is the beginning of what the server said."""
    said = bytearray()
    for chunk in response.iter_bytes():
        said += chunk
        if len(said) >= _DETAIL:
            break
    text = said[:_DETAIL].decode("utf-8", errors="replace")
    words = " ".join(re.sub(r"<[^>]*>", " ", text).split())[:160]
    status = response.status_code
    error = ServerError(
        f"the server answered {status}" + (f" ({words})." if words else "."),
        GENTLY if status >= 500 or status == 429 else "The address or the request may have changed at the provider.",
        url=url,
        status=status,
    )
    error.detail, error.wait = text, wait
    return error


def client_for(*, timeout: float, base: str | None, ca: Path | None, proxy: str | None) -> httpx2.Client:
    """The HTTP client; proxy and certificates as set, else as the environment says.

    Raises
    ------
    UsageError
        When the file of certificates cannot be used.
    """
    near = base is not None and urlsplit(base).hostname in ("127.0.0.1", "localhost", "::1")
    verify = httpx2.create_ssl_context(trust_env=not near)
    if ca is not None:
        try:
            verify.load_verify_locations(cafile=str(ca))
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"{ca} is no file of certificates ({error}).", "Name a PEM file.") from None
    return httpx2.Client(
        timeout=timeout,
        verify=verify,
        proxy=proxy,
        # A mirror on this machine is not reached through a proxy.
        trust_env=not near,
        headers={"User-Agent": f"standplaats/{_version()}", "Accept": "*/*"},
    )


def _version() -> str:
    try:
        return version("standplaats")
    except PackageNotFoundError:
        return "0"


def _strong(response: httpx2.Response) -> str | None:
    """What proves on a later day that the file is still the same: a strong ETag, else the date of change."""
    etag = response.headers.get("etag")
    if etag and not etag.startswith("W/"):
        return str(etag)
    changed = response.headers.get("last-modified")
    return str(changed) if changed else None


def _begins_at(content_range: str, start: int) -> bool:
    found = re.match(r"bytes (\d+)-", content_range)
    return found is not None and int(found.group(1)) == start


def _length(response: httpx2.Response, kept: int) -> int | None:
    """Bytes of the whole file; unknown for packed or chunked answers, which tell their own end."""
    announced = response.headers.get("content-length", "")
    if response.headers.get("content-encoding", "identity") != "identity" or not announced.isdigit():
        return None
    return kept + int(announced)
