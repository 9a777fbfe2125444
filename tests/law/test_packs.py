"""Rule packs: read safely, refused without a trace, installed beside the others, undone; and what they would change."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs_for_tests import FILES, swap, whole_pack, write_pack, zipped

from geodata.errors import RuleError
from sites.law import CostLine, Project, evaluate, load_rules, pack_version, rules, use_pack, zoning_outcome
from sites.law.archive import MAX_FILE_BYTES, MAX_FILES, read_files
from sites.law.changes import changed_assessments, changed_norms, changed_rules, changed_zones, rule_changes
from sites.law.loader import load_pack, pack
from sites.law.model import SITE_TYPES
from sites.law.packs import PackStore, shipped_version

DAY = date(2026, 11, 23)
LATER = date(2027, 1, 5)
RESIDENTIAL = "      outcomes: {residential: pass, transit: pass"


@pytest.fixture(autouse=True)
def shipped_again() -> Iterator[None]:
    yield
    use_pack(None)


@pytest.fixture
def store(tmp_path: Path) -> PackStore:
    return PackStore(tmp_path / "home" / "law")


def install(store: PackStore, source: Path, on: date = LATER) -> str:
    with store.opened(source) as (offered, folder):
        return store.install(offered, folder, on).name


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "pack-2027/"])
def test_a_zip_and_a_folder_hold_the_same_pack(tmp_path: Path, prefix: str) -> None:
    folder = write_pack(tmp_path / "pack")
    (folder / "README.md").write_text("Not part of the pack.")
    found = read_files(zipped(folder, tmp_path / "pack.zip", prefix))
    assert found == read_files(folder)
    assert set(found) == set(FILES)


@pytest.mark.parametrize(
    "name",
    ["../pack.yaml", "zoning/../../x.yaml", "/etc/x.yaml", "zoning\\x.yaml", "zoning/x.py", "x.yaml", "zoning/deep/x.yaml",
     "zoning/.x.yaml", "C:/zoning/x.yaml", "subsidies/x.yaml", "__MACOSX/zoning/x.yaml"],
)  # fmt: skip
def test_a_name_that_belongs_nowhere_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bad.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pack.yaml", "version: 2027.01.1")
        archive.writestr(name, "rules: []")
    before = everything(tmp_path)
    with pytest.raises(RuleError, match="is no file of a rule pack"):
        read_files(file)
    assert everything(tmp_path) == before


@settings(max_examples=60)
@given(names=st.lists(st.text("abc./\\-_ :é", min_size=1, max_size=14).map(lambda one: one + ".yaml"), max_size=4))
def test_whatever_a_zip_names_nothing_leads_out_of_the_pack(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    file = tmp_path_factory.mktemp("zip") / "any.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pack.yaml", "version: 2027.01.1")
        for name in dict.fromkeys(names):
            archive.writestr(f"zoning/{name}", "rules: []")
    try:
        found = read_files(file)
    except RuleError:
        return
    for name in found:
        assert (Path("/pack") / name).resolve() == Path("/pack") / name


def test_links_doubles_and_sizes_are_refused(tmp_path: Path) -> None:
    def made(name: str, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("pack.yaml", "version: 2027.01.1")
            for info, data in entries:
                archive.writestr(info, data)
        return tmp_path / name

    link = zipfile.ZipInfo("zoning/link.yaml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(RuleError, match="no plain file"):
        read_files(made("link.zip", (link, b"/etc/passwd")))
    with pytest.warns(UserWarning, match="Duplicate"), pytest.raises(RuleError, match="stands twice"):
        read_files(made("twice.zip", ("zoning/x.yaml", b"a: 1"), ("zoning/x.yaml", b"a: 2")))
    with pytest.raises(RuleError, match="larger than a rule pack"):
        read_files(made("bomb.zip", ("zoning/x.yaml", b" " * (MAX_FILE_BYTES + 1))))
    many = [(f"zoning/x{number}.yaml", b"a: 1") for number in range(MAX_FILES)]
    with pytest.raises(RuleError, match=f"at most {MAX_FILES}"):
        read_files(made("many.zip", *many))
    with pytest.raises(RuleError, match="UTF-8"):
        read_files(made("latin.zip", ("zoning/x.yaml", "é".encode("latin-1"))))
    linked = write_pack(tmp_path / "linked")
    (linked / "zoning" / "more.yaml").symlink_to(linked / "pack.yaml")
    with pytest.raises(RuleError, match="no plain file"):
        read_files(linked)


def test_what_is_no_pack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.zip").write_text("just words")
    (tmp_path / "empty").mkdir()
    cut = zipped(write_pack(tmp_path / "pack"), tmp_path / "cut.zip")
    cut.write_bytes(cut.read_bytes()[:400] + cut.read_bytes()[900:])
    for name, says in (
        ("nowhere.zip", "no such file"), ("words.zip", "neither a folder nor a zip"), ("empty", "holds no pack.yaml"),
        ("cut.zip", "damaged or locked"),
    ):  # fmt: skip
        with pytest.raises(RuleError, match=says):
            read_files(tmp_path / name)


# -- installing ---------------------------------------------------------------------------------------------------


def test_install_keep_and_undo(store: PackStore, tmp_path: Path) -> None:
    assert [one.current for one in store.installed()] == [True]
    assert store.in_use() is None
    first = install(store, write_pack(tmp_path / "one", "2027.01.1"))
    second = install(store, zipped(write_pack(tmp_path / "two", "2027.02.1"), tmp_path / "two.zip"), date(2027, 2, 1))
    listed = {one.name: one for one in store.installed()}
    assert list(listed) == [shipped_version(), first, second]
    assert listed[first].installed_on == LATER and not listed[first].current and listed[second].current
    assert store.in_use() == store.folder / second
    assert load_pack(store.in_use()).version == second
    kept = everything(store.folder / first)
    assert store.undo().name == first
    assert store.undo().name == shipped_version()
    with pytest.raises(RuleError, match="none was in use before"):
        store.undo()
    assert everything(store.folder / first) == kept
    assert install(store, tmp_path / "two.zip", date(2027, 3, 1)) == second
    assert next(one for one in store.installed() if one.name == second).installed_on == date(2027, 2, 1)


def test_the_same_version_with_other_content_is_refused(store: PackStore, tmp_path: Path) -> None:
    name = install(store, write_pack(tmp_path / "one"))
    assert install(store, tmp_path / "one") == name
    other = write_pack(tmp_path / "other")
    swap(other, "norms/wallonia.yaml", "value: 50", "value: 50 # the same figure, other words")
    before = everything(store.folder)
    with pytest.raises(RuleError, match=r"Another pack of version 2027\.01\.1 is installed"):
        install(store, other)
    with pytest.raises(RuleError, match="Another pack of version"):
        install(store, write_pack(tmp_path / "as-shipped", shipped_version().partition("+")[0]))
    assert everything(store.folder) == before


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("zoning/flanders_housing.yaml", "    grade: A\n", "", "grade"),
        ("zoning/flanders_housing.yaml", "    status: in_force", "    status: scenario", "wrong folder"),
        ("norms/wallonia.yaml", "expect: {met: true, open: March-October}", "expect: {met: false}", "example 1"),
        ("norms/wallonia.yaml", "    valid_to: 2022-05-27", "    valid_to: 2022-05-28", "two versions hold"),
        ("pack.yaml", "version: 2027.01.1", "version: new", "version"),
        ("pack.yaml", "  no_rule_on_date:", "  something_else:", "nothing is said for no_rule_on_date"),
        ("pack.yaml", "  brussels:", "  flanders:", "stands twice"),
    ],
)  # fmt: skip
def test_a_refused_pack_leaves_everything_as_it_was(
    store: PackStore, tmp_path: Path, name: str, old: str, new: str, says: str
) -> None:
    install(store, write_pack(tmp_path / "good", "2026.12.9"))
    bad = write_pack(tmp_path / "bad")
    swap(bad, name, old, new)
    before = everything(store.folder)
    with pytest.raises(RuleError, match=says):
        install(store, bad)
    assert everything(store.folder) == before


@pytest.mark.parametrize("name", ["brussels.definition.plan-levels", "flanders.permit.equipped-road"])
def test_a_pack_without_a_rule_that_the_program_reads_by_name_is_refused(
    store: PackStore, tmp_path: Path, name: str
) -> None:
    folder = write_pack(tmp_path / "pack")
    (path,) = [one for one in folder.glob("*/*.yaml") if f"- id: {name}\n" in one.read_text(encoding="utf-8")]
    path.write_text(
        path.read_text(encoding="utf-8").replace(f"- id: {name}\n", f"- id: {name}-renamed\n"), encoding="utf-8"
    )
    with pytest.raises(RuleError, match=f"lacks {name}, which the program reads by name"):
        install(store, folder)
    assert not store.folder.exists()


def test_a_damaged_list_of_packs_says_what_to_do(store: PackStore) -> None:
    store.folder.mkdir(parents=True)
    for text in ("{", "[]", '{"packs": {}, "order": ["../../etc"]}', '{"packs": {}}'):
        (store.folder / "packs.json").write_text(text)
        with pytest.raises(RuleError, match="cannot be read") as refused:
            store.in_use()
        assert "Remove that file" in (refused.value.remedy or "")


# -- in use -------------------------------------------------------------------------------------------------------


def test_another_pack_answers_everywhere_and_the_first_one_again_after_it(tmp_path: Path) -> None:
    project = Project(
        region="flanders",
        site_type="residential",
        pitches=10,
        costs=(CostLine(type="layout", amount=Decimal(100_000)),),
    )
    day = date(2012, 3, 6)

    def answers() -> tuple[object, ...]:
        zone = zoning_outcome("flanders", site_type="residential", zoning_class="residential", as_of=DAY)
        return (pack_version(), len(rules()), zone.state, evaluate(project, day).total, pack().version)

    shipped = answers()
    changed = whole_pack(tmp_path / "pack")
    swap(
        changed,
        "zoning/flanders_housing.yaml",
        "{residential: pass, transit: pass",
        "{residential: fail, transit: pass",
    )
    path = changed / "zoning" / "flanders_housing.yaml"
    example = "{site_type: residential, zoning_class: residential}, expect: {state: "
    path.write_text(path.read_text().replace(f"{example}pass", f"{example}fail"))
    swap(
        changed,
        "regimes/flanders.yaml",
        "rates: {acquisition: 0.90, layout: 0.90",
        "rates: {acquisition: 0.90, layout: 0.50",
    )
    swap(
        changed,
        "regimes/flanders.yaml",
        'expect: {rate: 0.9, low: "540000.00", high: "540000.00"',
        'expect: {rate: 0.5, low: "300000.00", high: "300000.00"',
    )
    use_pack(changed)
    other = answers()
    assert other[0] != shipped[0] and other[4] == "2027.01.1"
    assert (shipped[2], other[2]) == ("pass", "fail")
    assert getattr(other[3], "high") == Decimal("50000.00")  # noqa: B009
    use_pack(None)
    assert answers() == shipped


def test_a_pack_that_is_gone_says_so(tmp_path: Path) -> None:
    use_pack(tmp_path / "nothing")
    with pytest.raises(RuleError, match="empty"):
        rules()
    with pytest.raises(RuleError, match=r"no pack\.yaml") as refused:
        pack_version()
    assert "law undo" in (refused.value.remedy or "")


# -- what would change --------------------------------------------------------------------------------------------


def test_a_pack_equal_to_another_changes_nothing(tmp_path: Path) -> None:
    same = load_rules(whole_pack(tmp_path / "pack"))
    assert rule_changes(rules(), same) == []
    for region in ("flanders", "wallonia"):
        assert changed_zones(rules(), same, region=region, site_type="transit", as_of=DAY) == []
        assert changed_norms(rules(), same, region=region, site_type="transit", as_of=DAY) == []


def test_changes_rule_by_rule(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "pack")
    old = load_rules(folder)
    swap(folder, "norms/wallonia.yaml", "      value: 50\n", "      value: 60\n")
    swap(
        folder,
        "norms/wallonia.yaml",
        "{measured: 60}, expect: {met: true, value: 50}",
        "{measured: 60}, expect: {met: true, value: 60}",
    )
    text = (folder / "norms/elsewhere.yaml").read_text()
    (folder / "norms/elsewhere.yaml").write_text(text.replace("valid_to: null", "valid_to: 2026-12-31", 1))
    new = [one for one in load_rules(folder) if one.id != "flanders.zoning.caravan"]
    found = {(one.rule.id, one.what): one for one in rule_changes(old, new)}
    karst = found[("wallonia.norm.karst-distance", "changed")]
    fields = {one.field: (one.old, one.new) for one in karst.fields}
    assert fields["values.value"] == (50, 60)
    assert set(fields) == {"values.value", "examples.0.expect.value"}
    assert ("flanders.zoning.caravan", "removed") in found
    ended = next(one for (_, what), one in found.items() if what == "ended")
    assert {one.field for one in ended.fields} == {"valid_to"} and ended.as_dict()["valid_to"] == "2026-12-31"
    assert len(found) == 3
    back = {(one.rule.id, one.what) for one in rule_changes(new, old)}
    assert ("flanders.zoning.caravan", "new") in back


def test_versions_are_told_apart_by_their_first_day(tmp_path: Path) -> None:
    old = load_rules(write_pack(tmp_path / "pack"))
    new = [one for one in old if not (one.id == "wallonia.norm.reception-area" and one.valid_to is not None)]
    (change,) = rule_changes(old, new)
    assert change.what == "removed" and change.rule.valid_to == date(2022, 5, 27)


def test_changed_answers_for_zones_norms_and_named_rules() -> None:
    old = rules()
    new = [
        one if one.id != "wallonia.norm.karst-distance" else one.model_copy(
            update={"values": one.values.model_copy(update={"value": 60})})
        for one in old
    ]  # fmt: skip
    assert changed_norms(old, new, region="wallonia", site_type="transit", as_of=DAY) == [
        "wallonia.norm.karst-distance"
    ]
    assert changed_norms(old, new, region="flanders", site_type="transit", as_of=DAY) == []
    names = ["wallonia.norm.karst-distance", "flanders.norm.flood-classes", "no.such.rule"]
    assert changed_rules(old, new, names, DAY) == ["wallonia.norm.karst-distance"]
    without = [one for one in old if one.id != "flanders.zoning.caravan"]
    (zone,) = changed_zones(old, without, region="flanders", site_type="transit", as_of=DAY)
    assert (zone.zoning_class, zone.old.state, zone.new.state) == ("caravan", "conditional", "unknown")
    assert zone.as_dict()["new"] == {"state": "unknown", "rule": None}
    assert changed_zones(old, without, region="wallonia", site_type="transit", as_of=DAY) == []
    assert changed_zones(old, without, region="flanders", site_type="transit", as_of=date(1960, 1, 1)) == []


def test_changed_assessments_are_those_of_their_own_day() -> None:
    old = rules()
    new = [
        one if one.id != "flanders.subsidy.vl-2000" else one.model_copy(update={
            "values": one.values.model_copy(update={"rates": {**one.values.rates, "layout": Decimal("0.5")}})})
        for one in old
    ]  # fmt: skip
    layout = Project(
        region="flanders",
        site_type="residential",
        pitches=12,
        costs=(CostLine(type="layout", amount=Decimal(600_000)),),
    )
    renovation = layout.model_copy(update={"costs": (CostLine(type="renovation", amount=Decimal(600_000)),)})
    cases = [(layout, date(2017, 6, 1)), (layout, date(2012, 3, 6)), (renovation, date(2012, 3, 6))]
    (change,) = changed_assessments(old, new, cases)
    assert (change.index, change.as_of) == (1, date(2012, 3, 6))
    assert change.what == ("lines", "total")
    assert change.old is not None and change.new is not None
    assert (change.old.total.high, change.new.total.high) == (Decimal("540000.00"), Decimal("300000.00"))
    assert changed_assessments(old, old, cases) == []
    gone = [one for one in old if one.id != "flanders.subsidy.vl-2000"]
    assert [one.index for one in changed_assessments(old, gone, cases)] == [1, 2]


@settings(max_examples=40, deadline=None)
@given(
    day=st.dates(date(1983, 1, 1), date(2030, 12, 31)),
    region=st.sampled_from(["flanders", "wallonia", "brussels"]),
    site_type=st.sampled_from(SITE_TYPES),
    dropped=st.integers(min_value=0, max_value=10_000),
)
def test_a_zone_is_reported_exactly_when_its_answer_differs(
    day: date, region: str, site_type: str, dropped: int
) -> None:
    old = rules()
    new = [one for at, one in enumerate(old) if at != dropped % len(old)]
    gone = old[dropped % len(old)]
    found = changed_zones(old, new, region=region, site_type=site_type, as_of=day)
    if gone.kind == "zoning" and gone.region == region and gone.in_force(day):
        assert {one.zoning_class for one in found} == set(gone.values.zoning_classes)
    else:
        assert found == []
