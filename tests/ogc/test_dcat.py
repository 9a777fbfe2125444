"""The catalogue is read back, in each of its forms, and holds what DCAT-AP asks for; nothing is in it that is not published."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, URIRef

from api.app import create_app
from api.dcat import VCARD, media_type
from api.ogc.collections import COLLECTIONS
from geodata.settings import Settings

BASE = "http://testserver"


@pytest.fixture(scope="module")
def client(demo_settings: Settings, published_run: str) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings, public=True)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("form", "kind", "reader"),
    [
        ("ttl", "text/turtle", "turtle"),
        ("jsonld", "application/ld+json", "json-ld"),
        ("rdf", "application/rdf+xml", "xml"),
    ],
)
def test_every_form_holds_the_same(client: TestClient, form: str, kind: str, reader: str) -> None:
    asked = client.get("/dcat", headers={"Accept": f"text/html;q=0.1, {kind}"})
    assert asked.headers["content-type"].startswith(kind)
    assert client.get(f"/dcat?f={form}").headers["content-type"].startswith(kind)
    made = Graph().parse(data=asked.text, format=reader)
    assert len(made) == len(Graph().parse(data=client.get("/dcat").text, format="turtle"))


def test_the_mandatory_properties_are_there(client: TestClient, published_run: str) -> None:
    made = Graph().parse(data=client.get("/dcat").text, format="turtle")
    catalogue = URIRef(f"{BASE}/dcat")
    for mandatory in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset):
        assert (catalogue, mandatory, None) in made, mandatory
    listed = set(made.objects(catalogue, DCAT.dataset))
    assert listed == {URIRef(f"{BASE}/ogc/collections/{name}") for name in COLLECTIONS}
    for data in made.subjects(RDF.type, DCAT.Dataset):
        assert (data, DCTERMS.title, None) in made and (data, DCTERMS.description, None) in made
    for data in listed:
        languages = {text.language for text in made.objects(data, DCTERMS.title)}
        assert languages == {"nl", "fr", "de", "en"}
        assert (data, DCTERMS.spatial, None) in made and (data, DCTERMS.source, None) in made
    for distribution in made.objects(None, DCAT.distribution):
        address = made.value(distribution, DCAT.accessURL)
        assert client.get(str(address)).status_code == 200, address
    for service in made.subjects(RDF.type, DCAT.DataService):
        assert (service, DCAT.endpointURL, None) in made and (service, DCTERMS.title, None) in made
    for agent in made.subjects(RDF.type, FOAF.Agent):
        assert (agent, FOAF.name, None) in made
    files = [str(one) for one in made.objects(None, DCAT.accessURL) if "/exports" in str(one)]
    assert len(files) == 3 and all(published_run in one for one in files)


def test_sources_are_provenance_with_licence_provider_and_date(
    client: TestClient, demo_connection: psycopg.Connection[tuple[str, str]]
) -> None:
    made = Graph().parse(data=client.get("/dcat").text, format="turtle")
    zones = URIRef(f"{BASE}/ogc/collections/zones")
    told = {str(made.value(one, DCTERMS.identifier)) for one in made.objects(zones, DCTERMS.source)}
    rows = demo_connection.execute("SELECT DISTINCT source FROM published.zone").fetchall()
    assert told == {row[0] for row in rows}
    for one in made.objects(None, DCTERMS.source):
        assert (
            made.value(one, DCTERMS.license)
            and made.value(one, DCTERMS.publisher)
            and made.value(one, DCTERMS.modified)
        )


def test_a_contact_comes_from_the_settings_only(demo_settings: Settings) -> None:
    for contact, found in ((None, []), ("info@example.org", [URIRef("mailto:info@example.org")])):
        settings = demo_settings.model_copy(update={"contact": contact})
        with TestClient(create_app(settings)) as opened:
            made = Graph().parse(data=opened.get("/dcat").text, format="turtle")
        assert sorted(set(made.objects(None, VCARD.hasEmail))) == found
        assert ((None, DCAT.contactPoint, None) in made) is bool(found)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/turtle"), ("*/*", "text/turtle"), ("application/rdf+xml", "application/rdf+xml"),
        ("text/turtle;q=0.2, application/ld+json;q=0.9", "application/ld+json"), ("image/png", None),
        ("text/turtle;q=0", None), ("text/turtle;q=x", None),
    ],
)  # fmt: skip
def test_forms(accept: str, kind: str | None) -> None:
    assert media_type(accept, None) == kind
