import numpy as np
import pytest

from risk.policy import Policy
from risk.report.document import Table
from risk.report.evidence import Evidence, Pair
from risk.report.scored import by_pd
from risk.report.swaps import decisions
from risk.scorecard import Scaling
from tests.risk.report.plain import plain, with_current


def tables(known: Evidence) -> dict[str, Table]:
    return {table.key: table for table in decisions.tables(known)}


def test_every_row_has_one_decision() -> None:
    known = plain(3000)
    table = tables(known)["decisions"]
    part = known.current
    for place, name in enumerate(("approve", "refer", "decline")):
        own = part.decision == name
        assert table.column("decision")[place] == f"recommendation.{name}"
        assert table.column("rows")[place] == own.sum()
        assert table.column("bad_rate")[place] == pytest.approx(part.y[own].mean())
        assert table.column("expected")[place] == pytest.approx(part.pd_[own].mean())


def test_figures_are_of_all_rows_and_of_the_approved() -> None:
    part = plain(3000).current
    rate, bad = decisions.figures(part)
    assert rate.value == pytest.approx(part.approved.mean())
    assert (rate.rows, bad.rows) == (3000, part.approved.sum())
    assert bad.value == pytest.approx(part.y[part.approved].mean())
    assert bad.low < bad.value < bad.high


@pytest.mark.parametrize("scale", ["pd", "points"])
def test_margins_lie_on_either_side_of_each_cut_off(scale: str) -> None:
    known = plain(4000)
    part, policy = known.current, known.policy
    if scale == "points":
        cuts = Scaling().points(np.array([policy.approve, policy.decline]))
        policy = Policy(approve=float(cuts[0]), decline=float(cuts[1]), scale="points")
        part = by_pd("test", part.rows, part.y, part.pd_, policy, Scaling())
    known = plain(4000, policy=policy, parts=(part,))
    table = tables(known)["margins"]
    assert table.column("rows") == (200, 200, 200, 200)
    inside, outside, below, above = table.column("expected")
    assert inside < 0.12 < outside < below < 0.3 < above


def test_nothing_is_known_of_an_empty_sample_or_without_outcomes() -> None:
    known = plain(500)
    empty = plain(500, parts=(known.current.take(np.zeros(500, bool)),))
    assert [f.because for f in decisions.figures(empty.current)] == ["no-rows", "none-approved"]
    assert list(tables(empty)) == ["decisions"]
    unknown = with_current(known, y=np.full(500, np.nan))
    rate, bad = decisions.figures(unknown.current)
    assert rate.value is not None
    assert bad.because == "no-outcomes"
    assert set(tables(unknown)["margins"].column("bad_rate")) == {None}


def test_decisions_of_two_are_crossed() -> None:
    pair = Pair(plain(3000), plain(3000, planted=0.8))
    first, second = pair.current
    (table,) = decisions.crossed(pair)
    assert sum(table.column("rows")) == 3000
    assert sum(table.column("bads")) == first.bads
    for one, other, rows in zip(*(table.column(k) for k in _CROSSED), strict=True):
        own = (first.decision == one.split(".")[1]) & (second.decision == other.split(".")[1])
        assert rows == own.sum()
    same = decisions.agreed(pair)
    assert same.value == pytest.approx((first.decision == second.decision).mean())


_CROSSED = ("decision_a", "decision_b", "rows")
