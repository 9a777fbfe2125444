"""Every JSON answer of `/api/v1` against its model: nothing that is not described, nothing described that is not so."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.app import create_app
from geodata.settings import Settings

NIS = ("99001", "99002", "99003")


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as client:
        yield client


def undescribed(kind: Any, value: Any, path: str) -> Iterator[str]:
    """Keys of an answer that its model does not name."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    inner = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        several = [list(undescribed(one, value, path)) for one in inner if one is not type(None)]
        yield from min(several, key=len, default=[])
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        names = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        for key, one in value.items() if isinstance(value, Mapping) else ():
            if key not in names:
                yield f"{path}.{key}"
            else:
                yield from undescribed(names[key], one, f"{path}.{key}")
    elif isinstance(value, list) and inner:
        for one in value:
            yield from undescribed(inner[0], one, f"{path}[]")
    elif isinstance(value, Mapping) and len(inner) == 2:
        for one in value.values():
            yield from undescribed(inner[1], one, f"{path}.*")


def faults(model: Any, value: Any) -> list[str]:
    """What is wrong with an answer; each once."""
    out = list(undescribed(model, value, ""))
    try:
        TypeAdapter(model).validate_python(value, strict=False)
    except ValidationError as error:
        for one in error.errors():
            where = ".".join("[]" if isinstance(part, int) else str(part) for part in one["loc"])
            out.append(f"{where}: {one['type']} ({str(one['input'])[:60]})")
    return sorted(set(out))


def first(client: TestClient, nis: str, count: int = 1, more: str = "") -> list[dict[str, Any]]:
    """Candidates of a municipality, the best first."""
    items: list[dict[str, Any]] = client.get(f"/api/v1/candidates?municipality={nis}&limit={count}{more}").json()[
        "items"
    ]
    return items


def around(item: dict[str, Any]) -> dict[str, Any]:
    """A square about the centre of a candidate."""
    x, y = item["centre"]
    d = 0.0006
    return {
        "type": "Polygon",
        "coordinates": [[[x - d, y - d], [x + d, y - d], [x + d, y + d], [x - d, y + d], [x - d, y - d]]],
    }


