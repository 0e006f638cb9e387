"""Policy cuts and hard rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import Text
from risk.policy import HardRule, Policy

LABEL = Text(zh="规则", en="rule")


def rule(**given: object) -> HardRule:
    return HardRule.model_validate({"name": "r", "decision": "decline", "label": LABEL, **given})


def test_a_missing_score_is_referred_on_either_scale() -> None:
    nothing = np.array([np.nan])
    frame = pd.DataFrame(index=[7])
    assert Policy(approve=0.1, decline=0.2).recommend(nothing, nothing, frame)[0] == ["refer"]
    points = Policy(approve=620, decline=560, scale="points")
    assert points.recommend(nothing, nothing, frame)[0] == ["refer"]


def test_points_are_cut_with_more_meaning_safer() -> None:
    policy = Policy(approve=620, decline=560, scale="points")
    points = np.array([619.9, 620.0, 560.0, 559.9])
    got = policy.recommend(np.zeros(4), points, pd.DataFrame(index=range(4)))[0]
    assert got.tolist() == ["refer", "approve", "refer", "decline"]


@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0, 0.5), st.floats(0.51, 1))
def test_a_batch_equals_its_rows_one_by_one(
    values: list[float], approve: float, decline: float
) -> None:
    policy = Policy(approve=approve, decline=decline, rules=(rule(field="x", op=">", value=0.7),))
    pd_ = np.array(values)
    frame = pd.DataFrame({"x": pd_})
    whole, rules = policy.recommend(pd_, pd_, frame)
    for i in range(len(pd_)):
        part = policy.recommend(pd_[[i]], pd_[[i]], frame.iloc[[i]])
        assert (part[0][0], part[1][0]) == (whole[i], rules[i])


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_pd_is_never_treated_better(one: float, other: float) -> None:
    order = ["approve", "refer", "decline"]
    pd_ = np.array(sorted([one, other]))
    got = Policy(approve=0.05, decline=0.2).recommend(pd_, pd_, pd.DataFrame(index=[0, 1]))[0]
    assert order.index(got[0]) <= order.index(got[1])


FRAME = pd.DataFrame(
    {
        "late": [0.0, 5.0, 96.0, np.nan],
        "region": ["north", "1", None, "south"],
        "since": pd.to_datetime(["2024-01-01", "2024-03-31", "", "2020-05-05"]),
    },
    index=[3, 9, 27, 81],
)


@pytest.mark.parametrize(
    ("given_rule", "hits"),
    [
        ({"field": "late", "op": ">", "value": 3}, [0, 1, 1, 0]),
        ({"field": "late", "op": ">", "value": 3, "exempt": [96]}, [0, 1, 0, 0]),
        ({"field": "late", "op": "<=", "value": 5}, [1, 1, 0, 0]),
        ({"field": "late", "op": "==", "value": 96}, [0, 0, 1, 0]),
        ({"field": "late", "op": "!=", "value": 96}, [1, 1, 0, 0]),
        ({"field": "late", "op": "missing"}, [0, 0, 0, 1]),
        ({"field": "late", "op": "in", "value": [0, 5]}, [1, 1, 0, 0]),
        ({"field": "region", "op": "==", "value": "north"}, [1, 0, 0, 0]),
        ({"field": "region", "op": "!=", "value": "north"}, [0, 1, 0, 1]),
        ({"field": "region", "op": "in", "value": ["north", "south"]}, [1, 0, 0, 1]),
        ({"field": "region", "op": "==", "value": 1}, [0, 1, 0, 0]),
        ({"field": "region", "op": "missing"}, [0, 0, 1, 0]),
        ({"field": "since", "op": "<", "value": "2024-03-31"}, [1, 0, 0, 1]),
        ({"field": "since", "op": "==", "value": "2024-03-31"}, [0, 1, 0, 0]),
    ],
)
def test_hard_rules_look_at_values_as_given(given_rule: dict[str, object], hits: list[int]) -> None:
    assert rule(**given_rule).hits(FRAME).tolist() == [bool(hit) for hit in hits]


def test_the_most_severe_hard_rule_wins_and_all_are_named() -> None:
    policy = Policy(
        approve=0.05,
        decline=0.2,
        rules=(
            rule(name="no", field="late", op=">=", value=5),
            rule(name="look", field="late", op=">=", value=0, decision="refer"),
        ),
    )
    pd_ = np.array([0.01, 0.01, 0.5, 0.01])
    got, names = policy.recommend(pd_, pd_, FRAME)
    assert got.tolist() == ["refer", "decline", "decline", "approve"]
    assert names.tolist() == ["look", "no;look", "no;look", ""]


@pytest.mark.parametrize(
    "given_rule",
    [
        {"field": "age", "op": ">", "value": 1},
        {"field": "region", "op": ">", "value": "north"},
        {"field": "late", "op": ">", "value": "many"},
        {"field": "since", "op": ">", "value": "soon"},
    ],
)
def test_a_rule_that_cannot_be_applied_names_itself(given_rule: dict[str, object]) -> None:
    with pytest.raises(DataError, match='hard rule "r"'):
        rule(**given_rule).hits(FRAME)


@pytest.mark.parametrize(
    "cuts",
    [
        {"approve": 0.2, "decline": 0.2},
        {"approve": 0.3, "decline": 0.2},
        {"approve": -0.1, "decline": 0.2},
        {"approve": 0.1, "decline": 1.5},
        {"approve": float("nan"), "decline": 0.5},
        {"approve": 500, "decline": 600, "scale": "points"},
        {"approve": 0.1, "decline": 0.2, "grey": 1},
    ],
)
def test_cuts_out_of_order_are_refused(cuts: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(cuts)


@pytest.mark.parametrize(
    "given_rule",
    [
        {"field": "x", "op": "missing", "value": 1},
        {"field": "x", "op": "<"},
        {"field": "x", "op": "in", "value": 3},
        {"field": "x", "op": "<", "value": [1, 2]},
        {"field": "x", "op": "missing", "decision": "approve"},
        {"field": "x", "op": "missing", "name": "a;b"},
    ],
)
def test_a_rule_that_says_nothing_is_refused(given_rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rule(**given_rule)


def test_two_rules_of_one_name_are_refused() -> None:
    twice = (rule(field="x", op="missing"), rule(field="y", op="missing"))
    with pytest.raises(ValidationError, match="same name"):
        Policy(approve=0.1, decline=0.2, rules=twice)


@pytest.mark.parametrize("field", ["sex", "bad", "ratio", "nowhere"])
def test_a_policy_with_a_rule_on_a_forbidden_field_does_not_fit(field: str) -> None:
    dictionary = DataDictionary.parse(
        '[fields.x]\nrole="feature"\ntype="number"\n[fields.y]\nrole="feature"\ntype="number"\n'
        '[fields.sex]\nrole="protected"\n[fields.bad]\nrole="target"\nbad=["1"]\ngood=["0"]\n'
        '[fields.ratio]\nrole="feature"\ntype="number"\nformula={op="ratio",of=["x","y"]}\n'
    )
    Policy(approve=0.1, decline=0.2, rules=(rule(field="x", op="missing"),)).fits(dictionary)
    with pytest.raises(DataError, match=field):
        Policy(approve=0.1, decline=0.2, rules=(rule(field=field, op="missing"),)).fits(dictionary)


def test_a_policy_survives_json() -> None:
    given = Policy(approve=0.05, decline=0.2, rules=(rule(field="x", op="<", value=1.0),))
    assert Policy.model_validate_json(given.model_dump_json()) == given


def test_a_long_code_of_a_category_is_compared_whole() -> None:
    rule = {"name": "r", "field": "code", "op": "==", "value": 1234567, "decision": "refer"}
    held = HardRule.model_validate({**rule, "label": "r"})
    frame = pd.DataFrame({"code": pd.Series(["1234567", "1234568"], dtype="str")})
    assert held.hits(frame).tolist() == [True, False]


@pytest.mark.parametrize("more", [{"value": "rnt"}, {"value": "rent", "exempt": ["x"]}])
def test_a_rule_on_a_level_that_does_not_exist_does_not_fit(more: dict[str, object]) -> None:
    portfolio = DataDictionary.parse(
        '[fields.housing]\nrole="feature"\ntype="category"\nlevels=["own", "rent"]'
    )
    rule = {"name": "r", "field": "housing", "op": "==", "decision": "refer", "label": "r", **more}
    with pytest.raises(DataError, match="no level"):
        Policy.model_validate({"approve": 0.1, "decline": 0.2, "rules": [rule]}).fits(portfolio)


def test_a_rule_does_not_fit_where_extreme_values_would_slip_past_it() -> None:
    text = '[fields.late]\nrole="feature"\ntype="integer"\nhigh=20\nunseen="missing"'
    late = rule(field="late", op=">", value=10)
    policy = Policy(approve=0.1, decline=0.2, rules=(late,))
    with pytest.raises(DataError, match="pass over"):
        policy.fits(DataDictionary.parse(text))
    policy.fits(DataDictionary.parse(text.replace("missing", "reject")))


def test_a_rule_on_a_protected_field_needs_a_law() -> None:
    dictionary = DataDictionary.parse(
        """
        [fields.income]
        role = "feature"
        type = "number"
        [fields.age]
        role = "protected"
        type = "integer"
        """
    )
    rule = HardRule(name="minor", field="age", op="<", value=18, decision="decline", label="x")
    with pytest.raises(DataError, match="lawful"):
        Policy(approve=0.1, decline=0.2, rules=(rule,)).fits(dictionary)
    lawful = rule.model_copy(update={"lawful": True})
    Policy(approve=0.1, decline=0.2, rules=(lawful,)).fits(dictionary)
