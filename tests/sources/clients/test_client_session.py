"""One request: repeated with growing pauses, at a pace, within a budget, answered from the cache, resumed when cut."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from client_samples import Clock
from hypothesis import given
from hypothesis import strategies as st
from protocol_server import Answer, File, ProtocolServer, Says

from geodata.errors import UsageError
from geodata.sources.clients import (
    BudgetError,
    ChecksumError,
    FetchError,
    NoAnswerError,
    ProtocolError,
    ServerError,
    Session,
    TruncatedError,
    WrongContentError,
)
from geodata.sources.clients.cache import Cache, safe_name, sha256_of
from geodata.sources.clients.content import read_json
from geodata.sources.clients.politeness import LONGEST_PAUSE, pause_before, retry_after

HOST = "https://data.example.be"


def take(path: Path, headers: dict[str, str]) -> Any:
    return read_json(path)


def name_it(path: Path, headers: dict[str, str]) -> str:
    return "big.bin"


@pytest.fixture
def answers(server: ProtocolServer) -> list[Answer]:
    """What the address gives, one after the other; the last for ever."""
    left: list[Answer] = [Answer(b'{"a": 1}')]

    def says(path: str, params: Any) -> Answer:
        one = left.pop(0) if len(left) > 1 else left[0]
        return Answer(one.body, one.media_type, one.status, dict(one.headers))

    server.add(Says(f"{HOST}/one", says))
    return left


def failing(status: int, **headers: str) -> Answer:
    return Answer(b"no", "text/plain", status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_request_goes_through_the_base_and_keeps_its_real_name(
    server: ProtocolServer, session: Session, answers: list[Answer]
) -> None:
    reply, value = session.ask(f"{HOST}/one", [("q", "a b"), ("n", 1.5)], read=take)
    assert value == {"a": 1}
    assert reply.url == f"{HOST}/one?q=a+b&n=1.5"
    assert server.asked[0].path == "data.example.be/one" and server.asked[0].params == {"q": "a b", "n": "1.5"}
    assert server.asked[0].headers["user-agent"].startswith("standplaats/")
    assert reply.path.parent.parent.parent.name == "data.example.be"
    assert reply.sha256 == sha256_of(reply.path)
    card = json.loads(next(reply.path.parent.parent.parent.glob("*.json")).read_text())
    assert card["url"] == reply.url and card["sha256"] == reply.sha256
    assert card["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failing_server_is_asked_again_with_growing_pauses(
    session: Session, answers: list[Answer], clock: Clock, status: int
) -> None:
    answers[:0] = [failing(status), failing(status)]
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}
    assert session.requests == 3
    assert [one for one in clock.slept if one >= 1] == [1.0, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_final(session: Session, answers: list[Answer], status: int) -> None:
    answers[:] = [failing(status)]
    with pytest.raises(ServerError, match=f"answered {status}") as caught:
        session.ask(f"{HOST}/one", [("secret", "x")], read=take)
    assert caught.value.status == status and session.requests == 1
    assert caught.value.message.startswith(f"{HOST}/one: ") and "secret" not in caught.value.message


def test_what_the_server_asks_to_wait_is_waited(session: Session, answers: list[Answer], clock: Clock) -> None:
    answers.insert(0, failing(429, Retry_After="17"))
    session.ask(f"{HOST}/one", read=take)
    assert 17.0 in clock.slept


def test_a_wait_longer_than_the_budget_ends_the_run(
    open_session: Callable[..., Session], answers: list[Answer], clock: Clock
) -> None:
    answers.insert(0, failing(503, Retry_After="3600"))
    with pytest.raises(BudgetError, match="asks to wait 3600 s"):
        open_session(budget=600.0).ask(f"{HOST}/one", read=take)
    assert clock.slept == []


def test_a_used_up_budget_asks_nothing(
    open_session: Callable[..., Session], answers: list[Answer], clock: Clock
) -> None:
    session = open_session(budget=10.0)
    session.ask(f"{HOST}/one", read=take)
    clock.now += 11
    with pytest.raises(BudgetError) as caught:
        session.ask(f"{HOST}/one", read=take)
    assert session.requests == 1 and "STANDPLAATS_SOURCES_BUDGET" in str(caught.value)


def test_each_host_has_its_pace(
    open_session: Callable[..., Session], server: ProtocolServer, answers: list[Answer], clock: Clock
) -> None:
    server.add(Says("https://other.example.be/one", lambda path, params: Answer(b"{}")))
    session = open_session(rate=2.0)
    for _ in range(5):
        session.ask(f"{HOST}/one", read=take)
    assert clock.now - 1000.0 == pytest.approx(2.0)
    session.ask("https://other.example.be/one", read=take)
    assert clock.now - 1000.0 == pytest.approx(2.0)


@pytest.mark.parametrize("fault", ["cut", "wrong_length"])
def test_an_answer_that_breaks_off_is_asked_again_and_never_kept(
    server: ProtocolServer, session: Session, answers: list[Answer], tmp_path: Path, fault: str
) -> None:
    server.fault(f"{HOST}/one", fault, times=1)
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}
    server.fault(f"{HOST}/one", fault)
    with pytest.raises(TruncatedError):
        session.ask(f"{HOST}/one", [("other", 1)], read=take)
    kept = [one for one in (tmp_path / "cache").rglob("*") if one.is_file() and one.suffix != ".json"]
    assert len(kept) == 1


def test_half_a_body_under_its_own_length_is_seen_by_its_reader(
    server: ProtocolServer, session: Session, answers: list[Answer]
) -> None:
    server.fault(f"{HOST}/one", "unclosed", times=2)
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}
    assert session.requests == 3


def test_a_slow_answer_is_an_answer(server: ProtocolServer, session: Session, answers: list[Answer]) -> None:
    server.fault(f"{HOST}/one", "slow")
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}


def test_a_silent_server_is_given_up_and_later_asked_less_often(
    open_session: Callable[..., Session], server: ProtocolServer, answers: list[Answer]
) -> None:
    session = open_session(timeout=0.1)
    server.fault(f"{HOST}/one", "hang")
    with pytest.raises(NoAnswerError):
        session.ask(f"{HOST}/one", read=take)
    assert session.requests == 3
    with pytest.raises(NoAnswerError):
        session.ask(f"{HOST}/one", read=take)
    assert session.requests == 5


def test_no_connection_is_told(open_session: Callable[..., Session]) -> None:
    session = open_session(base="http://127.0.0.1:9", attempts=2)
    with pytest.raises(ServerError, match="no connection") as caught:
        session.ask(f"{HOST}/one", read=take)
    assert caught.value.status is None and session.requests == 2


def test_an_unchanged_answer_is_not_sent_again(
    server: ProtocolServer, open_session: Callable[..., Session], answers: list[Answer]
) -> None:
    first = open_session().ask(f"{HOST}/one", read=take)[0]
    again, value = open_session().ask(f"{HOST}/one", read=take)
    assert server.asked[-1].status == 304 and value == {"a": 1}
    assert again.not_modified and not first.not_modified
    assert (again.path, again.sha256, again.entry.fetched) == (first.path, first.sha256, first.entry.fetched)


def test_a_changed_answer_leaves_the_former_one_as_it_was(session: Session, answers: list[Answer]) -> None:
    first = session.ask(f"{HOST}/one", read=take)[0]
    answers[:] = [Answer(b'{"a": 2}')]
    second, value = session.ask(f"{HOST}/one", read=take)
    assert value == {"a": 2} and not second.not_modified
    assert json.loads(first.path.read_bytes()) == {"a": 1}


def test_a_damaged_cache_is_not_believed(server: ProtocolServer, session: Session, answers: list[Answer]) -> None:
    first = session.ask(f"{HOST}/one", read=take)[0]
    first.path.write_bytes(b'{"a": 9}')
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}
    assert server.asked[-1].status == 200
    card = next(first.path.parent.parent.parent.glob("*.json"))
    card.write_text("{")
    assert session.ask(f"{HOST}/one", read=take)[1] == {"a": 1}


def test_an_answer_out_of_proportion_is_refused(session: Session, answers: list[Answer]) -> None:
    answers[:] = [Answer(b'["' + b"x" * 5000 + b'"]')]
    with pytest.raises(FetchError, match="longer than"):
        session.ask(f"{HOST}/one", read=take, max_bytes=1000)


def test_a_redirect_is_followed_under_its_real_host_and_not_for_ever(
    server: ProtocolServer, session: Session, answers: list[Answer]
) -> None:
    def moved(place: str) -> Callable[[str, Any], Answer]:
        return lambda path, params: Answer(b"", "text/plain", 302, {"Location": place})

    server.add(
        Says(f"{HOST}/moved", moved(f"{HOST}/one")),
        Says(f"{HOST}/circle", moved(f"{HOST}/circle")),
        Says(f"{HOST}/plain", moved("http://data.example.be/one")),
        Says(f"{HOST}/disk", moved("file:///etc/passwd")),
    )
    assert session.ask(f"{HOST}/moved", read=take)[1] == {"a": 1}
    with pytest.raises(ProtocolError, match="more than"):
        session.ask(f"{HOST}/circle", read=take)
    for name in ("plain", "disk"):
        with pytest.raises(ProtocolError, match="not safe"):
            session.ask(f"{HOST}/{name}", read=take)


def test_the_proxy_is_asked_with_the_whole_address(
    server: ProtocolServer, answers: list[Answer], tmp_path: Path
) -> None:
    with Session(cache=tmp_path, proxy=server.base) as session:
        assert session.ask("http://data.example.be/one", read=take)[1] == {"a": 1}
    assert server.asked[0].path == "data.example.be/one"


def test_a_server_is_trusted_through_the_file_of_certificates_only(tmp_path: Path) -> None:
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("openssl, which makes the certificate of this test, is not here")
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([tool, *words], check=True, capture_output=True)
    layer = Says(f"{HOST}/one", lambda path, params: Answer(b"{}"))
    with ProtocolServer([layer], tls=(certificate, key)) as server:
        with Session(cache=tmp_path, base=server.base, ca=certificate) as session:
            assert session.ask(f"{HOST}/one", read=take)[1] == {}
        with Session(cache=tmp_path, base=server.base, attempts=1) as session, pytest.raises(ServerError):
            session.ask(f"{HOST}/one", read=take)


def test_a_file_of_certificates_must_be_one(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    for path in (wrong, tmp_path / "missing.pem"):
        with pytest.raises(UsageError, match="file of certificates"):
            Session(cache=tmp_path, ca=path)


class TestDownloads:
    """Files that are resumed and checked."""

    body = bytes(range(256)) * 4000

    def get(self, session: Session, **given: Any) -> Any:
        return session.download(f"{HOST}/big.bin", name=name_it, max_bytes=10_000_000, **given)

    def test_a_cut_is_gone_on_with(self, server: ProtocolServer, session: Session) -> None:
        server.add(File(f"{HOST}/big.bin", self.body))
        server.fault(f"{HOST}/big.bin", "cut", times=2)
        assert self.get(session).content == self.body
        ranges = [one.headers.get("range") for one in server.asked]
        half = len(self.body) // 2
        assert ranges == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]
        assert all(one.headers["if-range"].startswith('"') for one in server.asked[1:])
        assert not list(session.cache.folder.rglob("*.part*"))

    def test_the_next_run_goes_on_with_it(self, server: ProtocolServer, open_session: Callable[..., Session]) -> None:
        server.add(File(f"{HOST}/big.bin", self.body))
        server.fault(f"{HOST}/big.bin", "cut")
        with pytest.raises(TruncatedError):
            self.get(open_session(attempts=1))
        server.heal()
        assert self.get(open_session(attempts=1)).content == self.body
        assert server.asked[-1].status == 206

    def test_a_file_that_changed_in_between_is_fetched_anew(
        self, server: ProtocolServer, open_session: Callable[..., Session]
    ) -> None:
        file = File(f"{HOST}/big.bin", self.body)
        server.add(file)
        server.fault(f"{HOST}/big.bin", "cut")
        with pytest.raises(TruncatedError):
            self.get(open_session(attempts=1))
        server.heal()
        file.content = self.body[::-1]
        assert self.get(open_session(attempts=1)).content == self.body[::-1]
        assert server.asked[-1].status == 200

    def test_a_file_that_became_shorter_is_fetched_anew(
        self, server: ProtocolServer, open_session: Callable[..., Session]
    ) -> None:
        file = File(f"{HOST}/big.bin", self.body)
        server.add(file)
        server.fault(f"{HOST}/big.bin", "cut")
        with pytest.raises(TruncatedError):
            self.get(open_session(attempts=1))
        server.heal()
        # A server that keeps its mark although the file changed.
        mark = json.loads(next((open_session().cache.folder).rglob("*.part.json")).read_text())["validator"]
        short = b"x" * 10
        server.layers[:] = [
            Says(f"{HOST}/big.bin", lambda path, params: Answer(short, headers={"Accept-Ranges": "bytes", "ETag": mark, "Last-Modified": "x"}))
        ]  # fmt: skip
        assert self.get(open_session()).content == short

    def test_without_a_mark_nothing_is_gone_on_with(
        self, server: ProtocolServer, open_session: Callable[..., Session]
    ) -> None:
        server.add(File(f"{HOST}/big.bin", self.body, validators=False))
        server.fault(f"{HOST}/big.bin", "cut", times=1)
        assert self.get(open_session()).content == self.body
        assert [one.headers.get("range") for one in server.asked] == [None, None]

    def test_a_checksum_is_kept_to(self, server: ProtocolServer, open_session: Callable[..., Session]) -> None:
        import hashlib

        server.add(File(f"{HOST}/big.bin", self.body))
        right = hashlib.sha256(self.body).hexdigest()
        with pytest.raises(ChecksumError):
            self.get(open_session(attempts=1), sha256="0" * 64)
        assert not [one for one in open_session().cache.folder.rglob("*") if one.is_file()]
        assert self.get(open_session(), sha256=right).sha256 == right

    def test_an_unchanged_file_is_not_sent_again(
        self, server: ProtocolServer, open_session: Callable[..., Session]
    ) -> None:
        server.add(File(f"{HOST}/big.bin", self.body))
        told: list[tuple[int, int | None, str]] = []
        first = self.get(open_session(), progress=lambda *one: told.append(one))
        assert told[-1] == (len(self.body), len(self.body), "bytes")
        again = self.get(open_session())
        assert again.not_modified and again.path == first.path and server.asked[-1].status == 304

    def test_a_page_in_its_place_is_refused(self, server: ProtocolServer, session: Session) -> None:
        from geodata.sources.clients.download import download_one

        server.add(File(f"{HOST}/big.zip", self.body))
        server.fault(f"{HOST}/big.zip", "html")
        with pytest.raises(WrongContentError, match="Maintenance & onderhoud"):
            download_one(f"{HOST}/big.zip", session)


@given(attempt=st.integers(2, 10_000), jitter=st.floats(0, 1))
def test_pauses_grow_and_stay_bounded(attempt: int, jitter: float) -> None:
    pause = pause_before(attempt, jitter)
    assert 0.5 <= pause <= LONGEST_PAUSE
    assert pause_before(attempt + 1, jitter) >= pause


def test_retry_after_is_read_in_both_forms() -> None:
    now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert retry_after("120") == 120
    assert retry_after("Thu, 01 Jan 2026 12:02:00 GMT", now) == 120
    assert retry_after("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0
    assert retry_after("soon", now) is None and retry_after(None) is None and retry_after("²") is None


@given(st.text(max_size=300))
def test_a_name_never_leaves_its_folder(name: str) -> None:
    clean = safe_name(name)
    assert "/" not in clean and not clean.startswith(".") and 0 < len(clean) <= 100


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    temporary = cache.temporary(HOST)
    temporary.write_bytes(b"abc")
    assert cache.find("k" * 64, HOST) is None
    entry = cache.keep("k" * 64, HOST, temporary, "x.zip", {}, features=3)
    assert cache.find("k" * 64, HOST) == entry and not temporary.exists()
    entry.path.unlink()
    assert cache.find("k" * 64, HOST) is None
