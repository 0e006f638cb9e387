"""Errors that cross a boundary of the `risk` package."""

from features.errors import ScorerError


class ModelError(ScorerError):
    """A model cannot be fitted, or a stored one cannot be trusted."""


class BackendError(ScorerError):
    """A reasoning back end could not be set up or reached."""


class AnswerError(ScorerError):
    """An answer of a reasoning back end does not have the form it must have."""
