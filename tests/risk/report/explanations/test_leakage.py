from dataclasses import replace

import numpy as np
import pytest

from risk.report.document import Limits
from risk.report.evidence import Evidence, Pair
from risk.report.explanations.leakage import leakage, leakages
from risk.validation.discrimination import gini
from tests.risk.report.scene import evidence


def with_current(known: Evidence, **changes: object) -> Evidence:
    return replace(known, parts=(*known.parts[:-1], replace(known.current, **changes)))


def test_fields_stand_in_the_order_of_their_gini() -> None:
    known = evidence()
    section = leakage(known)
    table = section.tables[0]
    found = table.column("gini_alone")
    assert list(found) == sorted(found, reverse=True)
    whole = gini(known.current.y, known.current.pd_)
    assert table.column("of_model") == pytest.approx([each / whole for each in found])
    assert section.figures[0].value == table.column("of_model")[0]
    assert section.figures[0].subject == table.column("field")[0]
    assert section.figures[0].light == "green"
    assert section.remarks == ()


def test_the_bank_says_from_where_on_a_field_dominates() -> None:
    known = evidence()
    limits = known.limits.model_copy(update={"field_share": Limits(amber=0.5, red=2)})
    section = leakage(replace(known, limits=limits))
    assert section.figures[0].light == "amber"
    assert {remark.key for remark in section.remarks} == {"dominant_field"}
    assert len(section.remarks) <= 5


def test_a_model_that_ranks_nothing_cannot_be_compared_with() -> None:
    known = evidence()
    section = leakage(with_current(known, pd_=1 - known.current.pd_))
    assert section.figures[0].because == "no-ranking"
    assert section.tables == ()


def test_a_model_that_has_lost_its_ranking_is_no_better_than_one_field() -> None:
    known = evidence()
    odds = np.log(known.current.pd_ / (1 - known.current.pd_))
    noise = np.random.default_rng(0).normal(0, 2, len(odds))
    section = leakage(with_current(known, pd_=1 / (1 + np.exp(-odds - noise))))
    assert section.light == "red"


def test_in_a_comparison_each_figure_names_its_run() -> None:
    known = evidence()
    section = leakages(Pair(known, replace(known, name="other")))
    assert [figure.subject for figure in section.figures] == [known.name, "other"]
