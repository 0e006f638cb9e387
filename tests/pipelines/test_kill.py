"""`kill -9` at random moments: the run goes on where it was and ends with the same bytes.

The job runs in children forked from one process that has imported everything, so that hundreds of
kills take minutes. `MINGJIAN_KILLS` sets how many.
"""

import json
import os
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from pipelines import score
from pipelines.manifest import verify
from tests.pipelines.command import content, surroundings
from tests.pipelines.conftest import Bank

KILLS = int(os.environ.get("MINGJIAN_KILLS", "20"))
ROWS, PART_ROWS = 6_000, 500

DRIVER = """
import json, os, random, signal, sys, time
from pathlib import Path
import mlflow, numpy as np
import mlflow.store.tracking.sqlalchemy_store
from pipelines import score
from pipelines.config import RunConfig
from pipelines.engines import LocalEngine
from pipelines.job import Silent
from pipelines.sources.parquet_source import ParquetSource
from pipelines.tracking import StoredModel
from risk.patterns import Forest, PatternTables
from risk.ranking import rank

config_path, night, output, kills, rows, model = sys.argv[1:]
config = RunConfig.read(Path(config_path))
given = json.loads(model)
# The model was looked up elsewhere: connections to a database do not outlive a fork.
stored = StoredModel(**{**given, "path": Path(given["path"])})
score.PART_ROWS = int(rows)
# Compiled once for all children; LightGBM's threads would not outlive a fork.
forest = Forest.of((stored.path / "booster.txt").read_text())
tables = PatternTables(forest, np.zeros((1, forest.features)))
rank(tables.explain(tables.reference).contributions, [[0]], 1, sign=1.0, least=0.0)
chance = random.Random(int(kills))

def once():
    source = ParquetSource(Path(night))
    options = score.ScoreOptions(Path(output), engine=LocalEngine(2))
    score.run(config, source, stored, options, Silent())

def child():
    pid = os.fork()
    if pid == 0:
        try:
            once()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return pid

def waited(pid):
    return os.waitpid(pid, 0)[1]

start = time.monotonic()
assert waited(child()) == 0
Path(output).rename(f"{output}-calm")
longest = time.monotonic() - start
killed, finished, parts = 0, 0, []
while killed < int(kills):
    pid = child()
    time.sleep(chance.uniform(0.0, longest))
    os.kill(pid, signal.SIGKILL)
    killed += os.WIFSIGNALED(waited(pid))
    stage = list(Path(output).parent.glob(f".{Path(output).name}.*.partial"))
    parts.append(len(list((stage[0] / "work" / "ledger").glob("*.json"))) if stage else 0)
    if Path(output).exists() or killed == int(kills):
        # A run that stands is left as it is, so this ends what is open and harms nothing else.
        assert waited(child()) == 0
        Path(output).rename(f"{output}-{finished}")
        finished += 1
print(json.dumps({"killed": killed, "finished": finished, "parts": parts}))
"""


@pytest.fixture(scope="module")
def night(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many applications, with broken rows and ids that come again in other parts."""
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    whole = pd.concat([frame] * (ROWS // len(frame)), ignore_index=True)
    whole["application_id"] = [f"K{n:06d}" for n in range(len(whole))]
    for row in random.Random(3).sample(range(len(whole)), 60):  # noqa: S311 - rows, not secrets
        whole.loc[row, "loan_amount"] = "much"
    whole.loc[len(whole) - 5 :, "application_id"] = [f"K{n:06d}" for n in range(5)]
    path = tmp_path_factory.mktemp("kill") / "night.parquet"
    whole.to_parquet(path, index=False, row_group_size=100)
    return path


def test_killed_at_any_moment_scoring_ends_with_the_same_bytes(
    bank: Bank, night: Path, tmp_path: Path
) -> None:
    output = tmp_path / "night"
    model = json.dumps(asdict(bank.champion()), default=str)
    words = [
        str(bank.folder / "risk.toml"),
        str(night),
        str(output),
        str(KILLS),
        str(PART_ROWS),
        model,
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, *words],
        capture_output=True,
        text=True,
        timeout=1800,
        env=surroundings(),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["killed"] == KILLS
    assert max(said["parts"]) > 0, "no kill came after a part was finished"
    calm = tmp_path / "night-calm"
    assert verify(calm) == []
    for number in range(said["finished"]):
        assert content(tmp_path / f"night-{number}") == content(calm)
    assert len(list(tmp_path.iterdir())) == said["finished"] + 1
    scores = score.read_scores(calm)
    rejects = pd.read_csv(calm / score.REJECTS, encoding="utf-8-sig")
    assert scores["application_id"].is_unique
    assert len(scores) + rejects["row"].nunique() == ROWS
    assert set(scores["row"]) | set(rejects["row"]) == set(range(1, ROWS + 1))
    assert (rejects["rule"] == "duplicate-id").sum() >= 4
