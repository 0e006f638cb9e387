"""A program with a key in front of a workbench, and a bank whose champion scores."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from pipelines.store.keys import ApiKeys, Scope
from risk.desk import Role
from tests.pipelines.conftest import Bank
from tests.pipelines.review.conftest import CHEAP, HOST, Clock, person

ALL = frozenset(Scope)


@pytest.fixture
def program(bench: Workbench) -> Callable[..., TestClient]:
    """Opens a program that has a key with some scopes."""
    app = create_app(bench)
    keys = ApiKeys(bench.database)

    def open_(*scopes: Scope, name: str = "core") -> TestClient:
        key = keys.make(name, frozenset(scopes) or ALL)
        headers = {"authorization": f"Bearer {key}", "accept-language": "en"}
        return TestClient(app, HOST, headers=headers)

    return open_


@pytest.fixture
def banking(bank: Bank, tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    """The workbench of a bank that has trained a champion."""
    config = bank.config
    with Database.open(str(tmp_path / "store.db")) as database:
        made = Workbench(config, config.read_dictionary(), database, CHEAP, clock)
        for role in Role:
            made.people.add(person(role.value, role))
        yield made
