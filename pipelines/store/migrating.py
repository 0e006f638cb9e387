"""Brings the tables of a database from one version to another, by Alembic.

Imported only where there is something to bring up: an opened store that is up to date has no
need of Alembic, which takes longer to import than a store to open.
"""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pipelines.store.database import version_of


def migrate(connection: Connection, version: str) -> None:
    """Bring the tables up or down to a version, within the transaction that is under way.

    Args:
        connection: In a transaction that keeps other processes from doing the same.
        version: The version wanted; `base` for none.

    Raises:
        StoreError: On the way down there are reviews or people, which are never dropped.
    """
    config = _config()
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    down = version == "base" or version in _below(connection, script)
    (command.downgrade if down else command.upgrade)(config, version)


def newest() -> str:
    """The version that all migrations together lead to."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _below(connection: Connection, script: ScriptDirectory) -> set[str]:
    now = version_of(connection)
    return (
        {each.revision for each in script.iterate_revisions(now, "base")} - {now} if now else set()
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pipelines.store:migrations")
    return config
