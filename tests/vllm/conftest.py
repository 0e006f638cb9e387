"""What the tests against the real vLLM share: the model, its profile, and cases to ask about."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from risk.casefile import CaseFile
from risk.reasoning.profiles import Profile
from tests.risk.reasoning.conftest import cases as many_cases  # noqa: F401 - a fixture
from tests.vllm import tiny_model
from tests.vllm.serving import Server

# What only these tests need; both engine and server read it.
os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GiB; vLLM would take half the memory

ASKED = 20


@pytest.fixture(scope="session")
def profile() -> Profile:
    """Short answers: what a random model says gets no better with length."""
    return Profile(
        name="tiny", thinking_tokens=48, answer_tokens=512, context_tokens=tiny_model.CONTEXT
    )


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny model."""
    return tiny_model.make(tmp_path_factory.mktemp("models") / "tiny-distill")


@pytest.fixture(scope="session")
def cases(many_cases: list[CaseFile]) -> list[CaseFile]:  # noqa: F811
    """Some cases of the synthetic loan book, documents included."""
    return many_cases[:ASKED]


@pytest.fixture(scope="session")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, started once; the last test of `test_server.py`, the last file, kills it."""
    started = Server(model, tmp_path_factory.mktemp("server") / "log.txt")
    try:
        started.wait()
        yield started
    finally:
        started.kill()
