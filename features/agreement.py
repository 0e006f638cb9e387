"""Whether a value of the form and one read from a document agree, in one unit for both.

What cannot be brought to one unit, such as another currency, has no answer: None.
"""

import re
from collections.abc import Iterator
from datetime import date

from features.checks_spec import CrossCheck, Side
from features.extraction import Amount, Day, Duration, Rate
from features.extraction.folding import fold

_A_YEAR = {"day": 365.0, "month": 12.0, "year": 1.0}  # periods in a year
_OFTEN_UNSAID = ("month", "year")
_SCALES = {"万": 1e4, "千": 1e3, "亿": 1e8, "thousand": 1e3, "million": 1e6}
_PARTS = {"%": 100.0, "percent": 100.0, "‰": 1000.0, "bp": 10_000.0, "bps": 10_000.0}
_MONTHS = {"year": 12.0, "years": 12.0, "年": 12.0, "day": 12 / 365.25, "days": 12 / 365.25}
_MONTHS |= {"天": 12 / 365.25, "日": 12 / 365.25}
_CURRENCY = re.compile(r"\b[A-Z]{3}\b")
_LEGAL = re.compile(
    r"(?:有限责任公司|股份有限公司|有限公司|总公司|分公司|集团公司|公司|集团)+\Z"
    r"|(?:\b(?:co|ltd|limited|inc|incorporated|corp|corporation|company|llc|plc|group)\b\W*)+\Z",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[\W_]+")
_LONGEST = 200  # characters of a name that are read, and a bound on the work for it
_SHORTEST = 2  # characters that are enough to tell an employer by, once its legal form is gone


def amounts_agree(
    form: float, said: Amount, check: CrossCheck, unit: str, currency: str
) -> bool | None:
    """Whether two amounts agree, in whole units of the currency and for the same period.

    Where the document does not say the period it is taken to be the form's; one that agrees as
    the other of month and year agrees too.

    Args:
        form: The form's value, in `unit`.
        said: The document's.
        check: Gives period, side and tolerance.
        unit: The field's unit, such as `CNY` or `万元`.
        currency: The currency of a field whose unit names none.

    Returns:
        The answer; None where the currencies differ.
    """
    own = _CURRENCY.search(unit)
    mine = own.group() if own else "CNY" if "元" in unit and "美" not in unit else currency
    if said.currency and mine and said.currency != mine:
        return None
    return _per_period(form * _scale(unit), said.value, said.per, check)


def rates_agree(form: float, said: Rate, check: CrossCheck, unit: str) -> bool:
    """Whether two rates agree as fractions for the same period; periods as for amounts.

    Args:
        form: The form's value, in `unit`.
        said: The document's, a fraction.
        check: Gives period, side and tolerance.
        unit: The field's unit, such as `%`; a fraction where it names none.
    """
    return _per_period(form / _PARTS.get(unit.strip().lower(), 1.0), said.value, said.per, check)


def durations_agree(
    form: float, said: Duration | Day, applied: date | None, check: CrossCheck, unit: str
) -> bool | None:
    """Whether two durations agree; a day counts as what has passed from it to the application.

    A month is always agreement, since a form counts whole ones and a contract starts in one.

    Args:
        form: The form's value, in `unit`.
        said: The document's duration, or the day on which it began.
        applied: Date of the application.
        check: Gives side and tolerance.
        unit: The field's unit; months where it names none.

    Returns:
        The answer; None for a day after the application, or where its date is unknown.
    """
    months = form * _MONTHS.get(unit.strip().lower(), 1.0)
    if isinstance(said, Duration):
        shortest = longest = said.months
    elif applied is None or said.first > applied:
        return None
    else:
        shortest = max(0.0, _months(said.last, applied))
        longest = _months(said.first, applied)
    slack = max(1.0, check.tolerance * longest)
    return _within(months, shortest - slack, longest + slack, check.side)


def employers_agree(form: str, said: str) -> bool:
    """Whether two names are of one employer: legal form, marks and width aside, one in the other.

    Example:
        >>> employers_agree("恒泰机械", "云川恒泰机械有限公司")
        True
    """
    mine, other = _core(form), _core(said)
    shorter, longer = sorted((mine, other), key=len)
    return shorter in longer if len(shorter) >= _SHORTEST else mine == other


def employer_named(form: str, text: str) -> bool:
    """Whether an employer's name stands anywhere in a text, its legal form and marks aside.

    Example:
        >>> employer_named("Hengtai Co., Ltd.", "is paid by HENGTAI every month")
        True
    """
    core = _core(form)
    return len(core) >= _SHORTEST and core in _MARKS.sub("", fold(text)).casefold()


def _core(name: str) -> str:
    """What is left of an employer's name without legal form, marks, spaces and case."""
    plain = fold(name[:_LONGEST]).strip().rstrip(".。,，")
    return _MARKS.sub("", _LEGAL.sub("", plain)).casefold()


def _scale(unit: str) -> float:
    return next((scale for word, scale in _SCALES.items() if word in unit.lower()), 1.0)


def _per_period(form: float, said: float, per: str, check: CrossCheck) -> bool:
    """Whether two values agree once both are for the form's period."""
    if not check.per:
        return _agree(form, said, check.side, check.tolerance)
    if per:
        same = said * _A_YEAR[per] / _A_YEAR[check.per]
        return _agree(form, same, check.side, check.tolerance)
    if _agree(form, said, check.side, check.tolerance):
        return True
    return any(_agree(form, other, "differs", check.tolerance) for other in _turned(said, check))


def _turned(said: float, check: CrossCheck) -> Iterator[float]:
    for per in _OFTEN_UNSAID:
        if per != check.per:
            yield said * _A_YEAR[per] / _A_YEAR[check.per]


def _agree(form: float, said: float, side: Side, tolerance: float) -> bool:
    slack = tolerance * abs(said)
    return _within(form, said - slack, said + slack, side)


def _within(value: float, low: float, high: float, side: Side) -> bool:
    return (side == "below" or value <= high) and (side == "above" or value >= low)


def _months(since: date, until: date) -> float:
    whole = (until.year - since.year) * 12 + until.month - since.month
    return whole + (until.day - since.day) / 30.4375
