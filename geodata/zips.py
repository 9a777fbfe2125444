"""What the standard library raises on a zip that is damaged, cut off, locked or of an unknown method."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

#: There is no one class for it, and a stranger's archive can reach each of these.
DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)
