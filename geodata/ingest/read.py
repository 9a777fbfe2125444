"""Read the layers of a file that was recognised: vector layers in the reader process, tables as text here."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.ingest.as_read import Bytes, DifferentError, Known, Recognised, Sums, compiled_here, found_in, row_sums
from geodata.ingest.formats import damaged, file_format
from geodata.ingest.sandbox import ask
from geodata.ingest.sheets import read_sheets
from geodata.measure.inputs import GeometryArray

_DRIVER = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "geojson": "GeoJSON", "gml": "GML", "osm": "OSM"}
#: A schema is never fetched, and no helper file is written beside the source.
_OPTIONS: dict[str, dict[str, Any]] = {"gml": {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}}


@dataclass(frozen=True)
class RawLayer:
    """One layer as read.

    Attributes
    ----------
    name : name of the layer, or of the file.
    rows : attributes, one row per feature, shape (n, fields).
    geometry : shapes, shape (n,), None where a row has none; None when the layer has no geometry at all.
    crs : CRS the file declares, None when it declares none.
    unreadable : positions of rows whose shape could not be read.
    valid : which shapes are valid, shape (n,), where that was found out while the file was read.
    wkb : shapes as they stand in the file, where they are plain and wanted for a whole register.
    as_read : checksum of each row as it stands in the file, shape (n,), where asked for.
    numbers : row number in the file, from 1, where rows are missing that were recognised.
    recognised : rows of the file that were recognised and are not among these.
    """

    name: str
    rows: pd.DataFrame
    geometry: GeometryArray | None
    crs: str | None
    unreadable: tuple[int, ...] = ()
    valid: NDArray[np.bool_] | None = None
    wkb: Bytes | None = None
    as_read: Sums | None = None
    numbers: NDArray[np.int64] | None = None
    recognised: Recognised | None = None

    @property
    def read(self) -> int:
        """Rows in the file."""
        return len(self.rows) + (0 if self.recognised is None else len(self.recognised.sums))

    def take(self, which: Any) -> RawLayer:
        """The rows where `which` is True."""
        geometry = None if self.geometry is None else self.geometry[which]
        return RawLayer(self.name, self.rows[which].reset_index(drop=True), geometry, self.crs)


def read_layers(
    paths: Sequence[Path], layer: str | None = None, *, register: int | None = None, known: Known | None = None
) -> list[RawLayer]:
    """All layers of the files of one source, or the one named and the tables without shapes that go with it.

    Parameters
    ----------
    register : from so many rows on shapes are kept as they stand in the file, with a checksum of each row; None = never.
    known : rows that are left out where they stand in the file.

    Raises
    ------
    InputError
        When a file is damaged or there is no such layer.
    DifferentError
        When a row that is known stands in the file twice.
    """
    found = [one for path in paths for one in _read_file(path, layer, register, known)]
    if layer is not None and not any(one.name == layer for one in found):
        names = ", ".join(name for path in paths for name in _layer_names(path))
        raise InputError(f"there is no layer {layer}.", f"Layers: {names}.", file=paths[0])
    return found


def read_tables_beside(path: Path) -> list[RawLayer]:
    """Tables without shapes in the folder of a shapefile: registers keep widths and surfaces there."""
    tables = [one for one in sorted(path.parent.glob("*.dbf")) if not one.with_suffix(".shp").exists()]
    return [_read_layer(one, "shapefile", one.stem) for one in tables]


def _read_file(path: Path, layer: str | None, register: int | None, known: Known | None) -> list[RawLayer]:
    if path.suffix.lower() == ".dbf":
        return [_read_layer(path, "shapefile", path.stem)]
    kind = file_format(path)
    if kind == "csv":
        return [_read_table(path)]
    if kind == "xlsx":
        sheets = read_sheets(path)
        there = any(name == layer for name, _ in sheets)
        return [RawLayer(name, rows, None, None) for name, rows in sheets if name == layer or not there]
    names = _layer_names(path)
    if layer is not None and layer not in names and len(names) == 1 and path.suffix.lower() == ".shp":
        return []
    wanted = [layer] if layer in names else names
    # Rows are recognised in the only layer of a file: which one of several counts is not known yet.
    known = known if len(wanted) == 1 else None
    return [_read_layer(path, kind, name, register, known) for name in wanted if name is not None]


def _layer_names(path: Path) -> list[str]:
    if path.suffix.lower() in (".dbf", ".csv", ".txt"):
        return [path.stem]
    if path.suffix.lower() == ".xlsx":
        return [name for name, _ in read_sheets(path)]
    names: list[str] = ask(path, "layers")["layers"]
    return names


def _read_layer(path: Path, kind: str, name: str, register: int | None = None, known: Known | None = None) -> RawLayer:
    # The fast way gives shapes as they are; where some are curves or have heights, the other one flattens them.
    fast = kind == "gpkg"
    with ThreadPoolExecutor(os.cpu_count() or 1) as beside:
        found = _Rows(fast, beside, register, known)
        try:
            head = _ask(path, kind, name, found, fast)
        except _NotFlatError:
            found = _Rows(False, beside)
            head = _ask(path, kind, name, found, fast=False)
    # Differences against OpenStreetMap repeat the fields of the register behind this mark.
    names = [str(field).removeprefix("original:") for field in head["fields"]]
    expected = head["features"]
    if head["rows"] and 0 <= expected != found.read:
        raise damaged(path, f"{found.read} of {expected} rows can be read")
    crs = head["crs"]
    if kind == "geojson" and not _geojson_declares_crs(path):
        crs = None
    geometry = None
    if head["rows"] and head["geometry"]:
        geometry = np.concatenate([np.empty(0, dtype=object), *found.shapes])
    return RawLayer(
        name, found.table(names), geometry, crs, tuple(found.unreadable), found.valid(), found.wkb(), found.sums(),
        found.numbers(), found.recognised(),
    )  # fmt: skip


def _ask(path: Path, kind: str, name: str, found: _Rows, fast: bool) -> dict[str, Any]:
    """The rows of a layer, collected; whether it has shapes is known only at the end where it has no rows."""
    return ask(
        path, "layer", found.take, found.begin, layer=name, driver=_DRIVER[kind], options=_OPTIONS.get(kind, {}), fast=fast
    )  # fmt: skip


class _NotFlatError(Exception):
    """Some shape has heights, measures or curves."""


class _Rows:
    """The rows of a layer as they come: shapes are made of their bytes at once, which are then let go.

    The reader is another process: shapes that have come are checked in threads while it reads on.
    """

    def __init__(
        self, plain: bool, beside: ThreadPoolExecutor, register: int | None = None, known: Known | None = None
    ) -> None:
        self.plain = plain
        self._beside = beside
        self._register = register if plain and compiled_here() else None
        self._known = known if self._register is not None else None
        self._marked = False
        self._fields: list[str] = []
        self._wkb: list[Any] = []
        self._sums: list[Sums | Future[Sums]] = []
        self._numbers: list[NDArray[np.int64]] = []
        self._found: list[Sums] = []
        self.read = 0
        self._valid: list[Future[NDArray[np.bool_]]] = []
        self.count = 0
        self.shapes: list[GeometryArray] = []
        self.unreadable: list[int] = []
        self._batches: list[Any] = []

    def begin(self, head: dict[str, Any]) -> None:
        """What the rows are."""
        self._fields = [*map(str, head.get("fields", ())), str(head.get("crs"))]
        many = self._register is not None and head.get("features", 0) >= self._register
        self._marked = many or self._known is not None

    def take(self, batch: Any) -> None:
        """One part of the rows."""
        last = batch.num_columns - 1
        if self._known is not None:
            batch = self._unknown(batch, self._known)
        elif self._marked:
            self._sums.append(self._beside.submit(row_sums, batch, self._fields))
        self.read += batch.num_rows
        if pa.types.is_binary(batch.column(last).type):
            if self._marked:
                self._wkb.append(batch.column(last))
            self.shapes.append(self._shapes(batch.column(last)))
            self._valid.append(self._beside.submit(shapely.is_valid, self.shapes[-1]))
            batch = batch.select(range(last))
        self._batches.append(batch)
        self.count += batch.num_rows

    def _unknown(self, batch: Any, known: Known) -> Any:
        """The rows that are not known; the others are counted, their shapes are not even made."""
        sums = row_sums(batch, self._fields)
        here = found_in(sums, known.sums)
        self._found.append(sums[here])
        self._sums.append(sums[~here])
        self._numbers.append(self.read + 1 + np.flatnonzero(~here))
        self.read += int(here.sum())
        return batch.filter(pa.array(~here)) if here.any() else batch

    def wkb(self) -> Bytes | None:
        """Shapes as they stand in the file."""
        if not self._wkb:
            return None
        arrays, self._wkb = self._wkb, []
        return Bytes.of(arrays)

    def sums(self) -> Sums | None:
        """Checksum of each row."""
        if not self._marked:
            return None
        parts = [one.result() if isinstance(one, Future) else one for one in self._sums]
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    def numbers(self) -> NDArray[np.int64] | None:
        """Row numbers in the file where some were left out."""
        return np.concatenate([np.empty(0, dtype=np.int64), *self._numbers]) if self._known is not None else None

    def recognised(self) -> Recognised | None:
        """The rows that were left out."""
        if self._known is None:
            return None
        found = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *self._found]))
        if (found[1:] == found[:-1]).any():
            raise DifferentError
        return Recognised(self._known, found)

    def valid(self) -> NDArray[np.bool_] | None:
        """Which shapes are valid; None where there are none."""
        return np.concatenate([one.result() for one in self._valid]) if self._valid else None

    def table(self, names: list[str]) -> pd.DataFrame:
        """The attributes."""
        if not names or not self._batches:
            return pd.DataFrame(index=range(self.count), columns=names)
        whole = pa.Table.from_batches(self._batches)
        self._batches = []
        # What became Python's is let go column by column.
        rows: pd.DataFrame = whole.to_pandas(date_as_object=False, split_blocks=True, self_destruct=True)
        rows.columns = pd.Index(names)
        return rows

    def _shapes(self, wkb: Any) -> GeometryArray:
        if self.plain and not _flat(wkb):
            raise _NotFlatError
        there = np.asarray(wkb.is_valid())
        found: GeometryArray = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
        lost = there & shapely.is_missing(found)
        self.unreadable.extend((self.count + np.flatnonzero(lost)).tolist())
        return found


def _flat(wkb: Any) -> bool:
    """Are all shapes points, lines and polygons without heights, measures and curves?"""
    _, offsets, data = wkb.buffers()
    if data is None:
        return True
    ends = np.frombuffer(offsets, dtype=np.int32)[wkb.offset : wkb.offset + len(wkb) + 1]
    first = ends[:-1][np.diff(ends) > 0].astype(np.int64)
    given = np.frombuffer(data, dtype=np.uint8)
    # Byte order, then the type in four bytes: 1 to 6 are plain, in two dimensions.
    kind = given[first + 1]
    others = given[first + 2] | given[first + 3] | given[first + 4]
    return bool(((given[first] == 1) & (kind >= 1) & (kind <= 6) & (others == 0)).all())


def _geojson_declares_crs(path: Path) -> bool:
    """GDAL reads a GeoJSON without `crs` as WGS 84; three real Belgian files of that kind hold Lambert 72."""
    with path.open("rb") as stream:
        head = stream.read(65536)
        stream.seek(0, io.SEEK_END)
        stream.seek(max(0, stream.tell() - 4096))
        return b'"crs"' in head or b'"crs"' in stream.read()


def _read_table(path: Path) -> RawLayer:
    """A table of text: any of `,` `;` tab `|`, UTF-8 with any number of byte-order marks, or Windows-1252."""
    data = path.read_bytes()
    while data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    separator = max(",;\t|", key=header.count)
    try:
        rows = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            f"the table cannot be read: {str(error).strip()}.", "Check its separators and quotes.", file=path
        ) from None
    rows = _unshifted(rows, path)
    rows.columns = pd.Index([str(name).strip().strip("\ufeff").strip('"') for name in rows.columns])
    return RawLayer(path.stem, rows, None, None)


def _unshifted(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Rows under their own headers: where all have a cell more, pandas takes the first for a name of the row."""
    if isinstance(rows.index, pd.RangeIndex) or not len(rows):
        return rows
    more, names = rows.index.nlevels, rows.columns
    if (rows.iloc[:, -more:] != "").to_numpy().any():
        raise InputError("the rows have more cells than the header.", "Give every column a header.", file=path)
    moved: pd.DataFrame = rows.reset_index().iloc[:, : len(names)]
    moved.columns = names
    return moved
