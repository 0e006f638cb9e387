"""Values as people read them: amounts, durations, dates and standings, in Chinese and English."""

import math
from datetime import date, datetime
from functools import cache

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field
from features.language import Language, Text, catalogue
from features.reading import dates

_MOST = 99
"""Percent of applicants that a value is said to exceed at most."""


SHARE = "ratio"
"""Unit of a part of a whole, which reads in percent."""


def shown(
    field: Field, value: float | str | date | None, dictionary: DataDictionary | None = None
) -> Text:
    """A field's value with its unit, in both languages.

    Args:
        field: Gives unit, and what special codes mean.
        value: As accepted; None where it is missing.
        dictionary: The field's own, by which a computed field may be a share too.

    Example:
        >>> from features.dictionary import Field
        >>> income = Field.model_validate(
        ...     {"name": "income", "role": "feature", "type": "number", "unit": "CNY"}
        ... )
        >>> shown(income, 12000.0)
        Text(zh='12,000元', en='CNY 12,000')
    """
    share = dictionary is not None and is_share(field, dictionary)
    field = field.model_copy(update={"unit": SHARE}) if share else field
    return Text(zh=_shown(field, value, "zh"), en=_shown(field, value, "en"))


def called_by_name(label: Text, name: str) -> bool:
    """Whether something has no label but its name, as a file has: English puts no article there.

    Example:
        >>> called_by_name(Text(zh="工资单.pdf", en="工资单.pdf"), "工资单.pdf")
        True
    """
    return label.zh == label.en == name


def is_share(field: Field, dictionary: DataDictionary) -> bool:
    """Whether a field is a part of a whole by what the dictionary says, and not by its values.

    Its unit is `ratio`, or it has none and divides two fields of the same unit.
    """
    if field.unit or field.formula is None:
        return field.unit.lower() == SHARE
    units = {each.name: each.unit for each in dictionary.fields}
    above, below = (units.get(name, "") for name in field.formula.of[:2])
    return field.formula.op == "ratio" and above == below != ""


def _shown(field: Field, value: float | str | date | None, language: Language) -> str:
    texts = catalogue("risk")
    if value is None:
        return texts.text(language, "case.missing")
    meaning = special_meaning(field, value)
    if meaning is not None:
        return meaning.in_(language)
    if isinstance(value, date):
        return day_shown(value.date() if isinstance(value, datetime) else value, language)
    if isinstance(value, str):
        return field.level_labels[value].in_(language) if value in field.level_labels else value
    return with_unit(value, field.unit, language)


def day_shown(day: date, language: Language) -> str:
    """A day as people write it.

    Example:
        >>> day_shown(date(2026, 11, 28), "en"), day_shown(date(2026, 11, 28), "zh")
        ('28 November 2026', '2026年11月28日')
    """
    texts = catalogue("risk")
    month = texts.text(language, f"case.month.{day.month}")
    return texts.text(language, "case.date", year=day.year, month=month, day=day.day)


def special_meaning(field: Field, value: object) -> Text | None:
    """What a special code means; None where the value is a measurement."""
    for code, meaning in field.special.items():
        if field.numeric:
            same = float(code) == value
        elif isinstance(value, date):
            same = bool(_moment(code) == np.datetime64(value, "s"))
        else:
            same = code == value
        if same:
            return meaning
    return None


@cache
def _moment(code: str) -> np.datetime64:
    """The moment that a special code of a date is read as; a dictionary has few of them."""
    moment: np.datetime64 = dates(pd.Series([code], dtype="str"))[0][0]
    return moment


def with_unit(value: float, unit: str, language: Language) -> str:
    """A number with its unit where the language puts it; an unknown unit follows the number.

    Example:
        >>> with_unit(0.874, "ratio", "en")
        '87.4%'
    """
    texts = catalogue("risk")
    if unit.lower() == SHARE:
        value, unit = 100 * value, "%"
    key = f"case.unit.{unit.lower()}"
    n = number(value)
    if key in texts:
        return texts.text(language, key, n=n)
    return f"{n} {unit}" if unit else n


def unit_shown(unit: str, language: Language) -> str:
    """A unit by itself; an unknown one as the dictionary has it.

    Example:
        >>> unit_shown("CNY", "zh"), unit_shown("points per year", "en")
        ('元', 'points per year')
    """
    texts, key = catalogue("risk"), f"case.unit.{unit.lower()}"
    return texts.text(language, key, n="").strip() if key in texts else unit


def number(value: float) -> str:
    """A number with separators, to the cent or to four significant digits.

    Example:
        >>> number(12000.0), number(0.34567), number(1234.5), number(-0.00001234)
        ('12,000', '0.3457', '1,234.5', '-0.00001234')
    """
    if not math.isfinite(value) or abs(value) >= 1e15:
        return f"{value:g}"
    if value == int(value):
        return f"{value:,.0f}"
    places = min(12, max(2, 3 - math.floor(math.log10(abs(value)))))
    rounded = f"{value:,.{places}f}".rstrip("0").rstrip(".")
    return "0" if rounded in ("0", "-0") else rounded


def standing(below: float, above: float, language: Language) -> str:
    """Where a value stands among applicants, said of the larger side and never overstated.

    A value beyond all that were seen is said to be beyond 99%: its applicant is one too.

    Args:
        below: Percent of applicants with a smaller value.
        above: Percent of applicants with a larger value.
        language: The language of the phrase.
    """
    texts = catalogue("risk")
    if below >= 50:
        return texts.text(language, "case.higher", share=min(math.floor(below), _MOST))
    if above >= 50:
        return texts.text(language, "case.lower", share=min(math.floor(above), _MOST))
    return texts.text(language, "case.typical")
