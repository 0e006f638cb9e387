"""Shares are typed in percent and filed as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dictionary import Field
from pipelines.review.what_if.percent import as_filed, as_typed, unit_of

SHARE = Field.model_validate(
    {"name": "debt", "role": "feature", "type": "number", "label": "debt", "unit": "ratio"}
)
AMOUNT = SHARE.model_copy(update={"unit": "CNY"})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_share_comes_back_from_the_form_as_it_was(value: float) -> None:
    assert float(as_filed(SHARE, as_typed(SHARE, value))) == value
    assert float(as_filed(AMOUNT, as_typed(AMOUNT, value))) == value


@pytest.mark.parametrize(
    ("typed", "filed"),
    [("35", "0.35"), (" 35.5 % ", "0.355"), ("7％", "0.07"), ("0", "0"), ("1e3", "10")],
)
def test_percent_is_read_with_its_sign_and_without(typed: str, filed: str) -> None:
    assert as_filed(SHARE, typed) == filed


@pytest.mark.parametrize("typed", ["", "much", "%", "sNaN", "9" * 1_000_000, "\0", "１２x"])
def test_what_is_no_number_is_left_for_the_dictionary_to_refuse(typed: str) -> None:
    assert as_filed(SHARE, typed) == typed


def test_percent_is_the_unit_of_a_share_and_of_nothing_else() -> None:
    assert unit_of(SHARE).zh == "%"
    assert "%" not in unit_of(AMOUNT).en
    assert as_filed(AMOUNT, "35") == "35"


def test_a_share_some_of_whose_numbers_are_words_stays_as_it_is() -> None:
    coded = SHARE.model_copy(update={"special": {"96": "unknown"}})
    assert as_typed(coded, 0.35) == as_filed(coded, "0.35") == "0.35"
