"""One stretch of a paper as a field's value, in the words of the portfolio's table.

A value counts only if it passes the dictionary's own checks. Nothing is converted by guess: where
the period or the currency of an amount is not that of the field, the value is doubtful.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.extraction import amounts, days, durations, rates
from features.identity import id_check_character, luhn
from features.phrases import negated, phrases_in
from features.rules import read
from pipelines.intake.figures import MINUS, NUMBER, as_number, first_number, torn, written
from pipelines.spreadsheet import harmless

Doubt = Literal["", "words", "period", "currency", "note", "level"]

LONGEST = 120
_FULL_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8}")
_COUNTERS = re.compile(r"\s?(?:个|人|次|岁|笔|家|户|套|辆|张|项|years? old|persons?|times)")
_UNITS = ("万", "千", "百", "十", "亿")
_PERIOD = re.compile(
    r"\s?[(（]?(?:/|每个?|per |a |each )?\s?"
    r"(?:年|月|日|天|year|annum|month|day|annually|monthly|daily|p\.?\s?a\.?)[)）]?",
    re.IGNORECASE,
)
_MONTHS = {"month": 1, "months": 1, "月": 1, "个月": 1, "year": 12, "years": 12, "年": 12}
_PERCENT = ("%", "％", "percent", "per cent", "百分比")
_SHARES = ("fraction", "ratio", "share", "比例", "比率")
_SCALES = (("万", 1e4), ("千", 1e3), ("thousand", 1e3), ("million", 1e6))
_YEARLY = re.compile(r"年|\bannual|\byearly|\bper year", re.IGNORECASE)
_MONTHLY = re.compile(r"(?<!个)月|\bmonthly|\bper month", re.IGNORECASE)


class Value(NamedTuple):
    """A value found in a stretch of text.

    Attributes:
        value: As the portfolio's table has it.
        start: Its place in the stretch.
        end: Just past it.
        doubt: Why no rule can be sure of it; empty where the stretch says this and no more.
    """

    value: str
    start: int
    end: int
    doubt: Doubt = ""


class Measured(NamedTuple):
    """A measure found by an extractor, in the field's unit."""

    number: float
    start: int
    end: int
    doubt: Doubt = ""


