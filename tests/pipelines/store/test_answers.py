"""Answers are kept once, replayed instead of asked for, and thinking may be forgotten."""

import logging
import sqlite3
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import StoreError
from pipelines.store import AnswerStore, Database, Remembering
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.reasoner import reason

ANSWER = '{"claims": [], "opinion": {"no_opinion": "refused"}}'


class Counting:
    """A back end that answers in groups and counts how often each request was put to it."""

    name = "counting"
    identity = "counting/1"

    def __init__(self, group: int = 3) -> None:
        self.group = group
        self.times: dict[str, int] = {}

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        held: list[Request] = []
        for request in requests:
            if request is not None:
                held.append(request)
                self.times[request.digest] = self.times.get(request.digest, 0) + 1
            while held and (request is None or len(held) >= self.group):
                yield held.pop(), Answered(text=ANSWER, thinking="hm", model="m", seconds=0.5)
                if request is None:
                    break
        for request in held:
            yield request, Answered(text=ANSWER, thinking="hm", model="m", seconds=0.5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AnswerStore]:
    with AnswerStore(str(tmp_path / "deep" / "answers.db")) as opened:
        yield opened


@pytest.fixture(scope="session")
def files() -> list[CaseFile]:
    return [CaseFile(application_id=f"A{n}", facts=(), documents={}) for n in range(12)]


def request(number: int = 0) -> Request:
    case = CaseFile(application_id=f"A{number}", facts=(), documents={})
    return Request.of(case, "zh", "x")


def test_what_was_kept_comes_back_without_its_thinking(store: AnswerStore) -> None:
    said = Answered(text="{}", thinking="long thoughts", model="m", answer_tokens=9)
    assert store.find(request().digest) is None
    store.keep(request(), said)
    assert store.find(request().digest) == said.model_copy(update={"thinking": ""})
    assert store.thinking(request().digest) == "long thoughts"


def test_the_first_answer_stays(store: AnswerStore) -> None:
    store.keep(request(), Answered(text="first", model="m"))
    store.keep(request(), Answered(text="second", model="m"))
    assert store.find(request().digest) == Answered(text="first", model="m")


@pytest.mark.parametrize("code", list(Failure))
def test_only_what_the_model_said_itself_is_kept(store: AnswerStore, code: Failure) -> None:
    failed = Failed(code=code, answer_tokens=3)
    store.keep(request(), failed)
    assert store.find(request().digest) == (failed if code.worth_another_try else None)


def test_thinking_is_forgotten_and_the_answer_stays(store: AnswerStore) -> None:
    store.keep(request(), Answered(text="{}", thinking="old", model="m"))
    assert store.forget_thinking(days=1) == 0
    assert store.forget_thinking(days=-1) == 1
    assert store.thinking(request().digest) == ""
    assert store.find(request().digest) is not None


def test_a_second_pass_asks_nothing_and_gives_the_same_records(
    store: AnswerStore, files: list[CaseFile]
) -> None:
    first, second = Counting(), Counting()
    made = [r.model_dump_json() for r in reason(files, Remembering(first, store), "zh")]
    again = Remembering(second, store)
    assert [r.model_dump_json() for r in reason(files, again, "zh")] == made
    assert (len(first.times), second.times) == (12, {})
    assert (again.asked, again.replayed) == (0, 12)


@given(
    known=st.sets(st.integers(0, 11)),
    group=st.integers(1, 5),
    window=st.integers(1, 14),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_known_every_case_is_answered_and_none_asked_twice(
    tmp_path_factory: pytest.TempPathFactory, known: set[int], group: int, window: int
) -> None:
    files = [CaseFile(application_id=f"A{n}", facts=(), documents={}) for n in range(12)]
    with AnswerStore(str(tmp_path_factory.mktemp("store") / "a.db")) as store:
        for n in known:
            store.keep(Request.of(files[n], "zh", "counting/1"), Answered(text=ANSWER, model="m"))
        backend = Counting(group)
        made = list(reason(files, Remembering(backend, store), "zh", window))
    assert [r.application_id for r in made] == [f.application_id for f in files]
    assert {r.status for r in made} == {"answered"}
    assert sorted(backend.times.values()) == [1] * (12 - len(known))


def test_a_pass_that_is_cut_off_keeps_what_it_had(
    store: AnswerStore, files: list[CaseFile]
) -> None:
    first, second = Counting(1), Counting(1)
    cut = reason(files, Remembering(first, store), "zh")
    next(cut), next(cut)
    cut.close()
    list(reason(files, Remembering(second, store), "zh"))
    assert set(first.times) & set(second.times) <= {list(first.times)[-1]}
    assert len(second.times) == 10


def test_a_store_that_cannot_be_used_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"cannot be used: DatabaseError \(SQLITE_NOTADB\); check"):
        AnswerStore(str(path))
    with pytest.raises(StoreError, match=r"cannot be opened.*SQLAlchemy address"):
        AnswerStore("nosuch://host/x")


def test_the_log_of_the_database_repeats_no_answer(
    tmp_path: Path, files: list[CaseFile], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    with AnswerStore(str(tmp_path / "a.db")) as store:
        list(reason(files, Remembering(Counting(), store), "zh"))
    assert "INSERT INTO answers" in caplog.text
    assert "no_opinion" not in caplog.text


def test_a_lost_table_ends_the_pass_with_an_error_that_holds_no_case(
    tmp_path: Path, files: list[CaseFile]
) -> None:
    path = tmp_path / "a.db"
    with AnswerStore(str(path)) as store:
        with sqlite3.connect(path) as other:
            other.execute("drop table answers")
        with pytest.raises(StoreError) as caught:
            list(reason(files, Remembering(Counting(), store), "zh"))
    assert "A0" not in str(caught.value)


def test_a_reply_that_was_no_answer_is_asked_for_again_only_on_demand(
    store: AnswerStore, files: list[CaseFile]
) -> None:
    asked = [Request.of(case, "zh", "counting/1") for case in files[:2]]
    store.keep(asked[0], Failed(code=Failure.NO_THINKING))
    store.keep(asked[1], Answered(text=ANSWER, model="m"))
    usual, again = Counting(), Counting()
    made = list(reason(files[:2], Remembering(usual, store), "zh"))
    assert [r.status for r in made][1] == "answered"
    assert asked[0].digest not in usual.times
    made = list(reason(files[:2], Remembering(again, store, again=True), "zh"))
    assert [r.status for r in made] == ["answered", "answered"]
    assert list(again.times) == [asked[0].digest]
    assert store.find(asked[0].digest) == Answered(text=ANSWER, model="m", seconds=0.5)


def test_an_answer_that_cannot_be_read_is_named_and_not_quoted(
    store: AnswerStore, tmp_path: Path
) -> None:
    store.keep(request(), Answered(text="Wang Xiaoming", model="m"))
    with sqlite3.connect(tmp_path / "deep" / "answers.db") as other:
        other.execute("update answers set outcome = replace(outcome, 'text', 'words')")
    with pytest.raises(StoreError, match=f"the answer {request().digest}") as caught:
        store.find(request().digest)
    assert "Xiaoming" not in "".join(traceback.format_exception(caught.value))


def test_an_open_store_is_shared_and_stays_open(tmp_path: Path) -> None:
    with Database.open(str(tmp_path / "a.db")) as database:
        with AnswerStore(database) as one:
            one.keep(request(), Answered(text="{}", model="m"))
        assert AnswerStore(database).find(request().digest) is not None
