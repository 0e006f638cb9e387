"""Runs, models and pictures in MLflow: the one door to it.

Talks to MLflow by run id, through its client; the global run stack is used only where MLflow
offers no other way to log a model.
"""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import features
import risk
from pipelines.errors import TrackingError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

Alias = Literal["champion", "challenger"]
_DIGEST_TAG = "mingjian.digest"
MODEL_FOLDER = "pd_model"
_STORE = "mlflow.db"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")


@dataclass(frozen=True)
class StoredModel:
    """A registered model on this disk, with the digest pinned at registration."""

    path: Path
    digest: str
    name: str
    version: str
    run_id: str


@dataclass(frozen=True)
class ServedSpec:
    """What the plain MLflow model needs beside the model files."""

    policy: str
    reasons: int
    columns: tuple[str, ...]
    example: "pd.DataFrame"
    requirements: tuple[str, ...]


@dataclass
class RunLog:
    """Everything one job says of itself; logged in one go when the job is done."""

    name: str
    job: str
    params: dict[str, object] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, "pd.DataFrame"] = field(default_factory=dict)
    figures: dict[str, "Figure"] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def tracking_uri(where: str) -> str:
    """MLflow's address of a store: a folder becomes a SQLite file in it.

    Example:
        >>> tracking_uri("http://127.0.0.1:5000")
        'http://127.0.0.1:5000'
    """
    return where if "://" in where else f"sqlite:///{Path(where).resolve()}/{_STORE}"


class Tracking:
    """One experiment of one MLflow store; store and experiment are made by the first run in it.

    Looking a model up makes nothing: a job that cannot begin leaves no empty store behind.

    Args:
        where: Folder of a local store, or a tracking URI.
        experiment: Name of the experiment.
    """

    def __init__(self, where: str, experiment: str) -> None:
        import mlflow

        self.uri = tracking_uri(where)
        self.local = None if "://" in where else Path(where).resolve()
        self.experiment = experiment
        self._mlflow = mlflow

    @property
    def exists(self) -> bool:
        """Whether there is a store yet; a remote one is taken to be there."""
        return self.local is None or (self.local / _STORE).exists()

    @cached_property
    def _client(self) -> Any:
        with _quiet(), self._explained():
            if self.local:
                self.local.mkdir(parents=True, exist_ok=True)
            self._mlflow.set_tracking_uri(self.uri)
            self._mlflow.set_registry_uri(self.uri)
            return self._mlflow.MlflowClient(self.uri, self.uri)

    @cached_property
    def experiment_id(self) -> str:
        """Id of the experiment, made when it is missing."""
        known = self._client.get_experiment_by_name(self.experiment)
        if known is not None:
            return str(known.experiment_id)
        place = (self.local / "artifacts").as_uri() if self.local else None
        return str(self._client.create_experiment(self.experiment, artifact_location=place))

    @contextmanager
    def _explained(self) -> Iterator[None]:
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
    def run(self, name: str, job: str) -> Iterator["OpenRun"]:
        """A run that ends FINISHED, or FAILED when the block raises.

        Raises:
            TrackingError: The store cannot be opened or written to.
        """
        with self._explained():
            started = self._client.create_run(
                self.experiment_id, run_name=name, tags={"mingjian.job": job}
            )
            opened = OpenRun(self._mlflow, self._client, started.info.run_id)
            try:
                yield opened
            except BaseException:
                with suppress(Exception):
                    self._client.set_terminated(opened.run_id, "FAILED")
                raise
            self._client.set_terminated(opened.run_id, "FINISHED")

    def record(self, log: RunLog) -> str:
        """Log a whole job; returns its run id."""
        with _quiet(), self.run(log.name, log.job) as opened:
            opened.log(log)
            return opened.run_id

    def champion_exists(self, name: str) -> bool:
        """Whether the registered model has a champion."""
        return self._version(name, "champion") is not None

    def register(self, name: str, model_uri: str, run_id: str, digest: str, alias: Alias) -> str:
        """Register a logged model under an alias; returns its version.

        The digest of the model files is pinned on the version, outside the files themselves.
        """
        from mlflow.exceptions import MlflowException

        with _quiet():
            try:
                self._client.get_registered_model(name)
            except MlflowException:
                self._client.create_registered_model(name)
            version = self._client.create_model_version(
                name, model_uri, run_id=run_id, tags={_DIGEST_TAG: digest}
            )
            self._client.set_registered_model_alias(name, alias, version.version)
        return str(version.version)

    def fetch(self, name: str, reference: str) -> StoredModel:
        """The files of a registered model, by alias or version number.

        Raises:
            TrackingError: There is no such model, its files are gone, or it was not registered
                by this software.
        """
        version = self._version(name, reference)
        if version is None:
            raise TrackingError(
                f'no model "{name}" with alias or version "{reference}" in {self.uri}; '
                "`risk train` registers one"
            )
        digest = version.tags.get(_DIGEST_TAG)
        if digest is None:
            raise TrackingError(f"model {name} version {version.version} carries no pinned digest")
        with _quiet(), self._explained():
            path = self._mlflow.artifacts.download_artifacts(
                artifact_uri=f"models:/{name}/{version.version}", tracking_uri=self.uri
            )
        files = Path(path) / "artifacts" / MODEL_FOLDER
        return StoredModel(files, digest, name, str(version.version), str(version.run_id))

    def _version(self, name: str, reference: str) -> Any:
        from mlflow.exceptions import MlflowException

        if not self.exists:
            return None
        with self._explained():
            try:
                if reference.isdigit():
                    return self._client.get_model_version(name, reference)
                return self._client.get_model_version_by_alias(name, reference)
            except MlflowException as error:
                if error.error_code in _ABSENT:
                    return None
                raise


