"""Cells that a spreadsheet would run are made harmless, and nothing of them is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.spreadsheet import harmless, original

STARTS = "=+-@\t\r\n＝＋－＠"
telling = st.text(st.one_of(st.sampled_from([*STARTS, "'", " ", "0"]), st.characters()))


@pytest.mark.parametrize("start", list(STARTS))
def test_what_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("number", ["-5", "+3.2", "-1e-5", "-.5"])
def test_plain_numbers_stay_numbers(number: str) -> None:
    assert harmless(number) == number


@pytest.mark.parametrize("cell", [None, -5, -0.5, "", "见附件", "a=b", "'tis so", "A-1"])
def test_what_is_harmless_stays_as_it_is(cell: object) -> None:
    assert harmless(cell) is cell


@given(telling)
def test_the_text_comes_back_from_its_cell(text: str) -> None:
    assert original(str(harmless(text))) == text


@given(telling, telling)
def test_two_texts_never_become_one_cell(one: str, other: str) -> None:
    assert (harmless(one) == harmless(other)) == (one == other)
