import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import association

from features.errors import DataError
from risk.validation.outcomes import LEAST_OF_EACH
from risk.validation.proxies import associations, cramers_v, membership


def crowd(seed: int, rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Fields, and groups of which the first two can be told by the first field."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, rows)
    x = rng.normal(size=(rows, 4))
    x[:, 0] += np.array([1.5, -1.5, 0.0])[group]
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, group


def test_groups_that_can_be_told_are_told() -> None:
    table = membership(*crowd(0)).set_index("group")
    assert set(table.index) == {0, 1, 2}
    assert (table.loc[[0, 1], "low"] > 0.85).all()
    assert (table["low"] < table["auc"]).all()
    assert (table["auc"] < table["high"]).all()


def test_groups_that_cannot_be_told_are_not() -> None:
    covered = []
    for seed in range(20):
        x, _ = crowd(seed, rows=800)
        group = np.random.default_rng(seed + 100).integers(0, 2, 800)
        row = membership(x[:, 1:], group, seed).iloc[0]
        covered.append(row["low"] <= 0.5 <= row["high"])
        assert row["auc"] < 0.6
    assert np.mean(covered) >= 0.8


def test_the_same_seed_gives_the_same_halves() -> None:
    first, second, other = (membership(*crowd(0), seed) for seed in (1, 1, 2))
    assert first.equals(second)
    assert not first.equals(other)


def test_many_small_groups_are_told_apart_as_one() -> None:
    x, _ = crowd(0)
    group = np.where(np.arange(len(x)) < 2000, np.arange(len(x)) % 2, 2 + np.arange(len(x)) % 50)
    table = membership(x, group)
    assert table["group"].tolist()[:2] == [0, 1]
    assert len(table) == 6
    assert table.loc[table["rows"] < LEAST_OF_EACH, "auc"].isna().all()


def test_one_group_has_nothing_to_tell() -> None:
    with pytest.raises(DataError, match="of one group"):
        membership(np.zeros((5, 1)), np.zeros(5, int))
    with pytest.raises(DataError, match="2 groups do not go with 5 rows"):
        membership(np.zeros((5, 1)), np.zeros(2, int))


@given(st.integers(0, 2**32 - 1))
def test_association_is_cramers_v_freed_of_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    other = np.where(rng.random(200) < 0.4, one % 3, other)
    counts = np.zeros((4, 3), int)
    np.add.at(counts, (one, other), 1)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    plain = association(counts, method="cramer")
    r, k = counts.shape
    moved = plain**2 * (min(r, k) - 1)
    freed = max(0, moved - (r - 1) * (k - 1) / 199)
    sizes = r - (r - 1) ** 2 / 199, k - (k - 1) ** 2 / 199
    assert cramers_v(one, other) == pytest.approx(np.sqrt(freed / (min(sizes) - 1)), abs=1e-9)
    assert cramers_v(one, other) == pytest.approx(cramers_v(other, one), abs=1e-12)


def test_a_field_that_is_the_group_comes_first_and_a_constant_last() -> None:
    _, group = crowd(0)
    rng = np.random.default_rng(3)
    fields = {"noise": rng.integers(0, 5, len(group)), "same": group, "one": np.zeros_like(group)}
    table = associations(fields, group)
    assert table["field"].tolist()[0] == "same"
    assert table["association"][0] == pytest.approx(1)
    assert table.set_index("field").loc["one", "association"] == 0
    assert table.set_index("field").loc["noise", "association"] < 0.05
