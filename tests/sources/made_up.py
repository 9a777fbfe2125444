"""Synthetic contents of the real sources, for tests: nothing here is real but the names of fields and codes.

The demo territory, as loaded, is moved from the sea into Belgium, gets the codes of real municipalities, and is
written anew in the raw fields of any catalogue entry, so that it can stand in for what the real service would give.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import shapely

from geodata.ingest.mapping import TABLE_COLUMNS, TARGETS
from geodata.sources.catalogue import Source
from geodata.territory.writing import in_crs

#: Region -> (code in the demo, code of a real municipality whose place the invented one takes).
PLACES = {"flanders": ("99001", "24062"), "wallonia": ("99002", "92094"), "brussels": ("99003", "21004")}
#: Metres by which everything is moved, EPSG:31370: from the sea to the middle of the country.
SHIFT = (125_000.0, -65_000.0)
REGION_NIS = {"flanders": "02000", "wallonia": "03000", "brussels": "04000"}


@dataclass(frozen=True)
class MadeUp:
    """Answers for any catalogue entry, drawn from a database that holds the demo territory.

    Attributes
    ----------
    every : only every so many parcels are there, to keep a test short.
    """

    connection: psycopg.Connection[Any]
    every: int = 1

    def frame(self, source: Source, region: str) -> geopandas.GeoDataFrame:
        """Rows of a source in its raw fields, EPSG:31370; shapes lie in Belgium."""
        table = TARGETS[source.kind][0]
        rows = self._rows(source, table, region)
        if not rows and table in ("zone", "constraint_area"):
            rows = [self._somewhere(source, table, region)]
        shapes = [moved(row.pop("geom")) for row in rows]
        for row, shape in zip(rows, shapes, strict=True):
            if "lat" in source.fields:
                place = shapely.get_coordinates(in_crs(shapely.point_on_surface([shape]), "EPSG:4326"))[0]
                row["lon"], row["lat"] = float(place[0]), float(place[1])
        raw = [_raw(source, row) for row in rows]
        frame = geopandas.GeoDataFrame(raw, geometry=shapes, crs="EPSG:31370")
        for name in source.recognise.fields:
            if name.lower() not in {one.lower() for one in frame.columns}:
                frame[name] = range(len(frame))
        return frame

    def file(self, source: Source, region: str, folder: Path) -> Path:
        """The same as a file that its owner might send."""
        path = folder / f"{source.id}.gpkg"
        self.frame(source, region).to_file(path, layer=source.recognise.layer or source.id, driver="GPKG")
        return path

    def _rows(self, source: Source, table: str, region: str) -> list[dict[str, Any]]:
        names = TABLE_COLUMNS[table]
        columns = ", ".join(f"t.{name}" for name in names)
        codes = [pair[0] for pair in PLACES.values()] if table == "municipality" else [PLACES[region][0]]
        own = self.connection.execute(
            "SELECT 1 FROM dataset WHERE source = %s AND current AND coverage_nis && %s::text[]", [source.id, codes]
        ).fetchone()
        which = "d.source = %(source)s" if own else "d.kind = %(kind)s"
        fixed = {name: value for name, value in source.constants.items() if name in names}
        same = "".join(f" AND t.{name} = %({name})s" for name in fixed)
        rows = self.connection.execute(
            f"""SELECT {columns}, ST_AsBinary(t.geom) FROM {table} t JOIN dataset d ON d.id = t.dataset_id AND d.current
                WHERE {which} {same} AND (d.kind = 'municipalities' OR d.coverage_nis && %(codes)s::text[])
                ORDER BY t.id""",
            {"source": source.id, "kind": source.kind, "codes": codes, **fixed},
            binary=True,
        ).fetchall()
        found = [
            dict(zip((*names, "geom"), row, strict=True)) for row in rows[:: self.every if table == "parcel" else 1]
        ]
        for row in found:
            row["geom"] = shapely.from_wkb(row["geom"])
            if row.get("nis"):
                row["nis"] = real_code(row["nis"])
            if row.get("region"):
                row["region_nis"] = REGION_NIS[row["region"]]
        return found

    def _somewhere(self, source: Source, table: str, region: str) -> dict[str, Any]:
        """One small area on a parcel, where the demo has nothing of the kind."""
        row: dict[str, Any] = dict.fromkeys(TABLE_COLUMNS[table])
        parcel = self.connection.execute(
            "SELECT ST_AsBinary(ST_PointOnSurface(geom)) FROM parcel WHERE nis = %s ORDER BY area_m2 DESC, id LIMIT 1",
            [PLACES[region][0]],
        ).fetchone()
        assert parcel is not None
        row["geom"] = shapely.from_wkb(bytes(parcel[0])).buffer(60.0)
        if source.answers == "samples":  # whatever point is asked, something is there
            row["geom"] = shapely.affinity.translate(self.outline(region), -SHIFT[0], -SHIFT[1])
        known = [value for value in source.values.get("class", {}).values()]
        row |= {"feature_id": "1", "name": "made up", "label_raw": "made up", "class": next(iter(known), None)}
        return row

    def outline(self, region: str) -> Any:
        """The invented municipality where it stands in Belgium."""
        row = self.connection.execute(
            "SELECT ST_AsBinary(geom) FROM municipality WHERE nis = %s", [PLACES[region][0]]
        ).fetchone()
        assert row is not None
        return moved(shapely.from_wkb(bytes(row[0])))


def moved(shape: Any) -> Any:
    """A shape of the demo where it stands in Belgium."""
    return shapely.affinity.translate(shape, *SHIFT)


def real_code(nis: str) -> str:
    """The code of the real municipality that an invented one takes the place of."""
    return dict(PLACES.values()).get(nis.strip(), nis)


def _raw(source: Source, row: dict[str, Any]) -> dict[str, Any]:
    """One row in the source's own fields: its value maps read backwards."""
    found: dict[str, Any] = {}
    extra = row.pop("attributes", None)
    for name, value in (json.loads(extra) if isinstance(extra, str) else extra or {}).items():
        if name in source.extra:
            found[name] = value
    for column, raw_names in source.fields.items():
        value = row.get(column)
        mapping = source.values.get(column)
        if mapping is not None:
            backwards = {ours: theirs for theirs, ours in reversed(mapping.items())}
            value = backwards.get(value)
        if found.get(raw_names[0]) is None:  # two columns may be read from one field
            found[raw_names[0]] = value if value is None or isinstance(value, int | float) else str(value)
    for name, wanted in source.keep.items():
        found[name] = wanted[0]
    return found
