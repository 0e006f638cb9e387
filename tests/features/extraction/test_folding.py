"""Folding gives the plainest form, and keeps every offset."""

from hypothesis import given
from hypothesis import strategies as st

from features.extraction.folding import fold


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_a_wide_comma_parts_clauses_unless_wide_digits_are_around() -> None:
    assert fold("１２，３４５") == "12,345"
    assert fold("收入800，500元") == "收入800，500元"
