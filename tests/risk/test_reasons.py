import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from risk.attribution import TOLERANCE
from risk.errors import ModelError
from risk.reasons import groups, reasons

DICTIONARY = DataDictionary.parse("""
[groups.late]
label = { zh = "逾期", en = "late payments" }
reason = { zh = "逾期次数过多", en = "too many late payments" }
[groups.size]
label = { zh = "贷款规模", en = "loan size" }

[fields.income]
role = "feature"
type = "number"
direction = "falling"
label = { zh = "收入", en = "income" }
reason = { zh = "收入偏低", en = "income is low" }
[fields.late_30]
role = "feature"
type = "integer"
group = "late"
label = { zh = "30 天逾期", en = "30 days late" }
[fields.sex]
role = "protected"
type = "category"
levels = ["f", "m"]
[fields.late_90]
role = "feature"
type = "integer"
group = "late"
[fields.amount]
role = "feature"
type = "number"
group = "size"
[fields.tenure]
role = "feature"
type = "number"
label = { zh = "工龄", en = "tenure" }
""")
FEATURES = ["income", "late_30", "late_90", "amount", "tenure"]
CODES = ["income", "late", "size", "tenure"]
MATRICES = st.integers(0, 12).flatmap(
    lambda rows: st.lists(
        st.lists(st.floats(-3, 3), min_size=5, max_size=5), min_size=rows, max_size=rows
    ).map(lambda each: np.array(each, dtype=np.float64).reshape(rows, 5))
)


def _group_sums(row: FloatArray) -> dict[str, float]:
    return {"income": row[0], "late": row[1] + row[2], "size": row[3], "tenure": row[4]}


@given(MATRICES, st.integers(1, 6), st.sampled_from(["adverse", "protective"]))
def test_reasons_are_the_group_sums_of_one_sign_in_falling_size(
    contributions: FloatArray, count: int, side: str
) -> None:
    sign = 1 if side == "adverse" else -1
    found = reasons(contributions, np.zeros_like(contributions), DICTIONARY, count, side)  # type: ignore[arg-type]
    assert found.codes.shape == (len(contributions), count)
    for row, codes, values in zip(contributions, found.codes, found.values, strict=True):
        sums = {code: sign * value for code, value in _group_sums(row).items()}
        wanted = sorted((value for value in sums.values() if value > TOLERANCE), reverse=True)
        named = [code for code in codes if code]
        assert [sums[code] for code in named] == wanted[:count]
        assert (sign * values[: len(named)]).tolist() == wanted[:count]
        assert np.isnan(values[len(named) :]).all()


@given(MATRICES)
def test_a_reason_never_names_a_protected_field_and_is_led_by_a_member(
    contributions: FloatArray,
) -> None:
    found = reasons(contributions, np.zeros_like(contributions), DICTIONARY, 4)
    members = groups(DICTIONARY)
    for place, code in np.ndenumerate(found.codes):
        field = found.fields[place]
        assert "sex" not in (code, field)
        if code:
            assert FEATURES.index(field) in members[code]
            own = {column: contributions[place[0], column] for column in members[code]}
            assert own[FEATURES.index(field)] == max(own.values()) > 0
        else:
            assert field == ""


@given(MATRICES)
def test_a_batch_equals_its_rows_one_by_one(contributions: FloatArray) -> None:
    x = np.zeros_like(contributions)
    whole = reasons(contributions, x, DICTIONARY, 3)
    for row in range(len(contributions)):
        single = reasons(contributions[row : row + 1], x[row : row + 1], DICTIONARY, 3)
        for one, all_ in zip(single, whole, strict=True):
            np.testing.assert_array_equal(one[0], all_[row])


def test_ties_keep_the_order_of_the_dictionary() -> None:
    found = reasons(np.full((1, 5), 0.5), np.zeros((1, 5)), DICTIONARY, 4)
    assert found.codes.tolist() == [["late", "income", "size", "tenure"]]
    assert found.fields.tolist() == [["late_30", "income", "amount", "tenure"]]


def test_a_contribution_too_small_to_have_a_sign_is_no_reason() -> None:
    found = reasons(np.array([[1e-9, -1.0, 1.0, 0.0, -0.5]]), np.zeros((1, 5)), DICTIONARY, 2)
    assert found.codes.tolist() == [["", ""]]


def test_missing_speaks_of_the_leading_field() -> None:
    x = np.array([[1.0, np.nan, 2.0, np.nan, 1.0]])
    found = reasons(np.array([[0.1, 0.5, 0.2, -0.3, 0.0]]), x, DICTIONARY, 4)
    assert found.codes.tolist() == [["late", "income", "", ""]]
    assert found.missing.tolist() == [[True, False, False, False]]


def test_a_name_of_both_a_field_and_a_group_is_refused() -> None:
    text = '[groups.a]\nlabel = "a"\n[fields.a]\nrole = "feature"\ntype = "number"\n'
    text += '[fields.b]\nrole = "feature"\ntype = "number"\ngroup = "a"\n'
    with pytest.raises(ModelError, match="both a field and a group"):
        groups(DataDictionary.parse(text))
