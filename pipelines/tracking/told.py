"""What a run has said of itself, read back: params, metrics, tags, and the texts beside them."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.errors import TrackingError
from pipelines.tracking.registry import ABSENT
from pipelines.tracking.store import Store, quiet


@dataclass(frozen=True)
class Told:
    """What a run has said of itself.

    Attributes:
        run_id: MLflow's id of it.
        name: Its name, such as `train`.
        status: `FINISHED`, `FAILED`, ...
        started: When it began.
        params: Its params.
        metrics: The last value of each metric.
        tags: Its tags, MLflow's own among them.
    """

    run_id: str
    name: str
    status: str
    started: datetime
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def told(store: Store, run_id: str) -> Told:
    """What a run has said of itself.

    Raises:
        TrackingError: There is no such run, or the store cannot be reached.
    """
    run = _run(store, run_id)
    return Told(
        run_id=run_id,
        name=str(run.info.run_name),
        status=str(run.info.status),
        started=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        params=dict(run.data.params),
        metrics=dict(run.data.metrics),
        tags=dict(run.data.tags),
    )


def text(store: Store, run_id: str, name: str) -> str | None:
    """A text that a run has logged; None where it has logged none under this name.

    Args:
        store: Where.
        run_id: The run.
        name: Path of the text among the run's artifacts, such as `manifest.json`.

    Raises:
        TrackingError: There is no such run, the store cannot be reached, or the file is no text.
    """
    _run(store, run_id)
    folder = str(PurePosixPath(name).parent)
    with quiet(), store.explained(), tempfile.TemporaryDirectory() as place:
        listed = store.client.list_artifacts(run_id, None if folder == "." else folder)
        if name not in {file.path for file in listed if not file.is_dir}:
            return None
        path = store.client.download_artifacts(run_id, name, place)
        try:
            return Path(path).read_text("utf-8")
        except UnicodeDecodeError as error:
            raise TrackingError(f'"{name}" of run {run_id} is no UTF-8 text') from error


def of_key(store: Store, key: str) -> str:
    """The youngest run that was made from what a key stands for; empty where there is none."""
    return of_tag(store, "mingjian.run_key", key)


def of_tag(store: Store, name: str, value: str) -> str:
    """The youngest run that has a tag; empty where there is none."""
    if not store.exists:
        return ""
    with quiet(), store.explained():
        found = store.client.search_runs(
            [store.experiment_id], f"tags.`{name}` = '{value}'", max_results=1
        )
    return str(found[0].info.run_id) if found else ""


def _run(store: Store, run_id: str) -> Any:
    from mlflow.exceptions import MlflowException

    if not store.exists:
        raise TrackingError(f'no run "{run_id}" in {store.uri}: there is no store yet')
    with quiet(), store.explained():
        try:
            return store.client.get_run(run_id)
        except MlflowException as error:
            if error.error_code in ABSENT:
                raise TrackingError(f'no run "{run_id}" in {store.uri}; `risk ui` shows all') from (
                    error
                )
            raise
