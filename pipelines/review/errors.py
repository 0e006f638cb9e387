"""Errors of the workbench's doors; the pages that tell of them are `pipelines.review.refusals`."""

from features.errors import ScorerError


class LogInNeededError(ScorerError):
    """Nobody has logged in, or the session has run out."""


class PasswordChangeNeededError(ScorerError):
    """The password has to be changed before anything else."""


class NotAllowedError(ScorerError):
    """The visitor's role does not come in here."""


class ForgedError(ScorerError):
    """A change was not asked for on one of our pages, or in another session."""


class NotFoundError(ScorerError):
    """There is no such page, case or run."""


class NoNoticeError(ScorerError):
    """There is nothing true to write to the applicant."""


class TooManyAttemptsError(ScorerError):
    """Too many log-ins have failed.

    Attributes:
        retry_after_s: Seconds until another may be tried.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many failed log-ins; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s
