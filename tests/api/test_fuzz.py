"""Requests made up from the description of the service, against the served demo: whatever is asked, the answer is one it
describes, and never 500.

All checks of schemathesis: statuses, kinds, headers and shapes as described, what fits the description accepted, what does not
refused. The same requests in every run; `make fuzz` draws many more, others each time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.request import urlopen

from served import serving

from geodata.settings import Settings

#: Made-up requests of each operation in a long run, beside those that cover every limit of every parameter.
LONG = os.environ.get("STANDPLAATS_TEST_FUZZ")
#: What may be answered to a request that fits the description. 422: a polygon that crosses itself, a file that is approved
#: before it is lodged; such rules are in no description.
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx")
#: A token is good for one list, a list has its own fields and forms: a description of single parameters cannot say that.
REFUSED = ("400", "406")


def configuration(lists: Iterable[str]) -> str:
    """How schemathesis is to judge the answers; all checks, `lists` are operations that take page tokens."""
    check = "checks.positive_data_acceptance"
    parts = [f"[{check}]\nexpected-statuses = {json.dumps(ACCEPTED)}\n"]
    for name in lists:
        parts.append(f"[[operations]]\ninclude-name = {json.dumps(name)}\n")
        parts.append(f"[operations.{check}]\nexpected-statuses = {json.dumps((*ACCEPTED, *REFUSED))}\n")
    return "\n".join(parts)


def with_tokens(address: str) -> list[str]:
    """Operations of a served description that take page tokens."""
    with urlopen(f"{address}api/v1/openapi.json", timeout=60) as answer:
        paths = json.load(answer)["paths"]
    return [
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(one["name"] == "token" for one in operation.get("parameters", ()))
    ]


def test_every_answer_is_one_that_is_described(demo_settings: Settings, tmp_path: Path) -> None:
    how = ["--max-examples", LONG] if LONG else ["--max-examples", "3", "--generation-deterministic", "--no-shrink"]
    with serving(demo_settings) as (_, address):
        config = tmp_path / "schemathesis.toml"
        config.write_text(configuration(with_tokens(address)), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", "--no-color",
                   "--request-timeout", "120", "--continue-on-failure", *how, f"{address}api/v1/openapi.json"]  # fmt: skip
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-20_000:] + told.stderr[-2_000:]
    # A run that tried nothing would end well, too.
    tried = re.search(r"Test cases:\s+([\d,]+) generated, \1 passed", told.stdout)
    assert tried is not None and int(tried[1].replace(",", "")) > 2_000, told.stdout[-2_000:]
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1", told.stdout), told.stdout[-2_000:]
