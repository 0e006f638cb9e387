from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from risk.report import ordering
from risk.report.beside import beside
from risk.report.calibration import section as calibration
from risk.report.document import Figure, Limits, Remark, Section, Table
from risk.report.evidence import Evidence, Pair
from risk.report.explanations.leakage import leakages
from risk.report.stability import section as stability
from tests.risk.report import told
from tests.risk.report.plain import plain, with_current
from tests.risk.report.scene import evidence


def judged(known: Evidence) -> Section:
    """A section that is red in all it has."""
    figure = Figure(key="psi", value=1.0, sample=known.name).against(Limits(amber=0, red=1), 1.0)
    table = Table(key="csi", columns=(), rows=((),), lights=("red",))
    remark = Remark(key="leaked_field", values={"name": known.name}, light="red")
    return Section(key="stability", figures=(figure,), tables=(table,), remarks=(remark,))


def test_both_are_told_and_the_second_alone_is_judged() -> None:
    both = Pair(plain(rows=50), replace(plain(rows=50), name="other"))
    section = beside(both, judged)
    assert [figure.subject for figure in section.figures] == ["plain", "other"]
    assert [table.subject for table in section.tables] == ["plain", "other"]
    assert [remark.values["name"] for remark in section.remarks] == ["plain", "other"]
    assert section.lights == ("none", "red", "red", "none", "red")
    first = section.figures[0]
    assert (first.value, first.limits, first.judged) == (1.0, None, None)


def test_a_run_beside_itself_is_judged_once() -> None:
    known = plain(rows=50)
    assert beside(Pair(known, known), judged).lights == ("none", "red", "red", "none", "red")


def off(known: Evidence) -> Evidence:
    """Wrong in level and in the order of its grades."""
    current = known.current
    names = np.array(known.grades)
    turned = names[::-1][np.searchsorted(names, current.grade)]
    said = expit(logit(current.pd_) - 0.7)
    return replace(with_current(known, pd_=said, grade=turned), name="off")


@pytest.mark.parametrize("room", [calibration, ordering])
def test_a_bad_champion_does_not_turn_its_challenger_red(room) -> None:  # type: ignore[no-untyped-def]
    known = plain()
    section = room.compared(Pair(off(known), known))
    assert section.light == room.validated(known).light != "red"
    assert room.compared(Pair(known, off(known))).light == "red"
    told.check(section)


def test_neither_does_one_whose_score_has_moved_or_whose_field_leaks() -> None:
    known = evidence()
    current = known.current
    moved = replace(with_current(known, pd_=expit(logit(current.pd_) + 3)), name="moved")
    moved = replace(moved, model=None, baseline=None)
    section = stability.compared(Pair(moved, known))
    assert told.figure(section, "psi", known.name).light == "green"
    assert told.figure(section, "psi", "moved").light == "none"
    strict = known.limits.model_copy(update={"field_share": Limits(amber=0.1, red=0.2)})
    leaky = replace(known, name="leaky", limits=strict)
    assert leakages(Pair(leaky, known)).light == "green"
    assert {r.light for r in leakages(Pair(leaky, known)).remarks} == {"none"}
