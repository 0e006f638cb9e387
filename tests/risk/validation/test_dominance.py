import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from features.dictionary import Field
from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.dominance import ROWS, alone

FIELDS = tuple(
    Field(name=name, role="feature", type=kind, levels=levels)
    for name, kind, levels in (
        ("noise", "number", ()),
        ("leak", "number", ()),
        ("valley", "number", ()),
        ("town", "category", tuple("abcd")),
        ("gap", "number", ()),
        ("constant", "number", ()),
        ("empty", "number", ()),
    )
)


def rows(count: int, seed: int) -> tuple[FloatArray, FloatArray]:
    draw = np.random.default_rng(seed)
    y = (draw.random(count) < 0.2).astype(np.float64)
    bad = y == 1
    x = draw.normal(size=(count, len(FIELDS)))
    x[:, 1] = y + draw.normal(0, 0.1, count)
    x[bad, 2] *= 3  # either end is risky
    x[:, 3] = np.where(bad, draw.choice([0, 2], count), draw.integers(0, 4, count))
    x[bad & (draw.random(count) < 0.7), 4] = np.nan
    x[:, 5], x[:, 6] = 1.0, np.nan
    return x, y


def test_each_field_is_worth_what_it_tells_in_whatever_shape() -> None:
    table = alone(FIELDS, rows(6000, 0), rows(4000, 1)).set_index("field")
    assert table.loc["leak", "gini"] > 0.99
    assert table.loc["leak", "iv"] > 3
    assert table.loc["valley", "gini"] > 0.25
    assert table.loc["town", "gini"] > 0.35
    assert table.loc["gap", "gini"] == pytest.approx(0.7, abs=0.05)
    assert abs(table.loc["noise", "gini"]) < 0.08
    assert table.loc["noise", "low"] < 0 < table.loc["town", "low"] < table.loc["town", "gini"]
    assert table.loc[["constant", "empty"], "gini"].tolist() == [0, 0]


def test_the_gini_of_a_category_is_that_of_its_default_rates() -> None:
    (x, y), (now, outcome) = rows(6000, 0), rows(4000, 1)
    rates = np.array([y[x[:, 3] == level].mean() for level in range(4)])
    wanted = 2 * roc_auc_score(outcome, rates[now[:, 3].astype(int)]) - 1
    table = alone(FIELDS, (x, y), (now, outcome)).set_index("field")
    assert table.loc["town", "gini"] == pytest.approx(wanted)


def test_more_rows_than_bins_need_are_drawn_from() -> None:
    many = rows(ROWS + 5000, 2)
    table = alone(FIELDS, many, rows(2000, 3), seed=1).set_index("field")
    assert table.loc["leak", "gini"] > 0.99


def test_a_sample_of_one_outcome_is_refused() -> None:
    x, _ = rows(50, 0)
    with pytest.raises(DataError):
        alone(FIELDS, (x, np.zeros(50)), (x, np.zeros(50)))


def test_a_part_that_turns_bad_whole_stands_out_however_few_bads_lie_in_it() -> None:
    (x, y), (now, outcome) = rows(6000, 0), rows(4000, 1)
    for values, known in ((x, y), (now, outcome)):
        draw = np.random.default_rng(len(known))
        values[:, 0] = (known == 1) & (draw.random(len(known)) < 0.3)
    table = alone(FIELDS, (x, y), (now, outcome)).set_index("field")
    told = table.loc["noise"]
    inside = now[:, 0] == 1
    assert told["gini"] < 0.35
    assert (told["riskiest_rows"], told["riskiest_rate"]) == (inside.sum(), 1)
    rate = outcome.mean()
    least = stats.beta.ppf(0.025, inside.sum() + 0.5, 0.5)
    assert told["odds"] == pytest.approx(least / (1 - least) * (1 - rate) / rate)
    assert table.loc["gap", "odds"] > 100  # nobody but bads misses it
    assert table.loc["town", "odds"] < 25
    assert table.loc[["constant", "empty"], "odds"].max() < 1


def test_a_bin_that_holds_nobody_now_tells_nothing() -> None:
    x, y = rows(6000, 0)
    now, outcome = rows(4000, 1)
    now[:, 1] = -9.0
    told = alone(FIELDS, (x, y), (now, outcome)).set_index("field").loc["leak"]
    assert (told["riskiest_rows"], told["odds"]) == (0, 0)
    assert np.isnan(told["riskiest_rate"])
