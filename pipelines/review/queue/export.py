"""A queue as a CSV file that people open in a spreadsheet."""

import csv
import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from pipelines.review.queue.lines import Line, Reading
from pipelines.review.rendering import words
from pipelines.spreadsheet import harmless
from pipelines.store.desk import Desk, Page, Wanted

logger = logging.getLogger(__name__)

MOST = 100_000
"""Rows of an export at most."""
AT_ONCE = 1_000
_COLUMNS = (
    "application", "night", "product", "amount", "pd", "grade", "points", "recommendation",
    "model", "flags", "state", "outcome", "holder", "queued", "due",
)  # fmt: skip
_SHARED = ("application", "product", "amount", "pd", "grade", "points", "recommendation", "flags",
           "state", "holder")  # fmt: skip


def pages(desk: Desk, wanted: Wanted) -> Iterator[Page]:
    """A queue page by page, up to `MOST` rows; the first is read at once, so that it can fail."""
    wanted = replace(wanted, limit=AT_ONCE)
    first = desk.page(wanted)
    return chain((first,), _behind(desk, wanted, first))


def _behind(desk: Desk, wanted: Wanted, page: Page) -> Iterator[Page]:
    for _ in range(MOST // AT_ONCE - 1):
        if page.after is None:
            return
        page = desk.page(replace(wanted, after=page.after))
        yield page


def lines(found: Iterable[Page], reading: Reading) -> Iterator[bytes]:
    """The file, a page at a time; UTF-8 with a mark, without which Excel garbles Chinese."""
    rows = 0
    yield "\ufeff".encode() + _written([_heads(reading)])
    for page in found:
        rows += len(page.rows)
        yield _written(_cells(line, reading) for line in reading.lines(page.rows))
    logger.info("queue exported: %d rows", rows)


def _heads(reading: Reading) -> list[object]:
    keys = (f"word.{name}" if name in _SHARED else f"queue.column.{name}" for name in _COLUMNS)
    return [words().text(reading.language, key) for key in keys]


def _cells(line: Line, reading: Reading) -> list[object]:
    row, say = line.row, words()
    flags = (say.text(reading.language, f"flag.{name}") for name in line.flags)
    told = (
        row.application_id,
        row.business_date.isoformat(),
        line.product,
        "" if row.amount is None else row.amount,
        row.pd,
        row.grade,
        row.points,
        say.text(reading.language, f"recommendation.{line.recommendation}"),
        say.text(reading.language, f"recommendation.{row.model_recommendation}"),
        "; ".join(flags),
        say.text(reading.language, f"state.{row.state}"),
        say.text(reading.language, f"outcome.{row.outcome}") if row.outcome else "",
        line.holder,
        row.queued_at.isoformat(timespec="minutes"),
        row.due_at.isoformat(timespec="minutes"),
    )
    return [harmless(cell) for cell in told]


def _written(rows: Iterable[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
