"""What may be told of a dataset, and which datasets an answer rests on: the one gate, and the one list of sources.

Contract
- A dataset whose catalogue entry may not be redistributed is never given out row by row: no shape, no coordinate, no
  name, address or identifier, no class read off it. What is worked out from it is told: verdict, score, and figures
  that are measured (metres, square metres, degrees, shares). `shared` is the condition every query that gives out rows
  carries; `Basis.told` says the same of the layers of an answer. Both take the stricter of what was written down when
  the dataset was loaded and what the catalogue says now.
- Of parcels from a plan that may not be passed on, a list tells key, verdict and measured figures, and no place.
- Invented data of the demo are nobody's, and pass.
- An answer names each dataset behind it once (`Basis.sources`): source, version, date, licence, age. Figures point to
  it by its number. Ages are told against the day given; nothing here asks for today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from geodata.sources.catalogue import catalogue
from geodata.sources.loaded import Loaded

Connection = psycopg.Connection[Any]

#: What OpenStreetMap asks of everything that is made with it (https://www.openstreetmap.org/copyright).
OSM_ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
#: Licences under which nobody has to be named.
_NO_NAME_ASKED = ("CC0",)


def shared(alias: str) -> str:
    """SQL condition: may rows of this dataset be given out?

    Parameters
    ----------
    alias : name under which a query has the table `dataset`; a constant of the code.
    """
    # Names of entries hold small letters, digits and hyphens only: the catalogue refuses others.
    closed = ",".join(sorted(one.id for one in catalogue().values() if not one.redistributable))
    return f"({alias}.fictional OR ({alias}.redistributable AND {alias}.source <> ALL ('{{{closed}}}'::text[])))"


def all_shared(connection: Connection, datasets: Iterable[int]) -> bool:
    """May rows of all these datasets be given out?"""
    row = connection.execute(
        f"SELECT bool_and({shared('d')}) FROM dataset d WHERE d.id = ANY(%s)".encode(), [list(datasets)]
    ).fetchone()
    return row is None or row[0] is not False


@dataclass(frozen=True)
class Used:
    """A dataset behind an answer.

    Attributes
    ----------
    shared : may its rows be given out?
    here : does it say something of the place that was asked about?
    """

    loaded: Loaded
    provider: str
    licence: str
    region: str | None
    shared: bool
    here: bool

    @property
    def attribution(self) -> str | None:
        """Line that goes with whatever is made of it; None where the licence asks for none."""
        if "ODbL" in self.licence or self.loaded.source.split("-")[0] == "osm":
            return OSM_ATTRIBUTION
        if self.licence in _NO_NAME_ASKED:
            return None
        return f"{self.provider}, {self.licence}"

    def as_dict(self, language: str, today: date) -> dict[str, Any]:
        """The dataset as an answer names it."""
        one = self.loaded
        return {
            "dataset": one.id,
            "source": one.source,
            "kind": one.kind,
            "title": one.title.get(language) or one.title.get("en") or one.kind,
            "provider": self.provider,
            "version": one.version,
            "date": one.date.isoformat(),
            "licence": self.licence,
            "attribution": self.attribution,
            "redistributable": self.shared,
            "age_days": one.age_days(today),
            "stale": one.stale(today),
        }


@dataclass(frozen=True)
class Basis:
    """The datasets an answer rests on, by layer.

    Attributes
    ----------
    used : dataset number -> dataset.
    layers : layer -> numbers of its datasets.
    today : day against which ages are told.
    region : datasets of another region have no part in the answer; None = any.
    """

    used: Mapping[int, Used] = field(default_factory=dict)
    layers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    today: date = date.max
    region: str | None = None

    def ids(self, layers: Iterable[str]) -> list[int]:
        """Numbers of the datasets of these layers that say something here, in order."""
        return sorted({one for layer in layers for one in self.layers.get(layer, ()) if self._here(one)})

    def stale(self, layers: Iterable[str]) -> bool | None:
        """Does a figure made of these layers rest on a stale source? None where nobody says how often one changes."""
        ages = [self.used[one].loaded.stale(self.today) for one in self.ids(layers)]
        return True if True in ages else None if None in ages or not ages else False

    def told(self, layers: Iterable[str]) -> bool:
        """May be told what these layers hold, such as the class or the name of a zone?

        Every dataset they were read from counts, also one that declares to cover another place: what lies in its
        margin was read as well.
        """
        held = [self.used[one] for layer in layers for one in self.layers.get(layer, ()) if one in self.used]
        return all(one.shared for one in held if one.region in (None, "belgium", self.region) or self.region is None)

    def stale_layers(self) -> list[str]:
        """Layers that rest on a stale source here."""
        return [layer for layer in self.layers if self.stale([layer])]

    def sources(self, language: str) -> list[dict[str, Any]]:
        """Each dataset that says something here, once, with the layers it feeds."""
        return [
            self.used[one].as_dict(language, self.today)
            | {"layers": [layer for layer, ids in self.layers.items() if one in ids]}
            for one in self.ids(self.layers)
        ]

    def _here(self, dataset: int) -> bool:
        return dataset in self.used and self.used[dataset].here


def attributions(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines that go with an answer or a file, each once; `sources` as `Basis.sources` gives them."""
    return list(dict.fromkeys(one["attribution"] for one in sources if one["attribution"]))


