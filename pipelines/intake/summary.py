"""What an intake found, as a terminal shows it to the person who sits at it."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Protocol

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from features.language import Language, catalogue
from pipelines.intake.checklist import PaperNeeded
from pipelines.intake.fields import Candidate, Reading
from pipelines.intake.kinds import Kind
from pipelines.intake.outcome import Taken, mend, page_and_line
from pipelines.intake.proposed import NOTHING_OPEN, Proposed
from pipelines.intake.reading import Filed
from pipelines.intake.rules import PaperRules
from pipelines.intake.values import LONGEST
from risk.instructions import neutralise
from risk.papers import Paper

_STYLES = {"exact": "green", "confirmed": "green", "read": "yellow", "conflict": "red"}
_MARKS = {"there": ("✓", "green"), "doubtful": ("?", "yellow"), "unread": ("!", "red")}
_ABSENT = ("×", "red")


class _Say(Protocol):
    def __call__(self, key: str, **values: object) -> str: ...


class Summary:
    """Draws what was found, in one language.

    Args:
        taken: What was found.
        rules: The rules, for what people call kinds of papers.
        language: Chinese or English.
    """

    def __init__(self, taken: Taken, rules: PaperRules, language: Language) -> None:
        self._taken, self._rules, self._language = taken, rules, language
        self._say: _Say = partial(catalogue("pipelines.intake").text, language)

    def drawn(self) -> RenderableType:
        """Papers, fields, checklist, and what a model proposed."""
        parts: list[RenderableType] = [self._papers(), self._fields(), self._checklist()]
        if self._taken.proposed is not None:
            parts += self._proposed(self._taken.proposed)
        if proposed := self._labels("read", "conflict"):
            parts.append(Text(self._say("intake.confirm", fields=proposed)))
        return Group(*parts)

    def _papers(self) -> Table:
        table = self._table("papers", "name", "kind", "size", "note")
        for filed, kind in self._taken.papers:
            kind_words = self._say(
                "intake.kind",
                kind=self._kind(kind.name),
                confidence=self._say(f"intake.confidence.{kind.confidence}"),
            )
            notes = "\n".join(self._notes(filed, kind))
            cells = (_shown(filed.paper.name), kind_words, self._size(filed.paper), notes)
            table.add_row(*map(Text, cells))
        return table

    def _size(self, paper: Paper) -> str:
        if not paper.text:
            return ""
        key = "intake.size.pages" if paper.pages else "intake.size.text"
        return self._say(key, pages=paper.pages, characters=f"{len(paper.text):,}")

    def _notes(self, filed: Filed, kind: Kind) -> Iterator[str]:
        if kind.words:
            words = dict.fromkeys(word.word for word in kind.words)
            yield self._say("intake.note.words", words=self._list(words))
        if kind.rivals:
            yield self._say("intake.note.rivals", kinds=self._list(map(self._kind, kind.rivals)))
        if filed.same_as:
            yield self._say("intake.note.copy", paper=_shown(filed.same_as))
        if filed.paper.unread:
            yield mend(filed)[self._language]

    def _fields(self) -> Table:
        table = self._table("fields", "field", "value", "state", "place")
        papers = {filed.paper.name: filed.paper for filed, _ in self._taken.papers}
        for reading in self._taken.readings:
            if reading.state == "missing":
                continue
            places = "\n".join(self._place(found, papers) for found in reading.found)
            state = Text(self._say(f"intake.state.{reading.state}"), _STYLES[reading.state])
            label = reading.field.label.in_(self._language)
            table.add_row(Text(label), Text(_shown(reading.value)), state, Text(places))
        return table

    def _proposed(self, proposed: Proposed) -> Iterator[RenderableType]:
        """What the model proposed, under words that say that nobody has confirmed it."""
        papers = {filed.paper.name: filed.paper for filed, _ in self._taken.papers}
        table = self._table("proposed", "field", "value", "place")
        for each in proposed.found:
            place = self._place(each.words, papers)
            if each.suspect:
                place += self._say("intake.proposed.suspect")
            label = self._reading(each.field).field.label.in_(self._language)
            value = each.words.value or self._say("intake.proposed.unread")
            table.add_row(*map(Text, (label, _shown(value), place)))
        yield table if proposed.found else Text(self._say("intake.title.proposed"), "italic")
        if proposed.code == NOTHING_OPEN:
            yield Text(self._say("intake.proposed.nothing-open"))
        elif proposed.code:
            why = _shown(f"{proposed.code} {proposed.detail}".strip())
            yield Text(self._say("intake.proposed.unanswered", why=why), "yellow")
        elif not proposed.found:
            yield Text(self._say("intake.proposed.none"))
        if struck := sum(proposed.struck.values()):
            yield Text(self._say("intake.proposed.struck", count=struck))

    def _place(self, found: Candidate, papers: Mapping[str, Paper]) -> str:
        if not found.paper:
            return self._say("intake.place.folder", text=_shown(found.text))
        page, line = page_and_line(papers[found.paper], found.start)
        key = "intake.place.page" if page else "intake.place.line"
        place = self._say(
            key, paper=_shown(found.paper), page=page, line=line, text=_shown(found.text)
        )
        if found.doubt:
            place += self._say("intake.place.doubt", doubt=self._say(f"intake.doubt.{found.doubt}"))
        return place

    def _checklist(self) -> Table:
        table = self._table("checklist", "", "needed", "state")
        for needed in self._taken.checklist.papers:
            table.add_row(*self._paper_needed(needed))
        for field in self._taken.checklist.fields:
            mark = _MARKS["there"] if field.state in ("exact", "confirmed") else _ABSENT
            mark = _MARKS["doubtful"] if field.state in ("read", "conflict") else mark
            label = self._reading(field.field).field.label.in_(self._language)
            state = Text(self._say(f"intake.state.{field.state}"))
            table.add_row(Text(*mark), Text(label), state)
        return table

    def _paper_needed(self, needed: PaperNeeded) -> tuple[Text, Text, Text]:
        kinds = self._say("intake.or").join(map(self._kind, needed.kinds))
        state = self._say(f"intake.needed.{needed.state}")
        return Text(*_MARKS.get(needed.state, _ABSENT)), Text(kinds), Text(state)

    def _reading(self, name: str) -> Reading:
        return next(r for r in self._taken.readings if r.field.name == name)

    def _labels(self, *states: str) -> str:
        return self._list(r.field.name for r in self._taken.readings if r.state in states)

    def _kind(self, name: str) -> str:
        rule = self._rules.kinds.get(name)
        return rule.label.in_(self._language) if rule else self._say(f"intake.kind.{name}")

    def _list(self, words: "Iterator[str] | Mapping[str, None]") -> str:
        return ("、" if self._language == "zh" else ", ").join(words)

    def _table(self, title: str, *columns: str) -> Table:
        table = Table(
            title=self._say(f"intake.title.{title}"),
            title_justify="left",
            box=None,
            pad_edge=False,
            header_style="dim",
        )
        for column in columns:
            header = self._say(f"intake.column.{column}") if column else ""
            # What a person is to check is folded and never cut.
            table.add_column(header, overflow="fold")
        return table


def _shown(text: str) -> str:
    """What came from outside, on one short line and without what a terminal would obey."""
    line = " ".join(neutralise(text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
