"""The demo at its full size: what the planner sees first, and that a seed gives the same territory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas
import pytest

from api.commands.demo import load_territory, score_territory
from geodata.database.cluster import Cluster
from geodata.database.engine import connect
from geodata.settings import Settings
from geodata.territory import generate

pytestmark = pytest.mark.full


def test_no_dwelling_among_the_first_fifty(tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="sp-"))
    home.chmod(0o755)
    settings = Settings(home=home, demo=True, database_url=None, lang="en")
    try:
        load_territory(settings)
        score_territory(settings)
        with connect(settings) as connection:
            parcels = connection.execute("SELECT count(*) FROM parcel").fetchone()
            assert parcels is not None and 55_000 < parcels[0] < 66_000
            median = connection.execute(
                "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY area_m2) FROM parcel"
            ).fetchone()
            assert median is not None and 450 < median[0] < 800
            listed = connection.execute(
                """SELECT p.nis, n.site_type, count(*),
                      count(*) FILTER (WHERE EXISTS (SELECT FROM address a WHERE ST_Intersects(a.geom, p.geom))),
                      count(*) FILTER (WHERE EXISTS (SELECT FROM building b WHERE b.use IN ('dwelling', 'main')
                          AND ST_Area(ST_Intersection(b.geom, p.geom)) > 1))
                   FROM run n JOIN run_result r ON r.run_id = n.id AND r.rank <= 50
                   JOIN parcel p ON p.id = r.parcel_id GROUP BY 1, 2 ORDER BY 1, 2"""
            ).fetchall()
            # Of the layers themselves: no address at all and no main building on any of the first fifty.
            wanted = [
                (nis, kind, 50, 0, 0) for nis in ("99001", "99002", "99003") for kind in ("residential", "transit")
            ]
            assert listed == wanted
    finally:
        Cluster(home).stop()
        shutil.rmtree(home, ignore_errors=True)


def test_a_seed_gives_the_same_territory(tmp_path: Path) -> None:
    def digest(folder: str, seed: int) -> dict[str, str]:
        (tmp_path / folder).mkdir()
        found = {}
        for file in generate(tmp_path / folder, seed=seed, scale=0.2):
            if file.path.suffix == ".gpkg" and file.layer is None:
                frame = geopandas.read_file(file.path)
                rows = frame.geometry.to_wkb(hex=True).str.cat(frame.iloc[:, 0].astype(str))
                found[file.path.name] = hashlib.sha256("".join(rows).encode()).hexdigest()
        return found

    first, second, other = digest("a", 7), digest("b", 7), digest("c", 8)
    assert first == second
    assert first != other
