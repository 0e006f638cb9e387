"""The error tree: every error this software raises on purpose descends from `ScorerError`."""


class ScorerError(Exception):
    """Something outside the code is wrong; the message says what, where, and how to mend it."""


class DataError(ScorerError):
    """Data, or the dictionary that describes them, cannot be used as they are."""
