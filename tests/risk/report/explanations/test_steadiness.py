from dataclasses import replace

import numpy as np
import pytest

from risk.report.document import Figure, Section
from risk.report.explanations.steadiness import steadiness
from tests.risk.report.scene import evidence


@pytest.fixture(scope="module")
def section() -> Section:
    return steadiness(evidence())


def of(section: Section, key: str) -> Figure:
    return next(figure for figure in section.figures if figure.key == key)


def test_every_remake_is_told_with_its_rows(section: Section) -> None:
    table = section.tables[0]
    assert table.column("remade") == (
        *("remade.resampled_reference",) * 2,
        *("remade.redrawn_reference",) * 2,
        "remade.seed",
        "remade.bootstrap",
        "remade.half",
    )
    rows = table.column("rows")
    assert rows[:4] == (40,) * 4
    assert rows[4] == rows[5] == sum(len(part) for part in evidence().parts[:2])
    assert rows[6] == pytest.approx(rows[4] / 2, abs=2)


def test_figures_are_means_over_the_remakes(section: Section) -> None:
    table = section.tables[0]
    for way, places in (("reference", slice(0, 4)), ("retrained", slice(4, 7))):
        for key in ("first", "overlap"):
            figure = of(section, f"{way}_{key}")
            assert figure.value == pytest.approx(np.mean(table.column(f"same_{key}")[places]))
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low < figure.value < figure.high
            assert figure.limits == evidence().limits.reason_agreement
    assert of(section, "retrained_rank").value == pytest.approx(
        np.mean(table.column("same_rank")[4:])
    )


def test_references_move_reasons_less_than_training_does(section: Section) -> None:
    assert of(section, "reference_overlap").value > of(section, "retrained_overlap").value


def test_the_same_evidence_gives_the_same_figures(section: Section) -> None:
    assert steadiness(evidence()) == section


def test_reasons_that_do_not_come_from_the_model_agree_with_nothing() -> None:
    known = evidence()
    reasons = np.full(known.current.reasons.shape, "housing")
    changed = replace(known.current, reasons=reasons)
    section = steadiness(replace(known, parts=(changed,)))
    assert of(section, "reference_first").light == "red"
    assert of(section, "reference_overlap").light == "red"


def test_hyperparameters_on_record_are_used_and_said_to_be(section: Section) -> None:
    assert section.remarks[0].key == "remade_by_default"
    logged = steadiness(evidence(params={"param.num_leaves": "3", "param.learning_rate": "0.3"}))
    assert logged.remarks[0].key == "remade"
    assert logged.tables[0].column("same_rank") != section.tables[0].column("same_rank")


def test_without_a_validation_sample_a_part_of_development_stops_training() -> None:
    known = evidence()
    section = steadiness(replace(known, parts=(known.parts[0], known.current)))
    assert section.tables[0].column("rows")[4] == len(known.parts[0])
    assert of(section, "retrained_first").because == ""


def test_few_rows_of_training_are_no_error() -> None:
    known = evidence()
    bads, goods = (np.flatnonzero(known.parts[0].y == y)[:21] for y in (1, 0))
    few = known.parts[0].take(np.isin(np.arange(len(known.parts[0])), np.append(bads, goods)))
    section = steadiness(replace(known, parts=(few, known.current)))
    assert of(section, "retrained_first").because in ("", "not-trainable")
    assert of(section, "reference_first").because == ""
