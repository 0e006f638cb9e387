import numpy as np
import pandas as pd
import pytest

from features.drafting.outcome import guess
from features.drafting.profile import profile
from features.errors import DataError


def guessed(counts, name="target"):
    values = [value for value, rows in counts.items() for _ in range(rows)]
    found = guess(profile(pd.Series(values, dtype="str"), name, ("", "NA")))
    return set(found.bad), set(found.good), set(found.rest)


@pytest.mark.parametrize(
    ("counts", "bad", "good"),
    [
        ({"0": 90, "1": 10}, {"1"}, {"0"}),
        ({"1": 70, "0": 30}, {"0"}, {"1"}),  # defaults are the rarer outcome
        ({"1": 70, "2": 30}, {"2"}, {"1"}),
        ({"0": 50, "1": 50}, {"1"}, {"0"}),
        ({"N": 40, "Y": 60}, {"Y"}, {"N"}),
        ({"good": 10, "bad": 20}, {"bad"}, {"good"}),
        ({"正常": 10, "逾期": 20}, {"逾期"}, {"正常"}),
        ({"未逾期": 10, "逾期": 20}, {"逾期"}, {"未逾期"}),
        ({"未违约": 10, "违约": 20}, {"违约"}, {"未违约"}),
        ({"Fully Paid": 10, "Charged Off": 20}, {"Charged Off"}, {"Fully Paid"}),
        ({"not paid": 10, "paid": 20}, {"not paid"}, {"paid"}),
        ({"No default": 10, "Default": 20}, {"Default"}, {"No default"}),
        ({"Default": 80, "Other": 20}, {"Default"}, {"Other"}),
        ({"True": 20, "False": 80}, {"True"}, {"False"}),
    ],
)
def test_two_outcomes(counts, bad, good):
    assert guessed(counts) == (bad, good, set())


def test_yes_is_good_news_under_such_a_name():
    assert guessed({"Y": 80, "N": 20}, "fully_repaid") == ({"N"}, {"Y"}, set())


def test_of_many_values_those_without_a_word_are_left_out():
    counts = {"Fully Paid": 60, "Charged Off": 9, "Default": 1, "Current": 20, "In Grace": 5}
    bad, good, rest = guessed(counts)
    assert bad == {"Charged Off", "Default"}
    assert good == {"Fully Paid"}
    assert rest == {"Current", "In Grace"}


def test_of_many_numbers_only_the_ends_are_told():
    assert guessed({"0": 70, "1": 20, "2": 6, "3": 4}) == ({"3"}, {"0"}, {"1", "2"})


def test_undetermined_rows_have_no_outcome():
    found = guess(profile(pd.Series(["1", "0", "0", "0", None]), "y", ("",)))
    np.testing.assert_array_equal(found.values, [1, 0, 0, 0, np.nan])


@pytest.mark.parametrize("values", [["1"] * 5, [str(i) for i in range(60)], [None, ""]])
def test_what_is_no_outcome_is_refused(values):
    with pytest.raises(DataError, match='target "y" has'):
        guess(profile(pd.Series(values, dtype="str"), "y", ("",)))