def basis(
    connection: Connection,
    layers: Mapping[str, Iterable[int]],
    today: date,
    *,
    codes: Iterable[str] | None = None,
    parcel: int | None = None,
    region: str | None = None,
) -> Basis:
    """The datasets behind an answer.

    Parameters
    ----------
    layers : layer -> datasets it was read from; also versions that no longer count.
    codes : municipalities the answer is about; None = all.
    parcel : the one parcel it is about; then `codes` holds its municipality.
    region : as `Basis` has it.
    """
    ids = {layer: sorted(set(several)) for layer, several in layers.items()}
    wanted = sorted({one for several in ids.values() for one in several})
    values = {"ids": wanted, "codes": None if codes is None else list(codes), "parcel": parcel}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_USED.format(shared=shared("d")).encode(), values).fetchall()
    own = ("provider", "licence", "region", "shared", "here")
    used = {
        row["id"]: Used(
            Loaded(**{name: value for name, value in row.items() if name not in own}),
            **{name: row[name] for name in own},
        )
        for row in rows
    }
    return Basis(used, ids, today, region)


def datasets_in(connection: Connection, table: str, where: str = "true") -> list[int]:
    """Datasets that count and of which rows of a table may be given out.

    Parameters
    ----------
    table, where : table with `dataset_id`, as f, and a condition on its rows; constants of the code.
    """
    rows = connection.execute(
        f"""SELECT d.id FROM dataset d WHERE d.current AND {shared("d")}
            AND EXISTS (SELECT FROM {table} f WHERE f.dataset_id = d.id AND ({where})) ORDER BY d.id""".encode()
    ).fetchall()
    return [row[0] for row in rows]


#: A dataset says something of a place it declares to cover or was asked for, or where nothing is said of its reach.
_USED = """
SELECT d.id, d.kind, d.source, d.version, d.title, d.rows_loaded AS rows, d.source_date, d.fetched, d.file_name,
       (d.attributes ->> 'checked')::timestamptz AS checked, d.coverage_nis AS codes,
       coalesce(d.coverage_nis, '{{}}') AS covered, d.coverage IS NOT NULL AND d.coverage_nis IS NULL AS covers_parts,
       d.provider, d.licence, d.region, {shared} AS shared,
       CASE WHEN d.coverage IS NULL THEN
                %(codes)s::text[] IS NULL OR NOT d.attributes ? 'asked' OR d.attributes -> 'asked' ?| %(codes)s::text[]
            WHEN %(parcel)s::bigint IS NOT NULL THEN
                EXISTS (SELECT FROM parcel p WHERE p.id = %(parcel)s AND ST_Intersects(p.geom, d.coverage))
            ELSE %(codes)s::text[] IS NULL OR d.coverage_nis IS NULL OR d.coverage_nis && %(codes)s::text[] END AS here
FROM dataset d WHERE d.id = ANY(%(ids)s) ORDER BY d.id"""
