"""MLflow's first empty store is migrated by MLflow; each later one of a worker begins as its copy.

Its 68 migrations take seconds, and a hundred tests begin with an empty store.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipelines.tracking.store import Store


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Installed as the first store is opened: who opens none need not wait for MLflow's import."""
    kept = tmp_path_factory.mktemp("migrated") / "mlflow.db"
    opened = Store.__init__
    with pytest.MonkeyPatch.context() as patch:

        def opening(self: Store, where: str, experiment: str) -> None:
            opened(self, where, experiment)
            from mlflow.store.db import utils

            if not hasattr(utils._initialize_tables, "kept"):
                patch.setattr(utils, "_initialize_tables", copying(utils._initialize_tables, kept))

        patch.setattr(Store, "__init__", opening)
        yield


def copying(migrate: Callable[[Engine], None], kept: Path) -> Callable[[Engine], None]:
    """Migrates the first SQLite file it is given, and copies that to the others."""

    def initialize(engine: Engine) -> None:
        if engine.dialect.name != "sqlite":
            migrate(engine)
            return
        if not kept.exists():
            migrate(engine)
        connection = engine.raw_connection()
        store = connection.driver_connection
        assert isinstance(store, sqlite3.Connection)
        with closing(connection), closing(sqlite3.connect(kept)) as copy:
            if kept.stat().st_size:
                copy.backup(store)
            else:
                store.backup(copy)

    initialize.kept = kept  # type: ignore[attr-defined]
    return initialize
