"""When a second person is needed, and in which order cases come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.language import LANGUAGES
from risk.desk import EPOCH, DeskSettings, OverrideReason, is_override, needs_second, priority
from risk.policy import Recommendation

losses = st.floats(0, 1e12)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(
    lambda each: each.replace(tzinfo=UTC)
)


@pytest.mark.parametrize("outcome", ["approve", "decline"])
def test_where_the_model_refers_no_outcome_overrides_it(outcome: str) -> None:
    assert not is_override(Recommendation.REFER, outcome)  # type: ignore[arg-type]


def test_the_model_is_overridden_by_the_other_outcome() -> None:
    assert is_override(Recommendation.APPROVE, "decline")
    assert is_override(Recommendation.DECLINE, "approve")
    assert not is_override(Recommendation.APPROVE, "approve")
    assert not is_override(Recommendation.DECLINE, "decline")


def test_an_amount_at_the_limit_needs_one_person_and_an_unknown_one_needs_two() -> None:
    limited = DeskSettings(amount="a", second_above=100, second_for_overrides=False)
    asked = [needs_second(limited, amount, override=False) for amount in (100.0, 100.01, None)]
    assert asked == [False, True, True]
    assert not needs_second(limited, 1.0, override=True)
    assert not needs_second(DeskSettings(), None, override=False)
    assert needs_second(DeskSettings(), 1.0, override=True)


@given(losses, losses, moments, st.floats(0.1, 1_000))
def test_of_two_cases_that_wait_equally_long_the_greater_loss_comes_first(
    one: float, other: float, at: datetime, hours: float
) -> None:
    settings = DeskSettings(doubling_hours=hours)
    smaller, larger = sorted((one, other))
    assert priority(smaller, at, settings) <= priority(larger, at, settings)


@given(losses, moments, st.integers(1, 10_000))
def test_of_two_equal_losses_the_one_that_waits_longer_comes_first(
    loss: float, at: datetime, minutes: int
) -> None:
    later = at + timedelta(minutes=minutes)
    assert priority(loss, at, DeskSettings()) > priority(loss, later, DeskSettings())


def test_waiting_for_the_doubling_hours_weighs_as_much_as_twice_the_loss() -> None:
    settings = DeskSettings(doubling_hours=48)
    later = EPOCH + timedelta(hours=48)
    assert priority(1_023, EPOCH, settings) == priority(2_047, later, settings)


def test_the_reasons_to_override_are_there_in_both_languages() -> None:
    reasons = DeskSettings().reasons
    assert {"income-verified", "data-error", "other"} <= {each.code for each in reasons}
    assert all(each.label.in_(language).strip() for each in reasons for language in LANGUAGES)


OTHER = OverrideReason.model_validate({"code": "other", "label": "Other"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"reasons": ()},
        {"reasons": (OTHER, OTHER)},
        {"reasons": ({"code": "a b", "label": "x"},)},
        {"second_above": 100},
        {"second_above": -1, "amount": "a"},
        {"hours": 0},
        {"doubling_hours": float("inf")},
        {"most_held": 0},
        {"four_eyes": True},
    ],
)
def test_settings_that_nobody_could_follow_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DeskSettings.model_validate(wrong)
