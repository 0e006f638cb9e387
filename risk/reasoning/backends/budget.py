"""When a run stops asking: its tokens are used up, or nobody answers any more.

Time is not watched here: a deadline has to end what is under way, which only a clock can do.
"""

from typing import TypeGuard

from risk.reasoning.backends.base import Failed, Failure, Outcome

_CHARACTERS_A_TOKEN = 2  # for servers that count no tokens; rather too many than too few


class Budget:
    """Counts what outcomes cost, and says when no more may be asked.

    Example:
        >>> from risk.reasoning.backends.base import Answered
        >>> budget = Budget(tokens=100, patience=20)
        >>> budget.spend(Answered(text="", model="m", prompt_tokens=90, answer_tokens=20)).code
        <Failure.BUDGET: 'budget-used-up'>
    """

    def __init__(self, tokens: int | None, patience: int) -> None:
        """`tokens` for the whole run, None without end; `patience` in requests without reply."""
        self._tokens, self._patience = tokens, patience
        self.spent = 0
        self._unanswered = 0

    def spend(self, outcome: Outcome) -> Failed | None:
        """Count an outcome; a failure where everything not yet asked ends with it."""
        self.spent += _cost(outcome)
        if self._tokens is not None and self.spent >= self._tokens:
            return Failed(code=Failure.BUDGET, detail=f"{self.spent} of {self._tokens} tokens")
        if not _unanswered(outcome):
            self._unanswered = 0
            return None
        self._unanswered += 1
        if self._unanswered < self._patience:
            return None
        # Waiting out the retries of a million cases would take days and find nothing.
        why = f"not asked: no answer to {self._patience} requests in a row ({outcome.code})"
        code = outcome.code if outcome.code.passes else Failure.UNREACHABLE
        return Failed(code=code, detail=why)


def _unanswered(outcome: Outcome) -> TypeGuard[Failed]:
    """A server that rejects everything is set up for something else, so that counts too."""
    if not isinstance(outcome, Failed):
        return False
    return outcome.code.passes or outcome.code is Failure.REJECTED


def _cost(outcome: Outcome) -> int:
    counted = outcome.prompt_tokens + outcome.answer_tokens
    if counted or isinstance(outcome, Failed):
        return counted
    return -(-len(outcome.text + outcome.thinking) // _CHARACTERS_A_TOKEN)
