"""Models of every kind that LightGBM's text format knows, and rows that provoke them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import strategies as st

from features.encoding import FloatArray


class Trained(NamedTuple):
    """A booster, and rows like those it was trained on."""

    booster: lgb.Booster
    x: FloatArray

    @property
    def text(self) -> str:
        return str(self.booster.model_to_string())

    def predict(self, x: FloatArray) -> FloatArray:
        return np.asarray(self.booster.predict(x, raw_score=True, num_threads=1))


Train = Callable[..., Trained]


def trained(
    *,
    seed: int = 0,
    features: int = 4,
    leaves: int = 8,
    trees: int = 5,
    missing: str = "nan",
    categories: Sequence[int] = (),
    rows: int = 400,
    **parameters: object,
) -> Trained:
    """A small model; `missing` is how LightGBM treats missing values: nan, zero or none."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).round(1)
    x[:, list(categories)] = rng.integers(0, 40, size=(rows, len(categories)))
    holes = rng.random(x.shape) < 0.15
    if missing == "nan":
        x[holes] = np.nan
    elif missing == "zero":
        x[holes] = 0.0
    known = np.nan_to_num(x, nan=0.7)
    log_odds = np.sin(2 * known).sum(axis=1) + known[:, 0] * known[:, -1]
    y = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)
    settings = {
        "objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 5, "seed": seed,
        "num_threads": 1, "verbosity": -1, "min_data_per_group": 5, "cat_smooth": 1.0,
        "max_cat_to_onehot": 4, "deterministic": True, "learning_rate": 0.3,
        "use_missing": missing != "none", "zero_as_missing": missing == "zero", **parameters,
    }  # fmt: skip
    data = lgb.Dataset(x, y, categorical_feature=list(categories), free_raw_data=False)
    return Trained(lgb.train(settings, data, trees), x)


@pytest.fixture
def train() -> Train:
    return trained


CELLS = st.one_of(
    st.sampled_from(
        [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-35, -1e-35, 1e-36, 2e-35, -0.5, -1.0, 1e10]
    ),
    st.integers(-30, 45).map(lambda tenths: tenths / 10),
    st.integers(0, 60).map(float),
    st.floats(allow_nan=True, allow_infinity=True),
)


def odd_rows(features: int, most: int = 6) -> st.SearchStrategy[FloatArray]:
    """Rows of cells that sit on thresholds, beside zero, beyond ranges, or are missing."""
    row = st.lists(CELLS, min_size=features, max_size=features)
    return st.lists(row, min_size=1, max_size=most).map(lambda rows: np.array(rows, np.float64))


KINDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "leaves": st.integers(2, 31),
        "missing": st.sampled_from(["nan", "zero", "none"]),
        "categories": st.sampled_from([(), (1,), (0, 2)]),
    }
)
