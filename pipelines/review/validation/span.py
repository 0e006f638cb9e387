"""The days that a question is about: those asked for, or the last of which there are nights."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import HTTPException, Request

from pipelines.review.night.room import day_of
from pipelines.review.workbench import Workbench
from pipelines.store.runs import Days

USUAL, LONGEST = 30, 366
"""Days that are looked at where nobody says, and at most."""


@dataclass(frozen=True)
class Span:
    """Some days, the first and the last among them.

    Attributes:
        first: The first.
        last: The last.
        by: Whose decisions are wanted; empty for everyone's.
        cut: Whether more days were asked for than are looked at.
    """

    first: date
    last: date
    by: str = ""
    cut: bool = False

    @property
    def days(self) -> Days:
        """Both ends."""
        return self.first, self.last

    @property
    def query(self) -> str:
        """What asks for it in an address."""
        by = {"by": self.by} if self.by else {}
        return urlencode({"from": self.first, "until": self.last, **by})


def span_of(request: Request, bench: Workbench) -> Span:
    """The days that an address asks for.

    Raises:
        HTTPException: They are no days, or the last comes before the first.
    """
    asked = request.query_params
    last = _day(asked.get("until", "")) or _newest(bench)
    first = _day(asked.get("from", "")) or _ending(last, USUAL)
    if first > last:
        raise HTTPException(422)
    longest = _ending(last, LONGEST)
    return Span(max(first, longest), last, asked.get("by", ""), cut=first < longest)


def _ending(last: date, days: int) -> date:
    """The first of so many days, of which the last is given.

    Example:
        >>> _ending(date(2026, 11, 30), 30), _ending(date.min, 30)
        (datetime.date(2026, 11, 1), datetime.date(1, 1, 1))
    """
    return date.fromordinal(max(last.toordinal() - days + 1, 1))


def _day(text: str) -> date | None:
    found = day_of(text)
    if text and found is None:
        raise HTTPException(422)
    return found


def _newest(bench: Workbench) -> date:
    """The day of the newest night; today where there is none."""
    found = bench.runs.nights(limit=1)
    newest = found[0].business_date if found else None
    return newest or bench.clock().date()
