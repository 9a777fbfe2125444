"""The project file: what goes in comes out, what breaks a rule is refused whole, nobody is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.errors import InputError
from sites.need import Survey
from sites.project import Project, add, read_project, write_project
from sites.suitability.findings import Finding

FINDING = {
    "capakey": "24062A0001/00A000", "kind": "answer", "about": "soil", "state": "pass", "reason": "surveyed in 2024",
    "evidence": "soil certificate A:1", "date": "2024-05-01", "role": "municipal_planner",
}  # fmt: skip
SURVEY = {
    "nis": "24062", "site_type": "transit", "low": 3, "high": 4, "date": "2024-05-01", "source": "study",
    "method": "counted", "role": "adviser",
}  # fmt: skip


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    add(path, finding=Finding.model_validate(FINDING))
    after = add(path, survey=Survey.model_validate(SURVEY))
    assert read_project(path) == after and (len(after.findings), len(after.surveys)) == (1, 1)
    assert [one.name for one in tmp_path.iterdir()] == ["p.yaml"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("findings: [{capakey: x}]", r"findings\.1\.capakey"),
        ("version: 9", "version"),
        ("people: []", "people"),
        ("findings: [", "no YAML"),
        ("!!python/object/apply:os.system ['true']", "no YAML"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says) as refused:
        read_project(path)
    assert "p.yaml" in str(refused.value)
    with pytest.raises(InputError):
        add(path, survey=Survey.model_validate(SURVEY))
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(InputError, match="cannot be read"):
        read_project(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "text", ["ask jan@example.org", "call 0471 22 33 44", "tel. 02 123 45 67", "+32 471 22 33 44", "x"]
)
def test_nobody_is_named_or_called(text: str) -> None:
    with pytest.raises(ValueError, match="evidence"):
        Finding.model_validate({**FINDING, "evidence": text})
    with pytest.raises(ValueError, match="role"):
        Finding.model_validate({**FINDING, "role": "Jan"})


@pytest.mark.parametrize(
    "text", ["permit 2024/1234", "certificate A:20240501", "https://example.org/a@b", "parcel 24062A0001/00A000"]
)
def test_numbers_of_documents_are_no_telephone_numbers(text: str) -> None:
    assert Finding.model_validate({**FINDING, "evidence": text}).evidence == text


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.yaml"
    write_project(path, Project())
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        add(path, finding=Finding.model_validate(FINDING))
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["p.yaml"]
