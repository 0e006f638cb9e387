"""Exit codes of every job, and the errors of configuration."""

from enum import IntEnum

from features.errors import ScorerError


class Exit(IntEnum):
    """What a job tells the scheduler."""

    DONE = 0
    """All done."""
    PARTIAL = 10
    """Done, with rejected rows, pending rationales, or alerts of a monitor."""
    DEADLINE = 20
    """Stopped at its deadline; what was finished is kept, and the same command goes on from it."""
    LOCKED = 30
    """Another job is working on the same directory; nothing was done."""
    BAD_INPUT = 40
    """Command line, input, dictionary, model, config or a database cannot be used, or there is no
    room for the result; what was delivered stands, and what was finished is kept."""
    INTERNAL = 50
    """A defect of the software."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; what was not finished was not delivered."""


class ConfigError(ScorerError):
    """`risk.toml` or a command's arguments cannot be used as they are."""


class LockedError(ScorerError):
    """Another job works on the same directory."""


class DeadlineError(ScorerError):
    """The deadline has come before the work was done."""


class WorkerLostError(ScorerError):
    """Workers of an engine died again and again of the same work."""


class TrackingError(ScorerError):
    """The MLflow store lacks what was asked of it, or cannot be reached."""


class StoreError(ScorerError):
    """The store of answers, runs, cases and reviews cannot be opened, read or written to."""


class DamagedError(StoreError):
    """What the store holds of a case cannot be read, by this version or at all."""
