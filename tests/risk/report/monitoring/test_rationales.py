import pytest

from risk.report.monitoring import Rationales
from risk.report.monitoring.rationales import section
from tests.risk.report.monitoring.nights import figure, keys, night, nights, table


@pytest.mark.parametrize(("answered", "light"), [(50, "green"), (45, "amber"), (40, "red")])
def test_cases_without_a_rationale_are_judged_by_their_share(answered: int, light: str) -> None:
    told = section(nights(night(0, rationales=Rationales(cases=50, answered=answered, failed=0))))
    assert figure(told, "unanswered").light == light
    shown = table(told, "night_cases")
    assert shown.column("cases_pending") == (50 - answered,)
    assert shown.lights == (light,)


def test_a_few_cases_are_no_alarm_by_chance() -> None:
    made = Rationales(cases=8, answered=7, replied=4, verified=3)
    told = section(nights(night(0, rationales=made)))
    assert figure(told, "unanswered").value == 0.125
    assert figure(told, "verified").value == 0.75
    assert told.light == "green"
    assert figure(told, "verified").judged == figure(told, "verified").high
    assert figure(told, "unanswered").judged == figure(told, "unanswered").low


def test_what_a_later_night_answered_waits_no_longer() -> None:
    told = Rationales(cases=50, answered=47, late=30, failed=1)
    assert told.pending == 2
    shown = table(section(nights(night(0, rationales=told))), "night_cases")
    row = ("cases_answered", "cases_late", "cases_failed", "cases_pending")
    assert [shown.column(name)[0] for name in row] == [47, 30, 1, 2]


@pytest.mark.parametrize(("verified", "light"), [(95, "green"), (88, "amber"), (70, "red")])
def test_replies_that_fail_the_checks_are_judged_by_their_share(verified: int, light: str) -> None:
    made = Rationales(cases=100, answered=100, replied=100, verified=verified, claims=400, struck=8)
    told = section(nights(night(0, rationales=made)))
    assert figure(told, "verified").light == light
    assert figure(told, "struck").value == 0.02
    assert table(told, "night_quality").lights == (light,)


def test_tokens_are_those_of_one_reply() -> None:
    told = section(nights(night(0)))
    assert figure(told, "tokens_per_reply").value == 1_200
    assert table(told, "night_quality").column("prompt_tokens") == (1_000,)


def test_a_night_without_cases_has_nothing_to_judge() -> None:
    told = section(nights(night(0, rationales=Rationales())))
    assert {each.because for each in told.figures} == {"no-cases", "no-replies"}
    assert told.light == "none"
    assert keys(told) == set()


def test_a_night_that_waits_for_its_model_has_cases_and_no_replies() -> None:
    told = section(nights(night(0, rationales=Rationales(cases=20))))
    assert figure(told, "unanswered").value == 1
    assert figure(told, "verified").because == "no-replies"
    assert keys(told) == {"night_cases"}
