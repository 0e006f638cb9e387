import numpy as np
import pytest
from scipy.special import expit

from risk.validation.brier import brier
from risk.validation.discrimination import auc
from risk.validation.reasoning import compare

RNG = np.random.default_rng(2)
REAL = RNG.normal(-2, 1.2, 900)
Y = (RNG.random(900) < expit(REAL)).astype(np.float64)
ALONE = REAL + RNG.normal(0, 1, 900)


def test_the_model_stands_first_and_the_others_beside_it() -> None:
    found = compare("later", Y, {"opinion": REAL, "model": ALONE}, concerns=7)
    assert [one.contestant for one in found.standings] == ["model", "opinion"]
    assert (found.rows, found.bads, found.concerns) == (900, int(Y.sum()), 7)
    alone, opinion = found.of("model"), found.of("opinion")
    assert alone is not None
    assert alone.gains is None
    assert opinion is not None
    assert opinion.gains is not None
    assert opinion.figures["auc"] == pytest.approx(auc(Y, REAL))
    assert opinion.gains.auc.difference == pytest.approx(auc(Y, REAL) - auc(Y, ALONE))
    assert opinion.gains.brier.difference == pytest.approx(
        brier(Y, expit(ALONE)) - brier(Y, expit(REAL))
    )


def test_raising_every_pd_in_a_bad_year_gains_nothing_at_level() -> None:
    found = compare("later", Y, {"model": REAL - 1, "opinion": REAL})
    opinion = found.of("opinion")
    assert opinion is not None
    assert opinion.gains is not None
    assert opinion.gains.brier.better
    assert opinion.gains.brier_at_level.difference == pytest.approx(0, abs=1e-9)
    assert opinion.gains.auc.difference == 0


@pytest.mark.parametrize("y", [Y[:150], np.zeros(900), np.ones(900)])
def test_too_few_rows_or_defaults_give_no_number(y: np.ndarray) -> None:
    found = compare("later", y, {"model": ALONE[: len(y)], "opinion": REAL[: len(y)]})
    assert found.standings == ()
    assert found.of("model") is None
    assert found.rows == len(y)


@pytest.mark.parametrize(
    ("opinion", "verdict"), [(REAL, "better"), (ALONE, "not_proven"), (-ALONE, "worse")]
)
def test_the_verdict_is_a_gain_beyond_chance_and_no_loss_beyond_it(
    opinion: np.ndarray, verdict: str
) -> None:
    found = compare("later", Y, {"model": ALONE, "opinion": opinion}).of("opinion")
    assert found is not None
    assert found.gains is not None
    assert found.gains.verdict == verdict
