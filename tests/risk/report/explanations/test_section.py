from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.encoding import encode
from risk.report.document import Section
from risk.report.evidence import Evidence, Pair
from risk.report.explanations import section as explanations
from risk.report.scored import by_model
from risk.scorecard import Scaling
from risk.scoring import Scorer
from risk.training import train
from risk.training_spec import TrainingSpec
from tests.risk.report.scene import POLICY, evidence, pair

LEAKED = "loan_amount"


@pytest.fixture(scope="module")
def sound() -> Section:
    return explanations.validated(evidence())


@pytest.fixture(scope="module")
def leaked() -> Evidence:
    """A copied run whose model was trained with the outcome, under noise, in one of its fields."""
    known = evidence()
    draw = np.random.default_rng(0)
    spec = TrainingSpec(max_rounds=60, references=40, threads=2, approve_below=POLICY.approve)
    rows = [
        part.rows.assign(**{LEAKED: 10_000 * (part.y + draw.normal(0, 0.15, len(part)) + 1)})
        for part in known.parts
    ]
    x = [encode(each, known.dictionary) for each in rows]
    y = [part.y for part in known.parts]
    model = train(x[0], y[0], x[1], y[1], known.dictionary, spec, Scaling()).model
    scorer = Scorer(model, POLICY)
    parts = [by_model(p.name, r, p.y, scorer) for p, r in zip(known.parts, rows, strict=True)]
    return replace(known, name="leaked", parts=tuple(parts), model=model)


def outside(known: Evidence) -> Evidence:
    """The same PDs by a model that shows nothing else."""
    nothing = np.empty((0, 0), dtype=np.str_)
    parts = (
        replace(part, x=None, contributions=None, reasons=np.resize(nothing, (len(part), 0)))
        for part in known.parts
    )
    return replace(known, model=None, baseline=None, parts=tuple(parts))


def test_a_sound_model_is_not_red(sound: Section) -> None:
    assert sound.key == explanations.KEY
    assert sound.light in ("green", "amber")
    assert not [figure for figure in sound.figures if figure.because]


def test_every_figure_names_its_sample_and_its_rows(sound: Section) -> None:
    for figure in sound.figures:
        assert figure.sample == "out_of_time", figure.key
        assert figure.rows, figure.key
        assert figure.method, figure.key


def test_a_leaked_column_turns_the_section_red_and_is_named(leaked: Evidence) -> None:
    section = explanations.validated(leaked)
    assert section.light == "red"
    remark = next(each for each in section.remarks if each.key == "leaked_field")
    assert remark.values["field"] == leaked.dictionary[LEAKED].label
    assert next(f for f in section.figures if f.key == "field_share").light == "red"


def test_a_comparison_names_the_run_whose_column_leaked(leaked: Evidence) -> None:
    section = explanations.compared(Pair(evidence(), leaked))
    assert section.light == "red"
    assert {each.values["name"] for each in section.remarks if each.light == "red"} == {"leaked"}


def test_a_model_agrees_with_itself() -> None:
    known = evidence()
    section = explanations.compared(Pair(known, known))
    values = {figure.key: figure.value for figure in section.figures}
    assert values["importance_rank_pair"] == pytest.approx(1)
    assert values["same_first_pair"] == values["same_overlap_pair"] == 1


def test_two_trainings_agree_in_most_and_not_in_all() -> None:
    section = explanations.compared(pair())
    values = {figure.key: figure.value for figure in section.figures if figure.value is not None}
    assert 0.5 < values["same_overlap_pair"] < 1
    assert 0.5 < values["importance_rank_pair"] < 1


def test_a_model_from_outside_shows_only_what_fields_do_alone(sound: Section) -> None:
    section = explanations.validated(outside(evidence()))
    because = {figure.key: figure.because for figure in section.figures}
    assert because.pop("field_share") == because.pop("field_odds") == ""
    assert set(because.values()) == {"no-model"}
    share = next(f for f in section.figures if f.key == "field_share").value
    inside = next(f for f in sound.figures if f.key == "field_share").value
    assert share == pytest.approx(inside)


def test_a_comparison_with_a_model_from_outside_says_so() -> None:
    section = explanations.compared(Pair(evidence(), outside(evidence())))
    because = {figure.key: figure.because for figure in section.figures if not figure.subject}
    assert set(because.values()) == {"no-model"}


@pytest.mark.parametrize(("y", "lacks"), [(np.nan, "no-outcomes"), (0.0, "too-few")])
def test_without_outcomes_what_needs_none_is_told(y: float, lacks: str) -> None:
    known = evidence()
    parts = tuple(replace(part, y=np.full(len(part), y)) for part in known.parts)
    section = explanations.validated(replace(known, parts=parts))
    because = {figure.key: figure.because for figure in section.figures}
    assert because["field_share"] == lacks
    assert because["retrained_first"] == because["retrained_rank"] == "no-development"
    assert because["importance_rank"] == because["reference_first"] == ""


def test_without_the_development_sample_what_needs_it_says_so() -> None:
    known = evidence()
    section = explanations.validated(replace(known, parts=known.parts[-1:]))
    because = {figure.key: figure.because for figure in section.figures}
    lacking = {key for key, why in because.items() if why == "no-development"}
    assert {"importance_rank", "reason_shift", "field_share", "retrained_first"} <= lacking
    assert because["against_direction"] == because["reference_first"] == ""


def test_no_rows_are_no_error() -> None:
    known = evidence()
    empty = known.current.take(np.zeros(len(known.current), dtype=bool))
    nobody = replace(known, parts=(*known.parts[:-1], empty))
    section = explanations.validated(nobody)
    assert all(figure.because for figure in section.figures)
    both = explanations.compared(Pair(nobody, nobody))
    assert all(f.because for f in both.figures if f.key.startswith(("same", "field")))


def test_where_all_are_approved_nobody_needs_a_reason() -> None:
    known = evidence()
    everybody = replace(known.current, decision=np.full(len(known.current), "approve"))
    changed = replace(known, parts=(*known.parts[:-1], everybody))
    section = explanations.validated(changed)
    because = {figure.key: figure.because for figure in section.figures}
    assert because["reason_shift"] == because["reference_first"] == "few-refused"
    pair_ = explanations.compared(Pair(changed, changed))
    assert {f.because for f in pair_.figures if f.key.startswith("same")} == {"few-refused"}


def test_labels_are_those_of_the_dictionary(sound: Section) -> None:
    known = evidence().dictionary
    labels = {field.label for field in known.features}
    groups = {group.label for group in known.groups.values()}
    tables = {table.key: table for table in sound.tables}
    assert set(tables["importance"].column("field")) <= labels
    assert set(tables["reason_codes"].column("reason_code")) <= labels | groups


def test_rows_without_the_fields_of_the_dictionary_say_so() -> None:
    known = outside(evidence())
    parts = tuple(
        replace(part, rows=pd.DataFrame({"application_id": part.rows["application_id"]}))
        for part in known.parts
    )
    section = explanations.validated(replace(known, parts=parts))
    assert next(f for f in section.figures if f.key == "field_share").because == "no-fields"
