import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.fairness import approval_ratios, error_gaps


def rows(*counts: tuple[str, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of groups: name, rows, and how many of them are true."""
    flags = [np.arange(total) < true for _, total, true in counts]
    return np.concatenate(flags), np.repeat([n for n, _, _ in counts], [t for _, t, _ in counts])


def test_four_fifths_of_a_worked_example() -> None:
    # 48 of 80 men and 12 of 40 women hired: the rule of four fifths' usual example.
    table = approval_ratios(*rows(("men", 80, 48), ("women", 40, 12)), "men").set_index("group")
    assert table.loc["women", "ratio"] == pytest.approx(0.5)
    # Katz, by hand: 0.5 x exp(-+ 1.96 sqrt(1/12 - 1/40 + 1/48 - 1/80)).
    half = stats.norm.ppf(0.975) * np.sqrt(1 / 12 - 1 / 40 + 1 / 48 - 1 / 80)
    assert table.loc["women", ["low", "high"]].tolist() == pytest.approx(
        [0.5 * np.exp(-half), 0.5 * np.exp(half)], abs=1e-9
    )
    assert table.loc["men", ["ratio", "low", "high"]].tolist() == [1, 1, 1]


def test_approval_ratio_agrees_with_scipy() -> None:
    from scipy.stats.contingency import relative_risk

    table = approval_ratios(*rows(("a", 500, 400), ("b", 300, 200), ("c", 90, 81)), "a")
    for group, total, taken in (("b", 300, 200), ("c", 90, 81)):
        own = table.set_index("group").loc[group]
        found = relative_risk(taken, total, 400, 500)
        interval = found.confidence_interval(0.95)
        assert own["ratio"] == pytest.approx(found.relative_risk, abs=1e-12)
        assert (own["low"], own["high"]) == pytest.approx((interval.low, interval.high), abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe (1998), table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_error_gaps_equal_a_published_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    approved, group = rows(("first", first[1], first[0]), ("second", second[1], second[0]))
    # Bads that are approved are what is counted; one refused good a group goes along.
    target = np.concatenate([np.ones(len(group)), [0, 0]])
    table = error_gaps(
        target, np.append(approved, [False, False]), np.append(group, ["first", "second"]), "second"
    )
    found = table[(table["error"] == "bad_approved") & (table["group"] == "first")].iloc[0]
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 2**32 - 1))
def test_gaps_are_rates_less_the_references(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = rng.choice(["甲", "乙", "丙"], 300)
    target, approved = rng.integers(0, 2, 300), rng.random(300) < 0.6
    table = error_gaps(target, approved, group, "乙")
    assert table["group"].tolist()[:2] == ["乙", "乙"]
    for line in table.itertuples():
        own = (group == line.group) & (target == (line.error == "bad_approved"))
        wrong = approved if line.error == "bad_approved" else ~approved
        assert line.rate == pytest.approx(wrong[own].mean())
        assert line.rows == own.sum()
        assert line.low <= line.gap <= line.high
    assert (table.loc[table["group"] == "乙", "gap"] == 0).all()


def test_a_group_without_any_approval_is_bounded() -> None:
    table = approval_ratios(*rows(("a", 500, 400), ("b", 200, 0), ("c", 4, 0)), "a")
    bounds = table.set_index("group")[["low", "high"]]
    assert bounds.loc["b"].tolist() == pytest.approx([0, 0.05], abs=0.05)
    assert bounds.loc["c", "low"] == 0
    assert bounds.loc["c", "high"] > 1  # four rows prove little


def test_p_values_are_of_the_groups_against_the_reference() -> None:
    table = approval_ratios(*rows(("a", 500, 400), ("b", 300, 200), ("c", 90, 81)), "a")
    assert np.isnan(table["p_value"][0])
    for place, (total, taken) in enumerate([(300, 200), (90, 81)], start=1):
        counts = [[400, 100], [taken, total - taken]]
        known = stats.chi2_contingency(counts, correction=False).pvalue
        assert table["p_value"][place] == pytest.approx(known, abs=1e-12)


def test_what_cannot_be_compared_is_said() -> None:
    approved, group = rows(("a", 10, 0), ("b", 10, 5))
    with pytest.raises(DataError, match='nobody of the reference group "a" is approved'):
        approval_ratios(approved, group, "a")
    with pytest.raises(DataError, match='reference group "z"; there are a, b'):
        approval_ratios(approved, group, "z")
    with pytest.raises(DataError, match="2 groups do not go with 20 rows"):
        approval_ratios(approved, ["a", "b"], "a")
    table = approval_ratios(approved, group, "b").set_index("group")
    assert table.loc["a", "ratio"] == 0
    with pytest.raises(DataError, match="only one outcome"):
        error_gaps(np.ones(20), approved, group, "a")
