"""Registered models: found by alias, version or run, with the digest pinned at registration."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import TrackingError
from pipelines.tracking.store import Store, quiet

Alias = Literal["champion", "challenger"]
MODEL_FOLDER = "pd_model"
DIGEST_TAG = "mingjian.digest"
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")


@dataclass(frozen=True)
class StoredModel:
    """A registered model on this disk, with the digest pinned at registration."""

    path: Path
    digest: str
    name: str
    version: str
    run_id: str


@dataclass(frozen=True)
class LoggedModel:
    """A model that a run has logged, before it is registered.

    Attributes:
        uri: MLflow's address of it.
        run_id: The run.
        digest: Of the model files; pinned on the version, outside the files themselves.
    """

    uri: str
    run_id: str
    digest: str


def register(store: Store, name: str, logged: LoggedModel, alias: Alias) -> str:
    """Register a logged model under an alias; returns its version."""
    from mlflow.exceptions import MlflowException

    client = store.client
    with quiet():
        try:
            client.get_registered_model(name)
        except MlflowException:
            client.create_registered_model(name)
        version = client.create_model_version(
            name, logged.uri, run_id=logged.run_id, tags={DIGEST_TAG: logged.digest}
        )
        client.set_registered_model_alias(name, alias, version.version)
    return str(version.version)


def fetch(store: Store, name: str, reference: str) -> StoredModel:
    """The files of a registered model, by alias, version number or id of its training run.

    Raises:
        TrackingError: There is no such model, its files are gone, or it was not registered
            by this software.
    """
    version = find(store, name, reference)
    if version is None:
        raise TrackingError(
            f'no model "{name}" with alias, version or training run "{reference}" in '
            f"{store.uri}; `risk train` registers one"
        )
    digest = version.tags.get(DIGEST_TAG)
    if digest is None:
        raise TrackingError(f"model {name} version {version.version} carries no pinned digest")
    with quiet(), store.explained():
        path = store.mlflow.artifacts.download_artifacts(
            artifact_uri=f"models:/{name}/{version.version}", tracking_uri=store.uri
        )
    files = Path(path) / "artifacts" / MODEL_FOLDER
    return StoredModel(files, digest, name, str(version.version), str(version.run_id))


def with_digest(store: Store, name: str, digest: str) -> StoredModel:
    """The files of the registered model that has a digest; of several, the newest version.

    Raises:
        TrackingError: There is no such model, or its files are gone.
    """
    found = []
    if store.exists and _DIGEST.fullmatch(digest):
        wanted = f"name = '{name}' and tags.`{DIGEST_TAG}` = '{digest}'"
        with quiet(), store.explained():
            found = list(store.client.search_model_versions(wanted))
    if not found:
        raise TrackingError(
            f'no version of model "{name}" in {store.uri} has the digest {digest[:12]}; the model '
            "that made this run is not registered there any more"
        )
    return fetch(store, name, str(max(int(version.version) for version in found)))


def find(store: Store, name: str, reference: str) -> Any:
    """MLflow's record of a version; None where there is none."""
    from mlflow.exceptions import MlflowException

    if not store.exists:
        return None
    with quiet(), store.explained():
        try:
            if _RUN_ID.fullmatch(reference):
                return _of_run(store, name, reference)
            if reference.isdigit():
                return store.client.get_model_version(name, reference)
            return store.client.get_model_version_by_alias(name, reference)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise


def _of_run(store: Store, name: str, run_id: str) -> Any:
    """The newest version that came from a training run."""
    found = store.client.search_model_versions(f"name = '{name}' and run_id = '{run_id}'")
    return max(found, key=lambda version: int(version.version), default=None)
