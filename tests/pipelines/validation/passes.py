"""Reasoned runs of the small bank's night, by a fake R1 that says what a test wants it to."""

import json
from collections.abc import Callable
from pathlib import Path

from features.language import Language
from pipelines import reason, score
from pipelines.backends import Backends
from pipelines.job import Silent
from pipelines.sources import open_source
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.selection import Selection
from tests.fake_r1.replies import Messages, Replier, Reply, faithful
from tests.fake_r1.server import MODEL, FakeServer
from tests.pipelines.conftest import Bank

LIMIT = 12
MOVABLE = LIMIT - 1
"""One of the cases has a document that gives orders, and is referred whatever anybody says."""
SELECTION = Selection(
    recommendations=("approve",), alarms=False, document_alarms=False, audit_share=0, limit=LIMIT
)


def concerned(holds: Callable[[str], bool] = lambda _: True) -> Replier:
    """A model with a concern on the risky side wherever a prompt is of a kind, else it agrees."""

    def reply(messages: Messages, number: int) -> Reply:
        said = faithful(messages, number)
        opinion = {"stance": "agree", "direction": "neutral", "confidence": "low"}
        if holds(messages[0]["content"]):
            opinion = {"stance": "concern", "direction": "raises", "confidence": "high"}
        content = {**json.loads(said.content or ""), "opinion": opinion}
        return said._replace(content=json.dumps(content, ensure_ascii=False), answer_tokens=80)

    return reply


def nowhere(_: str) -> bool:
    return False


def in_chinese(prompt: str) -> bool:
    return prompt.startswith("你")


def scored(bank: Bank, table: Path, output: Path) -> Path:
    source = open_source(str(table))
    score.run(bank.config, source, bank.champion(), score.ScoreOptions(output), Silent())
    return output


class Runs:
    """Makes reasoned runs of one night, each in a folder of its own."""

    def __init__(self, bank: Bank, night: Path, folder: Path) -> None:
        self.bank, self.night, self.folder = bank, night, folder
        self.made = 0

    def __call__(
        self,
        server: FakeServer,
        language: Language = "en",
        model: str = MODEL,
        night: tuple[Path, Path] | None = None,
    ) -> Path:
        """A run; `night` is another table and its scores."""
        server.behaviour.model = model
        settings = ServerSettings.model_validate(
            {"url": server.url, "model": model, "profile": "deepseek-r1",
             "retries": 0, "timeout_s": 10, "concurrency": 4}
        )  # fmt: skip
        return self.by(Backends(ServerBackend(settings)), language, night)

    def by(
        self,
        backends: Backends,
        language: Language = "en",
        night: tuple[Path, Path] | None = None,
    ) -> Path:
        self.made += 1
        table, scores = night or (self.bank.tonight, self.night)
        output = self.folder / f"run-{self.made}"
        config = self.bank.config.model_copy(update={"rationale": SELECTION})
        options = reason.ReasonOptions(scores, output, language, backends=backends)
        source = open_source(str(table))
        reason.run(config, source, self.bank.champion(), options, Silent())
        return output
