"""Why a parcel is or is not a candidate: recomputed by the code that scored it, on the pinned measurements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
import shapely
from psycopg.rows import dict_row

from geodata.errors import NotFoundError
from geodata.measure.stored import load_table
from geodata.sources.sharing import shared
from sites.candidates.assessed import assess_again, assessment_of
from sites.candidates.basis import basis_of
from sites.candidates.links import plan_sheets
from sites.candidates.runs import Run
from sites.candidates.search import interval
from sites.law import pack_version
from sites.suitability import Translate, explain

Connection = psycopg.Connection[Any]


def explain_parcel(
    connection: Connection, capakey: str, run: Run, translate: Translate, *, today: date | None = None
) -> dict[str, Any]:
    """One parcel of a run with its explanation.

    Parameters
    ----------
    capakey : cadastral key, with `/`.
    translate : translator of the answer's language.
    today : day of reading, against which the age of a rule's last check is judged; the run's day if None.

    Returns
    -------
    The parcel (keys, areas in square metres, GeoJSON geometry and box in lon/lat), its zoning (none where the plan
    loaded is of a later day than the run's), its rank with interval, `sources` behind all of it, `stale` layers, and
    `explanation` as in the design. Of a source that may not be passed on, shape, place, official figures, zones and
    owner are None.

    Raises
    ------
    NotFoundError
        When the parcel is not loaded or not part of the run.
    """
    row = _result(connection, capakey, run)
    own = (row["parcel_id"], row["dataset_id"])
    basis = basis_of(connection, run, today or run.as_of, codes=[row["nis"]], parcel=own)
    measured = load_table(connection, run.batches, row["parcel_id"])
    assessment = assess_again(connection, run, measured)
    explanation = explain(
        assessment,
        0,
        translate=translate,
        run=run.id,
        data_date=run.data_date,
        basis=basis,
        sites=sites_on(connection, [row["parcel_id"]]).get(row["parcel_id"], []),
        today=today,
    )
    zones = assessment.table.shares.get("zoning", {}) if basis.told(["zoning"]) else {}
    zoning = sorted(zones.items(), key=lambda item: -item[1][0])
    return {
        "capakey": capakey,
        "municipality": row["nis"],
        "area_m2": row["area_m2"],
        **_drawn(row),
        "owner_class": assessment.table.owner_class[0] if basis.told(["ownership"]) else None,
        "owner_told": basis.told(["ownership"]),
        "plan_sheets": plan_sheets(connection, run, row["parcel_id"]),
        "zoning": [{"class": name, "share": round(float(share[0]), 4)} for name, share in zoning if share[0] > 0],
        "rank": row["rank"],
        "rank_interval": [row["rank_low"], row["rank_high"]] if row["rank_low"] is not None else None,
        "total_ranked": sum(count for verdict, count in run.counts.items() if verdict != "incompatible"),
        "pitches": interval(row["pitches_low"], row["pitches_high"]),
        "usable_area_m2": row["usable_m2"],
        "rule_pack": run.rule_pack,
        "rule_pack_in_use": pack_version(),
        "stale": basis.stale_layers(),
        "sources": basis.sources(translate.language),
        "explanation": explanation,
    }


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    """What is read off the parcel plan itself; None of one that may not be passed on."""
    if not row["shared"]:
        return dict.fromkeys(("official_area_m2", "ref_date", "centre", "bbox", "geometry"))
    return {
        "official_area_m2": row["official_area_m2"],
        "ref_date": row["ref_date"],
        "centre": [row["lon"], row["lat"]],
        "bbox": [row["west"], row["south"], row["east"], row["north"]],
        "geometry": json.loads(row["geometry"]),
    }


def explained_shapes(
    connection: Connection, run: Run, capakeys: list[str], translate: Translate, *, today: date | None = None
) -> dict[str, dict[str, Any]]:
    """Shape (GeoJSON, lon/lat) and plain-word explanation of several parcels of a run, by CAPAKEY.

    The shape is None where the parcel plan may not be passed on. One pass over the measurements of the run; for documents that show many parcels at once.
    """
    assessment = assessment_of(connection, run)
    row_of = {key: row for row, key in enumerate(assessment.table.capakey)}
    shapes = connection.execute(
        f"""SELECT p.capakey, p.id, CASE WHEN {shared("d")} THEN ST_AsGeoJSON(ST_Transform(p.geom_3857, 4326), 7) END
            FROM run_result r JOIN parcel p ON p.id = r.parcel_id JOIN dataset d ON d.id = p.dataset_id
            WHERE r.run_id = %s AND p.capakey = ANY(%s)""".encode(),
        [run.id, capakeys],
    ).fetchall()
    sites = sites_on(connection, [parcel for _, parcel, _ in shapes])
    basis = basis_of(connection, run, today or run.as_of)

    def text(key: str, parcel: int) -> str:
        told = explain(
            assessment,
            row_of[key],
            translate=translate,
            run=run.id,
            data_date=run.data_date,
            basis=basis,
            sites=sites.get(parcel, []),
            today=today,
        )
        return str(told["text"])

    return {
        key: {"geometry": json.loads(shape) if shape else None, "text": text(key, parcel)}
        for key, parcel, shape in shapes
    }


def shapes_of(connection: Connection, parcels: Sequence[tuple[str, str]]) -> list[Any]:
    """Shapes of parcels of runs, EPSG:31370, in the order given; None where the plan may not be passed on.

    Parameters
    ----------
    parcels : run and CAPAKEY of each.
    """
    rows = connection.execute(
        f"""SELECT r.run_id, p.capakey, ST_AsBinary(p.geom)
            FROM unnest(%s::text[], %s::text[]) w(run, capakey) JOIN parcel p ON p.capakey = w.capakey
            JOIN dataset d ON d.id = p.dataset_id AND {shared("d")}
            JOIN run_result r ON r.run_id = w.run AND r.parcel_id = p.id""".encode(),
        [[run for run, _ in parcels], [key for _, key in parcels]],
        binary=True,
    ).fetchall()
    found = {(run, key): shapely.from_wkb(shape) for run, key, shape in rows}
    return [found.get(one) for one in parcels]


def sites_on(connection: Connection, parcels: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Public sites of the current inventory on each parcel: id, name, site_type, status, pitches, pitch_unit, source.

    Only sites located to an address or a parcel: a coarser point lies on some parcel by chance.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"""SELECT p.id AS parcel, s.site_id AS id, s.name, s.site_type, s.status, s.pitches, s.pitch_unit,
                      s.source_url, s.source_date, s.grade, s.precision
               FROM parcel p JOIN site s ON ST_Intersects(s.geom, p.geom)
               JOIN dataset d ON d.id = s.dataset_id AND d.current AND {shared("d")}
               WHERE p.id = ANY(%s) AND s.precision IN ('address', 'parcel') ORDER BY s.site_id""".encode(),
            [parcels],
        ).fetchall()
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.pop("parcel"), []).append(row)
    return found


def _result(connection: Connection, capakey: str, run: Run) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            f"""SELECT r.*, p.nis, p.area_m2, p.official_area_m2, p.ref_date, p.dataset_id, {shared("d")} AS shared,
                      ST_AsGeoJSON(g.geom, 7) AS geometry, ST_X(g.centre) AS lon, ST_Y(g.centre) AS lat,
                      ST_XMin(g.geom) AS west, ST_YMin(g.geom) AS south, ST_XMax(g.geom) AS east,
                      ST_YMax(g.geom) AS north
               FROM run_result r JOIN parcel p ON p.id = r.parcel_id JOIN dataset d ON d.id = p.dataset_id
               CROSS JOIN LATERAL (SELECT ST_Transform(p.geom_3857, 4326) AS geom,
                   ST_Transform(ST_PointOnSurface(p.geom_3857), 4326) AS centre) g
               WHERE r.run_id = %s AND p.capakey = %s""".encode(),
            [run.id, capakey],
        ).fetchone()
    if row is None:
        raise NotFoundError(
            f"Parcel {capakey} is not part of this result.",
            "Check the key, or load, measure and score its municipality.",
        )
    return row


def municipality_of(connection: Connection, capakey: str) -> str:
    """NIS code of the municipality a loaded parcel lies in.

    Raises
    ------
    NotFoundError
        When no such parcel is loaded.
    """
    row = connection.execute(
        """SELECT p.nis FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
           WHERE p.capakey = %s LIMIT 1""",
        [capakey],
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFoundError(
            f"Parcel {capakey} is not loaded.", "Check the key, or load it: standplaats ingest FILE --as parcels."
        )
    nis: str = row[0]
    return nis


def municipality_outline(connection: Connection, nis: str) -> dict[str, Any] | None:
    """Territory of a municipality as GeoJSON, lon/lat, to about 10 m; None when no boundary is loaded."""
    row = connection.execute(
        f"""SELECT ST_AsGeoJSON(ST_Transform(ST_SimplifyPreserveTopology(m.geom_3857, 10), 4326), 5)
            FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current AND {shared("d")}
            WHERE m.nis = %s AND m.valid_to IS NULL LIMIT 1""".encode(),
        [nis],
    ).fetchone()
    return json.loads(row[0]) if row is not None and row[0] is not None else None
