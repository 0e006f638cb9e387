"""What is offered on the decision bar: what the rules of the desk allow, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.review.case.bar import DECIDES, KEYS, Asked, Bar, decision_bar, standing_of
from pipelines.review.case.given import Given
from pipelines.store import StoredReview
from risk.desk import Act, DeskError, DeskSettings, Person, Role, State, step
from risk.policy import Recommendation
from tests.pipelines.review.case.records import given_of, reader, records, review

APPROVED = next(r for r in records() if r.decision.model_recommendation == "approve")
DECLINED = next(r for r in records() if r.decision.recommendation == "decline")


def bar(given_: Given, role: Role = Role.OFFICER, name: str = "li", decide: str = "") -> Bar:
    return decision_bar(given_, reader(role, name=name), Asked(decide=decide))


def offered(found: Bar) -> set[str]:
    return {offer.decide for offer in found.offers}


def proposed(by: str = "li") -> Given:
    proposal = review(DECLINED, "propose", by, recommendation="approve", reason_code="security")
    more = {"state": State.SECOND, "proposer": by, "proposal": proposal.id}
    return given_of(DECLINED, (proposal,), **more)


@examples(max_examples=40)
@given(
    state=st.sampled_from(State),
    role=st.sampled_from(Role),
    holder=st.sampled_from(("", "li", "wang")),
    proposer=st.sampled_from(("li", "wang")),
)
def test_what_is_offered_is_what_the_desk_would_do(
    state: State, role: Role, holder: str, proposer: str
) -> None:
    proposal = review(DECLINED, "propose", proposer, recommendation="approve")
    reviews: tuple[StoredReview, ...] = (proposal,)
    found = given_of(DECLINED, reviews, state=state, holder=holder, proposer=proposer, proposal=7)
    standing, settings = standing_of(found), found.settings
    for offer in bar(found, role).offers:
        code = settings.reasons[0].code
        act = Act(offer.action, offer.outcome, code, "why", standing.evidence)
        step(standing, act, Person("li", role), settings)
    for missing in set(DECIDES) - offered(bar(found, role)) - {"approve", "decline"}:
        act = Act(missing, None, "", "why", standing.evidence)
        with pytest.raises(DeskError):
            step(standing, act, Person("li", role), settings)


def test_agreeing_is_accepting_and_differing_needs_reason_comment_and_a_second() -> None:
    offers = {offer.decide: offer for offer in bar(given_of(DECLINED)).offers}
    accept, override = offers["decline"], offers["approve"]
    assert (accept.name, accept.leads, accept.comment) == ("decline.accept", True, False)
    assert (override.name, override.override, override.second) == ("approve.override", True, True)
    assert override.comment


def test_after_reasoning_has_moved_it_neither_outcome_leads() -> None:
    moved = next(r for r in records() if r.moved)
    offers = {offer.decide: offer for offer in bar(given_of(moved)).offers}
    assert [offers[each].leads for each in ("approve", "decline")] == [False, False]
    assert offers["approve"].name == "approve.own"


def test_large_amounts_need_a_second_person() -> None:
    settings = DeskSettings(amount="loan_amount", second_above=50_000)
    offers = {offer.decide: offer for offer in bar(given_of(DECLINED, (), settings)).offers}
    assert offers["decline"].second


def test_a_proposal_is_confirmed_by_another_senior_only() -> None:
    found = proposed()
    other = bar(found, Role.SENIOR, "wang")
    assert offered(other) == {"confirm", "return", "comment"}
    assert (other.offers[0].name, other.said) == ("confirm.approve", found.reviews[0].comment)
    own = bar(found, Role.SENIOR)
    assert offered(own) == {"comment"}
    assert own.why_not == "You proposed this; another senior has to confirm it."
    assert "Li Jing proposes to approve" in own.proposed
    assert "Collateral or guarantee" in own.proposed
    assert "waits for a senior" in bar(found, Role.OFFICER).why_not


def test_what_changed_since_the_proposal_is_returned_and_not_confirmed() -> None:
    old = proposed().reviews[0].model_copy(update={"evidence_digest": "9" * 64})
    more = {"state": State.SECOND, "proposer": "li", "proposal": old.id}
    found = bar(given_of(DECLINED, (old,), **more), Role.SENIOR, "wang")
    assert offered(found) == {"return", "comment"}
    assert "changed since the proposal" in found.why_not


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": State.DECIDED}, "is decided; only comments"),
        ({"state": State.REPLACED}, "has replaced the one of this case"),
        ({"holder": "wang"}, "Wang holds this case"),
        ({"state": State.ESCALATED}, "waits for a senior"),
    ],
)
def test_why_nothing_can_be_decided_is_said(more: dict[str, object], said: str) -> None:
    assert said in bar(given_of(APPROVED, **more)).why_not


@pytest.mark.parametrize("role", [Role.VALIDATOR, Role.ADMINISTRATOR])
def test_whoever_looks_on_is_offered_nothing(role: Role) -> None:
    found = bar(given_of(APPROVED), role)
    assert (found.offers, found.claims, found.releases) == ((), False, False)
    assert found.why_not == "Your role looks on and does not decide."


def test_a_case_is_claimed_and_released() -> None:
    free, mine = bar(given_of(APPROVED)), bar(given_of(APPROVED, holder="li"))
    assert (free.claims, free.releases) == (True, False)
    assert (mine.claims, mine.releases) == (False, True)


def test_only_an_act_that_is_offered_is_opened() -> None:
    assert bar(given_of(APPROVED), decide="ask").opened is not None
    for decide in ("confirm", "", "<script>"):
        assert bar(given_of(APPROVED), decide=decide).opened is None


def test_every_act_has_a_key_of_its_own() -> None:
    assert set(KEYS) == set(DECIDES)
    assert len(set(KEYS.values())) == len(DECIDES)


def test_before_the_first_view_nothing_is_decided() -> None:
    found = decision_bar(given_of(APPROVED), reader(), Asked(), hidden=True)
    assert offered(found) == {"ask", "hold", "escalate", "comment"}
    assert "first view" in found.why_not


def test_a_referred_case_is_decided_either_way_without_a_reason() -> None:
    record = next(r for r in records() if r.decision.model_recommendation == "refer")
    assert record.decision.recommendation is Recommendation.REFER
    offers = [offer for offer in bar(given_of(record)).offers if offer.outcome]
    assert [(o.name, o.comment, o.second) for o in offers] == [
        ("approve.own", False, False), ("decline.own", False, False),
    ]  # fmt: skip