class OpenRun:
    """A run being written."""

    def __init__(self, mlflow: Any, client: Any, run_id: str) -> None:
        self._mlflow = mlflow
        self._client = client
        self.run_id = run_id

    def log(self, log: RunLog) -> Self:
        """Log params, metrics, curves, texts, tables and figures."""
        from mlflow.entities import Metric, Param, RunTag

        params = [Param(k, str(v)[:6000]) for k, v in log.params.items()]
        tags = [RunTag(k, v) for k, v in log.tags.items()]
        metrics = [Metric(k, float(v), 0, 0) for k, v in log.metrics.items()]
        for name, values in log.curves.items():
            metrics += [Metric(name, float(v), 0, step) for step, v in enumerate(values, 1)]
        for at in range(0, max(len(metrics), len(params), 1), 90):
            self._client.log_batch(
                self.run_id, metrics[at : at + 90], params[at : at + 90], tags if at == 0 else []
            )
        for name, text in log.texts.items():
            self._client.log_text(self.run_id, text, name)
        for name, table in log.tables.items():
            self._client.log_text(self.run_id, table.to_csv(index=False), name)
        for name, figure in log.figures.items():
            self._client.log_figure(self.run_id, figure, name)
        return self

    def dataset(self, frame: "pd.DataFrame", name: str, digest: str) -> None:
        """Log the training data as an input, under the digest of the source itself."""
        from mlflow.entities import DatasetInput, InputTag

        with _quiet():
            described = self._mlflow.data.from_pandas(frame, name=name, digest=digest[:36])
            entity = described._to_mlflow_entity()
        entry = DatasetInput(entity, tags=[InputTag("mlflow.data.context", "training")])
        self._client.log_inputs(self.run_id, datasets=[entry])

    def model(self, files: Path, digest: str, spec: ServedSpec) -> str:
        """Log the folder `MODEL_FOLDER` as a plain MLflow model; returns its URI."""
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema
        from mlflow.types.schema import AnyType

        # MLflow refuses an int64 column where the signature says double, so types stay open:
        # the dictionary inside the model checks them, and names field and rule.
        inputs = Schema([ColSpec(AnyType(), name, required=False) for name in spec.columns])
        outputs = [ColSpec("double", "pd"), ColSpec("double", "points"), ColSpec("string", "grade")]
        texts = ["decision", *(f"reason_{n + 1}" for n in range(spec.reasons)), "error"]
        schema = Schema(outputs + [ColSpec("string", name) for name in texts])
        with _quiet(), self._mlflow.start_run(run_id=self.run_id):
            logged = self._mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("served_model.py")),
                artifacts={MODEL_FOLDER: str(files)},
                code_paths=[str(Path(str(p.__file__)).parent) for p in (features, risk)],
                pip_requirements=list(spec.requirements),
                model_config={"digest": digest, "policy": spec.policy, "reasons": spec.reasons},
                signature=ModelSignature(inputs, schema),
                input_example=spec.example,
            )
        return str(logged.model_uri)


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow's migrations, hints and downloads are its own affair, not our reader's."""
    noisy = [logging.getLogger(n) for n in ("mlflow", "alembic")]
    levels = [(log, log.level) for log in noisy]
    for log in noisy:
        log.setLevel(logging.ERROR)
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
