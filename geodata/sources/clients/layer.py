"""What an ArcGIS layer says of itself: its fields with their aliases, its object id, how much it gives at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geodata.sources.catalogue import Service
from geodata.sources.clients.common import BudgetError, FetchError
from geodata.sources.clients.content import read_json
from geodata.sources.clients.session import Session

_ID_NAMES = ("objectid", "fid", "oid", "objectid_1", "esri_oid")


@dataclass(frozen=True)
class Layer:
    """A layer as it describes itself.

    Attributes
    ----------
    id_field : name of the object id, None where it is not known.
    fields : alias and name, in lower case -> (name, type).
    most : records it gives at once.
    """

    id_field: str | None = None
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    most: int | None = None


def describe(address: str, service: Service, session: Session) -> Layer:
    """The layer's own description; what the catalogue says where the service gives none.

    A service that describes nothing may still answer questions: only a used-up budget stops here.
    """

    def read(path: Path, headers: dict[str, str]) -> dict[str, Any]:
        found = read_json(path, "a description of the layer")
        return found if isinstance(found, dict) and "error" not in found else {}

    try:
        told = session.ask(address, [("f", "json")], read=read, name="layer.json", attempts=2)[1]
    except BudgetError:
        raise
    except FetchError:
        told = {}
    fields: dict[str, tuple[str, str]] = {}
    id_field = service.order_by
    for one in told.get("fields") or []:
        name, kind = str(one.get("name", "")), str(one.get("type", ""))
        fields[str(one.get("alias") or name).strip().lower()] = (name, kind)
        # A name wins over another field's alias.
        fields[name.lower()] = (name, kind)
        if kind == "esriFieldTypeOID" and service.order_by is None:
            id_field = name
    most = told.get("maxRecordCount")
    return Layer(id_field, fields, most if isinstance(most, int) and most > 0 else None)


def id_of(properties: dict[str, Any], layer: Layer) -> str | None:
    """The object id of a record, also where the layer named none."""
    if layer.id_field is not None:
        wanted = layer.id_field.lower()
        found = next((value for name, value in properties.items() if name.lower() == wanted), None)
        if found is not None:
            return str(found)
    lower = {name.lower(): value for name, value in properties.items()}
    return next((str(lower[name]) for name in _ID_NAMES if lower.get(name) is not None), None)
