"""What an address of the queue asks for: a tab, filters, a search, and where a page begins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, Self, get_args
from urllib.parse import parse_qsl, urlencode

from pipelines.store.desk import Cursor, Wanted
from risk.desk import Person, State
from risk.policy import Recommendation

Tab = Literal[
    "all", "mine", "unassigned", "second", "pending", "asked", "held", "escalated", "decided"
]
Flag = Literal["pending", "suspected", "struck"]
TABS: Final[tuple[Tab, ...]] = get_args(Tab)
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)
_STATES: Mapping[str, State] = {
    "second": State.SECOND,
    "asked": State.ASKED,
    "held": State.HELD,
    "escalated": State.ESCALATED,
    "decided": State.DECIDED,
}
_LONGEST = 200
_REMEMBERED = 40
_SINGLE = ("q", "product", "grade", "recommendation", "night", "flag", "id")


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        tab: Which queue.
        product: Of one product; empty for all.
        grade: Of one grade; empty for all.
        recommendation: With one recommendation; None for all.
        night: Of one night; None for all.
        flag: With one flag: `pending`, `suspected` or `struck`; None for all.
        search: Beginning of an application id; it passes over all other conditions.
        pages: Where the pages began that lead here, the last one this page; none for the first.
    """

    tab: Tab = "all"
    product: str = ""
    grade: str = ""
    recommendation: Recommendation | None = None
    night: date | None = None
    flag: Flag | None = None
    search: str = ""
    pages: tuple[Cursor, ...] = ()

    @classmethod
    def read(cls, query: str) -> Self:
        """What the part of an address behind its question mark asks for.

        Raises:
            ValueError: It is none that a page of ours leads to.
        """
        pairs = parse_qsl(query, max_num_fields=100)
        given = {name: text for name, text in pairs if name in _SINGLE}
        if any(len(text) > _LONGEST for text in given.values()):
            raise ValueError("longer than any of ours")
        recommendation = given.get("recommendation", "")
        return cls(
            tab=_tab(given.get("q", "all")),
            product=given.get("product", ""),
            grade=given.get("grade", ""),
            recommendation=Recommendation(recommendation) if recommendation else None,
            night=_day(given.get("night", "")),
            flag=_flag(given.get("flag", "")),
            search=given.get("id", "").strip(),
            pages=_pages(text for name, text in pairs if name == "after"),
        )

    @property
    def query(self) -> str:
        """The same as an address says it, without what it leaves open."""
        told = {
            "q": self.tab if self.tab != "all" else "",
            "product": self.product,
            "grade": self.grade,
            "recommendation": self.recommendation or "",
            "night": self.night or "",
            "flag": self.flag or "",
            "id": self.search,
        }
        filled = [(name, str(value)) for name, value in told.items() if value]
        return urlencode(filled + [("after", cursor.text) for cursor in self.pages])

    @property
    def unreasoned(self) -> Self:
        """The same without what only reasoning could have told."""
        flag = self.flag if self.flag != "struck" else None
        return replace(self, recommendation=None, flag=flag)

    @property
    def filtered(self) -> bool:
        """Whether it narrows a queue down."""
        return bool(self.product or self.grade or self.recommendation or self.night or self.flag)

    @property
    def first(self) -> Self:
        """The first page of the same."""
        return replace(self, pages=())

    @property
    def newer(self) -> Self | None:
        """The page before; None on the first."""
        return replace(self, pages=self.pages[:-1]) if self.pages else None

    def older(self, end: Cursor) -> Self:
        """The page behind this one, which ended there."""
        # An address has to have an end: from far behind, the way back leads to the first page.
        return replace(self, pages=(*self.pages, end)[-_REMEMBERED:])

    def under(self, tab: Tab) -> Self:
        """The first page of another queue, with the same filters."""
        return replace(self, tab=tab, search="", pages=())

    def wanted(self, person: Person, limit: int) -> Wanted:
        """What the desk is asked for on behalf of a person."""
        holders = {"mine": person.name, "unassigned": ""}
        return Wanted(
            state=_STATES.get(self.tab),
            holder=holders.get(self.tab),
            pending="pending" in (self.tab, self.flag),
            suspected=self.flag == "suspected",
            struck=self.flag == "struck",
            product=self.product or None,
            grade=self.grade or None,
            recommendation=self.recommendation,
            business_date=self.night,
            search=self.search,
            after=self.pages[-1] if self.pages else None,
            limit=limit,
        )


def _tab(text: str) -> Tab:
    for tab in TABS:
        if text == tab:
            return tab
    raise ValueError("no queue of ours")


def _flag(text: str) -> Flag | None:
    for flag in FLAGS:
        if text == flag:
            return flag
    if text:
        raise ValueError("no flag of ours")
    return None


def _day(text: str) -> date | None:
    if not text:
        return None
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("no day as we write one")
    return day


def _pages(texts: Iterable[str]) -> tuple[Cursor, ...]:
    return tuple(_cursor(text) for text in texts)


def _cursor(text: str) -> Cursor:
    """A place in a queue, written as we write one and in no other way."""
    found = Cursor.read(text)
    if found is None or found.text != text:
        raise ValueError("no page of ours")
    return found
