"""What people do about cases is kept whole: the log, the row and the chain."""

from datetime import UTC, datetime

import pytest

from pipelines.store import CaseStore, Database, ReviewLog
from pipelines.store.desk import Desk, Wanted
from risk.desk import (
    Act,
    DeskSettings,
    ForbiddenError,
    IncompleteError,
    StaleError,
    State,
)
from risk.policy import Recommendation
from tests.pipelines.store.conftest import stored, whole
from tests.pipelines.store.desk.conftest import (
    DAY,
    LI,
    RUN,
    SETTINGS,
    SUN,
    WANG,
    ZHAO,
    Night,
    asked_for,
    key,
)  # fmt: skip

SHOWN = "2" * 64
APPROVE = Act("decide", "approve", evidence=SHOWN)
DECLINE = Act("decide", "decline", "hidden-debt", "a second mortgage", SHOWN)
CONFIRM = Act("confirm", comment="I see it too", evidence=SHOWN)


def test_an_agreement_decides_a_case_and_is_logged(desk: Desk, database: Database) -> None:
    kept = desk.act(key("A1"), APPROVE, LI, SETTINGS)
    assert (kept.action, kept.recommendation, kept.reviewer) == ("accept", "approve", "li")
    assert ReviewLog(database).of(RUN, "A1") == (kept,)
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.state, row.decided, row.outcome, row.holder) == (
        State.DECIDED, True, "approve", "",
    )  # fmt: skip
    assert datetime.now(UTC) >= row.updated_at >= kept.created_at


def test_an_override_is_proposed_by_one_and_confirmed_by_another(
    desk: Desk, database: Database
) -> None:
    proposed = desk.act(key("A1"), DECLINE, LI, SETTINGS)
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.state, row.proposer, row.proposal) == (State.SECOND, "li", proposed.id)
    assert (row.outcome, row.decided) == ("", False)
    decided = desk.act(key("A1"), CONFIRM, SUN, SETTINGS)
    assert (proposed.action, decided.action) == ("propose", "override")
    assert decided.recommendation is Recommendation.DECLINE
    assert (decided.reason_code, decided.comment) == ("hidden-debt", "I see it too")
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.state, row.outcome, row.proposer) == (State.DECIDED, "decline", "li")
    assert ReviewLog(database).latest(RUN) == (decided,)
    assert whole(database) == (2, decided.hash)


def test_a_proposal_that_is_returned_lies_with_its_proposer_again(desk: Desk) -> None:
    desk.act(key("A1"), DECLINE, LI, SETTINGS)
    desk.act(key("A1"), Act("return", comment="which page?", evidence=SHOWN), SUN, SETTINGS)
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.state, row.holder, row.proposer, row.proposal) == (State.OPEN, "li", "", None)
    with pytest.raises(StaleError):
        desk.act(key("A1"), CONFIRM, SUN, SETTINGS)


def test_what_is_refused_leaves_no_trace(desk: Desk, database: Database) -> None:
    before = desk.find(key("A1"))
    refused: list[tuple[Act, type[Exception]]] = [
        (DECLINE._replace(comment=""), IncompleteError),
        (DECLINE._replace(comment="Wang\0"), IncompleteError),
        (DECLINE._replace(comment="\ud800"), IncompleteError),
        (DECLINE._replace(evidence="3" * 64), StaleError),
        (CONFIRM, ForbiddenError),
    ]
    for act, error in refused:
        with pytest.raises(error):
            desk.act(key("A1"), act, LI, SETTINGS)
    assert desk.find(key("A1")) == before
    assert ReviewLog(database).of(RUN, "A1") == ()


@pytest.mark.parametrize("unknown", ["A9", "", "A1\0", "\ud800", "A1' or '1'='1", "A" * 100_000])
def test_a_case_that_does_not_lie_here_is_not_found(desk: Desk, unknown: str) -> None:
    assert desk.find(key(unknown)) is None
    assert desk.find(key("A1", unknown)) is None
    with pytest.raises(StaleError):
        desk.act(key(unknown), APPROVE, LI, SETTINGS)
    with pytest.raises(StaleError):
        desk.claim(key(unknown), LI)


