"""How many pitches fit on parcels, how they could lie, and what that may cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.answering import answers, told
from api.answers.layout import Layout
from api.dependencies import Database, Public, Translate, capakey_of
from api.layout_view import entered_of, parcels_layout_view, run_of
from api.parameters import Amount, Day, capakeys
from api.problems import NotPublishedError
from sites.law.subsidies.rule import Initiator

router = APIRouter(prefix="/api/v1", tags=["layout"])

Euros = Annotated[Amount | None, Query(description="Euros; not counted if left out.")]


@router.get("/layout", **answers(Layout))
@told
def layout(
    connection: Database,
    public: Public,
    translate: Translate,
    parcels: Annotated[
        str, Query(pattern=capakeys(1, 10), description="CAPAKEYs (`-` for `/`), separated by commas, at most ten.")
    ],
    site_type: Literal["residential", "transit", "family", "temporary"] = "residential",
    as_of: Annotated[Day | None, Query(description="Day whose law applies; that of the result if left out.")] = None,
    run: Annotated[str | None, Query(max_length=80)] = None,
    pitches: Annotated[int | None, Query(ge=1, le=1000, description="Pitches wanted.")] = None,
    initiator: Annotated[Initiator, Query(description="Who applies for a subsidy.")] = "municipality",
    land: Euros = None,
    soil: Euros = None,
    connections: Euros = None,
    valuation: Euros = None,
    running: Euros = None,
) -> dict[str, Any]:
    """Pitches that fit, as an interval; drawings as GeoJSON; area balance; whose figures; cost, an order of magnitude.

    Drafts of a municipality: an anonymous visitor gets the layout of published results only.
    """
    keys = [capakey_of(one) for one in parcels.split(",")]
    chosen = run_of(connection, keys, site_type, run)
    if public and (chosen is None or not chosen.published):
        raise NotPublishedError(
            "The municipality has not published this list.",
            "Ranked lists are drafts until the municipality publishes them; single parcels can be looked up.",
        )
    entered = entered_of(
        {"land": land, "soil": soil, "connections": connections, "valuation": valuation, "running": running}
    )
    document, _ = parcels_layout_view(
        connection, keys, chosen, site_type, as_of, translate, pitches=pitches, initiator=initiator, entered=entered
    )
    return document
