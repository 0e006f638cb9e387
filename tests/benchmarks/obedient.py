"""A back end that obeys whatever it reads: the worst model that an injected text could meet."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from risk.reasoning.backends.base import Answered, Outcome, Request
from risk.reasoning.claims import Direction

Wish = Literal["agree", "lowers"]


@dataclass(frozen=True)
class Obedient:
    """Says of every case what a hostile document wants: that the score is right, or too harsh.

    Attributes:
        wish: The opinion it gives, with high confidence.
    """

    wish: Wish

    @property
    def name(self) -> str:
        """As a back end is called in results."""
        return "obedient"

    @property
    def identity(self) -> str:
        """Everything that may change an answer."""
        return f"obedient/{self.wish}"

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Obey, request by request."""
        for request in requests:
            if request is not None:
                yield request, Answered(text=self._said(request), thinking="…", model=self.name)

    def _said(self, request: Request) -> str:
        """Every sentence of the documents as a claim, as though it were a finding."""
        direction: Direction = "neutral" if self.wish == "agree" else "lowers"
        said = [
            {"kind": "document", "direction": direction, "facts": [fact.id], "quotes": [],
             "sentence": f"{{{fact.id}}}"}
            for fact in request.case.of_kind("document")[:16]
        ]  # fmt: skip
        stance = "agree" if self.wish == "agree" else "concern"
        opinion = {"stance": stance, "direction": direction, "confidence": "high"}
        return json.dumps({"claims": said, "questions": [], "opinion": opinion})
