"""A scored night, a fake R1, and what makes reasoned runs of the one by the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_r1.server import FakeServer
from tests.pipelines.conftest import Bank
from tests.pipelines.validation.passes import Runs, concerned, nowhere, scored


@pytest.fixture(scope="session")
def scored_night(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scored(bank, bank.tonight, tmp_path_factory.mktemp("night") / "scores")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(reply=concerned(nowhere)) as running:
        yield running


@pytest.fixture
def runs(bank: Bank, scored_night: Path, tmp_path: Path) -> Runs:
    return Runs(bank, scored_night, tmp_path)
