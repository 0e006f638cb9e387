"""What goes wrong at the desk; nothing has happened then."""

from features.errors import ScorerError


class DeskError(ScorerError):
    """A rule of the desk was broken, and nothing happened.

    Attributes:
        why: Which one, in a word: `role`, `senior`, `held`, `same-person`, `evidence`, `state`,
            `outcome`, `reason`, `comment`, `gone`.
    """

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class ForbiddenError(DeskError):
    """Somebody else may do this, this person may not."""


class StaleError(DeskError):
    """The case is no longer what the person was shown."""


class IncompleteError(DeskError):
    """Something is missing, such as the reason of an override."""
