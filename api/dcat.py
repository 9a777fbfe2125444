"""What is published, as DCAT-AP 3: a catalogue, one data set per collection, how to get each, and the sources behind it.

Contract: describes exactly what `/ogc` publishes, the same in every view. Sources are named with licence, provider and date,
also those that may not be passed on themselves: they are provenance. Nothing is invented: without a contact in the settings
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import psycopg
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from api.i18n import translator
from api.ogc.collections import COLLECTIONS, Collection
from api.ogc.pages import GEOJSON, TILE, TILE_MATRIX_SET
from geodata.settings import LANGUAGES, Settings
from geodata.sources.sharing import basis, datasets_in

Connection = psycopg.Connection[Any]
Lines = Sequence[Mapping[str, Any]]

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
GEOSPARQL = Namespace("http://www.opengis.net/ont/geosparql#")
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_LANGUAGES = [URIRef(f"{_AUTHORITY}/language/{code}") for code in ("NLD", "FRA", "DEU", "ENG")]
_THEME = URIRef(f"{_AUTHORITY}/data-theme/REGI")
_IANA = "https://www.iana.org/assignments/media-types/"
#: Table and condition of the rows of each collection; candidates rest on what their results name.
_TABLES = {
    "sites": ("site", "true"), "municipalities": ("municipality", "f.valid_to IS NULL"), "zones": ("zone", "true"),
    "hp-sites": ("constraint_area", "f.theme = 'plan_hp'"), "parcels": ("parcel", "true"),
    "constraints": ("constraint_area", "f.theme <> 'plan_hp' AND NOT (f.theme = 'land_use' AND f.class = 'inhabited')"),
}  # fmt: skip
#: Answers in these forms, the first where nothing is asked for.
FORMS = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/rdf+xml": "xml"}
_SHORT = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}


@dataclass(frozen=True)
class Published:
    """What a catalogue is made of.

    Attributes
    ----------
    sources : collection -> the sources behind it, as `Basis.sources` gives them.
    runs : published results: id, territory, site_type.
    """

    sources: Mapping[str, Lines]
    runs: Lines


def published(connection: Connection, today: date) -> Published:
    """What the database holds of it."""
    ids = {name: datasets_in(connection, *place) for name, place in _TABLES.items()}
    rows = connection.execute(
        """SELECT p.id, p.territory, p.site_type, r.datasets FROM published.run p JOIN run r ON r.id = p.id
           ORDER BY p.id"""
    ).fetchall()
    ids["candidates"] = sorted({one for row in rows for several in row[3].values() for one in several})
    told = basis(connection, ids, today).sources("en")
    sources = {name: [one for one in told if name in one["layers"]] for name in COLLECTIONS}
    return Published(sources, [dict(zip(("id", "territory", "site_type"), row[:3], strict=True)) for row in rows])


def media_type(accept: str, form: str | None) -> str | None:
    """The form to answer in; None where none that is asked for is made.

    Parameters
    ----------
    accept : header of the request.
    form : ttl, jsonld or rdf; None = as `accept` says.
    """
    if form is not None:
        return _SHORT[form]
    wanted = []
    for at, part in enumerate(accept.split(",") if accept.strip() else ["*/*"]):
        kind, _, parameters = part.partition(";")
        quality = next((one.split("=")[1] for one in parameters.split(";") if one.strip().startswith("q=")), "1")
        try:
            wanted.append((-float(quality), at, kind.strip()))
        except ValueError:
            continue
    for least, _, kind in sorted(wanted):
        if kind in FORMS and least < 0:
            return kind
        if kind in ("*/*", "text/*", "application/*", "text/html") and least < 0:
            return "application/ld+json" if kind == "application/*" else "text/turtle"
    return None


def graph(found: Published, base: str, settings: Settings, extents: Mapping[str, list[float]]) -> Graph:
    """The catalogue.

    Parameters
    ----------
    base : address of the service, without a slash at its end.
    extents : collection -> west, south, east, north.
    """
    made = Graph()
    for name, space in (("vcard", VCARD), ("geo", GEOSPARQL), ("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF)):
        made.bind(name, space)
    catalogue, service, publisher = URIRef(f"{base}/dcat"), URIRef(f"{base}/ogc"), URIRef(f"{base}/dcat#publisher")
    summary = "Public caravan sites of Belgium, zoning, hazards and published candidates."
    made.add((publisher, RDF.type, FOAF.Agent))
    made.add((publisher, FOAF.name, Literal(settings.publisher)))
    made.add((catalogue, RDF.type, DCAT.Catalog))
    made.add((catalogue, DCTERMS.title, Literal("Standplaats")))
    _texts(made, catalogue, DCTERMS.description, summary)
    made.add((catalogue, DCTERMS.publisher, publisher))
    made.add((catalogue, FOAF.homepage, URIRef(f"{base}/")))
    made.add((catalogue, DCAT.service, service))
    made.add((service, RDF.type, DCAT.DataService))
    made.add((service, DCTERMS.title, Literal("OGC API")))
    made.add((service, DCAT.endpointURL, service))
    made.add((service, DCAT.endpointDescription, URIRef(f"{base}/ogc/api")))
    for language in _LANGUAGES:
        made.add((catalogue, DCTERMS.language, language))
    for name, one in COLLECTIONS.items():
        data = URIRef(f"{base}/ogc/collections/{name}")
        made.add((catalogue, DCAT.dataset, data))
        made.add((service, DCAT.servesDataset, data))
        made.add((data, DCTERMS.publisher, publisher))
        _dataset(made, data, one, found.sources[name], base)
        _place(made, data, extents.get(name))
        _contact(made, data, settings)
    for run in found.runs:
        _files(made, URIRef(f"{base}/ogc/collections/candidates"), run, base)
    return made


def _texts(made: Graph, node: Node, predicate: URIRef, text: str) -> None:
    for language in LANGUAGES:
        made.add((node, predicate, Literal(translator(language)(text), lang=language)))


def _dataset(made: Graph, data: URIRef, one: Collection, sources: Lines, base: str) -> None:
    made.add((data, RDF.type, DCAT.Dataset))
    made.add((data, DCTERMS.identifier, Literal(one.id)))
    _texts(made, data, DCTERMS.title, one.title)
    _texts(made, data, DCTERMS.description, one.description)
    made.add((data, DCAT.theme, _THEME))
    for language in _LANGUAGES:
        made.add((data, DCTERMS.language, language))
    _distribution(made, data, f"{data}/items", GEOJSON, "OGC API Features", URIRef(f"{base}/ogc"))
    if one.tiles:
        _distribution(made, data, f"{data}/tiles/{TILE_MATRIX_SET}", TILE, "OGC API Tiles", URIRef(f"{base}/ogc"))
    if sources:
        made.add((data, DCTERMS.modified, Literal(max(line["date"] for line in sources), datatype=XSD.date)))
    for line in sources:
        made.add((data, DCTERMS.source, _source(made, line, base)))


def _distribution(made: Graph, data: URIRef, address: str, kind: str, title: str, service: URIRef | None) -> None:
    node = URIRef(f"{address}#distribution")
    made.add((data, DCAT.distribution, node))
    made.add((node, RDF.type, DCAT.Distribution))
    made.add((node, DCTERMS.title, Literal(title)))
    made.add((node, DCAT.accessURL, URIRef(address)))
    made.add((node, DCAT.mediaType, URIRef(_IANA + kind)))
    # The data keep the licences of their sources, which differ: they stand with each source.
    rights = BNode()
    made.add((node, DCTERMS.rights, rights))
    made.add((rights, RDF.type, DCTERMS.RightsStatement))
    _texts(made, rights, RDFS.label, "Each source keeps its licence and asks to be named; both stand with the source.")
    if service is not None:
        made.add((node, DCAT.accessService, service))


def _source(made: Graph, line: Mapping[str, Any], base: str) -> URIRef:
    """A source: provenance, no data set of this catalogue."""
    node = URIRef(f"{base}/dcat#source-{line['dataset']}")
    if (node, RDF.type, DCAT.Dataset) in made:
        return node
    made.add((node, RDF.type, DCAT.Dataset))
    made.add((node, DCTERMS.identifier, Literal(line["source"])))
    made.add((node, DCTERMS.title, Literal(line["title"], lang="en")))
    made.add(
        (
            node,
            DCTERMS.description,
            Literal(f"{line['title']} ({line['provider']}), version {line['version']}", lang="en"),
        )
    )
    made.add((node, DCTERMS.modified, Literal(line["date"], datatype=XSD.date)))
    provider, licence = BNode(), BNode()
    made.add((node, DCTERMS.publisher, provider))
    made.add((provider, RDF.type, FOAF.Agent))
    made.add((provider, FOAF.name, Literal(line["provider"])))
    made.add((node, DCTERMS.license, licence))
    made.add((licence, RDF.type, DCTERMS.LicenseDocument))
    made.add((licence, DCTERMS.title, Literal(line["licence"])))
    return node


def _place(made: Graph, data: URIRef, extent: list[float] | None) -> None:
    made.add((data, DCTERMS.spatial, URIRef(f"{_AUTHORITY}/country/BEL")))
    if extent is None:
        return
    west, south, east, north = extent
    ring = ", ".join(f"{x} {y}" for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south)))
    box = BNode()
    made.add((data, DCTERMS.spatial, box))
    made.add((box, RDF.type, DCTERMS.Location))
    made.add((box, DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=GEOSPARQL.wktLiteral)))


def _contact(made: Graph, data: URIRef, settings: Settings) -> None:
    """The contact of the settings: an address of mail or a page."""
    if settings.contact is None:
        return
    node, mail = BNode(), "@" in settings.contact and "://" not in settings.contact
    made.add((data, DCAT.contactPoint, node))
    made.add((node, RDF.type, VCARD.Kind))
    made.add((node, VCARD.fn, Literal(settings.publisher)))
    target = URIRef(f"mailto:{settings.contact}" if mail else settings.contact)
    made.add((node, VCARD.hasEmail if mail else VCARD.hasURL, target))


def _files(made: Graph, data: URIRef, run: Mapping[str, Any], base: str) -> None:
    """Files of a published result."""
    kinds = (("gpkg", "application/geopackage+sqlite3"), ("csv", "text/csv"), ("geojson", GEOJSON))
    for form, kind in kinds:
        asked = {"municipality": ",".join(run["territory"]), "type": run["site_type"], "run": run["id"], "format": form}
        address = f"{base}/api/v1/exports?{urlencode(asked)}"
        _distribution(made, data, address, kind, f"{asked['municipality']} {run['site_type']}", None)
