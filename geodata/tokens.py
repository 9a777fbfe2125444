"""Page tokens: opaque, signed, and good for one list only.

Contract
- A token holds where a page starts and is signed with a key of this installation, so that none can be made or changed by
  others. It carries a digest of the list it was made for (run or data, filters, order); with any other list it is refused.
- The key is `STANDPLAATS_SECRET`, else a file of the data folder that is made once, readable by its owner alone. Several
  machines behind one address need the setting; the workers of one machine share the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from geodata.errors import StandplaatsError, UsageError
from geodata.settings import Settings

#: Letters of the longest token that is read at all.
LONGEST = 400
_FILE = "page-tokens.key"


class PageTokenError(UsageError):
    """A page token that was not made here, was changed since, or was made for another list."""

    def __init__(self) -> None:
        super().__init__(
            "This page token does not belong to this list.", "Start again from the first page, without a token."
        )


class Pages:
    """Makes and reads page tokens.

    Parameters
    ----------
    key : gives the secret of the installation; asked for with the first token.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    @cached_property
    def _signed(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._key(), salt="page", signer_kwargs={"digest_method": hashlib.sha256})

    def prepare(self) -> None:
        """Get the key now, so that a service that cannot have one does not start.

        Raises
        ------
        StandplaatsError
            When it can neither be read nor made.
        """
        self.make("", [])

    def make(self, listed: Any, position: Sequence[Any]) -> str:
        """Token of the page that starts after a position.

        Parameters
        ----------
        listed : whatever tells this list from every other; JSON.
        position : the last row of the page before; JSON.
        """
        return str(self._signed.dumps([_digest(listed), *position]))

    def read(self, listed: Any, token: str) -> list[Any]:
        """The position a token holds.

        Raises
        ------
        PageTokenError
            When it was not made with this key, or for another list.
        """
        if len(token) > LONGEST:
            raise PageTokenError
        try:
            digest, *position = self._signed.loads(token)
        except (BadData, TypeError, ValueError):
            raise PageTokenError from None
        if digest != _digest(listed):
            raise PageTokenError
        return list(position)

    def number(self, listed: Any, token: str | None) -> int:
        """The position of a list that is counted through; 0 without a token."""
        if token is None:
            return 0
        position = self.read(listed, token)
        if len(position) != 1 or not isinstance(position[0], int):
            raise PageTokenError
        return position[0]


_PASSING_KEY = secrets.token_bytes(32)
#: Tokens of work that ends with this process, such as a script.
PASSING = Pages(lambda: _PASSING_KEY)


def pages_of(settings: Settings) -> Pages:
    """The tokens of an installation."""
    given = settings.secret
    if given is not None:
        return Pages(lambda: given.get_secret_value().encode())
    return Pages(lambda: _kept(settings.home / _FILE))


@cache
def _kept(path: Path) -> bytes:
    """The key in the data folder; processes that start at once agree on one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            own = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            try:
                with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                    stream.write(secrets.token_hex(32).encode())
                with suppress(FileExistsError):  # another process was first: its key counts
                    os.link(own, path)
            finally:
                own.unlink(missing_ok=True)
        return path.read_bytes()
    except OSError as error:
        raise StandplaatsError(
            f"The key of page tokens cannot be kept ({error.strerror}).",
            "Let the program write to its data folder, or set STANDPLAATS_SECRET.",
        ) from None


def _digest(listed: Any) -> str:
    told = json.dumps(listed, sort_keys=True, default=str).encode()
    return hashlib.blake2b(told, digest_size=9).hexdigest()
