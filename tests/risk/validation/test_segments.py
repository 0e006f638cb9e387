import numpy as np
import pytest

from features.errors import DataError
from risk.validation.discrimination import auc
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH
from risk.validation.paired import auc_gain
from risk.validation.segments import segment_gains, segment_table, weak_spots


def book(seed: int = 0, rows: int = 12_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, PDs and regions; in the north there are twice as many bads as the PD says."""
    rng = np.random.default_rng(seed)
    pd_ = 1 / (1 + np.exp(3 - rng.normal(size=rows)))
    region = rng.choice(["north", "east", "south", "west"], rows)
    true = np.where(region == "north", np.minimum(1, 2 * pd_), pd_)
    return (rng.random(rows) < true).astype(float), pd_, region


def test_a_shifted_segment_is_found_and_the_others_are_not() -> None:
    target, pd_, region = book()
    table = segment_table(target, pd_, region).set_index("segment")
    assert table.index[table["p_adjusted"] < 0.05].tolist() == ["north"]
    assert table.loc["north", "ratio_low"] > 1.5
    for name, line in table.iterrows():
        own = region == name
        assert line["auc"] == pytest.approx(auc(target[own], pd_[own]))
        assert line["observed"] == pytest.approx(target[own].mean())
        assert line["rows"] == own.sum()


def test_a_small_segment_has_counts_and_no_tests() -> None:
    target, pd_, region = book()
    small = region.astype(object)
    some = np.flatnonzero((region == "east") & (target == 1))[: LEAST_OF_EACH - 1]
    small[some] = "few"
    table = segment_table(target, pd_, small).set_index("segment")
    assert table.loc["few", "bads"] == LEAST_OF_EACH - 1
    assert table.loc["few", ["auc", "ratio", "p_value", "p_adjusted"]].isna().all()
    assert table.drop("few").notna().all(axis=None)


def test_a_level_is_tested_where_bads_are_expected_and_do_not_come() -> None:
    target, pd_ = np.arange(10_000) < 2, np.full(10_000, 0.005)
    line = segment_table(target, pd_, np.full(10_000, "all")).iloc[0]
    assert line["ratio"] == pytest.approx(0.04)
    assert line["p_adjusted"] < 1e-12
    assert np.isnan(line["auc"])


def test_a_test_is_two_sided() -> None:
    target, pd_, region = book()
    low = segment_table(target, np.minimum(1, 3 * pd_), region)
    assert (low["ratio"] < 1).all()
    assert (low["p_value"] < 1e-4).all()


def test_weak_spots_of_many_columns_come_first() -> None:
    target, pd_, region = book()
    rng = np.random.default_rng(1)
    columns = {f"noise {n}": rng.choice(["a", "b", "c"], len(target)) for n in range(8)}
    table = weak_spots(target, pd_, {**columns, "region": region})
    assert table.loc[0, ["column", "segment"]].tolist() == ["region", "north"]
    assert len(table) == 8 * 3 + 4
    # Adjusted over all of them, so that 28 looks do not find a weak spot by chance.
    assert table.loc[0, "p_adjusted"] == pytest.approx(28 * table.loc[0, "p_value"])


def test_weak_spots_are_segment_tables_adjusted_once_over_all() -> None:
    target, pd_, region = book(rows=3000)
    half = np.where(pd_ < np.median(pd_), "low", "high")
    table = weak_spots(target, pd_, {"region": region, "half": half}).set_index("segment")
    for names in (region, half):
        for name, line in segment_table(target, pd_, names).set_index("segment").iterrows():
            expected = line.drop("p_adjusted")
            assert table.loc[name, expected.index].to_dict() == expected.to_dict()
    assert table["p_adjusted"].tolist() == holm(table["p_value"]).tolist()


def test_missing_names_are_a_segment_and_order_is_of_no_account() -> None:
    target, pd_, region = book(rows=2000)
    gone = np.where(region == "east", None, region.astype(object))
    assert set(segment_table(target, pd_, gone)["segment"]) == {"nan", "north", "south", "west"}
    mixed = np.random.default_rng(0).permutation(len(target))
    again = segment_table(target[mixed], pd_[mixed], region[mixed])
    known = segment_table(target, pd_, region)
    assert again.drop(columns=["segment"]).to_numpy() == pytest.approx(
        known.drop(columns=["segment"]).to_numpy(), abs=1e-12
    )


def test_gains_of_segments_are_those_of_their_rows() -> None:
    target, pd_, region = book()
    noise = np.random.default_rng(1).normal(size=len(target))
    worse = np.where(region == "south", pd_ * np.exp(noise), pd_).clip(0, 1)
    table = segment_gains(target, worse, pd_, {"region": region})
    assert table.loc[0, "segment"] == "south"
    assert table.loc[0, "high"] < 0
    assert table["gain"].tolist()[1:] == [0, 0, 0]
    own = region == "south"
    known = auc_gain(target[own], worse[own], pd_[own])
    assert table.loc[0, "gain"] == pytest.approx(known.difference)
    assert table.loc[0, "p_value"] == pytest.approx(known.p_value)
    assert table.loc[0, "p_adjusted"] == pytest.approx(4 * known.p_value)
    assert table.loc[0, "auc"] == pytest.approx(auc(target[own], worse[own]))
    assert table.loc[0, "auc_beside"] == pytest.approx(auc(target[own], pd_[own]))


def test_what_does_not_go_together_is_refused() -> None:
    target, pd_, _ = book()
    with pytest.raises(DataError, match="1 segments do not go with 12000 outcomes"):
        segment_table(target, pd_, ["a"])
    with pytest.raises(DataError, match="no column is given"):
        weak_spots(target, pd_, {})
    with pytest.raises(DataError, match="no column is given"):
        segment_gains(target, pd_, pd_, {})
