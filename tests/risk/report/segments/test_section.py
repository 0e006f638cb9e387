from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from risk.report.document import Figure, Report, Section, Table
from risk.report.evidence import Evidence, Pair
from risk.report.limits import ValidationLimits
from risk.report.segments import section as segments
from tests.risk.report import scene
from tests.risk.report.plain import plain, with_current, with_rows


def of(section: Section, key: str) -> Figure:
    return next(f for f in section.figures if f.key == key)


def table(section: Section, key: str) -> Table:
    return next(t for t in section.tables if t.key == key)


def in_the_north(known: Evidence, noise: float, seed: int = 0) -> Evidence:
    """The same evidence with PDs that know less of the north."""
    part = known.current
    north = (part.rows["region"] == "north").to_numpy()
    moved = np.random.default_rng(seed).normal(0, noise, len(part)) * north
    return with_current(known, pd_=expit(logit(part.pd_) + moved))


@pytest.mark.parametrize("seed", range(3))
def test_a_biased_group_turns_the_section_red(seed: int) -> None:
    assert segments.validated(plain(4000, seed, planted=0.9)).light == "red"


@pytest.mark.parametrize("seed", range(3))
def test_an_unbiased_book_is_not_red(seed: int) -> None:
    assert segments.validated(plain(4000, seed)).light != "red"


def test_a_group_whose_pds_are_raised_is_red_on_a_real_model_too() -> None:
    known = scene.evidence()
    part = known.current
    # Drawn at random, so that no field can tell it and nothing but the bias can be found.
    gender = np.random.default_rng(1).choice(["female", "male"], len(part))
    fair = with_current(known, rows=part.rows.assign(gender=gender))
    fair = replace(fair, dictionary=_only_gender(known))
    assert segments.validated(fair).light != "red"
    raised = np.where(gender == "female", np.minimum(0.99, part.pd_ + 0.08), part.pd_)
    severity, _ = known.policy.assess(raised, known.scaling.points(raised), part.rows)
    decision = np.array(["approve", "refer", "decline"])[severity]
    biased = with_current(fair, pd_=raised, decision=decision)
    assert segments.validated(biased).light == "red"


def _only_gender(known: Evidence) -> object:
    fields = known.dictionary.fields
    kept = tuple(f for f in fields if f.role != "protected" or f.name == "gender")
    return known.dictionary.model_copy(update={"fields": kept})


def test_a_section_of_a_real_model_has_all_its_tables_and_survives_the_file() -> None:
    section = segments.validated(scene.evidence())
    assert [t.key for t in section.tables if t.key != "segment_auc"] == [
        "weak_spots",
        "approval_ratios",
        "good_refused",
        "bad_approved",
        "group_levels",
        "membership",
        *["proxies"] * 3,
        *["price"] * 3,
    ]
    assert len(table(section, "weak_spots").rows) == 15
    report = Report(kind="validation", portfolio="p", subjects=("s",), sections=(section,))
    assert Report.from_json(report.to_json()) == report


def test_a_weak_spot_is_counted_and_shown_first() -> None:
    known = plain(8000)
    north = (known.current.rows["region"] == "north").to_numpy()
    weak = with_current(known, pd_=np.where(north, known.current.pd_ / 2, known.current.pd_))
    section = segments.validated(weak)
    assert of(section, "weak_spots").value >= 1
    assert table(section, "weak_spots").column("segment")[0].en == "region: the north"
    assert table(section, "weak_spots").lights[0] == "red"
    assert of(segments.validated(known), "weak_spots").value == 0


def test_ranking_is_shown_level_by_level_of_the_largest_category() -> None:
    section = segments.validated(plain(8000))
    found = table(section, "segment_auc")
    assert found.subject.en == "region"
    assert len(found.rows) == 3
    assert all(low > 0.5 for low in found.column("auc_low"))


@pytest.mark.parametrize("seed", range(2))
def test_a_model_that_ranks_one_segment_worse_is_red_there(seed: int) -> None:
    known = plain(8000, seed)
    section = segments.compared(Pair(known, in_the_north(known, 2.0, seed)))
    found = table(section, "segment_gains")
    assert found.column("segment")[0].en == "region: the north"
    assert found.lights[0] == "red"
    assert found.column("gain")[0] == pytest.approx(
        found.column("auc_b")[0] - found.column("auc_a")[0]
    )
    assert of(section, "segments_worse").value >= 1
    back = segments.compared(Pair(in_the_north(known, 2.0, seed), known))
    assert "red" not in table(back, "segment_gains").lights
    same = segments.compared(Pair(known, known))
    assert set(table(same, "segment_gains").column("gain")) == {0}


def test_two_real_models_stand_side_by_side() -> None:
    section = segments.compared(scene.pair())
    assert [t.key for t in section.tables] == [
        "segment_gains",
        "approval_ratios_both",
        "good_refused_both",
        "bad_approved_both",
    ]
    assert len(table(section, "segment_gains").rows) == 15


def test_groups_that_are_not_compared_are_told() -> None:
    known = plain(3000)
    gender = np.where(np.arange(3000) < 50, "other", known.current.rows["gender"])
    limits = ValidationLimits(references={"gender": "nobody"})
    section = segments.validated(with_rows(replace(known, limits=limits), gender=gender))
    told = {remark.key: remark.values for remark in section.remarks}
    assert told["groups_left_out"]["rows"] == 50
    assert told["groups_left_out"]["named"].en == "other"
    assert told["reference_absent"]["asked"] == "nobody"
    assert told["reference_absent"]["reference"].en == "man"
    many = np.where(np.arange(3000) < 200, [f"g{n % 9}" for n in range(3000)], gender)
    pooled = segments.validated(with_rows(known, gender=many))
    assert [r.values["rows"] for r in pooled.remarks if r.key == "groups_pooled"] == [200]


def test_protected_fields_that_could_not_be_compared_are_named_beside_the_light() -> None:
    known = plain(3000)
    assert "fields_uncompared" not in {each.key for each in segments.validated(known).remarks}
    alike = with_rows(known, gender=np.full(3000, "woman"))
    for section in (segments.validated(alike), segments.compared(Pair(alike, alike))):
        (told,) = (each for each in section.remarks if each.key == "fields_uncompared")
        assert told.values["fields"] == known.dictionary["gender"].label
        assert told.values["protected"] == len(known.protected)


@pytest.mark.parametrize("y", [np.nan, 0.0, 1.0])
def test_one_outcome_or_none_is_said(y: float) -> None:
    known = with_current(plain(800), y=np.full(800, y))
    for section in (segments.validated(known), segments.compared(Pair(known, known))):
        because = {f.because for f in section.figures if f.key.startswith("segments_w")}
        because |= {f.because for f in section.figures if f.key == "weak_spots"}
        assert because == {"no-outcomes" if np.isnan(y) else "too-few"}


def test_an_empty_sample_is_no_error() -> None:
    known = plain(300)
    empty = replace(known, parts=(known.current.take(np.zeros(300, bool)),))
    assert segments.validated(empty).light == "none"
    assert segments.compared(Pair(empty, empty)).light == "none"
