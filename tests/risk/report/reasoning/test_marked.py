"""Officers' marks in the section on reasoning: counted, with intervals, and side by side."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pages.page import html
from risk.report.document import Report, Section, worst
from risk.report.evidence import Evidence, Pair
from risk.report.reasoning import section as reasoning
from risk.report.reasoning.marked import LEAST, VERDICTS, bounded, figures, tables
from risk.validation.shares import Shares, wilson
from tests.risk.report.passes import Told, cases, reasoned
from tests.risk.report.scene import evidence


def marks(**counts: int) -> pd.DataFrame:
    """So many marks of each verdict, on two kinds of sentences in turn."""
    verdicts = [verdict for verdict, count in counts.items() for _ in range(count)]
    kinds = ["document" if n % 2 else "score_driver" for n in range(len(verdicts))]
    return pd.DataFrame({"claim_kind": kinds, "verdict": verdicts})


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_share_lies_in_its_interval_and_few_marks_have_none(some: int, others: int) -> None:
    found = bounded(some, some + others)
    assert (found is None) == (some + others < LEAST)
    if found:
        assert 0 <= found.low <= found.value <= found.high <= 1
        low, high = wilson(Shares(np.array([float(some)]), np.array([float(some + others)])))
        assert (found.low, found.high) == pytest.approx((low[0], high[0]))


def test_marks_are_counted_and_shared_out() -> None:
    told = {each.key: each for each in figures(marks(right=30, wrong=6, useless=4))}
    assert told["marks"].value == 40
    shares = [told[f"marked_{verdict}"].value for verdict in VERDICTS]
    assert shares == [0.75, 0.15, 0.1]
    wrong = told["marked_wrong"]
    assert (wrong.rows, wrong.method) == (40, "wilson-marks")
    # Wilson (1927) by hand: (0.15 + z²/80 ± z √(0.15·0.85/40 + (z/80)²)) / (1 + z²/40).
    assert (wrong.low, wrong.high) == (
        pytest.approx(0.0706, abs=1e-4),
        pytest.approx(0.2907, abs=1e-4),
    )


@pytest.mark.parametrize(
    ("given_marks", "because"),
    [(None, "no-marks"), (marks(), "no-marks"), (marks(wrong=LEAST - 1), "too-few-marks")],
)
def test_without_enough_of_them_it_is_said_why_there_is_no_share(
    given_marks: pd.DataFrame | None, because: str
) -> None:
    count, *shares = figures(given_marks)
    assert count.value == (0 if given_marks is None else len(given_marks))
    assert [(each.value, each.because) for each in shares] == [(None, because)] * 3


def test_they_are_told_by_what_the_sentences_are_about() -> None:
    (table,) = tables(marks(right=3, wrong=2))
    assert table.column("claim_kind") == ("claim.document", "claim.score_driver")
    counted = [table.column(f"marked_{verdict}") for verdict in VERDICTS]
    assert counted == [(1, 2), (1, 1), (0, 0)]
    assert not list(tables(marks()))


def passed(said: pd.DataFrame | None, name: str = "one") -> Evidence:
    asked = cases(40)
    return replace(evidence(), name=name, reasoned=reasoned(asked, Told(), marks=said))


def keys(section: Section) -> set[str]:
    return {each.key for each in section.remarks}


def test_a_validation_tells_them_and_says_where_there_are_none() -> None:
    told, silent = (reasoning.validated(passed(said)) for said in (marks(wrong=31), None))
    assert "no_marks" in keys(silent)
    assert "no_marks" not in keys(told)
    assert worst(*(each.light for each in told.figures if each.key.startswith("mark"))) == "none"
    assert "marks_by_claim" in {each.key for each in told.tables}
    without = reasoning.validated(replace(evidence(), reasoned=None))
    assert "marks" in {each.key for each in without.figures}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_two_runs_tell_theirs_side_by_side(language: str) -> None:
    pair = Pair(passed(marks(right=40, wrong=1), "first"), passed(None, "second"))
    section = reasoning.compared(pair)
    told = [(each.key, each.subject) for each in section.figures if each.key.startswith("mark")]
    assert told == [
        (key, name)
        for key in ("marks", "marked_right", "marked_wrong", "marked_useless")
        for name in ("first", "second")
    ]
    assert [each.values for each in section.remarks if each.key == "no_marks_of"] == [
        {"run": "second"}
    ]
    assert [each.subject for each in section.tables if each.key == "marks_by_claim"] == ["first"]
    made = Report(kind="comparison", portfolio="p", subjects=("a", "b"), sections=(section,))
    assert html(made, language)  # type: ignore[arg-type]
    assert Report.from_json(made.to_json()) == made
