"""Requests made up from the description of the service, against the demo: whatever is asked, the answer is one it describes.

All checks of schemathesis: no answer of 500, statuses, kinds and shapes as described, what fits the description accepted and
what does not refused. The same requests in every run; `make fuzz` draws many more, others each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.python.asgi import shutdown_lifespans

from api.app import create_app
from geodata.settings import Settings

#: Made-up requests of each operation, beside those that cover every limit of every parameter.
EXAMPLES = int(os.environ.get("STANDPLAATS_TEST_FUZZ", "4"))
LONG = "STANDPLAATS_TEST_FUZZ" in os.environ


@pytest.fixture(scope="module")
def described(demo_settings: Settings) -> Iterator[Any]:
    """The service with its description."""
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=not LONG, no_shrink=True)
    project = ProjectConfig(generation=generation)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project), seed=None if LONG else 2012)
    yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(demo_settings), config=config)
    shutdown_lifespans()


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
def test_every_answer_is_one_that_is_described(case: Any) -> None:
    case.call_and_validate()
