"""Form against documents: which of the dictionary's cross-checks an application breaks.

A rule is broken only where both sides were read and nothing that the document says agrees with
the form. So of several values any one that agrees keeps it: a document that says two things of
one matter is for a person to settle, and a false alarm costs more than one miss. Of the sentences
only those count that hold a word of the check; within them the values of the same clause, and
those of the whole sentence only where that clause holds none.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from features.agreement import (
    amounts_agree,
    durations_agree,
    employer_named,
    employers_agree,
    rates_agree,
)
from features.checks_spec import CrossCheck, Says
from features.dictionary import DataDictionary, Field
from features.documents import Sentence, sentences
from features.extraction import Day, Duration, amounts, days, durations, employers, rates
from features.phrases import negated, phrases_in

Value = float | str | date | None
_CLAUSE = re.compile(r"[；;，]|,(?!\d)")


class Compared(NamedTuple):
    """A cross-check of which both sides could be read.

    Attributes:
        name: The check's key in the dictionary.
        check: The check.
        holds: Whether form and document agree.
        form: The form's value.
        document: The document's field, or the paper's key; empty for a sum.
        start: Offset of the document's words in its text, in code points; 0 for a sum.
        end: Offset just past them.
        found: The words themselves, `text[start:end]`; for a sum what the parts come to.
        sentence: Offsets of the sentence they stand in.
    """

    name: str
    check: CrossCheck
    holds: bool
    form: float | str | date
    document: str
    start: int
    end: int
    found: str
    sentence: tuple[int, int]


class Named(NamedTuple):
    """A document that is a paper beside the table.

    Attributes:
        name: Its name, as it came.
        kind: What kind of paper it is; empty where that is not known.
    """

    name: str
    kind: str = ""


class _Reading(NamedTuple):
    """A value in a sentence: where it stands there, and whether it agrees with the form."""

    start: int
    end: int
    agrees: bool | None


class _Form(NamedTuple):
    """The form's side of one check."""

    value: float | str | date
    field: Field
    applied: date | None
    currency: str


def broken(
    row: Mapping[str, Value],
    documents: Mapping[str, str],
    dictionary: DataDictionary,
    papers: Mapping[str, Named] = MappingProxyType({}),
) -> tuple[Compared, ...]:
    """The cross-checks that one application breaks, in the dictionary's order.

    Args:
        row: The application's plain values by field name; None, or no entry, where missing.
        documents: Text of each document by field name, of a paper by its key; offsets refer to
            these texts.
        dictionary: States the checks.
        papers: What is a paper among the documents, by its key. A check that looks at several
            texts holds where any of them agrees with the form.

    Returns:
        One entry for each broken check, at its first value in its documents. A value that is
        missing, a special code or cannot be read breaks nothing.
    """
    return tuple(each for each in compared(row, documents, dictionary, papers) if not each.holds)


def compared(
    row: Mapping[str, Value],
    documents: Mapping[str, str],
    dictionary: DataDictionary,
    papers: Mapping[str, Named] = MappingProxyType({}),
) -> Iterator[Compared]:
    """The cross-checks of which both sides could be read, kept or broken; as for `broken`."""
    cut: dict[str, tuple[Sentence, ...]] = {}
    for name, check in dictionary.checks.items():
        form = _form(row, check, dictionary)
        if form is None:
            continue
        if check.says == "sum":
            yield from _sum(name, check, form, row, dictionary)
            continue
        read = [key for key, paper in papers.items() if check.reads(*paper)]
        told: list[Sentence] = []
        for key in dict.fromkeys((check.document, *read)):
            if _speaks(check, text := documents.get(key) or ""):
                if key not in cut:
                    cut[key] = sentences(key, text)
                told += cut[key]
        yield from _against(name, check, form, told)


def _form(row: Mapping[str, Value], check: CrossCheck, dictionary: DataDictionary) -> _Form | None:
    field = dictionary[check.field]
    value = _measured(row.get(field.name), field)
    if value is None:
        return None
    applied = row.get(dictionary.date.name) if dictionary.date else None
    return _Form(
        value, field, _day(applied) if isinstance(applied, date) else None, dictionary.currency
    )


