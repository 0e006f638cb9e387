"""Exit codes of every job, and the errors of configuration."""

from enum import IntEnum

from features.errors import ScorerError


class Exit(IntEnum):
    """What a job tells the scheduler."""

    DONE = 0
    """All done."""
    PARTIAL = 10
    """Done, with rejected rows or pending rationales."""
    BAD_INPUT = 40
    """Command line, input, dictionary, model or config cannot be used, or there is no room for
    the result; nothing was written."""
    INTERNAL = 50
    """A defect of the software."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; what was not finished was not delivered."""


class ConfigError(ScorerError):
    """`risk.toml` or a command's arguments cannot be used as they are."""


class TrackingError(ScorerError):
    """The MLflow store lacks what was asked of it, or cannot be reached."""


class StoreError(ScorerError):
    """The store of answers, runs, cases and reviews cannot be opened, read or written to."""
