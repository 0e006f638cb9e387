"""The validator's pages: runs, reports, and what people made of what the models said."""

from pipelines.review.validation.room import rooms

__all__ = ["rooms"]
