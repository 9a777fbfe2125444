"""Every example of docs/api.md is asked of the demo, in its order, and answered as the page says.

Of shell only what the page uses: `curl` with -s, -i, -I, -H, -d, --json, and NAME=$(curl ... | jq ...) or a header cut out.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from geodata.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
HERE = "http://127.0.0.1:8710"
ANY = "…"


def blocks() -> list[tuple[str, str, str]]:
    """Heading, kind and text of each block of code."""
    found, heading = [], ""
    for part in re.finditer(
        r"^## (?P<head>[^\n]+)$|^```(?P<kind>\w+)\n(?P<text>.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S
    ):
        if part["head"]:
            heading = part["head"]
        else:
            found.append((heading, part["kind"], part["text"]))
    return found


def sections() -> dict[str, list[tuple[str, str]]]:
    """Heading -> its blocks."""
    told: dict[str, list[tuple[str, str]]] = {}
    for heading, kind, text in blocks():
        told.setdefault(heading, []).append((kind, text))
    return told


@pytest.fixture(scope="module")
def client(demo_settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(demo_settings)) as opened:
        yield opened


def ask(client: TestClient, command: str, names: dict[str, str]) -> httpx.Response:
    """What a curl command asks."""
    words = [re.sub(r"\$([A-Z]+)", lambda found: names[found[1]], word) for word in shlex.split(command)]
    assert words[0] == "curl", command
    method, headers, body, address = "GET", {"Accept": "*/*"}, None, None
    rest = iter(words[1:])
    for word in rest:
        if word in ("-s", "-si"):
            continue
        if word == "-sI":
            method = "HEAD"
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("-d", "--json"):
            method, body = "POST", next(rest)
            if word == "--json":
                headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        else:
            assert address is None and word.startswith(HERE), word
            address = word.removeprefix(HERE)
    assert address is not None
    return client.request(method, address, headers=headers, content=body)


def picked(answer: httpx.Response, filters: str) -> str:
    """What `jq -r`, `jq -c` or the cutting out of a header gives."""
    header = re.search(r"s/\^(\S+): //p", filters)
    if header:
        return str(answer.headers[header[1]])
    value = answer.json()
    for step in re.findall(r"\.(\w+)|\[(\d+)\]", filters.partition("jq -")[2]):
        value = value[step[0]] if step[0] else value[int(step[1])]
    return value if isinstance(value, str) else json.dumps(value)


def run(client: TestClient, text: str, names: dict[str, str]) -> httpx.Response:
    """Run a block of commands; the answer of the last."""
    answer = None
    for line in text.replace("\\\n", " ").strip().splitlines():
        kept = re.fullmatch(r"([A-Z]+)=\$\((curl [^|]+)\|(.+)\)", line)
        if kept:
            names[kept[1]] = picked(ask(client, kept[2], names), kept[3])
        else:
            answer = ask(client, line, names)
            assert answer.status_code < 500, line
    assert answer is not None
    return answer


def same(shown: Any, found: Any, where: str = "") -> None:
    """What the page shows is in the answer: keys it leaves out may be there, items of a list are the first ones."""
    if shown == ANY:
        return
    if isinstance(shown, dict):
        assert isinstance(found, dict), where
        for name, value in shown.items():
            assert name in found, f"{where}.{name}"
            same(value, found[name], f"{where}.{name}")
    elif isinstance(shown, list):
        assert isinstance(found, list) and len(found) >= len(shown) and (shown or not found), where
        for at, value in enumerate(shown):
            same(value, found[at], f"{where}[{at}]")
    else:
        assert shown == found, where


def check(kind: str, text: str, answer: httpx.Response) -> None:
    if kind == "json":
        same(json.loads(text), answer.json())
    elif kind == "http":
        status, *headers = text.strip().splitlines()
        assert answer.status_code == int(status.split()[1])
        for line in headers:
            name, _, value = line.partition(": ")
            assert re.fullmatch(re.escape(value).replace(ANY, ".*"), answer.headers[name]), line
    else:
        assert text.strip() in answer.text, kind


@pytest.mark.parametrize("heading", sections())
def test_examples_answer_as_the_page_says(client: TestClient, heading: str) -> None:
    names: dict[str, str] = {}
    answer: httpx.Response | None = None
    asked = checked = 0
    for kind, text in sections()[heading]:
        if kind == "sh":
            answer, asked = run(client, text, names), asked + 1
        else:
            assert answer is not None
            check(kind, text, answer)
            checked += 1
    assert asked and checked >= asked


def test_the_page_has_what_a_program_needs() -> None:
    text = PAGE.read_text("utf-8")
    for word in ("token", "facets", "fields=", "f=geojson", "text/csv", "--json", "If-None-Match", "Accept-Language",
                 "/problems/", "exports", "Retry-After"):  # fmt: skip
        assert word in text, word
