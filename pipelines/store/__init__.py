"""The database of answers, runs, cases and reviews: the one door to it."""

from pipelines.store.answers import AnswerStore, Remembering
from pipelines.store.cases import CaseCount, CaseKey, CaseStore, StoredCase
from pipelines.store.database import Database
from pipelines.store.reviews import Review, ReviewLog, StoredReview
from pipelines.store.runs import Run, RunStore

__all__ = [
    "AnswerStore",
    "CaseCount",
    "CaseKey",
    "CaseStore",
    "Database",
    "Remembering",
    "Review",
    "ReviewLog",
    "Run",
    "RunStore",
    "StoredCase",
    "StoredReview",
]
