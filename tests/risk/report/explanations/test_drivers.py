from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from features.dictionary import DataDictionary
from risk.report.evidence import Evidence, Pair
from risk.report.explanations.drivers import both_drivers, drivers
from risk.report.scored import by_model
from risk.scorecard import Scaling
from risk.scoring import Scorer
from risk.training import train
from risk.training_spec import TrainingSpec
from tests.risk.report.scene import POLICY, evidence


def without(known: Evidence, name: str) -> Evidence:
    """A model of the same rows that does not read a field."""
    fields = tuple(
        field.model_copy(update={"role": "ignored", "direction": "none", "group": ""})
        if field.name == name
        else field
        for field in known.dictionary.fields
    )
    dictionary = DataDictionary(**{**vars(known.dictionary), "fields": fields})
    kept = [f.name != name for f in known.dictionary.features]
    x = [part.x[:, kept] for part in known.parts if part.x is not None]
    y = [part.y for part in known.parts]
    spec = TrainingSpec(max_rounds=20, references=40, threads=2, approve_below=POLICY.approve)
    model = train(x[0], y[0], x[1], y[1], dictionary, spec, Scaling()).model
    scorer = Scorer(model, POLICY)
    parts = tuple(by_model(part.name, part.rows, part.y, scorer) for part in known.parts)
    return replace(known, name="shorter", dictionary=dictionary, parts=parts, model=model)


def test_importance_is_that_of_the_contributions_the_largest_first() -> None:
    known = evidence()
    table = drivers(known).tables[0]
    assert known.current.contributions is not None
    moved = np.abs(known.current.contributions).mean(axis=0)
    wanted = np.sort(moved / moved.sum())[::-1]
    assert table.column("moves_current") == pytest.approx(wanted[: len(table.rows)])
    assert table.column("place_current")[:3] == (1, 2, 3)
    assert len(table.rows) + table.left_out == len(known.dictionary.features)


def test_the_order_of_importance_is_spearmans() -> None:
    known = evidence()
    figure = drivers(known).figures[0]
    development = known.development
    assert development is not None
    moved = [
        np.abs(part.contributions).mean(axis=0)
        for part in (development, known.current)
        if part.contributions is not None
    ]
    assert figure.value == pytest.approx(stats.spearmanr(*moved).statistic)


def test_a_monotone_model_never_moves_against_its_dictionary() -> None:
    figure = drivers(evidence()).figures[1]
    assert (figure.value, figure.light) == (0, "green")
    assert figure.rows == 300
    tries = drivers(evidence()).tables[1].column("pairs")
    assert sum(each for each in tries if isinstance(each, float)) > 1000


def test_a_model_that_moves_against_the_dictionary_is_red() -> None:
    known = evidence()
    turned = {"rising": "falling", "falling": "rising", "none": "none"}
    fields = tuple(
        field.model_copy(update={"direction": turned[field.direction]})
        for field in known.dictionary.fields
    )
    section = drivers(
        replace(known, dictionary=known.dictionary.model_copy(update={"fields": fields}))
    )
    assert section.figures[1].light == "red"
    directions = next(table for table in section.tables if table.key == "directions")
    assert directions.lights[0] == "red"
    assert directions.column("against")[0] > 0.9


def test_found_directions_follow_declared_ones() -> None:
    table = drivers(evidence()).tables[1]
    for declared, found in zip(table.column("declared"), table.column("found"), strict=True):
        if isinstance(found, float) and declared != "direction.none":
            assert (found > 0) == (declared == "direction.rising")


def test_a_field_that_only_one_model_reads_is_named() -> None:
    known = evidence()
    section = both_drivers(Pair(known, without(known, "education")))
    remark = section.remarks[0]
    assert remark.key == "only_in_one"
    assert remark.values == {"name": known.name, "fields": known.dictionary["education"].label}
    labels = dict(
        zip(section.tables[0].column("field"), section.tables[0].column("b"), strict=True)
    )
    assert labels[known.dictionary["education"].label] is None


def test_without_rows_that_is_why_nothing_is_told() -> None:
    known = evidence()
    nobody = replace(known, parts=(*known.parts[:-1], known.current.take(np.arange(0))))
    assert {figure.because for figure in drivers(nobody).figures} == {"no-rows"}