def _measured(value: Value, field: Field) -> float | str | date | None:
    """The value, unless it is missing or a code that is no measurement."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    for code in field.special:
        if (float(code) == value) if field.numeric else code == value:
            return None
    return _day(value) if isinstance(value, date) else value


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _sum(
    name: str,
    check: CrossCheck,
    form: _Form,
    row: Mapping[str, Value],
    dictionary: DataDictionary,
) -> Iterator[Compared]:
    parts = [_measured(row.get(part), dictionary[part]) for part in check.parts]
    if any(not isinstance(part, float | int) for part in parts):
        return
    total, whole = sum(p for p in parts if isinstance(p, float | int)), form.value
    if not isinstance(whole, float | int):
        return
    holds = abs(whole - total) <= check.tolerance * max(abs(whole), abs(total))
    yield Compared(name, check, holds, whole, "", 0, 0, f"{total:.12g}", (0, 0))


def _speaks(check: CrossCheck, text: str) -> bool:
    """Whether the document is worth cutting into sentences at all."""
    return bool(text) and bool(phrases_in(text, check.near or check.phrases))


def _against(
    name: str, check: CrossCheck, form: _Form, document: Iterable[Sentence]
) -> Iterator[Compared]:
    """The first value that agrees; where none does, the first."""
    first: Compared | None = None
    for sentence in document:
        for reading in _readings(check, form, sentence.text):
            if reading.agrees is None or (first is not None and not reading.agrees):
                continue
            first = Compared(
                name, check, reading.agrees, form.value, sentence.document,
                sentence.start + reading.start, sentence.start + reading.end,
                sentence.text[reading.start : reading.end], (sentence.start, sentence.end),
            )  # fmt: skip
            if reading.agrees:
                yield first
                return
    if first is not None:
        yield first


def _readings(check: CrossCheck, form: _Form, sentence: str) -> list[_Reading]:
    """What a sentence says on the matter: nothing where no word of the check stands in it."""
    if not check.near:
        return list(_READERS[check.says](check, form, sentence))
    near = phrases_in(sentence, check.near)
    if not near:
        return []
    found = list(_READERS[check.says](check, form, sentence))
    ends = [match.end() for match in _CLAUSE.finditer(sentence)]
    named = {_clause(ends, hit.start) for hit in near}
    return [each for each in found if _clause(ends, each.start) in named] or found


def _clause(ends: list[int], at: int) -> int:
    return bisect_right(ends, at)


def _amounts(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    value, unit = _number(form), form.field.unit
    for said in amounts(text):
        agrees = amounts_agree(value, said, check, unit, form.currency)
        yield _Reading(said.start, said.end, agrees)


def _rates(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    for said in rates(text):
        agrees = rates_agree(_number(form), said, check, form.field.unit)
        yield _Reading(said.start, said.end, agrees)


def _durations(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    found: list[Duration | Day] = [*durations(text), *days(text)]
    for said in sorted(found, key=lambda each: each.start):
        agrees = durations_agree(_number(form), said, form.applied, check, form.field.unit)
        yield _Reading(said.start, said.end, agrees)


def _days(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    for said in days(text):
        yield _Reading(said.start, said.end, _covers(said, form))


def _covers(said: Day, form: _Form) -> bool | None:
    return said.first <= form.value <= said.last if isinstance(form.value, date) else None


def _employers(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    mine = str(form.value)
    # The form's own name in the sentence agrees even where its end is hard to tell.
    inside = employer_named(mine, text)
    for each in employers(text):
        yield _Reading(each.start, each.end, inside or employers_agree(mine, each.name))


def _levels(check: CrossCheck, form: _Form, text: str) -> Iterator[_Reading]:
    own = check.words.get(str(form.value), ())
    # What a level without words would be called is unknown, so that only `never` contradicts it.
    for hit in phrases_in(text, check.phrases if own else check.never):
        if not negated(text, hit.start):
            yield _Reading(hit.start, hit.end, hit.phrase in own)


def _number(form: _Form) -> float:
    return float(form.value) if isinstance(form.value, float | int) else float("nan")


_Reader = Callable[[CrossCheck, _Form, str], Iterator[_Reading]]
_READERS: Mapping[Says, _Reader] = {
    "amount": _amounts,
    "rate": _rates,
    "duration": _durations,
    "day": _days,
    "employer": _employers,
    "level": _levels,
}
