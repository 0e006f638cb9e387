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
from risk.errors import ModelError
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


def test_the_bytes_are_those_of_the_plain_loop(
    bank: Bank, night: Path, calm: Path, tmp_path: Path, ray: RayEngine
) -> None:
    scored(bank, night, tmp_path / "run", ray)
    assert verify(tmp_path / "run") == []
    assert content(tmp_path / "run") == content(calm)


def test_the_bytes_of_a_csv_are_those_of_the_plain_loop(
    bank: Bank, night: Path, tmp_path: Path, ray: RayEngine
) -> None:
    pd.read_parquet(night).to_csv(tmp_path / "night.csv", index=False)
    for name, engine in (("plain", LocalEngine(2)), ("ray", ray)):
        scored(bank, tmp_path / "night.csv", tmp_path / name, engine)
    assert verify(tmp_path / "ray") == []
    assert content(tmp_path / "ray") == content(tmp_path / "plain")


def test_the_input_may_be_named_from_the_folder_of_the_command(
    bank: Bank,
    night: Path,
    calm: Path,
    tmp_path: Path,
    ray: RayEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(night.parent)
    scored(bank, Path(night.name), tmp_path / "run", RayEngine(workers=1))
    assert content(tmp_path / "run") == content(calm)


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


def test_an_error_before_the_first_task_comes_out_as_itself(ray: RayEngine) -> None:
    def build(spread: Spread) -> Callable[[int], int]:
        raise ModelError("the model is not as it was saved")

    with pytest.raises(ModelError, match="not as it was saved"):
        list(ray.map(build, range(3)))


def test_workers_that_never_begin_are_an_error(ray: RayEngine) -> None:
    def build(spread: Spread) -> Callable[[int], int]:
        os.kill(os.getpid(), signal.SIGKILL)
        return lambda task: task

    with pytest.raises(WorkerLostError, match=f"{MOST_TRIES} workers died as they began"):
        list(ray.map(build, range(3)))


STARVED = """
from pipelines.errors import WorkerLostError
from pipelines.ray_engine import RayEngine
import time

def build(spread):
    time.sleep(600)

try:
    list(RayEngine(workers=1).map(build, [1]))
except WorkerLostError as error:
    print(type(error.__cause__).__name__)
"""


def test_a_worker_killed_for_its_memory_is_a_lost_one() -> None:
    # Above this share of the machine's memory, which is always reached, Ray kills workers.
    greedy = {"RAY_memory_usage_threshold": "0.0001", "RAY_memory_monitor_refresh_ms": "100"}
    command = [sys.executable, "-W", "ignore", "-c", STARVED]
    ended = subprocess.run(
        command, env=surroundings() | greedy, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == "OutOfMemoryError\n", ended.stderr


def test_workers_the_cluster_has_no_room_for_are_not_waited_for(ray: RayEngine) -> None:
    found = list(RayEngine(workers=5).map(numbers(lambda task: None), range(12)))
    assert sorted(found) == [n * n for n in range(12)]


def test_a_deadline_ends_the_wait_for_a_full_cluster(ray: RayEngine) -> None:
    class Idle:
        """Holds a core; of no module that a worker would have to import."""

        def here(self) -> bool:
            return True

    full = [ray._ray.remote(num_cpus=1)(Idle).remote() for _ in range(2)]
    ray._ray.get([idle.here.remote() for idle in full])
    began = time.monotonic()
    try:
        engine = RayEngine(pause=Deadline.parse("2s").check)
        with pytest.raises(DeadlineError):
            list(engine.map(numbers(lambda task: None), range(3)))
    finally:
        for idle in full:
            ray._ray.kill(idle)
    assert 1 < time.monotonic() - began < 60


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
    assert time.monotonic() - began < 60


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

config, night, output, rows, model, cluster = sys.argv[1:]
given = json.loads(model)
stored = StoredModel(**{**given, "path": Path(given["path"])})
score.PART_ROWS = int(rows)
options = score.ScoreOptions(Path(output), engine=RayEngine(cluster))
score.run(RunConfig.read(Path(config)), open_source(night), stored, options, Silent())
"""


def test_a_job_that_is_killed_goes_on_where_it_was(
    bank: Bank, night: Path, calm: Path, tmp_path: Path, ray: RayEngine
) -> None:
    output = tmp_path / "run"
    model = json.dumps(asdict(bank.champion()), default=str)
    cluster = ray._ray.get_runtime_context().gcs_address
    config = bank.folder / "risk.toml"
    words = [str(config), str(night), str(output), str(PART_ROWS), model, cluster]
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


def test_no_cluster_at_an_address_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no Ray cluster answers at 127\.0\.0\.1:9"):
        RayEngine("127.0.0.1:9")._begin()


def test_an_address_for_the_client_of_ray_is_refused() -> None:
    with pytest.raises(ConfigError, match="--address auto or HOST:6379"):
        RayEngine("ray://127.0.0.1:10001")


def test_without_ray_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"mingjian\[ray\]"):
        RayEngine()
