"""Keys, codes, labels and columns of texts: whatever stands in a file, the answer is well-formed and stays the same."""

from __future__ import annotations

import json
import string
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from geodata.ingest.lists import check_capakeys, normal_capakeys
from geodata.ingest.mapping import _as_json
from geodata.ingest.report import Refusals
from geodata.ingest.table import Work, text, texts
from geodata.ingest.vectors import json_member, json_objects, mapped
from geodata.sources.nis import nis_changes, successor
from geodata.sources.zoning_labels import UNRECOGNISED, classify, normalise, zoning_classes

KEYS = st.from_regex(r"[0-9]{5}[A-Z][0-9]{4}/[0-9]{2}[A-Z_][0-9]{3}", fullmatch=True)
CODES = sorted({code for one in nis_changes() for code in (one.old_nis, one.new_nis)})


def column(values: list[Any]) -> np.ndarray[Any, Any]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def kept(values: list[Any]) -> tuple[list[str], list[int]]:
    """Keys that are kept of a column, and the rows that are not."""
    refusals = Refusals()
    keys = normal_capakeys(column(values))
    work = check_capakeys(Work("parcel", {"capakey": keys}, None, np.arange(1, len(keys) + 1)), refusals)
    return list(work.columns["capakey"]), [row for row, *_ in refusals.rows]


@given(st.lists(st.tuples(KEYS, st.booleans(), st.booleans(), st.sampled_from(["", " ", "\t", "\u00a0"])), max_size=20))
def test_every_spelling_of_a_key_is_that_key(given_keys: list[tuple[str, bool, bool, str]]) -> None:
    written = [
        space + (key.lower() if small else key).replace("/", "-" if dash else "/") + space
        for key, small, dash, space in given_keys
    ]
    assert kept(written) == ([key for key, *_ in given_keys], [])


@given(st.lists(st.one_of(st.text(max_size=20), st.none(), st.integers(), st.floats(), KEYS), max_size=20))
@example(["24062A0001/00A000\n", "２４０６２A0001/00A000", "24062A0001/00A0000", "24062Ä0001/00A000", None, 24062.0])
def test_nothing_but_a_key_passes(values: list[Any]) -> None:
    import re

    keys, refused = kept(values)
    assert len(keys) + len(refused) == len(values)
    assert all(re.fullmatch(r"[0-9]{5}[A-Z][0-9]{4}/[0-9]{2}[A-Z_][0-9]{3}", key) for key in keys)


@given(code=st.one_of(st.sampled_from(CODES), st.text(string.digits, min_size=5, max_size=5)), data=st.data())
def test_a_code_leads_to_one_that_is_valid_or_to_none(code: str, data: st.DataObject) -> None:
    valid = set(data.draw(st.lists(st.sampled_from(CODES), max_size=30)))
    found = successor(code, valid)
    if code in valid:
        assert found == code
    if valid:
        assert found is None or found in valid
    if found is not None:
        assert successor(found, valid) == found


VALUES = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from([" a ", "\x00", "a\x00b", "\u2003x\u2003", "", "Ã©", "𝔸"]),
    st.integers(-(2**40), 2**40), st.floats(), st.booleans(), st.dates(),
)  # fmt: skip


@given(st.one_of(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=12), st.lists(VALUES, max_size=12)))
def test_a_column_is_read_as_its_values_are(values: list[Any]) -> None:
    """The quick way over whole columns gives what the slow one gives for each; control characters at the ends aside."""
    found = texts(column(values))
    expected = [text(value) for value in values]
    ends = "\x1c\x1d\x1e\x1f\x85"
    assert [one and (one.strip(ends + string.whitespace) or None) for one in found] == [
        one and (one.strip(ends + string.whitespace) or None) for one in expected
    ]


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=12))
def test_mapping_asks_once_for_each_value(values: list[str | None]) -> None:
    asked: list[str | None] = []

    def change(value: str | None) -> str:
        asked.append(value)
        return repr(value)

    assert list(mapped(column(values), change)) == [repr(one) for one in values]
    assert len(asked) == len(set(values))


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=10))
def test_further_fields_are_json(rows: list[tuple[Any, Any]]) -> None:
    members = [json_member(f'"{name}":', column([row[at] for row in rows]), _as_json) for at, name in enumerate("ab")]
    for found, row in zip(json_objects(members), rows, strict=True):
        document = json.loads(found)
        told = {name: _as_json(value) for name, value in zip("ab", row, strict=True)}
        assert document == {name: json.loads(value) for name, value in told.items() if value is not None}


PLANS = st.sampled_from(["gewestplan", "rup", "bpa", "pds", "pras", "pad"])


@given(plan=PLANS, code=st.one_of(st.none(), st.text(max_size=8)), labels=st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=3))  # fmt: skip
def test_any_label_has_a_class_or_is_unrecognised(plan: Any, code: str | None, labels: list[str | None]) -> None:
    found = classify(plan, code, labels)
    assert found.zoning_class in {*zoning_classes(), UNRECOGNISED}
    again = classify(plan, code, [one and f"  {one}\u00a0" for one in labels])
    assert again.zoning_class == found.zoning_class


@given(st.text(max_size=30))
def test_encoding_faults_are_mended(label: str) -> None:
    """A label that went through the wrong encoding once is the same label; mending what is whole changes nothing."""
    whole = normalise(label)
    assert normalise(whole) == whole
    plain = "".join(one for one in label if one in "éèêëïöüçàâ " + string.ascii_letters)
    assert normalise(plain.encode().decode("cp1252", errors="replace")) == normalise(plain) or "\ufffd" in (
        plain.encode().decode("cp1252", errors="replace")
    )
