import math

from hypothesis import given
from hypothesis import strategies as st

from pipelines.pages.scales import axis, shorten, text_width

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE), st.booleans())
def test_every_value_has_a_finite_place_on_its_axis(values: list[float], whole: bool) -> None:
    scale = axis(values, 20, 620, whole=whole)
    assert 1 <= len(scale.marks) <= 12
    assert all(math.isfinite(mark) for mark in scale.marks)
    assert all(20 <= scale(value) <= 620 for value in values)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_larger_value_lies_no_nearer_to_the_start(
    values: list[float], one: float, other: float
) -> None:
    scale = axis(values, 0, 100)
    assert (scale(one) <= scale(other)) or one > other


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_an_axis_of_counts_is_marked_at_whole_numbers(values: list[float]) -> None:
    assert all(mark == round(mark) for mark in axis(values, 0, 1, whole=True).marks)


@given(st.text(), st.floats(12, 400))
def test_a_text_is_cut_until_it_fits(text: str, room: float) -> None:
    short = shorten(text, 12, room)
    assert short == text or text_width(short, 12) <= room


def test_names_that_differ_at_their_ends_still_differ() -> None:
    names = [f"balance_of_all_revolving_accounts_{n}_months" for n in (3, 6, 12)]
    assert len({shorten(name, 12, 150) for name in names}) == 3
