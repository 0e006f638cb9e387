"""A night of a small bank, made by the real pipeline: its cases, some of them without an answer."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from features.language import Language
from pipelines import nightly
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.review.workbench import Workbench
from pipelines.sources import open_source
from pipelines.store import Database
from pipelines.store.people import User
from risk.desk import Role
from tests.fake_r1.faults import after, status
from tests.fake_r1.mind import reply
from tests.fake_r1.replies import Messages, Reply
from tests.fake_r1.server import MODEL, Behaviour, FakeServer
from tests.pipelines.conftest import CONFIG, Bank
from tests.pipelines.review.conftest import CHEAP, person
from tests.pipelines.test_reason_server import REASONING

DAY = date(2026, 11, 27)
DESK = """
[nightly]
rounds = 0

[review]
amount = "loan_amount"
product = "product"
"""


def thoughtful(messages: Messages, number: int) -> Reply:
    """A model that answers at length; of three cases, it insists on a wrong claim about one."""
    prompt = [SimpleNamespace(content=messages[0]["content"])]
    thinking, _, content = reply(prompt).rpartition("</think>")
    if len(prompt[0].content) % 3 == 0:
        said = json.loads(content)
        wrong = {**said["claims"][0], "sentence": "9" * 9, "quotes": []}
        content = json.dumps({**said, "claims": [*said["claims"], wrong]}, ensure_ascii=False)
    return Reply(content, thinking.removeprefix("<think>"))


def deliver(bank: Bank, folder: Path, rows: int, language: Language = "en") -> RunConfig:
    """A night in a store of its own.

    Args:
        bank: Whose night.
        folder: Where all of it goes.
        rows: Applications of the night, as far as the bank has so many.
        language: What the narratives are written in.

    Returns:
        The config that names the store.
    """
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).iloc[:rows]
    frame.to_csv(folder / "tonight.csv", index=False)
    # After so many answers the model is gone: the cases that it has not seen are pending.
    plan = after(len(frame) // 3, status(503))
    with FakeServer(Behaviour(reply=thoughtful, plan=plan)) as server:
        reasoning = REASONING.format(url=server.url, model=MODEL, concurrency=1)
        path = bank.folder / f"{folder.name}.toml"
        path.write_text(f'store = "{folder / "store.db"}"\n{CONFIG}{reasoning}{DESK}', "utf-8")
        config = RunConfig.read(path)
        options = nightly.NightOptions(DAY, folder / "nights", language)
        source = open_source(str(folder / "tonight.csv"))
        nightly.run(config, source, bank.champion(), options, Silent())
    return config


def open_desk(config: RunConfig) -> Workbench:
    """The workbench of a delivered night, with a person of each role, called as the role is."""
    bench = Workbench(config, config.read_dictionary(), Database.open(config.store), CHEAP)
    for role in Role:
        bench.people.add(one(role.value, role))
    bench.desk.take_in(bench.settings)
    return bench


def one(name: str, role: Role, display: str = "") -> User:
    """A person whose pages are in the language of the browser."""
    return person(
        name,
        role,
        display=display or name.title(),
        language=None,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
