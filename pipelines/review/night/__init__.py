"""The page of a night: what came, what was decided, what has moved, and what was rejected."""

from pipelines.review.night.room import rooms

__all__ = ["rooms"]