class FieldReader:
    """Reads values of one field.

    Args:
        field: Its dictionary entry.
        dictionary: The dictionary, for its currency and missing tokens.
        per: What an amount of it is for; empty where the labels say it, or nothing does.
    """

    def __init__(self, field: Field, dictionary: DataDictionary, per: str = "") -> None:
        self.field, self._dictionary = field, dictionary
        self._unit = field.unit.strip().casefold()
        self._per = per or _period_of(f"{field.label.zh} {field.label.en}")
        self._levels = _level_words(field)
        self._codes = _called({code: (m.zh, m.en) for code, m in field.special.items()})

    @property
    def free(self) -> bool:
        """Whether a value is words that nothing but their end closes, as of an address."""
        checked = self.field.personal in ("id_number", "mobile", "card", "email")
        valued = self.field.numeric or self.field.type == "date" or bool(self._levels)
        return not (checked or valued or self.field.role == Role.ID)

    def is_level(self, text: str) -> bool:
        """Whether a text is what a level of the field is called."""
        return text.casefold() in self._levels

    def whole(self, text: str, note: str = "") -> Value | None:
        """The value that a cell, or what follows a label and a colon, says.

        Args:
            text: The stretch.
            note: What stands in brackets after the label, such as 万元.

        Returns:
            The value with its place; None where there is none.
        """
        start = len(text) - len(text.lstrip())
        stretch = text.strip()
        found = self._whole(stretch, note.strip())
        return found and found._replace(start=found.start + start, end=found.end + start)

    def near(self, text: str) -> Value | None:
        """The first value in the words after a label; always for a person to look at."""
        if self.field.type == "category" and self._levels:
            return self._level_near(text)
        if self.field.type == "date":
            found = next(iter(days(text)), None)
            return found and self._checked(found.first.isoformat(), found.start, found.end, "words")
        if not self.field.numeric:
            return None
        measured = next(iter(self._measures(text)), None)
        if measured is None and (first := first_number(text)):
            measured = Measured(*first)
        return measured and self._of(measured._replace(doubt=measured.doubt or "words"))

    def checked(self, value: str) -> str | None:
        """A value as the table has it, or None where it breaks a rule of the dictionary."""
        column = read(pd.Series([value], dtype="str"), self.field, self._dictionary)
        if any(mask.any() for mask in column.broken.values()):
            return None
        if self.field.numeric:
            return written(float(column.values.iloc[0]))
        if self.field.type == "date":
            return str(pd.Timestamp(column.values.iloc[0]).isoformat(sep=" ")).removesuffix(
                " 00:00:00"
            )
        return str(column.values.iloc[0])

    def _whole(self, text: str, note: str) -> Value | None:
        if not text or len(text) > LONGEST:
            return None
        if self.field.numeric:
            return self._number(text, note)
        found = self._date(text) if self.field.type == "date" else self._words(text)
        return found and (found._replace(doubt=found.doubt or "note") if note else found)

    def _number(self, text: str, note: str) -> Value | None:
        if text.casefold() in self._codes and not note:
            return self._checked(self._codes[text.casefold()], 0, len(text))
        plain = NUMBER.match(text)
        rest = text[plain.end() :] if plain else text
        if plain and (not rest or _COUNTERS.fullmatch(rest)):
            if not note:
                return self._of(Measured(as_number(plain.group()), 0, len(text)))
            joined = plain.group() + note
            measured = [each for each in self._measures(joined) if each.end == len(joined)]
            if len(measured) == 1 and measured[0].start == 0:
                return self._of(measured[0]._replace(end=plain.end()))
            return self._of(Measured(as_number(plain.group()), 0, plain.end(), "note"))
        measured = self._measures(text) or self._without_currency(text)
        if not measured:
            return self.near(text)
        first, *more = measured
        after = text[first.end :]
        apart = first.start > 0 or (after and not _PERIOD.fullmatch(after))
        doubt: Doubt = first.doubt or ("words" if more or apart else "note" if note else "")
        return self._of(first._replace(doubt=doubt))

    def _measures(self, text: str) -> list[Measured]:
        """What the extractor of the field's unit finds, robbed of no minus sign and no digits."""
        return [
            m
            for m in self._extracted(text)
            if text[m.start - 1 : m.start] not in MINUS and not torn(text, m.start, m.end)
        ]

    def _extracted(self, text: str) -> list[Measured]:
        """What the extractor of the field's unit finds, in the field's unit."""
        if self._unit in _MONTHS:
            return [
                Measured(d.months / _MONTHS[self._unit], d.start, d.end) for d in durations(text)
            ]
        if self._unit in _PERCENT or self._unit in _SHARES:
            scale = 100.0 if self._unit in _PERCENT else 1.0
            return [Measured(r.value * scale, r.start, r.end) for r in rates(text)]
        if not self._is_money():
            return []
        scale = next((size for word, size in _SCALES if word in self._unit), 1.0)
        return [
            Measured(a.value / scale, a.start, a.end, self._doubt(a.currency, a.per))
            for a in amounts(text)
        ]

    def _without_currency(self, text: str) -> list[Measured]:
        """An amount such as 3万, which only a field of money makes one."""
        if not self._is_money() or not text.endswith(_UNITS):
            return []
        found = [each for each in self._measures(f"{text}元") if each.end == len(text) + 1]
        # The currency is ours and not the paper's.
        return [
            each._replace(end=len(text), doubt="" if each.doubt == "currency" else each.doubt)
            for each in found
        ]

    def _is_money(self) -> bool:
        unit = self.field.unit.strip()
        return (len(unit) == 3 and unit.isascii() and unit.isupper()) or bool(
            re.search(r"元|\b[A-Z]{3}\b", unit)
        )

    def _doubt(self, currency: str, per: str) -> Doubt:
        own = next(iter(re.findall(r"\b[A-Z]{3}\b", self.field.unit)), self._dictionary.currency)
        if currency and own and currency != own:
            return "currency"
        return "period" if per and per != self._per else ""

    def _date(self, text: str) -> Value | None:
        if _FULL_DAY.fullmatch(text):
            return self._checked(text, 0, len(text))
        found = days(text)
        if not found:
            return None
        first, *more = found
        whole = (first.start, first.end) == (0, len(text)) and first.first == first.last
        return self._checked(
            first.first.isoformat(), first.start, first.end, "" if whole and not more else "words"
        )

    def _words(self, text: str) -> Value | None:
        if self.field.type == "category" and self._levels:
            level = self._levels.get(text.casefold(), text)
            return self._checked(level, 0, len(text)) or self._level_near(text)
        if not any(character.isalnum() for character in text):
            return None
        sure = self._is_one_value(text) and harmless(text) == text
        return self._checked(text, 0, len(text), "" if sure else "words")

    def _level_near(self, text: str) -> Value | None:
        words = tuple(word for word in self._levels if len(word) > 1)
        hits = [hit for hit in phrases_in(text, words) if not negated(text, hit.start)]
        levels = {self._levels[hit.phrase] for hit in hits}
        if len(levels) != 1:
            return None
        return self._checked(levels.pop(), hits[0].start, hits[0].end, "level")

    def _is_one_value(self, text: str) -> bool:
        """Whether a text is what its field holds and nothing beside it."""
        tight = re.sub(r"[\s\-]", "", text)
        if self.field.personal == "id_number":
            return bool(re.fullmatch(r"\d{17}[\dXx]", tight)) and (
                id_check_character(tight[:17]) == tight[17].upper()
            )
        if self.field.personal == "mobile":
            return re.fullmatch(r"(?:\+?86)?1[3-9]\d{9}", tight) is not None
        if self.field.personal == "card":
            return re.fullmatch(r"\d{12,19}", tight) is not None and luhn(tight)
        if self.field.personal == "email":
            return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None
        one = r"[\w.\-/]+" if self.field.role == Role.ID else r"[^:：;；\t|]+"
        return re.fullmatch(one, text) is not None

    def _of(self, measured: Measured | None) -> Value | None:
        if measured is None:
            return None
        number, start, end, doubt = measured
        return self._checked(written(number), start, end, doubt)

    def _checked(self, value: str, start: int, end: int, doubt: Doubt = "") -> Value | None:
        checked = self.checked(value)
        return None if checked is None else Value(checked, start, end, doubt)


def _level_words(field: Field) -> dict[str, str]:
    """What a level may be called, folded, and the level."""
    labels = {level: field.level_labels.get(level) for level in field.levels}
    return _called({k: (k, *((text.zh, text.en) if text else ())) for k, text in labels.items()})


def _called(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Each word, folded, and what it stands for; what stands for two things is left out."""
    called: dict[str, set[str]] = {}
    for meant, each in words.items():
        for word in each:
            called.setdefault(word.casefold(), set()).add(meant)
    return {word: meant.pop() for word, meant in called.items() if len(meant) == 1}


def _period_of(label: str) -> str:
    if _MONTHLY.search(label):
        return "" if _YEARLY.search(label) else "month"
    return "year" if _YEARLY.search(label) else ""
