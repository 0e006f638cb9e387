from dataclasses import replace

import numpy as np
import pytest

from risk.report.document import Table
from risk.report.evidence import Evidence
from risk.report.segments import price, proxies
from risk.report.segments.fairness import fairness
from risk.validation.discrimination import gini
from tests.risk.report.plain import plain, with_current, with_rows
from tests.risk.report.scene import evidence


def tables(known: Evidence) -> list[Table]:
    return list(price.tables(known, proxies.drawn(known, fairness(known).comparable)))


def line(table: Table, measure: str) -> dict[str, object]:
    place = table.column("measure").index(f"price.{measure}")
    return {column.key: table.column(column.key)[place] for column in table.columns}


def test_cut_offs_by_group_lift_the_ratio_to_its_limit_at_the_same_rate() -> None:
    known = plain(6000, planted=0.9)
    gender = tables(known)[1]
    before, after = line(gender, "as_is"), line(gender, "cut_offs")
    assert before["approval_ratio"] < 0.8
    assert after["approval_ratio"] == pytest.approx(known.limits.approval_ratio.amber, abs=2e-3)
    assert after["approval_rate"] == pytest.approx(before["approval_rate"], abs=1e-3)
    assert after["gini"] is None


def test_mending_a_planted_bias_gains_and_mending_a_real_difference_costs() -> None:
    # PDs of women are too high: nearer rates are nearer to the truth.
    biased = tables(plain(20_000, planted=1.5))[1]
    assert line(biased, "cut_offs")["decision_gini"] > line(biased, "as_is")["decision_gini"]
    honest = plain(20_000)
    risky = honest.current.pd_ > np.median(honest.current.pd_)
    share = np.random.default_rng(0).random(20_000) < np.where(risky, 0.8, 0.2)
    real = tables(with_rows(honest, gender=np.where(share, "woman", "man")))[1]
    assert line(real, "cut_offs")["decision_gini"] < line(real, "as_is")["decision_gini"] - 0.01
    assert line(real, "cut_offs")["bad_rate"] > line(real, "as_is")["bad_rate"]


def test_where_rates_are_near_enough_nothing_is_moved() -> None:
    gender = tables(plain(4000))[1]
    before, after = line(gender, "as_is"), line(gender, "cut_offs")
    for name in ("approval_rate", "approval_ratio", "bad_rate", "decision_gini"):
        assert before[name] == after[name]


def test_neutral_proxies_are_scored_by_the_model_itself() -> None:
    known = evidence()
    drawn = proxies.drawn(known, fairness(known).comparable)
    table = tables(known)[0]
    told = line(table, "neutral_1")
    name = drawn.found[0].fields["field"][0]
    assert told["fields"] == known.dictionary[name].label
    place = [f.name for f in known.dictionary.features].index(name)
    x, reference = known.current.x.copy(), known.model.reference[:, place]
    assert known.dictionary[name].type == "category"
    levels, rows = np.unique(reference[~np.isnan(reference)], return_counts=True)
    x[:, place] = levels[rows.argmax()]
    pd_ = known.model.predict(x)
    assert told["gini"] == pytest.approx(gini(known.current.y, pd_))
    change = gini(known.current.y, pd_) - gini(known.current.y, known.current.pd_)
    assert told["gini_change"] == pytest.approx(change)
    assert told["change_low"] <= change <= told["change_high"]
    assert len(line(table, "neutral_3")["fields"].en.split(", ")) == 3


def test_a_model_from_outside_has_no_neutral_fields() -> None:
    known = plain(2000)
    assert tables(known)[0].column("measure") == ("price.as_is", "price.cut_offs")
    found = proxies.drawn(known, fairness(known).comparable)
    assert [r.key for r in price.remarks(known, found)] == ["own_cut_offs"]


def test_without_outcomes_approvals_alone_have_a_price() -> None:
    known = with_current(plain(3000, planted=1.0), y=np.full(3000, np.nan))
    after = line(tables(known)[1], "cut_offs")
    assert after["approval_ratio"] == pytest.approx(0.9, abs=5e-3)
    assert after["bad_rate"] is after["decision_gini"] is None


def test_where_all_or_none_are_approved_there_is_nothing_to_price() -> None:
    known = plain(1000)
    for decision in ("approve", "decline"):
        assert tables(with_current(known, decision=np.full(1000, decision))) == []
    assert tables(replace(known, parts=(known.current.take(np.zeros(1000, bool)),))) == []
