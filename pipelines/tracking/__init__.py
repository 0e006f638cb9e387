"""Runs, models, prompts and traces in MLflow: the one door to it."""

from pipelines.tracking.experiment import Tracking
from pipelines.tracking.prompts import PromptVersion
from pipelines.tracking.registry import MODEL_FOLDER, Alias, StoredModel
from pipelines.tracking.runs import OpenRun, RunLog, ServedSpec
from pipelines.tracking.spans import ReasonedCase
from pipelines.tracking.store import sqlite_beside, tracking_uri, ui_command
from pipelines.tracking.traces import Traced, TracePlan

__all__ = [
    "MODEL_FOLDER",
    "Alias",
    "OpenRun",
    "PromptVersion",
    "ReasonedCase",
    "RunLog",
    "ServedSpec",
    "StoredModel",
    "TracePlan",
    "Traced",
    "Tracking",
    "sqlite_beside",
    "tracking_uri",
    "ui_command",
]
