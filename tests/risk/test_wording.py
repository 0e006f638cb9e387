from typing import get_args

import pytest

from features.language import Language
from risk.reasons import groups
from risk.wording import wording
from tests.risk.test_reasons import DICTIONARY, FEATURES


@pytest.mark.parametrize(
    ("code", "field", "missing", "said"),
    [
        ("income", "income", False, "income is low"),
        ("income", "income", True, "income: no usable value (missing or not reported)"),
        ("late", "late_90", False, "too many late payments"),
        ("late", "late_30", True, "30 days late: no usable value (missing or not reported)"),
        ("size", "amount", False, "loan size: higher risk than with approved applicants"),
        ("tenure", "tenure", False, "tenure: higher risk than with approved applicants"),
    ],
)
def test_wording_names_the_field_and_never_contradicts_it(
    code: str, field: str, missing: bool, said: str
) -> None:
    assert wording(code, field, DICTIONARY, "en", missing=missing) == said


def test_every_code_has_words_in_every_language() -> None:
    for language in get_args(Language):
        for code, columns in groups(DICTIONARY).items():
            for missing in (False, True):
                assert wording(code, FEATURES[columns[0]], DICTIONARY, language, missing=missing)
    assert wording("tenure", "tenure", DICTIONARY, "zh", missing=False).startswith("工龄：")
