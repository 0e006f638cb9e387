"""Reviews are added one behind the other and never changed, and a change is found."""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from pipelines.errors import DamagedError
from pipelines.store import Database, Review, ReviewLog, StoredReview
from pipelines.store.reviews import GENESIS
from risk.policy import Recommendation
from tests.pipelines.store.conftest import whole

Raw = Callable[..., list[tuple[object, ...]]]
RUN = "a" * 64


def review(application_id: str = "A1", **more: Any) -> Review:
    given = {"action": "comment", "reviewer": "r7", "evidence_digest": "2" * 64}
    return Review(**{"run_key": RUN, "application_id": application_id, **given, **more})


def test_reviews_of_a_case_come_back_in_order_as_they_were_appended(database: Database) -> None:
    log = ReviewLog(database)
    override = review(
        action="override", recommendation=Recommendation.DECLINE, reason_code="R3", comment="见附件"
    )
    kept = [log.append(each) for each in (review(), review("A2"), override)]
    assert log.of(RUN, "A1") == (kept[0], kept[2])
    assert log.of(RUN, "A3") == log.of("b" * 64, "A1") == ()
    assert Review(**kept[2].model_dump(include=set(Review.model_fields))) == override
    assert [each.previous_hash for each in kept] == [GENESIS, kept[0].hash, kept[1].hash]
    assert whole(database) == (3, kept[2].hash)


def test_the_latest_word_on_each_case_is_the_last_decision_or_else_the_last_word(
    database: Database,
) -> None:
    log = ReviewLog(database)
    refer = {"recommendation": Recommendation.REFER}
    said = [
        review("A2", action="accept", **refer),
        review("A1", action="override", **refer),
        review("A2", action="override", **refer),
        review("A3", action="ask"),
        review("A1"),
        review("A3", action="hold"),
        review("A2", run_key="b" * 64),
    ]
    kept = [log.append(each) for each in said]
    assert log.latest(RUN) == (kept[1], kept[2], kept[5])
    assert log.latest("b" * 64) == (kept[6],)
    assert log.latest("c" * 64) == ()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(words=texts, code=texts, who=texts.filter(bool))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_is_kept_and_the_chain_holds(
    database: Database, words: str, code: str, who: str
) -> None:
    log = ReviewLog(database)
    kept = log.append(review(comment=words, reason_code=code, reviewer=who))
    assert log.of(RUN, "A1")[-1] == kept
    assert (kept.comment, kept.reason_code, kept.reviewer) == (words, code, who)
    assert whole(database)[1] == kept.hash


@pytest.mark.parametrize("stores", [1, 4])
def test_appends_at_once_follow_one_another(where: str, stores: int) -> None:
    databases = [Database.open(where) for _ in range(stores)]

    def append(number: int) -> StoredReview:
        return ReviewLog(databases[number % stores]).append(review(f"A{number}"))

    with ThreadPoolExecutor(8) as threads:
        kept = sorted(threads.map(append, range(80)), key=lambda each: each.id)
    assert whole(databases[0]) == (80, kept[-1].hash)
    assert all(later.previous_hash == each.hash for each, later in pairwise(kept))
    assert {each.application_id for each in kept} == {f"A{n}" for n in range(80)}
    for database in databases:
        database.close()


CHANGES = [
    "update reviews set comment = 'never said'",
    "delete from reviews where id = 1",
    "insert into reviews select * from reviews where id = 1 on conflict (id) do update "
    "set comment = 'never said'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_itself_refuses_changes(database: Database, raw: Raw, change: str) -> None:
    log = ReviewLog(database)
    kept = (log.append(review()), log.append(review()))
    with pytest.raises(DBAPIError, match="reviews are append-only"):
        raw(change.replace("reviews where id = 1 on", "reviews where true on"))
    assert log.of(RUN, "A1") == kept


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
def test_postgresql_refuses_to_empty_the_table(database: Database, raw: Raw) -> None:
    ReviewLog(database).append(review())
    with pytest.raises(DBAPIError, match="reviews are append-only"):
        raw("truncate reviews")


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["id", "previous_hash"])
def test_sqlite_refuses_to_replace_a_row(database: Database, raw: Raw, column: str) -> None:
    kept = ReviewLog(database).append(review())
    names = [name for name in StoredReview.model_fields if name not in ("id", "previous_hash")]
    fresh = {"id": "null", "previous_hash": "'x'"}
    head = ", ".join(each if each == column else fresh[each] for each in fresh)
    with pytest.raises(DBAPIError, match="reviews are append-only"):
        raw(
            f"insert or replace into reviews (id, previous_hash, {', '.join(names)}) "  # noqa: S608
            f"select {head}, {', '.join(names)} from reviews"
        )
    assert ReviewLog(database).of(RUN, "A1") == (kept,)


def test_a_row_that_was_never_appended_is_told_apart_from_a_defect(
    database: Database, raw: Raw
) -> None:
    log = ReviewLog(database)
    log.append(review())
    names = [name for name in StoredReview.model_fields if name not in ("id", "previous_hash")]
    forged = ["'nobody'" if name == "evidence_digest" else name for name in names]
    raw(
        f"insert into reviews (previous_hash, {', '.join(names)}) "  # noqa: S608
        f"select '{GENESIS[:-1]}1', {', '.join(forged)} from reviews"
    )
    for read in (lambda: log.of(RUN, "A1"), lambda: log.latest(RUN)):
        with pytest.raises(DamagedError, match="risk audit verify") as caught:
            read()
        assert "nobody" not in "".join(traceback.format_exception(caught.value))


def test_a_fork_is_refused_even_past_the_log(database: Database, raw: Raw) -> None:
    ReviewLog(database).append(review())
    names = ", ".join(name for name in StoredReview.model_fields if name != "id")
    with pytest.raises(DBAPIError):
        raw(f"insert into reviews ({names}) select {names} from reviews")  # noqa: S608


@pytest.mark.parametrize(
    "wrong",
    [
        {"run_key": "tonight"},
        {"action": "approve"},
        {"action": "override"},
        {"action": "accept"},
        {"reviewer": ""},
        {"comment": "Wang\0Xiaoming"},
        {"comment": "\ud800"},
        {"nickname": "Xiaoming"},
    ],
)
def test_a_review_that_is_none_is_refused_without_being_quoted(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        review(**wrong)
    assert "Xiaoming" not in str(caught.value)
