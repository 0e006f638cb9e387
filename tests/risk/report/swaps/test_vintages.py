import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from risk.report.document import Figure, Table
from risk.report.evidence import Evidence, Pair
from risk.report.swaps import vintages
from tests.risk.report.plain import DAYS, plain, with_current, with_rows


def drift(known: Evidence) -> Figure:
    return next(iter(vintages.figures(known)))


def tables(known: Evidence) -> dict[str, Table]:
    return {table.key: table for table in vintages.tables(known)}


def drifting(seed: int, step: float) -> Evidence:
    """PDs that fall behind the truth by so many log-odds over the whole time."""
    known = plain(6000, seed)
    days = known.current.rows["applied"] - pd.Timestamp("2023-01-01")
    share = days.dt.days.to_numpy() / DAYS
    return with_current(known, pd_=expit(logit(known.current.pd_) - step * share))


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_drift_is_red_and_a_steady_level_is_not(seed: int) -> None:
    found = drift(drifting(seed, 0.9))
    assert found.light == "red"
    assert found.low > 1
    assert drift(drifting(seed, 0)).light == "green"


def test_one_bad_vintage_is_red_and_the_others_are_not() -> None:
    known = plain(8000)
    month = known.current.rows["applied"].dt.strftime("%Y-%m").to_numpy()
    pd_ = np.where(month == "2023-07", known.current.pd_ / 2.5, known.current.pd_)
    table = tables(with_current(known, pd_=pd_))["vintages"]
    red = [
        n for n, light in zip(table.column("vintage"), table.lights, strict=True) if light == "red"
    ]
    assert red == ["2023-07"]


def test_a_vintage_without_bads_where_many_are_expected_is_red() -> None:
    known = plain(8000)
    month = known.current.rows["applied"].dt.strftime("%Y-%m").to_numpy()
    gone = month == "2023-07"
    changed = with_current(
        known,
        y=np.where(gone, 0.0, known.current.y),
        pd_=np.where(gone, 0.3, known.current.pd_),
    )
    table = tables(changed)["vintages"]
    assert table.lights[table.column("vintage").index("2023-07")] == "red"


def test_every_row_with_an_outcome_is_in_one_vintage() -> None:
    known = plain(4000)
    y = np.where(np.arange(4000) % 4 == 0, np.nan, known.current.y)
    table, arrivals = (tables(with_current(known, y=y))[name] for name in ("vintages", "arrivals"))
    assert sum(table.column("rows")) == 3000
    assert sum(table.column("bads")) == np.nansum(y)
    assert sum(arrivals.column("rows")) == 4000
    assert len(table.lights) == len(table.rows)
    assert list(table.column("vintage")) == sorted(table.column("vintage"))


def test_what_is_not_known_is_said() -> None:
    known = plain(2000)
    assert drift(with_rows(known, applied=None)).because == vintages.NO_DATES
    assert tables(with_rows(known, applied=None)) == {}
    gone = pd.Series(np.full(2000, np.datetime64("NaT"), "datetime64[s]"))
    assert drift(with_rows(known, applied=gone)).because == vintages.NO_DATES
    assert drift(with_current(known, y=np.full(2000, np.nan))).because == "no-outcomes"
    assert list(tables(with_current(known, y=np.full(2000, np.nan)))) == ["arrivals"]
    assert drift(with_current(known, y=np.zeros(2000))).because == "too-few"
    one = with_rows(known, applied=np.datetime64("2023-05-01"))
    assert drift(one).because == vintages.ONE_DATE
    assert len(tables(one)["vintages"].rows) == 1


def test_rows_without_a_date_are_counted_and_left_out() -> None:
    known = plain(2000)
    dates = known.current.rows["applied"].where(np.arange(2000) >= 300)
    some = with_rows(known, applied=dates)
    assert vintages.undated(some) == 300
    assert vintages.undated(known) == 0
    assert drift(some).rows == 1700
    assert sum(tables(some)["arrivals"].column("rows")) == 1700


def test_two_models_share_what_is_observed_and_the_second_is_judged() -> None:
    pair = Pair(drifting(0, 0), drifting(0, 1.5))
    first, second = vintages.compared_figures(pair)
    assert (first.light, second.light) == ("none", "red")
    found = {table.key: table for table in vintages.compared_tables(pair)}
    table = found["vintages_both"]
    alone = {side: tables(each)["vintages"] for side, each in zip("ab", pair.sides, strict=True)}
    assert table.column("observed") == alone["a"].column("observed")
    for side, own in alone.items():
        assert table.column(f"expected_{side}") == own.column("expected")
    assert table.lights == alone["b"].lights
    rates = found["arrivals_both"]
    assert rates.column("approval_rate_b") == tables(pair.b)["arrivals"].column("approval_rate")
