from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from risk.report import discrimination
from risk.report.document import Figure, Section
from risk.report.evidence import Evidence, Pair
from tests.risk.report.scene import evidence, pair


def of(section: Section, key: str, sample: str = "out_of_time") -> Figure:
    return next(f for f in section.figures if f.key == key and f.sample == sample)


def with_current(known: Evidence, **changes: object) -> Evidence:
    return replace(known, parts=(*known.parts[:-1], replace(known.current, **changes)))


def test_figures_are_those_of_scikit_learn_and_name_their_rows() -> None:
    known = evidence()
    figure = of(discrimination.validated(known), "auc")
    assert figure.value == pytest.approx(roc_auc_score(known.current.y, known.current.pd_))
    assert (figure.rows, figure.bads) == (len(known.current), known.current.bads)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_a_sound_model_has_not_fallen() -> None:
    assert of(discrimination.validated(evidence()), "auc_fall").light == "green"


def test_wrong_labels_turn_the_fall_red() -> None:
    known = evidence()
    chance = np.random.default_rng(0).random(len(known.current)) < 0.4
    y = np.where(chance, 1 - known.current.y, known.current.y)
    fall = of(discrimination.validated(with_current(known, y=y)), "auc_fall")
    assert fall.light == "red"
    assert fall.p_value is not None
    assert fall.p_value < 0.01


def test_a_fall_within_chance_is_green_whatever_its_size() -> None:
    known = evidence()
    few = np.flatnonzero(known.current.y == 1)[:25]
    goods = np.flatnonzero(known.current.y == 0)[:40]
    small = replace(known, parts=(*known.parts[:-1], known.current.take(np.r_[few, goods])))
    level = {**known.at_development, "auc": 0.80, "auc_low": 0.70, "auc_high": 0.90}
    fall = of(discrimination.validated(replace(small, at_development=level)), "auc_fall")
    assert fall.p_value is not None
    assert fall.p_value > 0.05
    assert fall.light == "green"


@pytest.mark.parametrize(
    ("y", "because"),
    [
        (lambda y: np.full(len(y), np.nan), "no-outcomes"),
        (lambda y: np.zeros(len(y)), "too-few"),
        (lambda y: np.where(np.cumsum(y) < 10, y, 0), "too-few"),
    ],
)
def test_without_outcomes_there_is_a_reason_and_no_number(y, because: str) -> None:  # type: ignore[no-untyped-def]
    known = evidence()
    section = discrimination.validated(with_current(known, y=y(known.current.y)))
    for key in ("auc", "gini", "ks", "auc_fall"):
        figure = of(section, key)
        assert (figure.value, figure.because, figure.light) == (None, because, "none")


def test_the_curve_is_that_of_scikit_learn() -> None:
    current = evidence().current
    table = discrimination.validated(evidence()).tables[0]
    ours = [row[1:] for row in table.rows if row[0] == "sample.out_of_time"]
    refused, found, _ = roc_curve(current.y, current.pd_)
    x, y = np.array(ours, dtype=float).T
    assert y == pytest.approx(np.interp(x, refused, found), abs=0.02)


def test_a_model_gains_nothing_over_itself() -> None:
    known = evidence()
    section = discrimination.compared(Pair(known, known))
    for key in ("auc_gain", "auc_gain_bootstrap", "brier_gain", "log_loss_gain"):
        figure = of(section, key)
        assert figure.value == 0
        assert figure.p_value == 1


def test_both_ways_of_the_paired_test_agree() -> None:
    section = discrimination.compared(pair())
    delong, bootstrap = of(section, "auc_gain"), of(section, "auc_gain_bootstrap")
    assert delong.value == pytest.approx(bootstrap.value)
    assert delong.low == pytest.approx(bootstrap.low, abs=0.002)
    assert delong.high == pytest.approx(bootstrap.high, abs=0.002)


def test_a_worse_model_turns_the_gain_red() -> None:
    known = evidence()
    noise = np.random.default_rng(1).normal(0, 3, len(known.current))
    odds = np.log(known.current.pd_ / (1 - known.current.pd_)) + noise
    worse = with_current(known, pd_=1 / (1 + np.exp(-odds)))
    assert of(discrimination.compared(Pair(known, worse)), "auc_gain").light == "red"
    assert of(discrimination.compared(Pair(worse, known)), "auc_gain").light == "green"
