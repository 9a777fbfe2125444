"""How a list is answered: its form, its fields, its validator, and what goes along with it.

`Asked` is the typed dependency of every list route; `answer(asked, spec, make)` makes the response. `make` is called only
where the reader does not have the answer already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
import psycopg
import shapely
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from api.dependencies import Database, PageTokens, Public, Token, Translate
from api.i18n import Translator
from api.lists import files
from api.lists.columns import SHAPE, chosen, columns_of
from api.lists.forms import MEDIA, PLACED, PLAIN, Form, form_of
from api.lists.state import body_etag, matches, state_of
from api.ogc import crs
from api.provenance import attribution_line, say_sources
from api.views import with_notice
from geodata.database.counting import Count
from geodata.tokens import Pages
from sites.suitability import Message


@dataclass(frozen=True)
class Spec:
    """A list of the API.

    Attributes
    ----------
    name : of the list, in files and problems.
    item : model of one item.
    placed : do items have places?
    collection : is the JSON answer a GeoJSON collection, too?
    heavy : fields that are in no table unless they are asked for.
    invented : is it invented where the demo is served, and says so?
    """

    name: str
    item: type[BaseModel]
    placed: bool = True
    collection: bool = False
    heavy: frozenset[str] = frozenset()
    invented: bool = True

    @property
    def forms(self) -> tuple[Form, ...]:
        """Forms it is made in."""
        return PLACED if self.placed else PLAIN

    def responses(self, model: Any) -> dict[int | str, dict[str, Any]]:
        """What the OpenAPI document says of the answers."""
        content: dict[str, Any] = {MEDIA[one]: {} for one in self.forms if one != "json"}
        return {
            200: {"model": model, "content": content, "description": "A page of the list."},
            304: {"description": "The reader has it already."},
            406: {},
        }


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes
    ----------
    items : rows, as JSON has them.
    count : rows of the whole list.
    following : token of the next page.
    filters : what the list was filtered by.
    sources : as `Basis.sources` gives them, or said already.
    more : further keys of the JSON answer.
    shapes, system : shapes of the rows and their system; None where none were asked for.
    """

    items: list[dict[str, Any]]
    count: Count
    following: str | None = None
    filters: Sequence[Message | str] = ()
    sources: list[dict[str, Any]] = field(default_factory=list)
    more: Mapping[str, Any] = field(default_factory=dict)
    shapes: Sequence[Any] | None = None
    system: str = crs.LAMBERT_72


