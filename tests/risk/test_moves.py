import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dictionary import DataDictionary, Field
from risk.moves import Ground, level_moves, number_moves, rule_cuts, score_cuts
from risk.policy import HardRule, Policy, Recommendation

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
CUTS = st.lists(NUMBERS, max_size=12, unique=True).map(sorted)


def number(**more: object) -> Field:
    given = {"name": "x", "role": "feature", "type": "number", "changeable": "any"}
    return Field.model_validate({**given, **more})


def moved(field: Field, value: float, cuts: list[float], spread: list[float]) -> list[float]:
    ground = Ground(np.array(cuts), np.array(spread))
    new: list[float] = number_moves(field, value, ground).new.tolist()
    return new


def test_a_move_stops_just_beyond_a_threshold_at_a_short_value() -> None:
    spread = np.linspace(0, 100_000.5, 101).tolist()
    new = moved(number(), 10_000.5, [5_432.25, 12_345.625, 12_345.75], spread)
    assert new == [12_345.7, 12_400.0, 5_430.0]


def test_whole_numbers_stay_whole() -> None:
    assert moved(number(type="integer", low=0, high=9), 4.0, [0.5, 4.5, 4.7, 6.2], []) == [5, 7, 0]
    spread = [float(each) for each in range(101)]
    assert moved(number(), 4.0, [4.5, 4.7], spread) == [5.0]


@given(NUMBERS, CUTS, st.lists(NUMBERS, min_size=2, max_size=9), st.sampled_from(["", "rise"]))
def test_moves_keep_to_bounds_direction_and_one_to_a_cell(
    value: float, cuts: list[float], spread: list[float], way: str
) -> None:
    spread.sort()
    field = number(changeable=way or "any", direction="rising" if not way else "none")
    ground = Ground(np.array(cuts), np.array(spread))
    found = number_moves(field, value, ground)
    new = found.new.astype(np.float64)
    assert ((new >= spread[0]) & (new <= spread[-1])).all()
    assert (new > value).all() if way else (new < value).all()
    cells = np.searchsorted(cuts, new).tolist()
    assert len(set(cells)) == len(cells)
    assert ((found.cost >= 0) & (found.cost <= 1)).all()
    assert (np.diff(found.cost) >= -1e-12).all()


def test_nothing_moves_the_way_that_raises_the_risk_or_the_applicant_cannot_go() -> None:
    assert (
        moved(number(direction="falling", changeable="fall", low=0, high=9), 5.0, [2.0], []) == []
    )
    assert moved(number(changeable="", low=0, high=9), 5.0, [2.0, 7.0], []) == []
    assert moved(number(), 5.0, [2.0, 7.0], []) == []  # nobody says how far


def test_special_codes_are_no_values_to_move_to() -> None:
    field = number(type="integer", special={"6": "unknown"}, low=0, high=9, changeable="rise")
    assert moved(field, 4.0, [5.5, 7.5], []) == [8.0]


def test_levels_move_along_their_order() -> None:
    given = {"name": "c", "role": "feature", "type": "category", "levels": ["a", "b", "c", "d"]}
    both = Field.model_validate({**given, "changeable": "any"})
    assert level_moves(both, "b").new.tolist() == ["c", "d", "a"]
    assert level_moves(both, "b").cost.tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    safer = Field.model_validate({**given, "changeable": "any", "direction": "rising"})
    assert level_moves(safer, "b").new.tolist() == ["a"]


@pytest.mark.parametrize(
    ("op", "cut"),
    [("ratio", 4.0), ("difference", 10.0), ("sum", -6.0), ("product", 0.25), ("max", 2.0)],
)
def test_a_derived_threshold_is_one_of_its_parts(op: str, cut: float) -> None:
    dictionary = DataDictionary.parse(f"""
[fields.a]
role = "ignored"
type = "number"
[fields.b]
role = "ignored"
type = "number"
[fields.d]
role = "feature"
type = "number"
formula = {{ op = "{op}", of = ["a", "b"] }}
""")
    thresholds = {"d": np.array([2.0 if op != "ratio" else 0.5])}
    found = score_cuts("a", {"a": 1.0, "b": 8.0}, thresholds, dictionary)
    assert found.tolist() == [cut]


def test_the_value_of_a_hard_rule_is_a_cell_of_its_own() -> None:
    rule = HardRule(
        name="r", field="x", op="<", value=600, decision=Recommendation.DECLINE, label="x"
    )
    policy = Policy(approve=0.1, decline=0.2, rules=(rule,))
    cuts = rule_cuts("x", policy).tolist()
    assert moved(number(low=0, high=9000, changeable="rise"), 512.0, cuts, [])[0] == 600.0
