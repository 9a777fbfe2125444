"""The setting of base maps: what it takes, what it refuses, and the content policy that follows from it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.app import create_app
from api.frame import content_security_policy
from geodata.base_maps import OFFERED, base_maps
from geodata.settings import LANGUAGES, Settings

TILES = "https://tiles.example.org/{z}/{x}/{y}.png"
WMS = "https://maps.example.org:8443/wms?LAYERS=a,b&CRS=EPSG:3857&WIDTH=256&HEIGHT=256&BBOX={bbox-epsg-3857}"


def test_nothing_is_offered_unless_it_is_set() -> None:
    assert Settings.model_fields["base_maps"].default == ""
    assert base_maps("") == ()
    assert "http" not in content_security_policy()


def test_addresses_of_tiles_and_of_map_services_are_taken() -> None:
    first, second = base_maps(f"osm={TILES}  ortho-flanders={WMS}")
    assert (first.origin, second.origin) == ("https://tiles.example.org", "https://maps.example.org:8443")
    assert second.host == "maps.example.org"
    assert all(set(one.title) == set(LANGUAGES) and one.attribution for one in (first, second))


@pytest.mark.parametrize("text", [
    f"bing={TILES}",
    f"osm={TILES} osm={TILES}",
    "osm",
    "osm=",
    "osm=https://tiles.example.org/tiles.png",
    "osm=http://tiles.example.org/{z}/{x}/{y}.png",
    "osm=https://tiles.example.org;script-src/{z}/{x}/{y}.png",
    "osm=https://user@tiles.example.org/{z}/{x}/{y}.png",
    "osm=javascript:{z}{x}{y}",
    "osm=https://*/{z}/{x}/{y}.png",
])  # fmt: skip
def test_what_is_no_base_map_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(base_maps=text, database_url="postgresql://nowhere/none")


def test_the_policy_names_exactly_the_hosts_that_are_set(demo_settings: Settings) -> None:
    settings = demo_settings.model_copy(update={"base_maps": f"osm={TILES} ortho-flanders={WMS}"})
    with TestClient(create_app(settings)) as client:
        answer = client.get("/api/v1/meta")
    policy = dict(one.split(" ", 1) for one in answer.headers["content-security-policy"].split("; "))
    hosts = "https://tiles.example.org https://maps.example.org:8443"
    assert policy["img-src"] == f"'self' data: blob: {hosts}" and policy["connect-src"] == f"'self' {hosts}"
    assert all("http" not in value for name, value in policy.items() if name not in ("img-src", "connect-src"))
    assert [one["name"] for one in answer.json()["base_maps"]] == ["osm", "ortho-flanders"]
    with TestClient(create_app(demo_settings)) as client:
        answer = client.get("/api/v1/meta")
    assert "http" not in answer.headers["content-security-policy"] and answer.json()["base_maps"] == []
    assert set(OFFERED) == {"ngi-cartoweb", "ortho-flanders", "ortho-wallonia", "ortho-brussels", "osm"}
