"""What a program asks the queue for."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipelines.review.api.problems import RejectedError, Wrong
from pipelines.store.desk import Cursor, Wanted
from risk.desk import State
from risk.policy import Recommendation

_Short = Annotated[str, Field(max_length=200)]


class QueueQuery(BaseModel):
    """Which cases of the queue.

    Attributes:
        state: Where they stand; all that are not decided where it is not given.
        holder: Who holds them.
        unassigned: Whether only those that nobody holds.
        pending: Whether only those whose rationale is still to be written.
        product: The product applied for.
        grade: The grade.
        recommendation: What is recommended.
        business_date: The day.
        search: Beginning of an application id; passes over all other conditions.
        after: `next` of the page before.
        limit: Most cases on the page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    state: State | None = None
    holder: _Short | None = None
    unassigned: bool = False
    pending: bool = False
    product: _Short | None = None
    grade: _Short | None = None
    recommendation: Recommendation | None = None
    business_date: date | None = None
    search: _Short = ""
    after: _Short = ""
    limit: int = Field(default=50, ge=1, le=200)

    def wanted(self) -> Wanted:
        """The same as the desk is asked for it.

        Raises:
            RejectedError: `after` is none that a page of ours ended with.
        """
        cursor = Cursor.read(self.after) if self.after else None
        if self.after and cursor is None:
            raise RejectedError([Wrong(field="query.after", rule="no-cursor")])
        return Wanted(
            state=self.state,
            holder="" if self.unassigned else self.holder,
            pending=self.pending,
            product=self.product,
            grade=self.grade,
            recommendation=self.recommendation,
            business_date=self.business_date,
            search=self.search,
            after=cursor,
            limit=self.limit,
        )
