"""Where MLflow keeps things: opening a store, and saying what is wrong when it cannot be used.

Talks to MLflow by ids, through its client; its global run stack is left alone.
"""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A job's stdout is its own: `--json` is read by programs.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
# Where a span names a model, MLflow fetches a list of public prices from the internet.
os.environ.setdefault("MLFLOW_MODEL_CATALOG_URI", "")

from pipelines.errors import TrackingError

_FILE = "mlflow.db"


def tracking_uri(where: str) -> str:
    """MLflow's address of a store: a folder becomes a SQLite file in it.

    Example:
        >>> tracking_uri("http://127.0.0.1:5000")
        'http://127.0.0.1:5000'
    """
    return where if "://" in where else f"sqlite:///{Path(where).resolve()}/{_FILE}"


class Store:
    """One experiment of one MLflow store; both are made by the first thing written to them.

    Looking something up makes nothing: a job that cannot begin leaves no empty store behind.

    Args:
        where: Folder of a local store, or a tracking URI.
        experiment: Name of the experiment.
    """

    def __init__(self, where: str, experiment: str) -> None:
        import mlflow

        self.uri = tracking_uri(where)
        self.local = None if "://" in where else Path(where).resolve()
        self.experiment = experiment
        self.mlflow: Any = mlflow

    @property
    def exists(self) -> bool:
        """Whether there is a store yet; a remote one is taken to be there."""
        return self.local is None or (self.local / _FILE).exists()

    @cached_property
    def client(self) -> Any:
        """MLflow's client of this store, which is made where it is missing."""
        with quiet(), self.explained():
            if self.local:
                self.local.mkdir(parents=True, exist_ok=True)
            self.mlflow.set_tracking_uri(self.uri)
            self.mlflow.set_registry_uri(self.uri)
            return self.mlflow.MlflowClient(self.uri, self.uri)

    @cached_property
    def experiment_id(self) -> str:
        """Id of the experiment, made when it is missing."""
        known = self.client.get_experiment_by_name(self.experiment)
        if known is not None:
            return str(known.experiment_id)
        place = (self.local / "artifacts").as_uri() if self.local else None
        return str(self.client.create_experiment(self.experiment, artifact_location=place))

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what MLflow and its database raise into an error that names the store."""
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            why = str(error).splitlines()[0]
            raise TrackingError(
                f"the MLflow store {self.uri} cannot be used: {why}; check `tracking` in "
                "risk.toml, that the store can be reached, and the space on its disk"
            ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """MLflow's migrations, hints and downloads are its own affair, not our reader's.

    Nor are its errors, each with a traceback: what it raises is told by `Store.explained`.
    """
    noisy = [logging.getLogger(n) for n in ("mlflow", "alembic")]
    levels = [(log, log.level) for log in noisy]
    for log in noisy:
        log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in levels:
            log.setLevel(level)


def ui_command(where: str, host: str, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that opens MLflow's pages on a store, and its environment.

    The store's address goes by the environment: it may hold a password, and every user of a
    machine sees the arguments of a process.
    """
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": tracking_uri(where)}
    if "://" not in where:
        artifacts = (Path(where).resolve() / "artifacts").as_uri()
        environment["MLFLOW_DEFAULT_ARTIFACT_ROOT"] = artifacts
    # One worker: these are pages for one person, and each worker holds all of MLflow in memory.
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    return [*command, "--host", host, "--port", str(port)], environment


def sqlite_beside(where: str, name: str) -> str:
    """Address of a SQLite file that lies beside a local store, or here for a remote one."""
    folder = Path() if "://" in where else Path(where)
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder.resolve()}/{name}"
