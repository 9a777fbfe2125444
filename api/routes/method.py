"""How a verdict and a rank come about, with the published set of criteria they rest on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.answering import answers, told
from api.answers.method import Method
from api.dependencies import ScoredType, Translate
from api.method_view import method_view
from sites.suitability.loader import load_profile

router = APIRouter(prefix="/api/v1", tags=["method"])


@router.get("/method", **answers(Method))
@told
def method(
    translate: Translate,
    region: Annotated[Literal["flanders", "wallonia", "brussels"], Query(description="Region of the set of criteria.")],
    type: ScoredType = "residential",
) -> dict[str, Any]:
    """A published set of criteria: conditions, thresholds, value functions, weights, whose they are and their sources.

    `states` are the answers of a condition, the strictest first, with the verdict each leads to; `ranking` tells how the
    interval of a rank is made.
    """
    return method_view(load_profile(region, type), date.today(), translate)
