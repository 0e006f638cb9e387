"""Runs, models, prompts and traces in MLflow: the one door to it."""

from pipelines.tracking.experiment import Tracking
from pipelines.tracking.prompts import PromptVersion
from pipelines.tracking.registry import MODEL_FOLDER, Alias, StoredModel
from pipelines.tracking.runs import OUTPUT_TAG, OpenRun, RunLog, ServedSpec
from pipelines.tracking.spans import ReasonedCase
from pipelines.tracking.store import sqlite_beside, tracking_uri, ui_command
from pipelines.tracking.told import Told
from pipelines.tracking.traces import Traced, TracePlan

__all__ = [
    "MODEL_FOLDER",
    "OUTPUT_TAG",
    "Alias",
    "OpenRun",
    "PromptVersion",
    "ReasonedCase",
    "RunLog",
    "ServedSpec",
    "StoredModel",
    "Told",
    "TracePlan",
    "Traced",
    "Tracking",
    "sqlite_beside",
    "tracking_uri",
    "ui_command",
]
