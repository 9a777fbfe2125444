"""The reader: the process that opens files with GDAL, and nothing else. Run as a script by `sandbox`.

A file is data from outside. Here it meets C code that may crash, loop or eat memory, so this process has a limit of
memory and of time, no network where the system allows that, no core dumps, and no connection to any database.

One request is one line of JSON on standard input. The answer is one line of JSON, an Arrow stream where there are rows,
and a last line that says how it went: nothing that could carry code back.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: pyogrio takes it along where it is there; the reader has no use for it and starts faster without.
_NOT_NEEDED = "geopandas"
#: Rows of one Arrow batch.
_BATCH = 65_536
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
#: Head of an answer, schema of its rows (None = no rows), the rows.
Answer = tuple[dict[str, Any], Any, Iterable[Any]]


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    out = os.fdopen(os.dup(1), "wb")
    # What a library prints must not end up between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _confine()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(int(request["memory"]))
        # Ends the process, also when the parent is no longer there to do it.
        signal.alarm(int(request["seconds"]))
        out.write(_line(_handled(request, out)))
        out.flush()
        signal.alarm(0)


def _handled(request: dict[str, Any], out: Any) -> dict[str, Any]:
    """Write head and rows of an answer; returns the last line."""
    begun = False
    try:
        with _answer(request) as (head, schema, batches):
            out.write(_line(head | {"rows": schema is not None}))
            begun = True
            if schema is not None:
                _send(schema, batches, out)
        last: dict[str, Any] = {}
    except Exception as error:
        last = _told(error)
    if not begun:
        out.write(_line({"rows": False}))
    return last


def _send(schema: Any, batches: Iterable[Any], out: Any) -> None:
    import pyarrow as pa

    with pa.ipc.new_stream(out, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"


def _confine() -> None:
    """Give up what a reader of files has no use for; each step where the system allows it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USER | _NEW_NETWORK)


def _limit(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _told(error: Exception) -> dict[str, Any]:
    """An error as the parent needs it: our own with remedy, that of a driver by its first line."""
    from geodata.errors import StandplaatsError

    if isinstance(error, StandplaatsError):
        return {"error": "input", "message": error.message, "remedy": error.remedy}
    lines = str(error).splitlines()
    if isinstance(error, MemoryError) or any("emory" in line or "bad_alloc" in line for line in lines):
        return {"error": "memory"}
    return {"error": "damaged", "message": lines[0] if lines else "no reason given"}


@contextmanager
def _answer(request: dict[str, Any]) -> Iterator[Answer]:
    path = Path(request["path"])
    with warnings.catch_warnings():
        # Measures along a line (M) are dropped on purpose; GDAL would tell each time.
        warnings.simplefilter("ignore")
        if request["do"] == "layers":
            import pyogrio

            yield {"layers": [str(name) for name, _ in pyogrio.list_layers(path)]}, None, ()
        elif request["do"] == "terrain":
            yield _terrain(path, request["crs"])
        else:
            with _layer(path, request) as answer:
                yield answer


@contextmanager
def _layer(path: Path, request: dict[str, Any]) -> Iterator[Answer]:
    """One layer: attributes as columns, shapes as WKB in the last one where the head says so.

    As GDAL keeps them, which is many times faster, where the parent asks for it; else drawn out and flattened.
    """
    import pyogrio

    name, options = request["layer"], request["options"]
    info = pyogrio.read_info(path, layer=name, **options)
    if info["driver"] != request["driver"]:
        message = f"the file opens as {info['driver']}, not as {request['driver']}."
        raise _RefusedError(message)
    head = {"fields": [str(one) for one in info["fields"]], "features": int(info["features"]), "crs": info["crs"]}
    if request["fast"] and info["geometry_type"]:
        with pyogrio.raw.open_arrow(path, layer=name, batch_size=_BATCH, use_pyarrow=True) as (meta, reader):
            at = reader.schema.names.index(meta["geometry_name"] or "wkb_geometry")
            order = [one for one in range(len(reader.schema)) if one != at] + [at]
            schema = _numbered([reader.schema.field(one).type for one in order])
            yield head | {"geometry": True}, schema, (_in_order(batch, order, schema) for batch in reader)
    else:
        yield _flat(path, name, options, head)


class _RefusedError(Exception):
    """A file that is another than it was taken for."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, "Rename it or export it again."


def _numbered(types: list[Any]) -> Any:
    """Fields may have the same name: the head carries the names, the stream numbers. Times lose their zone."""
    import pyarrow as pa

    plain = [pa.timestamp(one.unit) if pa.types.is_timestamp(one) else one for one in types]
    return pa.schema([(str(at), one) for at, one in enumerate(plain)])


def _in_order(batch: Any, order: list[int], schema: Any) -> Any:
    import pyarrow as pa

    columns = [batch.column(at) for at in order]
    columns = [getattr(one, "storage", one) for one in columns]
    return pa.record_batch(
        [one if one.type == field.type else one.cast(field.type) for one, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _flat(path: Path, name: str, options: dict[str, Any], head: dict[str, Any]) -> Answer:
    import pyarrow as pa
    import pyogrio

    meta, _, wkb, values = pyogrio.raw.read(path, layer=name, force_2d=True, **options)
    columns = [_column(one) for one in values]
    if wkb is not None:
        columns.append(pa.array(wkb, type=pa.binary()))
    head |= {"fields": [str(one) for one in meta["fields"]], "crs": meta["crs"], "geometry": wkb is not None}
    if not columns:
        return head, None, ()
    schema = _numbered([one.type for one in columns])
    return (
        head,
        schema,
        pa.Table.from_arrays([pa.chunked_array([one]) for one in columns], schema=schema).to_batches(
            max_chunksize=_BATCH
        ),
    )


def _column(values: Any) -> Any:
    """A column as Arrow: numbers and dates as they are, all else as text."""
    import pyarrow as pa

    if values.dtype.kind != "O":
        return pa.array(values)
    try:
        return pa.array(values, type=pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(
            [None if one is None else one.hex() if isinstance(one, bytes) else str(one) for one in values],
            type=pa.string(),
        )


def _terrain(path: Path, crs: str | None) -> Answer:
    import pyarrow as pa

    from geodata.ingest.dem import BLOCK_COLUMNS, cut_terrain

    found = cut_terrain(path, crs)
    head = {"cells": found.cells, "known": found.known, "declared": found.crs_declared, "how": found.crs_how}
    table = pa.table([pa.array([row[at] for row in found.blocks]) for at in range(6)], list(BLOCK_COLUMNS))
    return head, table.schema, table.to_batches()


if __name__ == "__main__":
    modules: dict[str, Any] = sys.modules
    modules[_NOT_NEEDED] = None
    # Switches drivers off before the vector reader is loaded.
    importlib.import_module("geodata")
    del modules[_NOT_NEEDED]
    main()
