"""Cases of one application in several runs of the same night: which replaced which."""

from collections.abc import Iterator
from typing import NamedTuple

from pipelines.review.case.given import Reader
from pipelines.review.case.history import history
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store.desk import DeskRow
from risk.desk import State


class Earlier(NamedTuple):
    """A case that the one shown has replaced, and on which people had worked.

    Attributes:
        path: Where its page is.
        said: What was done about it last, in words.
    """

    path: str
    said: str


def predecessors(bench: Workbench, row: DeskRow, reader: Reader) -> Iterator[Earlier]:
    """Cases that were replaced by one that stands, the last first."""
    for other in bench.desk.others(row):
        events = history(bench.reviews.of(*other.key), bench.settings, reader)
        if events:
            yield Earlier(case_path(*other.key), events[0].said)


def successor(bench: Workbench, row: DeskRow) -> str:
    """Where the page of the case is that has taken the place of a replaced one; empty for none."""
    for other in bench.desk.others(row):
        if other.state is not State.REPLACED and bench.cases.find(other.key) is not None:
            return case_path(*other.key)
    return ""
