"""Values as the form of a what-if writes and reads them: shares in percent, as on the page."""

from decimal import Decimal, InvalidOperation

from features.dictionary import Field
from features.language import LANGUAGES, Text
from pipelines.review.what_if.rebuild import Value
from risk.display import SHARE, unit_shown

_LONGEST = 40
"""Digits of what is converted; what is longer is refused as it stands."""


def in_percent(field: Field) -> bool:
    """Whether the dictionary calls a field a share; not where a number also stands for a word."""
    return field.unit.lower() == SHARE and not field.special


def as_typed(field: Field, value: Value) -> str:
    """A value as it stands in the form.

    Example:
        >>> rent = Field(name="rent", role="feature", type="number", label="rent", unit="ratio")
        >>> as_typed(rent, 0.35), as_typed(rent, 0.07), as_typed(rent, None)
        ('35', '7', '')
        >>> as_typed(rent.model_copy(update={"unit": "CNY"}), 12000.0)
        '12000'
    """
    if not isinstance(value, float):
        return value or ""
    if in_percent(field):
        return _written(Decimal(repr(value)) * 100)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def as_filed(field: Field, text: str) -> str:
    """What was typed, as an application says it; what is no number stays as it is."""
    number = text.strip().removesuffix("%").removesuffix("％")
    if not in_percent(field) or len(number) > _LONGEST:
        return text
    try:
        return _written(Decimal(number) / 100)
    except InvalidOperation:
        return text


def unit_of(field: Field) -> Text:
    """What is typed beside; empty where it counts nothing."""
    if in_percent(field):
        return Text(zh="%", en="%")
    return Text(**{each: unit_shown(field.unit, each) for each in LANGUAGES})


def _written(number: Decimal) -> str:
    """Without an exponent where that is readable, and without zeros that say nothing."""
    plain = f"{number.normalize():f}" if abs(number.adjusted()) < _LONGEST // 2 else str(number)
    return "0" if number == 0 else plain
