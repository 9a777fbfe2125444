"""Polite, whole and repeatable requests: what every client asks through.

A request is answered from the cache when the server says it has not changed, is repeated with growing pauses when
the server or the line fails, and is refused when the answer is not whole. Nothing enters the cache that its reader
did not accept. The host in messages and in the cache is always the real one, also where `base` sends the request
to a mirror.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

from geodata.sources.clients.cache import Cache, Entry, request_key
from geodata.sources.clients.common import (
    FetchError,
    NoAnswerError,
    Payload,
    Progress,
    ProtocolError,
    ServerError,
    TruncatedError,
)
from geodata.sources.clients.politeness import Budget, Pace, pause_before, retry_after
from geodata.sources.clients.transfer import (
    GENTLY,
    MAX_REDIRECTS,
    Asked,
    Held,
    client_for,
    headers_of,
    receive,
    refusal,
)

Read = TypeVar("Read")

#: An answer of a service that is longer than this is refused; downloads have a limit of their own.
MAX_ANSWER = 1 << 30
#: After a host let all attempts pass without a word, further requests to it get this many.
ATTEMPTS_AFTER_SILENCE = 2

Params = Sequence[tuple[str, str | int | float]]


@dataclass(frozen=True)
class Reply:
    """One good answer: `path` is its body in the cache, `headers` are in lower case."""

    path: Path
    sha256: str
    url: str
    headers: dict[str, str]
    entry: Entry
    not_modified: bool

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content(self) -> bytes:
        """The body."""
        return self.path.read_bytes()

    def payload(self, media_type: str | None = None, features: int | None = None) -> Payload:
        """The body as a raw file for the ingestion."""
        kind = media_type or self.media_type or "application/octet-stream"
        return Payload(self.path, self.sha256, self.url, self.entry.fetched, kind, features, self.not_modified)


class Session:
    """One run of fetching; use it in a `with`.

    Parameters
    ----------
    cache : folder of the raw answers.
    rate : requests a second per host, at most.
    attempts : how often one request is tried.
    timeout : seconds without a byte after which an attempt is given up.
    budget : seconds the whole run may take.
    base : when set, https://HOST/PATH is asked as BASE/HOST/PATH.
    ca : file of further trusted certificates (PEM).
    proxy : address of the outbound proxy; without it the proxy settings of the environment hold.
    sleep, clock, jitter : time and chance, to be replaced in tests.
    """

    def __init__(
        self,
        *,
        cache: Path,
        rate: float = 5.0,
        attempts: int = 5,
        timeout: float = 30.0,
        budget: float = 1800.0,
        base: str | None = None,
        ca: Path | None = None,
        proxy: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.cache = Cache(cache)
        self.requests = 0
        self._base = base.rstrip("/") if base else None
        self._attempts = max(1, attempts)
        self._sleep, self._jitter = sleep, jitter
        self._pace = Pace(rate, clock)
        self._budget = Budget(budget, clock)
        self._silent: set[str] = set()
        self._client = client_for(timeout=timeout, base=self._base, ca=ca, proxy=proxy)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._client.close()

    def ask(
        self,
        url: str,
        params: Params = (),
        *,
        read: Callable[[Path, dict[str, str]], Read],
        name: str = "answer",
        accept: str | None = None,
        max_bytes: int = MAX_ANSWER,
        attempts: int | None = None,
    ) -> tuple[Reply, Read]:
        """One answer of a service and what `read` makes of it.

        Parameters
        ----------
        read : gets the body's file and the headers; raises a FetchError for what is no answer. A
            TruncatedError or a ServerError with status 500 or more makes the request be tried again.
        name : of the file in the cache.

        Raises
        ------
        FetchError
            A subclass for the cause.
        """
        whole = with_params(url, params)
        asked = Asked(whole, request_key(whole, accept), name, accept, max_bytes)
        return self._try(asked, read, attempts or self._attempts)

    def download(
        self,
        url: str,
        *,
        sha256: str | None = None,
        max_bytes: int,
        name: Callable[[Path, dict[str, str]], str],
        progress: Progress | None = None,
    ) -> Reply:
        """A large file; what came before a cut is kept and resumed, in this run or a later one.

        Parameters
        ----------
        name : checks the finished file and gives it its name; raises a FetchError when it is not what was asked.

        Raises
        ------
        FetchError
            A subclass for the cause; ChecksumError when the bytes are not those `sha256` names.
        """
        asked = Asked(url, request_key(url, None), None, None, max_bytes, True, sha256, progress)
        return self._try(asked, name, self._attempts)[0]

    def keep_merged(
        self,
        name: str,
        write: Callable[[Path], None],
        replies: Sequence[Reply],
        *,
        media_type: str,
        features: int | None,
    ) -> Payload:
        """One file made of several answers, kept beside them; its bytes depend on the answers alone."""
        first = replies[0]
        temporary = self.cache.temporary(first.url)
        try:
            write(temporary)
            entry = self.cache.keep(
                request_key("merged " + first.url, name),
                first.url,
                temporary,
                name,
                {"content-type": media_type},
                fetched=max(one.entry.fetched for one in replies),
                features=features,
                parts=[{"url": one.url, "sha256": one.sha256} for one in replies],
            )
        finally:
            temporary.unlink(missing_ok=True)
        unchanged = all(one.not_modified for one in replies)
        return Payload(entry.path, entry.sha256, first.url, entry.fetched, media_type, features, unchanged)

    def real(self, url: str) -> str:
        """The address at the source itself of one that a mirror gave out."""
        if self._base and url.startswith(self._base + "/"):
            return "https://" + url[len(self._base) + 1 :]
        return url

    def _try(self, asked: Asked, read: Callable[[Path, dict[str, str]], Read], attempts: int) -> tuple[Reply, Read]:
        host = urlsplit(asked.url).netloc
        if host in self._silent:
            attempts = min(attempts, ATTEMPTS_AFTER_SILENCE)
        for attempt in range(1, attempts + 1):
            try:
                got = self._once(asked, read)
            except FetchError as error:
                error.locate(asked.url)
                if attempt == attempts or not _passing(error):
                    if _is_silence(error):
                        self._silent.add(host)
                    raise
                self._rest(asked.url, host, attempt, error)
            else:
                self._silent.discard(host)
                return got
        raise AssertionError("the last attempt returns or raises")

    def _rest(self, url: str, host: str, attempt: int, error: FetchError) -> None:
        """Pause before the next attempt, as long as the server asks for or ours has grown."""
        wanted = getattr(error, "wait", None)
        pause = max(wanted or 0.0, pause_before(attempt + 1, self._jitter()))
        self._budget.check(url, pause)
        if wanted:
            self._pace.hold(host, wanted)
        self._sleep(pause)

    def _once(self, asked: Asked, read: Callable[[Path, dict[str, str]], Read]) -> tuple[Reply, Read]:
        held = Held(asked, self.cache)
        url = asked.url
        try:
            for _ in range(MAX_REDIRECTS + 1):
                self._wait(url)
                with self._client.stream("GET", self._addressed(url), headers=held.request_headers()) as response:
                    if response.status_code in (301, 302, 303, 307, 308):
                        url = self._redirected(url, response)
                        continue
                    return self._accept(asked, held, response, read)
        except httpx2.TimeoutException as error:
            raise NoAnswerError("the server did not answer in time.", GENTLY, url=asked.url) from error
        except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
            raise TruncatedError(f"the answer broke off ({error}).", GENTLY, url=asked.url) from error
        except httpx2.DecodingError as error:
            raise TruncatedError(f"the answer cannot be unpacked ({error}).", GENTLY, url=asked.url) from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise ServerError(f"no connection ({error}).", GENTLY, url=asked.url) from error
        raise ProtocolError(f"the address leads on more than {MAX_REDIRECTS} times.", url=asked.url)

    def _accept(
        self,
        asked: Asked,
        held: Held,
        response: httpx2.Response,
        read: Callable[[Path, dict[str, str]], Read],
    ) -> tuple[Reply, Read]:
        if response.status_code == 304 and held.entry is not None:
            entry = held.entry
            value = read(entry.path, entry.headers)
            return Reply(entry.path, entry.sha256, asked.url, entry.headers, entry, True), value
        if response.status_code == 416 and asked.resumable:
            held.forget()
            raise TruncatedError("the beginning that is kept is of another file; it is fetched anew.", url=asked.url)
        if response.status_code not in (200, 206):
            raise refusal(asked.url, response, retry_after(response.headers.get("retry-after")))
        body = receive(asked, held, response, self._budget)
        try:
            headers = headers_of(response)
            value = read(body, headers)
            entry = self.cache.keep(asked.key, asked.url, body, asked.name or str(value), headers)
        finally:
            held.forget()
            body.unlink(missing_ok=True)
        return Reply(entry.path, entry.sha256, asked.url, headers, entry, False), value

    def _wait(self, url: str) -> None:
        self._budget.check(url)
        pause = self._pace.wait_for(urlsplit(url).netloc)
        if pause > 0:
            self._budget.check(url, pause)
            self._sleep(pause)
        self.requests += 1

    def _addressed(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._base}/{parts.netloc}{parts.path}{query}"

    def _redirected(self, url: str, response: httpx2.Response) -> str:
        place = self.real(urljoin(self._addressed(url), response.headers.get("location", "")))
        if urlsplit(place).scheme not in ("http", "https") or (url.startswith("https:") and place.startswith("http:")):
            raise ProtocolError(f"the address leads to {place}, which is not safe to follow.", url=url)
        return place


def with_params(url: str, params: Params) -> str:
    """An address with parameters added to those it has; floats are written in full."""
    if not params:
        return url
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + joint + urlencode([(name, _plain(value)) for name, value in params])


def _plain(value: str | int | float) -> str:
    return format(value, ".10g") if isinstance(value, float) else str(value)


def _passing(error: FetchError) -> bool:
    """May the same request succeed a moment later?"""
    if isinstance(error, ServerError):
        return error.status is None or error.status >= 500 or error.status in (408, 425, 429)
    return isinstance(error, (TruncatedError, NoAnswerError))


def _is_silence(error: FetchError) -> bool:
    return isinstance(error, NoAnswerError) or (isinstance(error, ServerError) and error.status is None)
