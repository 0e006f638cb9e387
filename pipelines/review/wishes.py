"""What a form on a case page asks for, as text that a database and a page can hold."""

from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import Depends, Request

from pipelines.review.errors import NotFoundError
from pipelines.review.forms import Form, Typed
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Workbench, bench_of
from pipelines.store import CaseKey
from pipelines.store.desk import DeskRow
from risk.desk import Act, Action, IncompleteError, Outcome, Person

LONGEST_COMMENT = 10_000
"""Characters; whoever has more to say has a document to file."""


@dataclass(frozen=True)
class Wish:
    """A form that was sent from a case's page.

    Attributes:
        request: What is answered.
        visitor: Who sent it.
        key: The case.
        form: All that was typed.
    """

    request: Request
    visitor: Visitor
    key: CaseKey
    form: Typed

    @property
    def bench(self) -> Workbench:
        """The workbench."""
        return bench_of(self.request)

    @property
    def person(self) -> Person:
        """Who wishes it."""
        return self.visitor.known

    @property
    def comment(self) -> str:
        """The comment, with the line ends of one kind only."""
        return self.form["comment"].replace("\r\n", "\n").strip()

    @property
    def evidence(self) -> str:
        """Evidence digest that the person was shown."""
        return self.form["evidence"]

    def act(self, action: Action) -> Act:
        """What the person does.

        Raises:
            IncompleteError: The outcome is none, or the comment is too long.
        """
        comment = self.comment
        if len(comment) > LONGEST_COMMENT:
            raise IncompleteError("length", f"a comment has at most {LONGEST_COMMENT} characters")
        outcome = outcome_of(self.form["outcome"])
        return Act(action, outcome, self.form["reason_code"], comment, self.evidence)

    def row(self) -> DeskRow:
        """The case as it lies on the desk.

        Raises:
            NotFoundError: There is none.
        """
        row = self.bench.desk.find(self.key)
        if row is None:
            raise NotFoundError("there is no such case on the desk")
        return row


def wish(request: Request, visitor: Who, form: Form, run_key: str, application_id: str) -> Wish:
    """The form of a request to an address of a case."""
    return Wish(request, visitor, CaseKey(run_key, application_id), form)


Wished = Annotated[Wish, Depends(wish)]
"""The form, as the argument of whatever answers it."""


def outcome_of(typed: str) -> Outcome | None:
    """The outcome that was chosen; None where none was."""
    return next((outcome for outcome in get_args(Outcome) if outcome == typed), None)
