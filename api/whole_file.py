"""A file that appears whole or not at all: written beside its place, moved there at the end, gone where that fails."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from geodata.errors import StandplaatsError


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A stream whose content takes the place of `path` when the block ends well.

    Raises
    ------
    StandplaatsError
        When it cannot be written there; a file that stood there is kept.
    """
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(descriptor, "wb") as stream:
                yield stream
            # mkstemp makes the file private; these are made to be passed on.
            os.chmod(beside, 0o644)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise StandplaatsError(
            f"{path} cannot be written: {error.strerror}.", "Choose a folder you may write to."
        ) from None
