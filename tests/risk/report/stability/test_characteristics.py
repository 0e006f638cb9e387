from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.dictionary import Field
from features.language import Text
from risk.report.evidence import Evidence
from risk.report.limits import ValidationLimits
from risk.report.stability import characteristics
from risk.report.stability.characteristics import moves, spreads
from risk.validation.stability import Baseline, csi
from tests.risk.report.plain import plain, with_current, with_rows
from tests.risk.report.scene import evidence

LIMITS = ValidationLimits()


def dated(rows: int = 4000, now: int = 2000) -> Evidence:
    """Two samples of one book, without a model."""
    before, current = plain(rows, seed=1).current, plain(now, seed=2).current
    return replace(plain(now), parts=(replace(before, name="development"), current))


def found(known: Evidence) -> pd.DataFrame:
    return moves(spreads(known, known.development), LIMITS).set_index("use", append=True)


def labels(known: Evidence, light: str) -> list[str]:
    table = moves(spreads(known, known.development), LIMITS)
    return [label.en for label in table.loc[table["lights"] == light, "field"]]


def test_features_lie_over_the_bins_the_model_was_trained_with() -> None:
    known = evidence()
    assert known.model is not None
    kept = known.model.characteristics
    assert kept is not None
    own = [each for each in spreads(known, None) if each.use == "feature"]
    assert [each.development.tolist() for each in own] == [list(each.rows) for each in kept]
    x = known.current.x
    assert x is not None
    for n, each in enumerate(own):
        assert each.current.tolist() == kept[n].count(x[:, n]).tolist()
        assert len(each.names) == len(each.current)


def test_without_a_model_the_bins_are_those_of_the_development_sample() -> None:
    known = dated()
    table = moves(spreads(known, known.development), LIMITS)
    income = table[table["field"].map(lambda label: label.en) == "income"].iloc[0]
    values = [part.rows["income"].to_numpy() for part in known.parts]
    bins = Baseline.of(values[0], "income").bins
    assert income["csi"] == pytest.approx(csi(bins, values[0], values[1]))


def test_features_protected_fields_and_the_outcome_are_all_there() -> None:
    uses = [each.use for each in spreads(evidence(), evidence().development)]
    known = evidence()
    assert uses.count("feature") == len(known.dictionary.features)
    assert uses.count("protected") == len(known.protected)
    assert uses.count("outcome") == 1


def test_samples_of_one_book_are_green() -> None:
    for seed in range(10):
        known = dated()
        current = plain(800, seed=100 + seed).current
        known = replace(known, parts=(known.parts[0], current))
        assert set(moves(spreads(known, known.development), LIMITS)["lights"]) == {"green"}


def test_a_field_that_has_moved_is_the_first_and_red_and_others_are_not() -> None:
    known = dated()
    moved = with_rows(known, income=known.current.rows["income"] + 0.8)
    assert labels(moved, "red") == ["income"]
    assert moves(spreads(moved, moved.development), LIMITS)["field"].iloc[0].en == "income"


def test_missing_values_that_appear_are_a_move() -> None:
    known = dated()
    gone = known.current.rows["debt"].where(np.arange(2000) % 3 > 0)
    moved = with_rows(known, debt=gone)
    table = moves(spreads(moved, moved.development), LIMITS)
    first = table.iloc[0]
    assert (first["field"].en, first["lights"]) == ("debt", "red")
    assert (first["missing_then"], first["missing_now"]) == pytest.approx((0, 1 / 3), abs=1e-3)


def test_a_level_that_grows_and_a_protected_group_that_grows_are_moves() -> None:
    known = dated()
    region = known.current.rows["region"].where(np.arange(2000) % 2 > 0, "east")
    assert labels(with_rows(known, region=region), "red") == ["region"]
    gender = known.current.rows["gender"].where(np.arange(2000) % 2 > 0, "woman")
    assert labels(with_rows(known, gender=gender), "red") == ["gender"]


def test_a_level_never_seen_at_development_is_a_move() -> None:
    known = dated()
    early = known.parts[0].rows
    before = replace(
        known.parts[0], rows=early.assign(region=early["region"].replace("east", "north"))
    )
    moved = replace(known, parts=(before, known.current))
    assert "region" in labels(moved, "red")


def test_what_chance_makes_of_few_rows_is_green_and_is_said() -> None:
    known = dated(now=2000)
    few = replace(known, parts=(known.parts[0], known.current.take(np.arange(45))))
    table = moves(spreads(few, few.development), LIMITS)
    assert (table["csi"] > 0.25).any()
    assert set(table["lights"]) == {"green"}
    remark = next(iter(characteristics.by_chance(table, LIMITS.csi)))
    assert remark.values == {"fields": int((table["csi"] >= 0.1).sum())}


def test_a_category_of_many_levels_shows_those_that_have_moved() -> None:
    levels = [f"l{n}" for n in range(40)]
    field = Field.model_validate(
        {"name": "town", "role": "feature", "type": "category", "levels": levels}
    )
    rng = np.random.default_rng(0)
    known = dated()
    dictionary = known.dictionary.model_copy(update={"fields": (*known.dictionary.fields, field)})
    share = np.ones(40) / 40
    share[3], share[7] = 6 / 40, 0.2 / 40
    towns = rng.choice(levels, 4000), rng.choice(levels, 2000, p=share / share.sum())
    parts = tuple(
        replace(part, rows=part.rows.assign(town=town))
        for part, town in zip(known.parts, towns, strict=True)
    )
    known = replace(known, dictionary=dictionary, parts=parts)
    spread = spreads(known, known.development)
    tables = list(characteristics.tables(known.current, spread, moves(spread, LIMITS)))
    shown = next(t for t in tables if t.subject == field.label)
    assert len(shown.rows) + shown.left_out == 40
    assert len(shown.rows) == 12
    assert {Text(zh="l3", en="l3"), Text(zh="l7", en="l7")} <= set(shown.column("bin"))


def test_bins_have_names_that_people_read() -> None:
    known = dated()
    own = {each.label.en: each for each in spreads(known, known.development)}
    assert own["region"].names[0] == Text(zh="北方", en="the north")
    names = [name.en for name in own["income"].names]
    assert names[0].startswith("≤ ")
    assert names[-2].startswith("> ")
    assert len(names) == 11


def test_outcomes_that_are_not_known_and_columns_that_are_not_there_are_left_out() -> None:
    known = with_current(evidence(), y=np.full(len(evidence().current), np.nan))
    assert "outcome" not in {each.use for each in spreads(known, known.development)}
    names = [field.name for field in known.protected]
    rows = known.current.rows.drop(columns=names)
    known = with_current(known, rows=rows)
    assert {each.use for each in spreads(known, known.development)} == {"feature"}


def test_without_model_and_development_there_is_nothing_to_compare_with() -> None:
    assert spreads(plain(), None) == []
