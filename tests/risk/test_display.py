"""Numbers, units, dates and standings as people read them."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.dictionary import Field
from features.language import Text
from risk.display import number, shown, standing


def field(**given: object) -> Field:
    return Field.model_validate({"name": "x", "role": "feature", "type": "number", **given})


@pytest.mark.parametrize(
    ("given_field", "value", "zh", "en"),
    [
        ({"unit": "CNY"}, 12000.0, "12,000元", "CNY 12,000"),
        ({"unit": "months"}, 1.0, "1个月", "1 month"),
        ({"unit": "months"}, 36.0, "36个月", "36 months"),
        ({"unit": "%"}, 4.35, "4.35%", "4.35%"),
        ({"unit": "ratio"}, 0.7278, "72.78%", "72.78%"),
        ({"unit": "ratio", "special": {"-9": {"zh": "无", "en": "none"}}}, 0.07, "7%", "7%"),
        ({"unit": "widgets"}, 3.0, "3 widgets", "3 widgets"),
        ({}, None, "未提供", "not given"),
        (
            {"type": "date", "special": {"1900-01-01": {"zh": "从未", "en": "never"}}},
            date(1900, 1, 1),
            "从未",
            "never",
        ),
        (
            {"special": {"96": {"zh": "无记录", "en": "no record"}}},
            96.0,
            "无记录",
            "no record",
        ),
        ({"type": "date"}, date(2024, 3, 5), "2024年3月5日", "5 March 2024"),
        ({"type": "category", "levels": ["rent", "own"]}, "rent", "rent", "rent"),
    ],
)
def test_values_follow_the_language(
    given_field: dict[str, object], value: float | str | date | None, zh: str, en: str
) -> None:
    assert shown(field(**given_field), value) == Text(zh=zh, en=en)


@given(st.floats(-1e12, 1e12))
def test_a_number_is_shown_to_the_cent_or_to_four_digits(value: float) -> None:
    read = float(number(value).replace(",", ""))
    assert abs(read - value) <= max(0.005, abs(value) * 5e-4) or abs(value) < 1e-11


@given(st.floats(0, 100), st.floats(0, 100))
@example(100.0, 0.0)
@example(0.0, 100.0)
def test_a_standing_never_overstates(below: float, above: float) -> None:
    said = standing(below, above, "en")
    share = [int(word.rstrip("%")) for word in said.split() if word.endswith("%")]
    if "higher" in said:
        assert share[0] <= below
    elif "lower" in said:
        assert share[0] <= above
    else:
        assert max(below, above) < 50
        assert not share
    # The applicant is one of the applicants.
    assert "100%" not in said


def test_a_level_reads_as_its_label() -> None:
    field = Field.model_validate(
        {
            "name": "home",
            "role": "feature",
            "type": "category",
            "levels": ["own", "rent"],
            "level_labels": {"own": {"zh": "自有", "en": "owned"}},
        }
    )
    assert shown(field, "own") == Text(zh="自有", en="owned")
    assert shown(field, "rent") == Text(zh="rent", en="rent")
