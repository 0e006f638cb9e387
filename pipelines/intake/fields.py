"""Fields of the form as the papers say them: each value with its place, and where papers disagree.

A value is `exact` where a rule alone is sure of it: a label with a colon or in a table's cell, and
one value that passes the dictionary's own checks and nothing beside it. What is only near its
label is `read`, and no more than a proposal. Where two places disagree nothing is chosen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from features.dictionary import DataDictionary, Field, Role
from features.phrases import phrases_in
from pipelines.intake.labels import Known, known_labels, owners
from pipelines.intake.places import Place, places
from pipelines.intake.rules import FieldRule, PaperRules, Words, readable
from pipelines.intake.values import Doubt, FieldReader

Confidence = Literal["exact", "read", "proposed"]
State = Literal["exact", "confirmed", "read", "conflict", "missing"]

MOST_PLACES = 50
_CLOSING = " \u3000\r,，、;；.。*_`"
_TABLE = re.compile(r"[\t|]")
_ITEM = re.compile(r"[:：\t|]")  # a line that holds a label of its own
_GAP = re.compile(r"[ \u3000]{2,}")
_SPREAD = re.compile(r"[\u2e80-\u9fff][ \u3000]+\S|\S[ \u3000]+[\u2e80-\u9fff]")
_REST = re.compile(
    r"[\d.,，/%％年月日天个元圆整万千百十亿-]{1,12}|percent|years?|yrs?|months?|days?|yuan"
    r"|thousand|million|[km]",
    re.IGNORECASE,
)  # of a figure whose beginning stands in the line above


class Candidate(NamedTuple):
    """A value that a paper gives.

    Attributes:
        value: As the portfolio's table has it.
        paper: Name of the paper; empty where the folder's name gives it.
        start: Where its words begin in the paper's text.
        end: Just past them.
        text: The words themselves.
        confidence: Whether a rule is sure of it.
        doubt: Why none is.
    """

    value: str
    paper: str
    start: int
    end: int
    text: str
    confidence: Confidence
    doubt: Doubt = ""


class Reading(NamedTuple):
    """What is known of a field.

    Attributes:
        field: Its dictionary entry.
        state: Where it stands; only `exact` and `confirmed` values go on.
        value: The value, for `read` the proposed one; empty for a conflict and where there is none.
        found: What the papers give, in their order.
    """

    field: Field
    state: State
    value: str
    found: tuple[Candidate, ...]


class Askable(NamedTuple):
    """A field that a model may be asked for.

    Attributes:
        reader: Reads its values.
        kinds: The only kinds of papers that may say it; empty for all.
    """

    reader: FieldReader
    kinds: Words


class Source(NamedTuple):
    """A paper as fields are read from it: its name, its kind and its text."""

    name: str
    kind: str
    text: str


class FieldReading:
    """Reads the fields of a portfolio from papers.

    Args:
        dictionary: What the fields are.
        rules: Where they stand.
    """

    def __init__(self, dictionary: DataDictionary, rules: PaperRules) -> None:
        self._fields = readable(dictionary)
        self._rules = {f.name: rules.fields.get(f.name, FieldRule()) for f in self._fields}
        self._readers = {
            f.name: FieldReader(f, dictionary, self._rules[f.name].per) for f in self._fields
        }
        self._by_label = owners(self._fields, self._rules)
        self._known = known_labels(dictionary, rules.fields)

    def askable(self, readings: Iterable[Reading]) -> dict[str, Askable]:
        """The fields that no rule and no person has settled, by name."""
        return {
            name: Askable(self._readers[name], self._rules[name].kinds)
            for name in (r.field.name for r in readings if r.state not in ("exact", "confirmed"))
            if not self._rules[name].skip
        }

    def personal(
        self, sources: Iterable[Source], readings: Iterable[Reading]
    ) -> dict[str, tuple[str, ...]]:
        """All that personal fields may hold: their values, and whatever follows their labels.

        It is for taking out, not for reading: rather too much than too little.
        """
        found: dict[str, list[str]] = {
            r.field.name: [r.value, *(c.value for c in r.found), *(c.text for c in r.found)]
            for r in readings
            if r.field.personal
        }
        labels = {word: name for word, name in self._by_label.items() if name in found}
        for source in sources:
            # Where no label is known, tables are read both across and down.
            for place in islice(places(source.text, tuple(labels), Known(())), MOST_PLACES):
                stretch = source.text[place.start : place.end]
                if not self._known.is_label(stretch):
                    found[labels[place.label]].append(stretch.strip(_CLOSING + ":："))
        return {name: tuple(dict.fromkeys(filter(None, each))) for name, each in found.items()}

    def read(self, sources: Sequence[Source], folder: str = "") -> tuple[Reading, ...]:
        """What the papers say of every field, in dictionary order.

        Args:
            sources: The papers, each once.
            folder: Name of the folder they lie in, which is the application's id.
        """
        found: dict[str, list[Candidate]] = {field.name: [] for field in self._fields}
        for source in sources:
            for name, candidates in self._of_paper(source).items():
                found[name] += candidates
        for field in self._fields:
            if field.role == Role.ID and folder and self._readers[field.name].checked(folder):
                named = Candidate(folder, "", 0, 0, folder, "exact")
                found[field.name].append(named)
        return tuple(_reading(field, found[field.name]) for field in self._fields)

    def _of_paper(self, source: Source) -> Mapping[str, list[Candidate]]:
        """For each field what a paper says; where a rule is sure, nothing else of that paper."""
        found: dict[str, list[Candidate]] = {}
        seen = Counter[str]()
        enough = MOST_PLACES * len(self._fields)
        labels = tuple(self._by_label)
        for place in islice(places(source.text, labels, self._known), enough):
            name = self._by_label[place.label]
            kinds = self._rules[name].kinds
            if (kinds and source.kind not in kinds) or seen[name] >= MOST_PLACES:
                continue
            seen[name] += 1
            candidate = self._candidate(source, place, self._readers[name])
            if candidate is not None:
                found.setdefault(name, []).append(candidate)
        return {name: _surest(candidates) for name, candidates in found.items()}

    def _candidate(self, source: Source, place: Place, reader: FieldReader) -> Candidate | None:
        stretch = source.text[place.start : place.end]
        loose = place.way == "words"
        if not loose and self._known.is_label(stretch) and not reader.is_level(stretch):
            return None
        value = reader.near(stretch) if loose else reader.whole(stretch, place.note)
        if value is None:
            return None
        start, end = place.start + value.start, place.start + value.end
        ends = self._free_ends if reader.free else _ends
        # What may be the title of a column is no figure, but may be any words and any id.
        checked = not (reader.free or reader.field.role == Role.ID)
        sure = (place.paired or checked) and ends(source.text, start, end)
        doubt = value.doubt or ("" if sure else "words")
        return Candidate(
            value.value,
            source.name,
            start,
            end,
            source.text[start:end],
            "read" if loose or doubt else "exact",
            doubt,
        )

    def _free_ends(self, text: str, start: int, end: int) -> bool:
        """Whether free words end with their cell or line, and with no other cell's words in them.

        In a PDF a cell goes on below, and what is cut off at its edge has the next label behind it.
        """
        labels = tuple(self._by_label)
        if _SPREAD.search(text, start, end) or _ends_with(text[start:end], labels):
            return False
        line, rest, below = _around(text, end)
        blank = not rest.strip(_CLOSING)
        if _TABLE.search(line) or not (blank or _GAP.match(rest)):
            return True
        if blank and re.search("[,，、]", rest):
            return False
        if not below or _ITEM.search(below):
            return True
        cells = len(_GAP.findall(below))
        # A row that goes on has fewer cells than the one above it, and no label.
        shorter = cells < len(_GAP.findall(line))
        return cells > 0 and (not shorter or bool(phrases_in(below, labels)))


def _ends(text: str, _: int, end: int) -> bool:
    """Whether a figure ends with its line, and not with more digits or its unit below."""
    line, _rest, below = _around(text, end)
    return bool(_TABLE.search(line)) or not _REST.fullmatch(_GAP.split(below)[0])


def _around(text: str, end: int) -> tuple[str, str, str]:
    """The line that a value stands in, what follows it there, and the line below."""
    begin = text.rfind("\n", 0, end) + 1
    line, _, below = text[begin:].partition("\n")
    return line.strip(), line[end - begin :], below.partition("\n")[0].strip()


def _ends_with(words: str, labels: Iterable[str]) -> bool:
    """Whether a label is written on to words; a word of its own may be part of a name."""
    folded = words.casefold()
    ends = (len(folded) - len(each) for each in labels if folded.endswith(each.casefold()))
    return any(at > 0 and folded[at - 1].isalnum() for at in ends)


def _surest(candidates: list[Candidate]) -> list[Candidate]:
    exact = [each for each in candidates if each.confidence == "exact"]
    # A value that a paper repeats is one value.
    return list({each.value: each for each in reversed(exact or candidates)}.values())[::-1]


def _reading(field: Field, found: Iterable[Candidate]) -> Reading:
    found = tuple(found)
    values = {each.value for each in found}
    if not values:
        return Reading(field, "missing", "", ())
    if len(values) > 1:
        return Reading(field, "conflict", "", found)
    exact = any(each.confidence == "exact" for each in found)
    return Reading(field, "exact" if exact else "read", values.pop(), found)
