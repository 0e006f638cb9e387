import numpy as np
import pandas as pd
import pytest

from features.language import Text
from risk.report.limits import ValidationLimits
from risk.report.segments.groups import NOT_IN_ROWS, ONE_GROUP, Groups, grouped, segments
from tests.risk.report.plain import field, plain
from tests.risk.report.scene import evidence

GENDER = field("gender", "protected", type="category", levels=["f", "m"])
AGE = field("age", "protected", type="integer", special={"-9": "refused"})


def found(values: object, of: object = GENDER, **limits: object) -> Groups:
    rows = pd.DataFrame({of.name: values})
    groups = grouped(of, rows, ValidationLimits.model_validate(limits))
    assert isinstance(groups, Groups)
    return groups


def test_segments_are_levels_and_bins_and_every_row_is_in_one() -> None:
    known = evidence()
    cuts = segments(known.current, known.dictionary)
    assert list(cuts) == [f.name for f in known.dictionary.features]
    for name, cut in cuts.items():
        assert cut.rows.sum() == len(known.current)
        assert (cut.rows > 0).all()
        assert len(cut.keys) <= 6 or known.dictionary[name].type == "category"
    housing = known.current.rows["housing"]
    for part, key in enumerate(cuts["housing"].keys):
        own = housing.isna() if not key else housing == key
        assert cuts["housing"].rows[part] == own.sum()


def test_parts_are_called_as_people_call_them() -> None:
    cut = segments(plain(300).current, plain(300).dictionary)["region"]
    assert cut.whole_name(cut.keys.index("north")) == Text(zh="地区：北方", en="region: the north")
    assert cut.name(cut.keys.index("east")) == Text(zh="east", en="east")


def test_bins_are_named_by_their_bounds_and_missing_values_are_a_part() -> None:
    known = evidence()
    cut = segments(known.current, known.dictionary)["card_utilisation"]
    assert cut.keys[-1] == ""
    assert cut.name(len(cut.keys) - 1) == Text(zh="未提供", en="not given")
    assert cut.keys[0].startswith("≤ 0.")
    assert cut.keys[-2].startswith("> 0.")


def test_bounds_that_four_decimals_cannot_tell_apart_are_written_in_full() -> None:
    tiny = found(np.repeat([1e-6, 2e-6, 3e-6, 4e-6], 100), AGE)
    assert tiny.cut.keys[0] == "≤ 0.000001"


def test_the_largest_group_is_the_reference_unless_a_bank_names_another() -> None:
    values = ["f"] * 300 + ["m"] * 200 + [None] * 400
    assert found(values).cut.keys[found(values).reference] == "f"
    named = found(values, references={"gender": "m"})
    assert named.cut.keys[named.reference] == "m"
    assert named.absent == ""
    strange = found(values, references={"gender": "x"})
    assert strange.cut.keys[strange.reference] == "f"
    assert strange.absent == "x"


def test_small_groups_are_one_group_together_or_none() -> None:
    many = ["f"] * 300 + [f"level {n % 30}" for n in range(300)]
    pooled = found(many)
    assert pooled.cut.rows.tolist() == [300, 300]
    assert (pooled.small, pooled.left_out) == (30, 0)
    assert len(pooled.called) == 3
    assert pooled.cut.name(1).en == "smaller groups together"
    assert pooled.reference == 0
    few = found(["f"] * 300 + ["m"] * 200 + ["x"] * 50)
    assert (few.small, few.left_out) == (1, 50)
    assert [name.en for name in few.called] == ["x"]
    assert (few.cut.place < 0).sum() == 50


def test_a_protected_number_is_cut_into_four_or_as_a_bank_says() -> None:
    ages = np.append(np.tile(np.arange(20, 60), 20), np.full(150, -9))
    four = found(ages, AGE)
    assert four.cut.keys == ("≤ 29", "(29, 39]", "(39, 49]", "> 49", "")
    assert four.cut.rows.tolist() == [200, 200, 200, 200, 150]
    given = found(ages, AGE, bands={"age": [25]}, references={"age": "> 25"})
    assert given.cut.keys == ("≤ 25", "> 25", "")
    assert given.reference == 1


def test_a_protected_date_is_cut_by_its_year() -> None:
    born = field("born", "protected", type="date")
    days = pd.to_datetime([f"{1960 + n % 40}-05-01" for n in range(800)])
    assert found(days, born).cut.keys == ("≤ 1969", "(1969, 1979]", "(1979, 1989]", "> 1989")


@pytest.mark.parametrize(
    "values", [["f"] * 500, [None] * 500, ["f"] * 50 + ["m"] * 40, [], list("fm") * 49]
)
def test_one_group_alone_is_not_compared(values: list[str | None]) -> None:
    rows = pd.DataFrame({"gender": pd.Series(values, dtype=object)})
    assert grouped(GENDER, rows, ValidationLimits()) == ONE_GROUP


def test_a_field_that_is_not_in_the_rows_is_said_to_be_gone() -> None:
    assert grouped(AGE, pd.DataFrame({"gender": ["f"]}), ValidationLimits()) == NOT_IN_ROWS
