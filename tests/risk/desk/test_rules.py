"""Who may do what about a case: what holds whatever people try, and each rule by itself."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.desk import (
    Act,
    DeskError,
    DeskSettings,
    ForbiddenError,
    IncompleteError,
    Person,
    Proposal,
    Role,
    StaleError,
    Standing,
    State,
    Step,
    assign,
    claim,
    is_override,
    needs_second,
    release,
    step,
)
from risk.policy import Recommendation

OFFICERS = (Person("li", Role.OFFICER), Person("wang", Role.OFFICER))
SENIORS = (Person("zhao", Role.SENIOR), Person("sun", Role.SENIOR))
ONLOOKERS = (Person("zhou", Role.VALIDATOR), Person("wu", Role.ADMINISTRATOR))
PEOPLE = (*OFFICERS, *SENIORS, *ONLOOKERS)
LI, ZHAO, SUN = OFFICERS[0], *SENIORS
SHOWN = "e1"
SETTINGS = DeskSettings(amount="loan_amount", second_above=1_000)


class Done(NamedTuple):
    """A step that was taken: by whom, from where, and where to."""

    person: Person
    act: Act
    before: Standing
    step: Step


def after(standing: Standing, person: Person, act: Act, done: Step) -> Standing:
    """How a case stands after a step, as the store would keep it."""
    proposal = standing.proposal if done.proposer else None
    if done.logged == "propose":
        assert done.outcome is not None
        proposal = Proposal(done.outcome, done.reason_code, act.evidence)
    return standing._replace(
        state=done.state, holder=done.holder, proposer=done.proposer, proposal=proposal
    )


Tried = tuple[Person, Act | str, str]


def worked(start: Standing, tried: Sequence[Tried], settings: DeskSettings) -> list[Done]:
    """What comes of people trying one thing after the other, the evidence changing meanwhile."""
    standing, done = start, []
    for person, act, evidence in tried:
        standing = standing._replace(evidence=evidence)
        rules = {"claim": claim, "release": release}
        try:
            taken = (
                rules[act](standing, person)
                if isinstance(act, str)
                else step(standing, act, person, settings)
            )
        except DeskError:
            continue
        asked = Act("comment") if isinstance(act, str) else act
        done.append(Done(person, asked, standing, taken))
        standing = after(standing, person, asked, taken)
    return done


evidences = st.sampled_from(["e1", "e1", "e1", "e2"])
outcomes = st.sampled_from(["approve", "decline"])
acts = st.one_of(
    evidences.map(lambda evidence: Act("confirm", evidence=evidence)),
    st.builds(Act, st.just("decide"), outcomes, st.just("record"), st.just("why"), evidences),
    st.builds(
        Act,
        st.sampled_from(["decide", "confirm", "return", "ask", "hold", "escalate", "comment"]),
        st.one_of(outcomes, st.none()),
        st.sampled_from(["record", "other", "", "of my own"]),
        st.sampled_from(["because", "because", " "]),
        evidences,
    ),
)
things = st.one_of(acts, st.sampled_from(["claim", "release"]))
trials = st.lists(st.tuples(st.sampled_from(PEOPLE), things, evidences), max_size=30)
unseen = st.builds(
    Standing,
    st.just(State.OPEN),
    st.just(""),
    st.just(""),
    evidences,
    st.sampled_from([None, 500.0, 5_000.0]),
    st.sampled_from(Recommendation),
    st.none(),
)
proposed = st.builds(
    lambda standing, person, outcome, evidence: standing._replace(
        state=State.SECOND,
        proposer=person.name,
        proposal=Proposal(outcome, "record", evidence),
    ),
    unseen,
    st.sampled_from((*OFFICERS, *SENIORS)),
    outcomes,
    evidences,
)
starts = st.one_of(unseen, proposed)
desks = st.builds(
    DeskSettings,
    amount=st.just("loan_amount"),
    second_above=st.sampled_from([None, 1_000.0]),
    second_for_overrides=st.booleans(),
)


@given(starts, trials, desks)
def test_nobody_alone_decides_where_a_second_person_is_demanded(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    for each in worked(start, tried, settings):
        if each.step.state is not State.DECIDED or each.before.state is State.DECIDED:
            continue
        assert each.step.outcome is not None
        override = is_override(start.model_recommendation, each.step.outcome)
        assert each.step.logged == ("override" if override else "accept")
        proposal = each.before.proposal
        if proposal is None:
            assert not needs_second(settings, start.amount, override=override)
            continue
        assert each.person.role is Role.SENIOR
        assert each.person.name != each.before.proposer != ""
        assert proposal.outcome == each.step.outcome
        assert proposal.evidence == each.act.evidence == each.before.evidence


@given(unseen, trials, desks)
def test_whoever_proposes_is_the_first_person_until_the_case_is_decided_or_returned(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    first = ""
    for each in worked(start, tried, settings):
        assert each.before.proposer == first
        if each.step.logged == "propose":
            first = each.person.name
        if each.step.logged == "return":
            first = ""


@given(starts, trials, desks)
def test_an_override_always_has_its_reason_and_a_comment(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    done = worked(start, tried, settings)
    for each in done:
        outcome = each.act.outcome
        decides = each.act.action == "decide" and outcome is not None
        if decides and outcome and is_override(start.model_recommendation, outcome):
            assert each.act.reason_code in {"record", "other"}
            assert each.act.comment.strip()
        if each.step.logged == "override":
            assert each.step.reason_code in {"record", "other"}


@given(starts, trials, desks)
def test_onlookers_change_nothing_and_a_decided_case_stays_as_it_is(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    for each in worked(start, tried, settings):
        assert each.person not in ONLOOKERS
        if each.before.state is State.DECIDED:
            assert each.step.logged == "comment"
            kept = (each.before.state, each.before.holder, each.before.proposer, None)
            assert (*each.step[:1], *each.step[2:5]) == kept


@given(starts, trials, desks)
def test_officers_leave_alone_what_is_not_theirs(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    for each in worked(start, tried, settings):
        if each.person.role is Role.OFFICER and each.step.logged != "comment":
            assert each.before.holder in ("", each.person.name)
            theirs = each.before.state not in (State.ESCALATED, State.SECOND)
            assert theirs or each.step.logged == "release"


@given(starts, trials, desks)
def test_nothing_but_a_remark_is_done_on_evidence_that_has_changed(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    for each in worked(start, tried, settings):
        if each.act.action != "comment":
            assert each.act.evidence == each.before.evidence


@given(starts, trials, desks)
def test_somebody_has_proposed_exactly_where_a_second_person_is_waited_for(
    start: Standing, tried: list[Tried], settings: DeskSettings
) -> None:
    for each in worked(start, tried, settings):
        state = each.step.state
        if state is not State.DECIDED:
            assert bool(each.step.proposer) == (state is State.SECOND)
        if state is State.DECIDED:
            assert each.step.holder == ""


def standing(state: State = State.OPEN, **more: object) -> Standing:
    given = Standing(state, "", "", SHOWN, 500.0, Recommendation.DECLINE)
    if state is State.SECOND:
        given = given._replace(proposer="zhao", proposal=Proposal("approve", "record", SHOWN))
    return given._replace(**more)  # type: ignore[arg-type]


PROPOSED, ESCALATED = standing(State.SECOND), standing(State.ESCALATED)
CHANGED = PROPOSED._replace(evidence="e2")
APPROVE = Act("decide", "approve", "record", "income is verified", SHOWN)
DECLINE = Act("decide", "decline", evidence=SHOWN)
CONFIRM = Act("confirm", evidence=SHOWN)
RETURN = Act("return", comment="which document shows it?", evidence=SHOWN)
ASK, HOLD, ESCALATE = (
    Act(action, comment="why", evidence=SHOWN) for action in ("ask", "hold", "escalate")
)


@pytest.mark.parametrize(
    ("case", "act", "person", "leads"),
    [
        (standing(), DECLINE, LI, (State.DECIDED, "accept", "", "", "decline", "")),
        (standing(), APPROVE, LI, (State.SECOND, "propose", "", "li", "approve", "record")),
        (standing(amount=2e3), DECLINE, LI, (State.SECOND, "propose", "", "li", "decline", "")),
        (standing(amount=None), DECLINE, LI, (State.SECOND, "propose", "", "li", "decline", "")),
        (ESCALATED, DECLINE, ZHAO, (State.DECIDED, "accept", "", "", "decline", "")),
        (PROPOSED, CONFIRM, SUN, (State.DECIDED, "override", "", "zhao", "approve", "record")),
        (PROPOSED, RETURN, SUN, (State.OPEN, "return", "zhao", "", None, "")),
        (standing(), ASK, LI, (State.ASKED, "ask", "li", "", None, "")),
        (standing(State.ASKED), HOLD, LI, (State.HELD, "hold", "li", "", None, "")),
        (standing(holder="li"), ESCALATE, LI, (State.ESCALATED, "escalate", "", "", None, "")),
        (standing(holder="li"), DECLINE, ZHAO, (State.DECIDED, "accept", "", "", "decline", "")),
    ],
)  # fmt: skip
def test_what_each_act_leads_to(
    case: Standing, act: Act, person: Person, leads: tuple[object, ...]
) -> None:
    assert step(case, act, person, SETTINGS) == leads


@pytest.mark.parametrize(
    ("case", "act", "person", "error", "why"),
    [
        (standing(), DECLINE, ONLOOKERS[0], ForbiddenError, "role"),
        (standing(), Act("comment", comment="x"), ONLOOKERS[1], ForbiddenError, "role"),
        (ESCALATED, DECLINE, LI, ForbiddenError, "senior"),
        (standing(holder="wang"), DECLINE, LI, ForbiddenError, "held"),
        (PROPOSED, CONFIRM, ZHAO, ForbiddenError, "same-person"),
        (PROPOSED, RETURN, ZHAO, ForbiddenError, "same-person"),
        (PROPOSED, CONFIRM, LI, ForbiddenError, "senior"),
        (CHANGED, CONFIRM, SUN, StaleError, "evidence"),
        (CHANGED, CONFIRM._replace(evidence="e2"), SUN, StaleError, "evidence"),
        (PROPOSED, CONFIRM._replace(outcome="decline"), SUN, StaleError, "state"),
        (PROPOSED, DECLINE, SUN, StaleError, "state"),
        (standing(), CONFIRM, SUN, StaleError, "state"),
        (standing(State.DECIDED), DECLINE, SUN, StaleError, "state"),
        (ESCALATED, ESCALATE, SUN, StaleError, "state"),
        (standing(), DECLINE._replace(outcome=None), LI, IncompleteError, "outcome"),
        (standing(), APPROVE._replace(reason_code=""), LI, IncompleteError, "reason"),
        (standing(), DECLINE._replace(reason_code="mine"), LI, IncompleteError, "reason"),
        (standing(), APPROVE._replace(comment="\n "), LI, IncompleteError, "comment"),
        (standing(), ASK._replace(comment=""), LI, IncompleteError, "comment"),
        (PROPOSED, RETURN._replace(comment=""), SUN, IncompleteError, "comment"),
        (standing(State.DECIDED), Act("comment"), LI, IncompleteError, "comment"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(
    case: Standing, act: Act, person: Person, error: type[DeskError], why: str
) -> None:
    with pytest.raises(error) as caught:
        step(case, act, person, SETTINGS)
    assert caught.value.why == why


def test_cases_are_claimed_released_and_assigned() -> None:
    assert claim(standing(), LI).holder == "li"
    assert claim(standing(holder="li"), ZHAO).holder == "zhao"
    assert release(standing(holder="li"), LI).holder == ""
    assert release(standing(holder="li"), ZHAO).holder == ""
    assert assign(standing(holder="wang"), LI, ZHAO).holder == "li"


@pytest.mark.parametrize("state", [State.ESCALATED, State.SECOND])
def test_what_waits_for_a_senior_is_claimed_by_none_but_seniors(state: State) -> None:
    assert claim(standing(state), SUN) == (
        state,
        "claim",
        "sun",
        standing(state).proposer,
        None,
        "",
    )
    with pytest.raises(ForbiddenError):
        claim(standing(state), LI)
    with pytest.raises(ForbiddenError):
        assign(standing(state), LI, SUN)


def test_the_first_person_is_not_given_the_case_as_the_second() -> None:
    for take in (lambda: claim(standing(State.SECOND), ZHAO),
                 lambda: assign(standing(State.SECOND), ZHAO, SUN)):  # fmt: skip
        with pytest.raises(ForbiddenError) as caught:
            take()
        assert caught.value.why == "same-person"


def test_claims_that_are_refused() -> None:
    with pytest.raises(ForbiddenError):
        claim(standing(holder="wang"), LI)
    with pytest.raises(ForbiddenError):
        release(standing(holder="wang"), LI)
    with pytest.raises(ForbiddenError):
        assign(standing(), LI, LI)
    with pytest.raises(StaleError):
        release(standing(), LI)
    with pytest.raises(StaleError):
        claim(standing(State.DECIDED), LI)
