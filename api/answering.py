"""How single answers leave: built once, written straight to JSON, and described by their models in the OpenAPI document.

Models describe and tests hold answers to them (tests/api/test_answers.py); they are not run on every answer. Measured on the
rules of law (287 kB, processor time): written straight 0.1 ms, through the model 1.1 ms, through the framework's encoder 15 ms
(docs/decisions/models-describe.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import orjson
from fastapi import Response
from pydantic import BaseModel

P = ParamSpec("P")


def answers(model: type[BaseModel], *problems: int) -> dict[str, Any]:
    """What the description of the interface says of an address that answers with a model; goes with `told`.

    Parameters
    ----------
    problems : statuses of problems it may answer with that follow from nothing else (api/openapi.py).
    """
    told = (model.__doc__ or model.__name__).strip().splitlines()[0]
    return {
        "response_class": Response,
        "response_model": None,
        "responses": {200: {"model": model, "description": told}, **{one: {} for one in problems}},
    }


def told(handler: Callable[P, Any]) -> Callable[P, Response]:
    """A handler whose document leaves as it is."""

    @wraps(handler)
    def answering(*args: P.args, **kwargs: P.kwargs) -> Response:
        return Response(_json(handler(*args, **kwargs)), media_type="application/json")

    return answering


def _json(document: Any) -> bytes:
    return orjson.dumps(document, default=_other, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _other(value: Any) -> Any:
    """What JSON has no word for: decimals as text, as money is told; sets and tuples of names as lists."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
