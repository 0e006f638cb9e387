"""What is known of the model behind a run."""

import threading
from collections.abc import Iterator

import pytest

from pipelines.config import RunConfig
from pipelines.review.case import modelled as room
from pipelines.review.case.modelled import modelled


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The digests that a registry was asked for which never answers while a test runs."""
    digests: list[str] = []
    answer = threading.Event()

    def facts_of(_config: RunConfig, digest: str) -> None:
        digests.append(digest)
        answer.wait()

    monkeypatch.setattr(room, "facts_of", facts_of)
    yield digests
    answer.set()


def test_without_a_digest_nobody_is_asked(portfolio: RunConfig, asked: list[str]) -> None:
    assert modelled(portfolio, "") is None
    assert not asked


def test_a_model_is_looked_for_once_and_no_page_waits_for_it(
    portfolio: RunConfig, asked: list[str]
) -> None:
    assert [modelled(portfolio, "e" * 64) for _ in range(4)] == [None] * 4
    assert asked == ["e" * 64]


def test_a_model_that_is_not_registered_is_none(portfolio: RunConfig) -> None:
    assert modelled(portfolio, "f" * 64) is None
