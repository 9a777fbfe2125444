"""Page tokens: signed, bound to their list, one key for all workers; every paged list goes through them."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.app import create_app
from geodata.errors import StandplaatsError
from geodata.settings import Settings
from geodata.tokens import PASSING, Pages, PageTokenError, pages_of

LISTED = ["candidates", "r1", {"pitches": 12}]


def settings(home: Path, **more: Any) -> Settings:
    return Settings(home=home, database_url=None, lang="en", **more)


def test_a_token_gives_back_its_place_and_belongs_to_one_list() -> None:
    token = PASSING.make(LISTED, [50, "99101A0000/00A001"])
    assert PASSING.read(LISTED, token) == [50, "99101A0000/00A001"]
    for other in (["candidates", "r2", {"pitches": 12}], ["candidates", "r1", {"pitches": 13}], ["assemblies", "r1"]):
        with pytest.raises(PageTokenError):
            PASSING.read(other, token)
    with pytest.raises(PageTokenError):
        Pages(lambda: b"another key of another place").read(LISTED, token)


@given(text=st.text(max_size=500))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(PageTokenError):
        PASSING.read(LISTED, text)


@given(at=st.integers(0, 10_000), letter=st.sampled_from("ABCxyz019-_.\0é "))
def test_a_changed_token_is_refused(at: int, letter: str) -> None:
    token = PASSING.make(LISTED, [50])
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    # The last letter of base64 holds bits that say nothing: only a token that says something else has to be refused.
    if changed != token and _bytes(changed) != _bytes(token):
        with pytest.raises(PageTokenError):
            PASSING.read(LISTED, changed)


def _bytes(token: str) -> list[bytes]:
    parts = token.encode("utf-8").split(b".")
    try:
        return [base64.urlsafe_b64decode(one + b"=" * (-len(one) % 4)) for one in parts]
    except ValueError:
        return parts


def test_the_key_is_made_once_for_all_workers_and_is_private(tmp_path: Path) -> None:
    home = tmp_path / "new"
    from geodata import tokens

    def worker(_: int) -> str:
        # Each worker is a process of its own: nothing is remembered between them here.
        return tokens._kept.__wrapped__(home / tokens._FILE).decode()

    with ThreadPoolExecutor(8) as several:
        keys = set(several.map(worker, range(32)))
    assert len(keys) == 1
    files = list(home.iterdir())
    assert [one.name for one in files] == [tokens._FILE], "nothing is left of the workers that came second"
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    token = pages_of(settings(home)).make(LISTED, [1])
    assert pages_of(settings(home)).read(LISTED, token) == [1]


def test_a_setting_takes_the_place_of_the_file(tmp_path: Path) -> None:
    given = settings(tmp_path, secret=SecretStr("of several machines"))
    token = pages_of(given).make(LISTED, [1])
    assert list(tmp_path.iterdir()) == []
    assert pages_of(settings(tmp_path / "other", secret=SecretStr("of several machines"))).read(LISTED, token) == [1]
    with pytest.raises(PageTokenError):
        pages_of(settings(tmp_path)).read(LISTED, token)
    with pytest.raises(ValueError, match="at least 16"):
        settings(tmp_path, secret=SecretStr("short"))


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StandplaatsError, match="page tokens cannot be kept"):
        pages_of(settings(tmp_path / "file" / "home")).prepare()


@pytest.mark.parametrize(
    ("address", "size"),
    [
        ("/api/v1/candidates?municipality=99001", 7),
        ("/api/v1/assemblies?municipality=99003", 3),
    ],
)
def test_pages_together_are_the_whole_list(demo_settings: Settings, address: str, size: int) -> None:
    with TestClient(create_app(demo_settings)) as client:
        whole = client.get(f"{address}&limit=100" if "assemblies" in address else f"{address}&limit=500").json()
        together: list[Any] = []
        token = ""
        while True:
            page = client.get(f"{address}&limit={size}{token}").json()
            together += page["items"]
            if page["next"] is None:
                break
            token = f"&token={page['next']}"
        assert len(whole["items"]) > size and whole["next"] is None
        assert together == whole["items"]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/candidates?municipality=99001&limit=5",
        "/api/v1/assemblies?municipality=99001&limit=2",
        "/ogc/collections/parcels/items?limit=5",
    ],
)
def test_a_token_of_another_list_or_of_nobody_is_a_clear_problem(demo_settings: Settings, address: str) -> None:
    with TestClient(create_app(demo_settings)) as client:
        foreign = client.get("/api/v1/candidates?municipality=99002&limit=5").json()["next"]
        for token in (foreign, "garbage", "WzFd.AAAA", "a.b.c", "." * 40, foreign[:-3]):
            answer = client.get(f"{address}&token={token}")
            assert answer.status_code == 400, token
            assert answer.json()["type"] == "/problems/bad-request"
            assert answer.json()["detail"] == "This page token does not belong to this list."
        assert client.get(address, params={"token": "x" * 401}).status_code == 400
