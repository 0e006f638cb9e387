import pytest

from risk.report.monitoring import NightFigures, Reviewed
from risk.report.monitoring.decisions import section
from risk.validation.change import Share, change
from tests.risk.report.monitoring.nights import figure, keys, night, nights, table


def approving(n: int, approved: int, scored: int = 1_000, *, judged: bool = True) -> NightFigures:
    decisions = {"approve": approved, "refer": 0, "decline": scored - approved}
    return night(n, decisions=decisions, scored=scored, judged=judged)


@pytest.mark.parametrize(("approved", "light"), [(710, "green"), (640, "amber"), (590, "red")])
def test_a_change_of_the_approval_rate_is_judged_by_its_size(approved: int, light: str) -> None:
    told = section(nights(night(0), night(1), approving(2, approved)))
    found = figure(told, "approval_change")
    assert found.value == pytest.approx(approved / 1_000 - 0.7)
    assert found.light == light
    assert table(told, "night_decisions").lights == ("none", "green", light)


def test_a_large_change_of_few_rows_is_no_proof() -> None:
    told = figure(section(nights(night(0), approving(1, 11, 20))), "approval_change")
    assert told.value == pytest.approx(-0.15)
    assert told.light == "green"


def test_a_night_is_held_against_fourteen_before_it_together() -> None:
    given = [approving(0, 0), approving(1, 30, 40), *(night(n) for n in range(2, 15))]
    told = figure(section(nights(*given, approving(15, 650))), "approval_change")
    expected = change(Share(650, 1_000), Share(30 + 13 * 700, 40 + 13_000))
    assert (told.value, told.low, told.p_value) == pytest.approx(
        (expected.difference, expected.low, expected.p_value)
    )


def test_the_first_night_has_nothing_to_be_held_against() -> None:
    told = section(nights(night(0)))
    assert figure(told, "approval_rate").value == 0.7
    assert figure(told, "approval_change").because == "no-nights-before"
    assert figure(told, "override_change").because == "no-nights-before"


def test_a_change_of_the_override_rate_is_judged_likewise() -> None:
    told = section(nights(night(0), night(1, reviewed=Reviewed(100, 40))))
    assert figure(told, "overridden").value == 0.4
    assert figure(told, "override_change").light == "red"
    assert table(told, "night_overrides").column("override_rate") == (0.1, 0.4)


def test_where_nobody_has_decided_nothing_is_said_of_overrides() -> None:
    told = section(nights(night(0), night(1, reviewed=Reviewed())))
    assert figure(told, "overridden").because == "no-reviews"
    assert figure(told, "override_change").because == "no-reviews"
    without = section(nights(night(0, reviewed=Reviewed())))
    assert keys(without) == {"night_decisions"}


def test_a_night_without_applications_has_no_rates() -> None:
    empty = night(1, read=0, scored=0, decisions={})
    told = section(nights(night(0), empty))
    assert figure(told, "approval_rate").because == "no-rows"
    assert figure(told, "approval_change").because == "no-rows"
    assert table(told, "night_decisions").column("approval_rate") == (0.7, None)
