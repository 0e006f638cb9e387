"""The queue: which cases wait, who works on which, and in which order."""

from pipelines.review.queue.room import rooms

__all__ = ["rooms"]