def test_a_comment_changes_nothing_even_when_all_is_decided(desk: Desk) -> None:
    desk.act(key("A1"), APPROVE, LI, SETTINGS)
    before = desk.find(key("A1"))
    kept = desk.act(key("A1"), Act("comment", comment="客户来电"), WANG, SETTINGS)
    after = desk.find(key("A1"))
    assert before is not None
    assert after is not None
    assert kept.comment == "客户来电"
    assert after.state is State.DECIDED
    assert after.outcome == before.outcome


def test_an_answer_that_came_meanwhile_makes_stale_what_was_shown(
    desk: Desk, database: Database, night: Night
) -> None:
    night([asked_for("B1", 100.0, "pending")], run="b" * 64)
    desk.take_in(SETTINGS)
    record = asked_for("B1", 50_000.0, evidence="3" * 64)
    CaseStore(database, "loans").put([stored(record, DAY, run_key="b" * 64, attempts=2)])
    limited = DeskSettings(amount="loan_amount", second_above=1_000)
    with pytest.raises(StaleError) as caught:
        desk.act(key("B1", "b" * 64), APPROVE, LI, limited)
    assert caught.value.why == "evidence"
    seen = APPROVE._replace(evidence="3" * 64)
    assert desk.act(key("B1", "b" * 64), seen, LI, limited).action == "propose"
    row = desk.find(key("B1", "b" * 64))
    assert row is not None
    assert (row.pending, row.amount, row.evidence_digest) == (False, 50_000.0, "3" * 64)


def test_a_proposal_on_evidence_that_has_changed_is_not_confirmed(
    desk: Desk, database: Database, night: Night
) -> None:
    at = key("B1", "b" * 64)
    night([asked_for("B1", 100.0, "pending")], run=at.run_key)
    desk.take_in(SETTINGS)
    desk.act(at, DECLINE, LI, SETTINGS)
    record = asked_for("B1", 100.0, evidence="3" * 64)
    CaseStore(database, "loans").put([stored(record, DAY, run_key=at.run_key, attempts=2)])
    desk.take_in(SETTINGS)
    for shown in (SHOWN, "3" * 64):
        with pytest.raises(StaleError):
            desk.act(at, CONFIRM._replace(evidence=shown), SUN, SETTINGS)
    back = Act("return", comment="there is a rationale now", evidence="3" * 64)
    assert desk.act(at, back, SUN, SETTINGS).evidence_digest == "3" * 64


def test_nothing_is_decided_about_a_case_that_another_run_replaced(
    desk: Desk, database: Database
) -> None:
    desk.claim(key("A1"), LI)
    CaseStore(database, "loans").supersede(DAY, "b" * 64)
    with pytest.raises(StaleError) as caught:
        desk.act(key("A1"), APPROVE, LI, SETTINGS)
    assert caught.value.why == "gone"
    desk.release(key("A1"), LI)


def test_claims_releases_and_assignments_are_logged(desk: Desk, database: Database) -> None:
    done = [
        desk.claim(key("A1"), LI),
        desk.release(key("A1"), LI),
        desk.assign(key("A1"), WANG, ZHAO),
    ]
    assert [each.action for each in done] == ["claim", "release", "assign"]
    assert [each.reviewer for each in done] == ["li", "li", "zhao"]
    assert done[2].comment == "wang"
    row = desk.find(key("A1"))
    assert row is not None
    assert row.holder == "wang"
    with pytest.raises(ForbiddenError):
        desk.claim(key("A1"), LI)
    assert ReviewLog(database).of(RUN, "A1") == tuple(done)


def test_the_most_urgent_case_that_nobody_holds_is_drawn_up_to_a_limit(desk: Desk) -> None:
    two = DeskSettings(most_held=2)
    desk.claim(key("A2"), WANG)
    assert [desk.draw(LI, two) for _ in range(3)] == [key("A3"), key("A1"), None]
    assert [row.application_id for row in desk.page(Wanted(holder="li")).rows] == ["A3", "A1"]
    assert desk.draw(ZHAO, two) is None


def test_what_waits_for_a_senior_is_not_drawn(desk: Desk) -> None:
    desk.act(key("A2"), DECLINE, LI, SETTINGS)
    desk.act(key("A3"), Act("escalate", comment="too large", evidence=SHOWN), LI, SETTINGS)
    assert desk.draw(WANG, SETTINGS) == key("A1")
