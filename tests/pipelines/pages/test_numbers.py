import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pages.numbers import tick, written
from pipelines.pages.scales import axis
from risk.report.document import Kind

KINDS: tuple[Kind, ...] = ("text", "word", "count", "share", "number", "index", "points", "date")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234567, "count", "1,234,567"),
        (12.44, "count", "12.4"),
        (0.1234, "share", "12.34%"),
        (0.00012, "share", "0.01%"),
        (0.000012, "share", "0.0012%"),
        (4e-9, "share", "4.0 × 10⁻⁷%"),
        (1.0, "share", "100.00%"),
        (0.83868, "number", "0.8387"),
        (-0.83868, "number", "−0.8387"),
        (0.0000123, "number", "0.000012"),
        (123456.7891, "number", "123,456.8"),
        (2e17, "number", "2.0 × 10¹⁷"),
        (0.25, "index", "0.250"),
        (612.0, "points", "612"),
        (612.44, "points", "612.4"),
        (0.03456, "p", "0.0346"),
        (0.0, "p", "< 0.0001"),
        (0.1, "text", "0.1"),
        (math.nan, "number", "—"),
        (-math.inf, "share", "−∞"),
        (-0.0, "number", "0.0000"),
    ],
)
def test_a_number_is_written_as_its_kind(value: float, kind: Kind, text: str) -> None:
    assert written(value, kind) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(KINDS))
def test_what_is_not_zero_is_never_written_as_zero(value: float, kind: Kind) -> None:
    text = written(value, kind)
    digits = text.split("×")[0]
    if kind not in ("count", "points"):
        assert (value == 0) == (not any(digit in digits for digit in "123456789"))
    assert text.startswith("−") == (value < 0)
    assert "-" not in text
    assert "e" not in text


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.sampled_from(KINDS))
def test_the_marks_of_an_axis_differ_in_writing(one: float, other: float, kind: Kind) -> None:
    scale = axis([one, other], 0, 100)
    texts = [tick(mark, kind, scale.step) for mark in scale.marks]
    assert len(set(texts)) == len(texts)
