from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from risk.reasoning.backends.base import Failure
from risk.report.document import Figure, Table
from risk.report.evidence import Evidence, Reasoned
from risk.report.reasoning import changed
from tests.risk.report.passes import RISKY, SAFER, Told, cases, ids, reasoned
from tests.risk.report.scene import evidence

ROWS = 120


@pytest.fixture(scope="module")
def known() -> Evidence:
    return evidence()


@pytest.fixture(scope="module")
def both() -> tuple[Reasoned, Reasoned]:
    """Two passes that differ by chance, by what has no answer yet, and by who was asked."""
    asked = cases(ROWS)
    approved, declined = (ids(asked[:-5], each) for each in ("approve", "decline"))
    a = Told(dict.fromkeys(approved[:12], RISKY))
    b = Told(
        dict.fromkeys(approved[6:30], RISKY) | dict.fromkeys(declined[:2], SAFER),
        dict.fromkeys(approved[:2], Failure.TIMEOUT),
    )
    return reasoned(asked[:-5], a), reasoned(asked, b)


@pytest.fixture(scope="module")
def found(both: tuple[Reasoned, Reasoned]) -> changed.Changes:
    return changed.changes(*both)


def of(found: changed.Changes, key: str) -> Figure:
    return next(f for f in changed.figures(found) if f.key == key)


def table(found: changed.Changes, key: str) -> Table:
    return next(t for t in changed.tables(found) if t.key == key)


def test_every_change_is_counted_once_by_cause_and_by_direction(found: changed.Changes) -> None:
    shown = table(found, "changed_by_cause")
    rows = [dict(zip((c.key for c in shown.columns), row, strict=True)) for row in shown.rows]
    told = {row["cause"].en.split(" (")[0]: row for row in rows}
    assert told["chance"]["cases"] == 4 + 18 + 2
    assert told["chance"]["refer_approve"] == 4
    assert told["chance"]["approve_refer"] == 18
    assert told["chance"]["decline_refer"] == 2
    assert told["pending in one run"]["refer_approve"] == 2
    for row in rows:
        assert row["cases"] == sum(row[each] for each in changed._DIRECTIONS)
    assert sum(row["cases"] for row in rows) == len(found.by_reasoning)
    figure = of(found, "changed_by_reasoning")
    assert figure.value == pytest.approx(26 / (ROWS - 5))


def test_cases_of_one_pass_alone_are_counted_apart(found: changed.Changes) -> None:
    assert of(found, "cases_of_both").value == ROWS - 5
    assert of(found, "cases_of_one").value == 5
    assert of(found, "moved_of_one").value == found.moved_alone


def test_rare_causes_are_shown_first_and_what_is_left_out_is_told(
    both: tuple[Reasoned, Reasoned], found: changed.Changes
) -> None:
    shown = table(found, "changed_cases")
    assert (len(shown.rows), shown.left_out) == (26, 0)
    assert [each.en for each in shown.column("cause")][:2] == ["pending in one run"] * 2
    approved, refer = "recommendation.approve", "recommendation.refer"
    assert shown.rows[0][1:4] == (refer, approved, approved)
    many = changed.changes(*(replace(each, cases=copies(each.cases, 10)) for each in both))
    shown = table(many, "changed_cases")
    assert (len(shown.rows), shown.left_out) == (200, 60)
    assert sum(table(many, "changed_by_cause").column("cases")) == 260


def copies(cases: pd.DataFrame, times: int) -> pd.DataFrame:
    """The same cases again and again, each time under other ids."""
    return pd.concat(
        [cases.assign(application_id=cases["application_id"] + f"-{n}") for n in range(times)]
    )


def test_a_change_by_the_score_is_no_change_by_reasoning() -> None:
    a = reasoned(cases(ROWS), Told())
    b = reasoned(cases(ROWS, seed=1), Told(), identity={"model_digest": "digest-1"})
    found = changed.changes(a, b)
    assert of(found, "changed_by_reasoning").value == 0
    flipped = a.cases["model_recommendation"] != b.cases["model_recommendation"]
    assert of(found, "changed_by_score").value == pytest.approx(flipped.mean()) != 0
    assert [remark.key for remark in changed.remarks(found)] == ["same_by_reasoning"]
    assert list(changed.tables(found)) == []


def test_a_pass_against_itself_differs_in_nothing(both: tuple[Reasoned, Reasoned]) -> None:
    found = changed.changes(both[0], both[0])
    for figure in changed.figures(found):
        if figure.key.endswith("_difference"):
            assert figure.value == 0
        if figure.key.startswith("changed"):
            assert figure.value == 0


def test_differences_are_those_of_the_pairs(
    both: tuple[Reasoned, Reasoned], found: changed.Changes
) -> None:
    a, b = (each.cases.set_index("application_id") for each in both)
    a, b = a, b.loc[a.index]
    moved = [(x["recommendation"] != x["model_recommendation"]).to_numpy() for x in (a, b)]
    figure = of(found, "moved_difference")
    assert figure.value == pytest.approx(moved[1].mean() - moved[0].mean())
    assert figure.rows == len(a)
    replied = (a["status"] != "pending") & (b["status"] != "pending")
    assert of(found, "verified_difference").rows == replied.sum()


def test_too_few_cases_in_both_are_not_tested() -> None:
    asked = cases(19)
    few = changed.changes(reasoned(asked, Told()), reasoned(asked, Told()))
    assert of(few, "verified_difference").because == "too-few-both"
    apart = changed.changes(reasoned(asked[:5], Told()), reasoned(asked[5:], Told()))
    assert of(apart, "changed_by_reasoning").because == "no-both"
    assert of(apart, "cases_of_one").value == 19


def test_what_only_one_pass_moved_is_held_against_its_outcomes(
    known: Evidence, found: changed.Changes
) -> None:
    (shown,) = changed.outcome_tables(found, known.current)
    assert sum(shown.column("cases")) == ROWS - 5
    counted = {
        pair: cases
        for *pair_, cases in zip(
            shown.column("model_recommendation"), shown.column("moved_in"), shown.column("cases"),
            strict=True,
        )
        if (pair := tuple(pair_))
    }  # fmt: skip
    approve = "recommendation.approve"
    assert counted[approve, "moved_in.first"] == 6
    assert counted[approve, "moved_in.second"] == 18
    assert counted[approve, "moved_in.both"] >= 6
    unknown = replace(known.current, y=np.full(len(known.current), np.nan))
    (blank,) = changed.outcome_tables(found, unknown)
    assert set(blank.column("bad_rate")) == {None}
