from dataclasses import replace

import numpy as np
import pytest

from risk.report.document import Limits, Section
from risk.report.evidence import Evidence, Pair
from risk.report.explanations.leakage import leakage, leakages
from risk.validation.discrimination import gini
from tests.risk.report import told
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
    noise = np.random.default_rng(0).normal(0, 1, len(odds))
    section = leakage(with_current(known, pd_=1 / (1 + np.exp(-odds - noise))))
    assert section.light == "red"


def test_in_a_comparison_each_figure_names_its_run() -> None:
    known = evidence()
    section = leakages(Pair(known, replace(known, name="other")))
    told_of = [(figure.key, figure.subject) for figure in section.figures]
    keys = ("field_share", "field_odds")
    assert told_of == [(key, name) for name in (known.name, "other") for key in keys]


def with_outcomes_by_chance(known: Evidence, seed: int) -> Evidence:
    """The current rows, of which nobody can tell who will be bad."""
    y = (np.random.default_rng(seed).random(len(known.current)) < 0.2).astype(np.float64)
    return with_current(known, y=y)


def test_outcomes_by_chance_turn_no_field_red() -> None:
    for seed in range(8):
        section = leakage(with_outcomes_by_chance(evidence(), seed))
        assert section.light in ("none", "green")
        assert section.remarks == ()


def test_a_share_of_what_is_not_proven_is_shown_and_not_judged() -> None:
    known = evidence()
    for seed in range(20):
        section = leakage(with_outcomes_by_chance(known, seed))
        if section.tables:
            break
    figure = section.figures[0]
    assert (figure.light, figure.limits) == ("none", None)
    assert figure.value == section.tables[0].column("of_model")[0]
    told.check(Section(key="explanations", figures=section.figures, tables=section.tables))


def test_few_bads_at_development_are_called_so() -> None:
    known = evidence()
    development = known.parts[0]
    few = replace(development, y=np.where(np.cumsum(development.y) < 10, development.y, 0))
    section = leakage(replace(known, parts=(few, *known.parts[1:])))
    assert section.figures[0].because == "too-few"


def test_the_field_of_a_model_that_has_but_one_is_no_leak() -> None:
    known = evidence()
    parts = tuple(replace(part, x=part.x[:, :1]) for part in known.parts if part.x is not None)
    section = leakage(replace(known, parts=parts))
    assert section.figures[0].because == "one-field"
    assert section.light == "none"
    told.check(Section(key="explanations", figures=section.figures))


def test_a_field_that_gives_some_of_the_bads_away_is_named() -> None:
    known = evidence()
    names = [field.name for field in known.dictionary.features]
    draw, parts = np.random.default_rng(3), []
    for part in known.parts:
        assert part.x is not None
        x = part.x.copy()
        x[:, 0] = (part.y == 1) & (draw.random(len(part)) < 0.3)
        parts.append(replace(part, x=x))
    section = leakage(replace(known, parts=tuple(parts)))
    share, odds = section.figures
    assert (share.light, odds.light) == ("green", "red")
    assert odds.subject == known.dictionary[names[0]].label
    assert odds.value is not None
    assert odds.value > 100
    assert [(r.key, r.light, r.values["rate"]) for r in section.remarks] == [
        ("pure_field", "red", 1)
    ]
    told.check(Section(key="explanations", figures=section.figures, remarks=section.remarks))
