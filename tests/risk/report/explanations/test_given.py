from dataclasses import replace

import numpy as np
import pytest

from risk.report.evidence import Evidence, Pair
from risk.report.explanations.given import both_given, given, told
from risk.wording import label
from tests.risk.report.scene import evidence, pair


def with_reasons(known: Evidence, first: str) -> Evidence:
    """Everybody is given one reason before the others."""
    reasons = known.current.reasons.copy()
    reasons[:, 0] = first
    return replace(known, parts=(*known.parts[:-1], replace(known.current, reasons=reasons)))


def test_reasons_are_those_the_model_tells() -> None:
    current = evidence().current
    assert current.contributions is not None
    again = told(current.contributions, evidence().dictionary, current.reasons.shape[1])
    assert again.tolist() == current.reasons.tolist()


def test_shares_are_counted_over_those_not_approved() -> None:
    known = evidence()
    table = given(known).tables[0]
    refused = known.current.reasons[~known.current.approved]
    for place, named in enumerate(table.column("reason_code")):
        code = next(
            code
            for code in np.unique(refused[refused != ""])
            if label(code, known.dictionary) == named
        )
        assert table.column("first_current")[place] == (refused[:, 0] == code).mean()
        assert table.column("among_current")[place] == (refused == code).any(axis=1).mean()
    assert sum(table.column("first_current")) == pytest.approx(1)


def test_a_sound_model_gives_what_it_gave_at_development() -> None:
    figure = given(evidence()).figures[0]
    assert (figure.key, figure.light) == ("reason_shift", "green")


def test_reasons_that_have_moved_are_red() -> None:
    figure = given(with_reasons(evidence(), "housing")).figures[0]
    assert figure.light == "red"
    assert figure.p_value is not None
    assert figure.p_value < 0.001


def test_a_shift_that_chance_explains_is_green_whatever_its_size() -> None:
    known = evidence()
    refused = np.flatnonzero(~known.current.approved)[:20]
    few = known.current.take(np.isin(np.arange(len(known.current)), refused))
    figure = given(replace(known, parts=(*known.parts[:-1], few))).figures[0]
    assert figure.rows == 20
    assert figure.light == "green"


def test_a_refusal_without_a_reason_is_counted() -> None:
    known = evidence()
    reasons = known.current.reasons.copy()
    refused = np.flatnonzero(~known.current.approved)
    reasons[refused[:9]] = ""
    changed = replace(known.current, reasons=reasons)
    figure = given(replace(known, parts=(*known.parts[:-1], changed))).figures[1]
    assert figure.value == pytest.approx(9 / len(refused))


def test_both_sides_of_a_comparison_stand_beside_each_other() -> None:
    table = both_given(pair()).tables[0]
    assert sum(table.column("first_a")) == pytest.approx(1)
    assert sum(table.column("first_b")) == pytest.approx(1)


def test_other_first_reasons_agree_with_none() -> None:
    known = evidence()
    one, other = with_reasons(known, "housing"), with_reasons(known, "education")
    figures = {figure.key: figure for figure in both_given(Pair(one, other)).figures}
    assert figures["same_first_pair"].value == 0
    neither = ~one.current.approved & ~other.current.approved
    assert figures["same_first_pair"].rows == neither.sum()


def test_reasons_of_two_delivered_runs_are_compared_by_what_they_say_alone() -> None:
    both = pair()
    sides = [
        replace(
            side,
            model=None,
            parts=(replace(side.current, x=None, contributions=None),),
        )
        for side in both.sides
    ]
    old = replace(sides[1].current, reasons=np.where(sides[1].current.reasons == "", "", "gone"))
    alike, other = (
        both_given(Pair(*sides)),
        both_given(Pair(sides[0], replace(sides[1], parts=(old,)))),
    )
    assert [f.value for f in alike.figures] == [f.value for f in both_given(both).figures]
    assert alike.tables == both_given(both).tables
    assert all(figure.low is not None for figure in alike.figures)
    assert other.figures[1].value is not None
    assert other.figures[1].value < 0.5
    assert "gone" in other.tables[0].column("reason_code")
