"""Columns on the wire: what the server reads is what was given, also with gaps, in every type and at every size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.database import copy
from geodata.database.copy import copy_columns

TYPES = {"a": "int8", "b": "int4", "c": "float8", "d": "bool", "e": "date", "f": "text", "g": "bytea", "h": "jsonb"}
TEXTS = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "a": st.integers(-(2**63), 2**63 - 1),
    "b": st.integers(-(2**31), 2**31 - 1),
    "c": st.floats(allow_nan=False),
    "d": st.booleans(),
    "e": st.dates(date(1000, 1, 1)),
    "f": TEXTS,
    "g": st.binary(max_size=30),
    "h": st.sampled_from([b"{}", b'{"a": [1, null]}', b'"x"']),
}


@pytest.fixture
def table(demo_connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty table with a column of each type."""
    for name, kind in TYPES.items():
        monkeypatch.setitem(copy.TYPES, name, kind)
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    demo_connection.execute(f"CREATE TEMP TABLE wire (row int GENERATED ALWAYS AS IDENTITY, {columns})")
    yield "wire"


def read(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT a, b, c, d, e, f, g, h::text FROM wire ORDER BY row").fetchall()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), n=st.integers(0, 40), chunk=st.integers(1, 50), gaps=st.booleans())
def test_what_is_sent_arrives(
    demo_connection: psycopg.Connection[Any], table: str, data: st.DataObject, n: int, chunk: int, gaps: bool
) -> None:
    columns = {
        name: data.draw(st.lists(st.one_of(st.none(), one) if gaps else one, min_size=n, max_size=n))
        for name, one in VALUES.items()
    }
    demo_connection.execute("TRUNCATE wire")
    sent = copy_columns(
        demo_connection, table, list(TYPES), n,
        lambda start, stop: {name: values[start:stop] for name, values in columns.items()}, chunk=chunk,
    )  # fmt: skip
    assert sent == n
    expected = [
        tuple(one.decode() if at == 7 and one is not None else one for at, one in enumerate(row))
        for row in zip(*columns.values(), strict=True)
    ]
    assert read(demo_connection) == expected


def test_arrays_without_gaps(demo_connection: psycopg.Connection[Any], table: str) -> None:
    n = 1_000
    numbers = np.arange(n)
    long = ["x" * (at % 300) for at in range(n)]
    columns = {"a": numbers, "c": numbers / 7, "d": numbers % 2 == 0, "f": long, "g": [b"\x00" * 70_000] * n}
    copy_columns(demo_connection, table, list(columns), n, lambda start, stop: {name: values[start:stop] for name, values in columns.items()}, chunk=300)  # fmt: skip
    row = demo_connection.execute(
        "SELECT count(*), sum(a), sum(c), count(*) FILTER (WHERE d), sum(length(f)), sum(length(g)) FROM wire"
    ).fetchone()
    assert row is not None
    assert row[:2] == (n, sum(range(n))) and row[2] == pytest.approx((numbers / 7).sum())
    assert row[3:] == (n // 2, sum(map(len, long)), 70_000 * n)


def test_an_error_of_the_server_ends_the_sending(demo_connection: psycopg.Connection[Any], table: str) -> None:
    with pytest.raises(psycopg.DataError):
        copy_columns(demo_connection, table, ["f"], 2, lambda start, stop: {"f": ["a", "\x00"]})
