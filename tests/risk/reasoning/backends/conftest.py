"""A fake server for each test."""

from collections.abc import Iterator

import pytest

from tests.fake_r1.server import FakeServer


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running