def page_of(
    document: Mapping[str, Any],
    *,
    count: Count | None = None,
    filters: Sequence[Message | str] = (),
    shapes: Sequence[Any] | None = None,
    system: str = crs.CRS84,
) -> Page:
    """A page from the document of a list; what it says besides rows, count, token, filters and sources stays as it is.

    Parameters
    ----------
    count, filters : in the place of those of the document.
    """
    known = ("count", "count_kind", "items", "next", "filters", "sources", "notice")
    told = count or Count(document["count"], document.get("count_kind", "exact"))
    more = {key: value for key, value in document.items() if key not in known}
    return Page(
        document["items"], told, document.get("next"), document.get("filters", filters), document.get("sources", []),
        more, shapes, system,
    )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request for a list, with what is needed to answer it."""

    request: Request
    connection: psycopg.Connection[Any]
    translate: Translator
    public: bool
    pages: Pages
    token: str | None
    form: Form | None
    fields: str | None

    @property
    def is_read(self) -> bool:
        """May the answer be one the reader has already?"""
        return self.request.method in ("GET", "HEAD")

    def wants_shapes(self, spec: Spec) -> bool:
        """Are the shapes of the rows needed?"""
        if not spec.placed:
            return False
        made = form_of(self.request.headers.get("accept", ""), self.form, spec.forms)
        return made in ("geojson", "gpkg", "arrow") or SHAPE in (chosen(spec.item, self.fields, spec.name) or ())


def _asked(
    request: Request,
    connection: Database,
    translate: Translate,
    public: Public,
    pages: PageTokens,
    token: Token = None,
    f: Annotated[Form | None, Query(description="Form of the answer; else as `Accept` says.")] = None,
    fields: Annotated[
        str | None, Query(max_length=1000, description="Fields of the items, separated by commas; all if left out.")
    ] = None,
) -> Asked:
    return Asked(request, connection, translate, public, pages, token, f, fields)


Ask = Annotated[Asked, Depends(_asked, scope="function")]


def answer(asked: Asked, spec: Spec, make: Callable[[], Page], *, by_state: bool = True) -> Response:
    """The response to a request for a list.

    Parameters
    ----------
    by_state : the state of the data tells whether the reader has the answer already, before it is made; False = what it
        holds tells, as it rests on more than the data.

    Raises
    ------
    NotAcceptableError
        When it is not made in the form asked for.
    UsageError
        When a field does not exist.
    """
    request = asked.request
    form = form_of(request.headers.get("accept", ""), asked.form, spec.forms)
    fields = chosen(spec.item, asked.fields, spec.name)
    state = state_of(asked.connection)
    headers = {"Vary": "Accept, Accept-Language", "Content-Language": asked.translate.language}
    if state.changed is not None:
        headers["Last-Modified"] = format_datetime(state.changed, usegmt=True)
    known = request.headers.get("if-none-match", "") if asked.is_read else ""
    etag = state.etag(
        request.url.path, sorted(request.query_params.multi_items()), form, asked.translate.language, asked.public
    )
    if by_state and matches(known, etag):
        return Response(status_code=304, headers=headers | {"ETag": etag})
    page = make()
    body = _body(asked, spec, page, form, fields)
    if asked.is_read:
        headers["ETag"] = etag if by_state else body_etag(body)
        if not by_state and matches(known, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    headers |= {"X-Count": str(page.count.number), "X-Count-Kind": page.count.kind}
    if page.following is not None:
        others = [(key, value) for key, value in request.query_params.multi_items() if key != "token"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*others, ("token", page.following)])}>; rel="next"'
    if form not in ("json", "geojson"):
        headers["Content-Disposition"] = f'attachment; filename="standplaats-{spec.name}.{form}"'
    return Response(body, media_type=MEDIA[form], headers=headers)


def _body(asked: Asked, spec: Spec, page: Page, form: Form, fields: tuple[str, ...] | None) -> bytes:
    """The page in its form."""
    translate = asked.translate
    sources = [one if "licence_text" in one else say_sources([one], translate)[0] for one in page.sources]
    notice = with_notice(asked.connection, {}, translate).get("notice") if spec.invented else None
    about: dict[str, Any] = {
        "count": page.count.number,
        "count_kind": page.count.kind,
        "next": page.following,
        "filters": [translate.render(one) if isinstance(one, Message) else one for one in page.filters],
        **page.more,
        "sources": sources,
    }
    if notice is not None:
        about["notice"] = notice
    items = page.items
    if form == "json" and not spec.collection and page.shapes is not None and SHAPE in (fields or ()):
        told = files.lonlat(page.shapes, page.system)
        items = [
            {**one, SHAPE: None if text is None else orjson.Fragment(text)}
            for one, text in zip(items, shapely.to_geojson(told), strict=True)
        ]
    if fields is not None:
        wanted = [one for one in fields if one != SHAPE or form == "json"]
        items = [{key: one[key] for key in wanted if key in one} for one in items]
    if form == "json" and not spec.collection:
        # `count` first, the items before the sources: as people read it.
        first = {"count": about.pop("count"), "count_kind": about.pop("count_kind")}
        return orjson.dumps({**first, "items": items, **about})
    rows = files.Rows(
        spec.name, items, columns_of(spec.item, fields, spec.heavy), about, attribution_line(sources), notice,
        [one.get("id") for one in page.items], page.shapes if spec.placed else None, page.system, sources,
    )  # fmt: skip
    return _MADE["geojson" if form == "json" else form](rows)


_MADE: dict[str, Callable[[files.Rows], bytes]] = {
    "geojson": files.geojson, "csv": files.csv, "gpkg": files.geopackage, "arrow": files.arrow,
}  # fmt: skip
