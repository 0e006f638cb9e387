"""A workbench killed at work: what it said was done is done, and what was sent again, once."""

import os
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from pipelines.config import RunConfig
from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, Database
from pipelines.store.keys import ApiKeys, Scope
from pipelines.store.repeats import GIVEN_UP_AFTER
from risk.desk import Role
from tests.pipelines.command import COMMAND, surroundings
from tests.pipelines.review.conftest import CHEAP, HOST, person, write_portfolio
from tests.pipelines.review.laid import EVIDENCE, lay
from tests.pipelines.store.conftest import whole

CASES = 60
AT_ONCE = 3
ACCEPTS = {
    "reviewer": "officer", "action": "decide", "outcome": "approve", "evidence_digest": EVIDENCE
}  # fmt: skip


@contextmanager
def opened(folder: Path, later: timedelta = timedelta()) -> Iterator[Workbench]:
    """The workbench, as if it were some time later."""
    config = RunConfig.read(folder / "risk.toml")
    with Database.open(config.store) as database:
        dictionary = config.read_dictionary()
        yield Workbench(config, dictionary, database, CHEAP, lambda: datetime.now(UTC) + later)


@contextmanager
def serving(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process that serves the workbench, and where it answers."""
    with subprocess.Popen(
        [*COMMAND, "review", "--port", "0"],
        cwd=folder, env=surroundings(), stdout=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def send(client: httpx2.Client, key: CaseKey) -> int:
    """Decide a case; gives back the number of the review that it left."""
    address = f"/api/v1/cases/{key.run_key}/{key.application_id}/decisions"
    answer = client.post(address, json=ACCEPTS, headers={"idempotency-key": key.application_id})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["review"]["id"])


def until_killed(folder: Path, keys: tuple[CaseKey, ...], secret: str) -> dict[CaseKey, int]:
    """What the workbench said was done before it was killed, somewhere in the middle."""
    told: dict[CaseKey, int] = {}
    last = random.randrange(CASES // 6, CASES // 2)  # noqa: S311 - any moment will do
    with serving(folder) as (process, address):

        def work(mine: tuple[CaseKey, ...]) -> None:
            headers = {"authorization": f"Bearer {secret}"}
            with httpx2.Client(base_url=address, headers=headers) as client:
                for key in mine:
                    try:
                        told[key] = send(client, key)
                    except httpx2.TransportError:
                        return
                    if len(told) >= last:
                        os.kill(process.pid, 9)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(work, (keys[n::AT_ONCE] for n in range(AT_ONCE))))
    return told


def test_no_decision_is_lost_or_made_twice(tmp_path: Path) -> None:
    write_portfolio(tmp_path)
    with opened(tmp_path) as bench:
        bench.people.add(person("officer", Role.OFFICER))
        keys = lay(bench, [f"A{number}" for number in range(CASES)])
        secret = ApiKeys(bench.database).make("core", frozenset(Scope))
    told = until_killed(tmp_path, keys, secret)
    assert CASES // 6 <= len(told) < CASES
    # What was under way is taken up again when nobody can be at it any more.
    with opened(tmp_path, GIVEN_UP_AFTER) as bench:
        before = {key: [each.id for each in bench.reviews.of(*key)] for key in keys}
        assert all(before[key] == [review] for key, review in told.items())
        headers = {"authorization": f"Bearer {secret}"}
        with TestClient(create_app(bench), HOST, headers=headers) as client:
            done = {key: send(client, key) for key in keys}
        assert done.items() >= told.items()
        assert whole(bench.database)[0] == CASES
        rows = [bench.desk.find(key) for key in keys]
        assert all(row is not None and row.outcome == "approve" for row in rows)
