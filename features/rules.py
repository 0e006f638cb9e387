"""One column against its dictionary entry: the values as the field means them, and broken rules.

How a notation is read is `features.reading`; which broken rule costs a row its place is
`features.intake`.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.errors import DataError
from features.reading import Mask, dates, inexact, numbers, texts

_TRUTHS = (("true", "false"), ("TRUE", "FALSE"), ("1", "0"))


class Rule(StrEnum):
    """Why a row was refused."""

    MISSING_ID = "missing-id"
    DUPLICATE_ID = "duplicate-id"
    MISSING_VALUE = "missing-value"
    NOT_A_NUMBER = "not-a-number"
    NOT_AN_INTEGER = "not-an-integer"
    INFINITE_VALUE = "infinite-value"
    BELOW_MINIMUM = "below-minimum"
    ABOVE_MAXIMUM = "above-maximum"
    UNKNOWN_LEVEL = "unknown-level"
    NOT_A_DATE = "not-a-date"
    OUTCOME_UNDETERMINED = "outcome-undetermined"


class Column(NamedTuple):
    """One field as read: its values, missing where unreadable, and the rows that break a rule."""

    values: pd.Series
    broken: dict[Rule, Mask]


def read(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    """Read a column of any dtype as its field.

    Args:
        raw: The column as it came, n rows.
        field: Its dictionary entry, without a formula.
        dictionary: The dictionary, for its missing tokens.

    Returns:
        Values typed as `features.intake.Intake` says, with the index of `raw`, and for each rule
        that the field can break the rows that break it, shape (n,).

    Raises:
        DataError: Ids or ties were read as floating-point numbers too long to keep their digits.
    """
    if field.role == Role.ID:
        return _read_id(raw, field, dictionary)
    if field.role == Role.TARGET:
        return _read_target(raw, field, dictionary)
    if field.numeric:
        return _read_number(raw, field, dictionary)
    if field.type == "date":
        return _read_date(raw, field, dictionary)
    if field.type == "category":
        return _read_category(raw, field, dictionary)
    return _read_text(raw, field, dictionary)


def _read_id(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    column = _read_text(raw, field, dictionary)
    return Column(column.values, {Rule.MISSING_ID: column.broken[Rule.MISSING_VALUE]})


def _read_text(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    if field.role in (Role.ID, Role.ASSOCIATION) and inexact(raw):
        raise DataError(
            f"{field.name} was read as floating-point numbers, which lose digits of values this "
            "long; read the column as text"
        )
    # Quotations refer to the characters of a document, so its white space stays.
    text = texts(raw, strip=field.role != Role.DOCUMENT)
    gone = text.str.strip() if field.role == Role.DOCUMENT else text
    text = text.mask(gone.isin(dictionary.missing))
    return Column(text, {Rule.MISSING_VALUE: _absent(text)})


def _read_target(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    outcome, _ = _levels(texts(raw), (*field.bad, *field.good))
    target = pd.Series(np.nan, index=raw.index).mask(outcome.isin(field.bad), 1.0)
    target = target.mask(outcome.isin(field.good), 0.0)
    return Column(target, {Rule.OUTCOME_UNDETERMINED: _absent(target)})


def _read_category(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    text = texts(raw)
    known = (*field.levels, *(code for code in field.special if code not in field.levels))
    # A level wins over a missing token: in some portfolios "None" is an answer.
    text = text.mask(text.isin([token for token in dictionary.missing if token not in known]))
    if not field.levels:
        return Column(text, {Rule.MISSING_VALUE: _absent(text)})
    level, unknown = _levels(text, known)
    if field.unseen == "missing":
        return Column(level, {Rule.MISSING_VALUE: _absent(level)})
    absent = _absent(level) & ~unknown
    return Column(level, {Rule.MISSING_VALUE: absent, Rule.UNKNOWN_LEVEL: unknown})


def _read_number(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    codes = [float(code) for code in field.special]
    value, unreadable = numbers(raw, _tokens(dictionary.missing, tuple(codes)))
    measured = ~np.isnan(value)
    broken = {Rule.NOT_A_NUMBER: unreadable, Rule.MISSING_VALUE: ~measured & ~unreadable}
    for code in codes:
        measured &= value != code
    broken[Rule.INFINITE_VALUE] = measured & np.isinf(value)
    measured &= np.isfinite(value)
    if field.type == "integer":
        broken[Rule.NOT_AN_INTEGER] = measured & (value != np.floor(value))
    if field.low is not None:
        broken[Rule.BELOW_MINIMUM] = measured & (value < field.low)
    if field.high is not None:
        broken[Rule.ABOVE_MAXIMUM] = measured & (value > field.high)
    bad = broken[Rule.INFINITE_VALUE]
    for rule in (Rule.NOT_AN_INTEGER, Rule.BELOW_MINIMUM, Rule.ABOVE_MAXIMUM):
        bad = bad | broken.get(rule, False)
    if field.unseen == "missing":
        for rule in (Rule.BELOW_MINIMUM, Rule.ABOVE_MAXIMUM):
            broken[Rule.MISSING_VALUE] = broken[Rule.MISSING_VALUE] | broken.pop(rule, False)
    return Column(pd.Series(np.where(bad, np.nan, value), index=raw.index), broken)


def _read_date(raw: pd.Series, field: Field, dictionary: DataDictionary) -> Column:
    moments, wrong = dates(raw, (*dictionary.missing, *_not_dates(field)))
    value = pd.Series(moments, index=raw.index)
    broken = {Rule.NOT_A_DATE: wrong, Rule.MISSING_VALUE: np.isnat(moments) & ~wrong}
    return Column(value, broken)


def _levels(text: pd.Series, known: Sequence[str]) -> tuple[pd.Series, Mask]:
    """Each text as the level it names, missing where it names none; and where it names none."""
    lookup = {level: level for level in known}
    for level in known:
        lookup.setdefault(_shortest(level.strip()), level)
    for pair in _TRUTHS:
        for said, written in zip(("True", "False"), pair, strict=True):
            if written in lookup:
                lookup.setdefault(said, lookup[written])
    codes, distinct = pd.factorize(text)
    named = [lookup.get(value, lookup.get(_shortest(value))) for value in distinct]
    levels = pd.Series(pd.array([*named, None], dtype="str").take(codes), index=text.index)
    return levels, _absent(levels) & ~_absent(text)


def _shortest(text: str) -> str:
    """A decimal number without its closing zeros ("1.0" is "1"); any other text as it is."""
    whole, point, rest = text.partition(".")
    if point and whole.lstrip("-").isdecimal() and (rest == "" or rest.isdecimal()):
        return text.rstrip("0").rstrip(".")
    return text


@cache
def _tokens(missing: tuple[str, ...], codes: tuple[float, ...]) -> tuple[str, ...]:
    """Missing tokens that are not also a special code of the field, which says more."""
    found, _ = numbers(pd.Series(list(missing), dtype="str"))
    return tuple(t for t, number in zip(missing, found, strict=True) if number not in codes)


def _not_dates(field: Field) -> list[str]:
    """Special codes of a date that are no dates, such as 00000000."""
    codes = list(field.special)
    if not codes:
        return []
    _, wrong = dates(pd.Series(codes, dtype="str"))
    return [code for code, no_date in zip(codes, wrong, strict=True) if no_date]


def _absent(values: pd.Series) -> Mask:
    return values.isna().to_numpy(bool)
