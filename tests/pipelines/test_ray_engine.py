"""The same run on Ray: the same bytes, whatever becomes of its workers and of the job itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from features.errors import DataError
from pipelines import score
from pipelines.deadline import Deadline
from pipelines.engines import Engine, LocalEngine, Spread
from pipelines.errors import ConfigError, DeadlineError, WorkerLostError
from pipelines.job import Silent
from pipelines.manifest import verify
from pipelines.ray_engine import MOST_TRIES, RayEngine
from pipelines.sources import open_source
from tests.pipelines.command import content, surroundings
from tests.pipelines.conftest import Bank

pytest.importorskip("ray", reason="Ray is not installed: pip install 'mingjian[ray]'")

ROWS, PART_ROWS = 3_000, 500


@pytest.fixture(scope="module")
def ray() -> Iterator[RayEngine]:
    """One cluster of two workers for all tests; a run finds it started and leaves it."""
    engine = RayEngine(workers=2)
    engine._begin()
    yield engine
    engine._ray.shutdown()


@pytest.fixture(scope="module")
def night(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    whole = pd.concat([frame] * (ROWS // len(frame)), ignore_index=True)
    whole["application_id"] = [f"R{n:06d}" for n in range(len(whole))]
    whole.loc[[7, 2500], "loan_amount"] = "much"
    whole.loc[len(whole) - 1, "application_id"] = "R000000"
    path = tmp_path_factory.mktemp("ray") / "night.parquet"
    whole.to_parquet(path, index=False, row_group_size=100)
    return path


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "PART_ROWS", PART_ROWS)


def scored(
    bank: Bank, night: Path, output: Path, engine: Engine, deadline: Deadline | None = None
) -> None:
    options = score.ScoreOptions(output, engine=engine, deadline=deadline or Deadline())
    score.run(bank.config, open_source(str(night)), bank.champion(), options, Silent())


@pytest.fixture(scope="module")
def calm(bank: Bank, night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("calm") / "run"
    before, score.PART_ROWS = score.PART_ROWS, PART_ROWS
    scored(bank, night, output, LocalEngine(2))
    score.PART_ROWS = before
    return output


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_the_bytes_are_those_of_the_plain_loop(
    bank: Bank, night: Path, tmp_path: Path, ray: RayEngine, kind: str
) -> None:
    if kind == "csv":
        pd.read_parquet(night).to_csv(tmp_path / "night.csv", index=False)
        night = tmp_path / "night.csv"
    for name, engine in (("plain", LocalEngine(2)), ("ray", ray)):
        scored(bank, night, tmp_path / name, engine)
    assert verify(tmp_path / "ray") == []
    assert content(tmp_path / "ray") == content(tmp_path / "plain")


def numbers(at: Callable[[int], None]) -> Callable[[Spread], Callable[[int], int]]:
    """Squares its task, after something befell the worker."""

    def build(spread: Spread) -> Callable[[int], int]:
        def work(task: int) -> int:
            at(task)
            return next(spread(lambda number: number * number, [task]))

        return work

    return build


def test_every_task_is_worked_on_once(ray: RayEngine) -> None:
    found = list(ray.map(numbers(lambda task: None), range(40)))
    assert sorted(found) == [n * n for n in range(40)]
    assert list(ray.map(numbers(lambda task: None), [])) == []


def test_a_lost_worker_is_replaced_and_its_task_done(ray: RayEngine, tmp_path: Path) -> None:
    def die_once(task: int) -> None:
        if task in (3, 5) and not (tmp_path / str(task)).exists():
            (tmp_path / str(task)).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    assert sorted(ray.map(numbers(die_once), range(12))) == [n * n for n in range(12)]


def test_a_task_that_kills_every_worker_is_named(ray: RayEngine) -> None:
    def die(task: int) -> None:
        if task == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(WorkerLostError, match=f"{MOST_TRIES} workers died of part 3"):
        list(ray.map(numbers(die), range(5)))


@pytest.mark.parametrize("error", [DataError, DeadlineError, OSError, ValueError])
def test_an_error_comes_out_as_itself(ray: RayEngine, error: type[Exception]) -> None:
    def fail(task: int) -> None:
        raise error("row 7 of night.csv")

    with pytest.raises(error, match=r"row 7 of night\.csv") as caught:
        list(ray.map(numbers(fail), range(3)))
    assert type(caught.value) is error


def test_a_deadline_ends_slow_workers_at_once(bank: Bank, ray: RayEngine) -> None:
    def wait(task: int) -> None:
        if task == 1:
            raise DeadlineError("the deadline has come")
        time.sleep(600)

    began = time.monotonic()
    with pytest.raises(DeadlineError):
        list(ray.map(numbers(wait), range(4)))
    assert time.monotonic() - began < 5


def test_a_run_stopped_on_ray_goes_on_without_it(
    bank: Bank, night: Path, calm: Path, tmp_path: Path, ray: RayEngine
) -> None:
    output = tmp_path / "run"
    engine = Breaking(ray, after=2)
    with pytest.raises(KeyboardInterrupt):
        scored(bank, night, output, engine)
    assert not output.exists()
    [stage] = tmp_path.glob(".run.*.partial")
    assert len(list((stage / "work" / "ledger").glob("*.json"))) == 2
    scored(bank, night, output, LocalEngine(2))
    assert content(output) == content(calm)


class Breaking:
    """An engine whose job is interrupted after some results."""

    def __init__(self, engine: Engine, after: int) -> None:
        self.engine, self.after = engine, after

    def map(self, build, tasks):  # type: ignore[no-untyped-def]
        for number, result in enumerate(self.engine.map(build, tasks)):
            if number == self.after:
                raise KeyboardInterrupt
            yield result


DRIVER = """
import json, sys
from pathlib import Path
from pipelines import score
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.ray_engine import RayEngine
from pipelines.sources import open_source
from pipelines.tracking import StoredModel

config, night, output, rows, model = sys.argv[1:]
given = json.loads(model)
stored = StoredModel(**{**given, "path": Path(given["path"])})
score.PART_ROWS = int(rows)
options = score.ScoreOptions(Path(output), engine=RayEngine(workers=2))
score.run(RunConfig.read(Path(config)), open_source(night), stored, options, Silent())
"""


def test_a_job_that_is_killed_goes_on_where_it_was(
    bank: Bank, night: Path, calm: Path, tmp_path: Path, ray: RayEngine
) -> None:
    output = tmp_path / "run"
    model = json.dumps(asdict(bank.champion()), default=str)
    words = [str(bank.folder / "risk.toml"), str(night), str(output), str(PART_ROWS), model]
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, *words]
    driver = subprocess.Popen(command, env=surroundings(), start_new_session=True)
    ledger: list[Path] = []
    while driver.poll() is None and not ledger:
        time.sleep(0.02)
        ledger = list(tmp_path.glob(".run.*.partial/work/ledger/*.json"))
    assert ledger, "the job ended before it could be killed"
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert not output.exists()
    scored(bank, night, output, ray)
    assert content(output) == content(calm)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_no_cluster_at_an_address_is_told(address: str) -> None:
    with pytest.raises(ConfigError, match=f"no Ray cluster answers at {address}"):
        RayEngine(address)._begin()


def test_without_ray_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"mingjian\[ray\]"):
        RayEngine()
