import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from risk.validation.brier import brier, brier_parts, spiegelhalter

LAWS = settings(max_examples=50)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
@LAWS
def test_the_parts_add_up_whatever_is_grouped(seed: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    pd_ = rng.random(200)
    target = (rng.random(200) < pd_).astype(float)
    parts = brier_parts(target, pd_, rng.integers(0, groups, 200))
    whole = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert whole == pytest.approx(brier(target, pd_), abs=1e-12)


def test_the_parts_of_a_worked_example() -> None:
    # Two forecasts: 0.2 with one of four, 0.6 with three of four.
    target, pd_ = [1, 0, 0, 0, 1, 1, 1, 0], [0.2] * 4 + [0.6] * 4
    parts = brier_parts(target, pd_)
    assert parts.reliability == pytest.approx((0.05**2 + 0.15**2) / 2)
    assert parts.resolution == pytest.approx(0.25**2)
    assert parts.uncertainty == pytest.approx(0.25)
    assert parts.within == pytest.approx(0, abs=1e-15)
    assert parts.score == pytest.approx(brier(target, pd_))


def test_spiegelhalter_equals_a_published_example() -> None:
    # Meliora 0.3, reference page of its Spiegelhalter test: 0.8 / sqrt(0.2688).
    found = spiegelhalter([0, 0, 1, 1] * 2, [0.2] * 4 + [0.6] * 4)
    assert found.z == pytest.approx(0.8 / np.sqrt(0.2688), abs=1e-12)
    assert found.p_value == pytest.approx(0.1228, abs=1e-4)


def test_spiegelhalter_is_the_brier_score_in_its_own_standard_errors() -> None:
    # Independent: the exact mean and variance of the score over all outcomes of five rows.
    pd_ = np.array([0.05, 0.1, 0.3, 0.6, 0.9])
    outcomes = (np.arange(32)[:, None] >> np.arange(5)) & 1
    chance = np.prod(np.where(outcomes == 1, pd_, 1 - pd_), axis=1)
    scores = ((outcomes - pd_) ** 2).mean(axis=1)
    mean = chance @ scores
    spread = np.sqrt(chance @ (scores - mean) ** 2)
    for outcome, score in zip(outcomes, scores, strict=True):
        found = spiegelhalter(outcome, pd_).z
        assert found == pytest.approx((score - mean) / spread, abs=1e-9)


def test_what_cannot_be_tested_is_refused() -> None:
    with pytest.raises(DataError, match="no variance"):
        spiegelhalter([0, 1], [0.5, 1.0])
    with pytest.raises(DataError, match="3 groups do not go with 2 outcomes"):
        brier_parts([0, 1], [0.5, 1.0], ["a", "b", "c"])