def asked(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Path of the description, address, and body of a POST."""
    v = "/api/v1"
    yield f"{v}/meta", f"{v}/meta", None
    yield f"{v}/municipalities", f"{v}/municipalities", None
    yield f"{v}/runs", f"{v}/runs", None
    for region in ("flanders", "wallonia", "brussels"):
        for kind in ("residential", "transit", "gathering"):
            yield f"{v}/method", f"{v}/method?region={region}&type={kind}", None
    for nis in NIS:
        one, two, *_ = first(client, nis, 3)
        out = first(client, nis, 2, "&verdict=incompatible")
        for more in ("", "&type=transit", "&verdict=incompatible,unknown"):
            yield f"{v}/candidates", f"{v}/candidates?municipality={nis}&limit=40{more}", None
        body = {"weights": {"school": 90}, "findings": []}
        yield f"{v}/candidates", f"{v}/candidates?municipality={nis}&limit=5", body
        yield f"{v}/candidates/facets", f"{v}/candidates/facets?municipality={nis}", None
        for item in (one, two, *out):
            for more in ("", "?type=transit"):
                yield f"{v}/parcels/{{capakey}}", f"{v}/parcels/{item['id']}{more}", None
        for more in ("", "&shapes=true&pitches=12"):
            address = f"{v}/assemblies?municipality={nis}&limit=10{more}"
            yield f"{v}/assemblies", address, None
            for group in client.get(address).json()["items"][:2]:
                yield f"{v}/assemblies/{{group}}", f"{v}/assemblies/{group['id']}", None
        yield f"{v}/near-misses", f"{v}/near-misses?municipality={nis}&pitches=30", None
        yield f"{v}/robustness", f"{v}/robustness?municipality={nis}&of=10", None
        for item in (one, two):
            yield f"{v}/robustness/{{capakey}}", f"{v}/robustness/{item['id']}?municipality={nis}", None
        yield f"{v}/comparisons", f"{v}/comparisons?parcels={one['id']},{two['id']},{out[0]['id']}", None
        for kind in ("residential", "transit"):
            yield f"{v}/layout", f"{v}/layout?parcels={one['id']}&site_type={kind}&pitches=6&land=100000", None
            yield f"{v}/areas", f"{v}/areas?type={kind}", around(one)
            yield f"{v}/areas/layout", f"{v}/areas/layout?type={kind}&pitches=6", around(one)
        for more in ("", f"?municipality={nis}"):
            yield f"{v}/need", f"{v}/need{more}", None
            yield f"{v}/safeguards", f"{v}/safeguards{more}", None
        survey = {"nis": nis, "site_type": "residential", "low": 4, "high": 8, "date": "2026-01-01", "method": "counted",
                  "source": "own survey", "role": "municipal_planner"}  # fmt: skip
        yield f"{v}/need", f"{v}/need?municipality={nis}", {"surveys": [survey]}
        yield f"{v}/sources/status", f"{v}/sources/status?municipality={nis}", None
        yield f"{v}/law/at", f"{v}/law/at?municipality={nis}", None
        yield f"{v}/subsidies/eligibility", f"{v}/subsidies/eligibility?municipality={nis}&parcel={one['id']}", None
        run = one["run"]
        for name in ("scores", "explanations"):
            yield f"{v}/runs/{{run}}/{name}", f"{v}/runs/{run}/{name}?limit=30", None
    for nis in ("24062", "62063", "21001", "63023"):
        yield f"{v}/law/at", f"{v}/law/at?municipality={nis}&as_of=2012-03-06", None
    for name in ("parcels", "zones"):
        yield f"{v}/{name}", f"{v}/{name}?fields=id,bbox,geometry", None
        yield f"{v}/{name}", f"{v}/{name}?limit=400", None
    sites = client.get(f"{v}/sites").json()["features"]
    yield f"{v}/sites", f"{v}/sites", None
    for one in sites[::6]:
        yield f"{v}/sites/{{site_id}}", f"{v}/sites/{one['id']}", None
        yield f"{v}/subsidies/eligibility", f"{v}/subsidies/eligibility?site={one['id']}&as_of=2012-03-06", None
    yield f"{v}/inventory/series", f"{v}/inventory/series", None
    yield f"{v}/law/rules", f"{v}/law/rules", None
    rules = client.get(f"{v}/law/rules?as_of=2012-03-06").json()["items"]
    yield f"{v}/law/rules", f"{v}/law/rules?as_of=2012-03-06", None
    for one in rules[::9]:
        yield f"{v}/law/rules/{{rule}}", f"{v}/law/rules/{one['id']}", None
    for more in ("", "?as_of=2012-03-06&region=flanders"):
        yield f"{v}/subsidies/regimes", f"{v}/subsidies/regimes{more}", None
    for region in ("flanders", "wallonia", "brussels", "german-speaking-community"):
        for day in ("1990-01-01", "2012-03-06", "2026-11-23"):
            base = f"{v}/subsidies/estimate?region={region}&as_of={day}"
            yield f"{v}/subsidies/estimate", f"{base}&pitches=12&cost=layout=600000&cost=acquisition=250000", None
            yield f"{v}/subsidies/estimate", f"{base}&type=transit", None
    yield f"{v}/subsidies/estimate", f"{v}/subsidies/estimate", {"region": "flanders", "pitches": 12}
    for one in client.get(f"{v}/sources").json()["items"][::5]:
        yield f"{v}/sources/{{source_id}}", f"{v}/sources/{one['id']}", None
    for more in ("", "?municipality=99001", "?loaded=true"):
        yield f"{v}/sources", f"{v}/sources{more}", None
    for name in ("municipalities", "coverage"):
        yield f"{v}/sources/{name}", f"{v}/sources/{name}", None
    yield f"{v}/files", f"{v}/files", None


def models(app: FastAPI) -> dict[str, Any]:
    """Model of each address of the API that answers JSON, by path."""
    out = {}
    for route in iter_route_contexts(app.routes):
        told = (getattr(route, "responses", None) or {}).get(200, {})
        if str(getattr(route, "path_format", "")).startswith("/api/v1") and "model" in told:
            out[route.path_format] = told["model"]
    return out


def test_every_answer_is_what_its_model_says(client: TestClient, demo_settings: Settings) -> None:
    known, seen, wrong = models(create_app(demo_settings)), set(), {}
    for path, address, body in asked(client):
        answer = client.get(address) if body is None else client.post(address, json=body)
        assert answer.status_code == 200, (address, answer.text[:300])
        seen.add(path)
        for one in faults(known[path], answer.json()):
            if "fields=" in address and ": missing" in one:
                continue
            wrong.setdefault(path, {}).setdefault(one, address)
    assert wrong == {}
    # A file is opened by its own tests.
    assert set(known) - seen == {"/api/v1/files/{number}"}


def test_every_json_answer_of_the_api_has_a_model_with_units_and_examples(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"].get("200", {}).get("content", {})
            if path.startswith("/api/v1") and "application/json" in content:
                assert content["application/json"]["schema"].keys() == {"$ref"}, f"{method} {path}"
    for name, schema in document["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            if field.endswith("_m2") or field in ("width_m", "straight_m"):
                text = str(told)
                assert "x-unit" in text or "m²" in text or ", m" in text, f"{name}.{field} has no unit"
