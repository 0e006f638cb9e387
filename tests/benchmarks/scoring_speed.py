"""How fast a run scores and explains, in which memory, against LightGBM, shap and shapash.

`python -m tests.benchmarks.scoring_speed` makes a portfolio of 50 columns and a model of 500 trees
of 31 leaves, and runs `risk score`'s own job on it, Parquet to Parquet, each time in a process of
its own. `--rows` sets how many, `--memory` compares 250,000 rows with 10 million (5 GB of disk).
shapash is measured where it is installed. All ratios are of medians within one run.
"""

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.dictionary import DataDictionary
from features.encoding import FloatArray, directions
from pipelines import score
from pipelines.cli import SURROUNDINGS
from pipelines.config import RunConfig
from pipelines.engines import LocalEngine, cores
from pipelines.job import Silent
from pipelines.score_part import PartWorker
from pipelines.sources import open_source
from pipelines.tracking import StoredModel, Tracking
from risk import booster_text
from risk.calibration import Calibration
from risk.model import PDModel
from risk.model_parts import QUANTILES, Parts
from risk.scorecard import Scaling
from risk.validation.stability import Baseline

COLUMNS, TREES, LEAVES, REFERENCES = 50, 500, 31, 1000
TRAINING_ROWS, CHUNK = 200_000, 250_000
CONFIG = """
name = "speed"
tracking = "mlruns"
[policy]
approve = 0.05
decline = 0.2
[reasons]
count = 4
rows = "{reasons}"
"""


def portfolio(rows: int, seed: int) -> FloatArray:
    """Applications like a bank's: counts, ratios and amounts that hang together, some missing."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(rows, 5))
    x = 0.6 * common[:, np.arange(COLUMNS) % 5] + 0.8 * rng.normal(size=(rows, COLUMNS))
    x[:, :20] = np.exp(9 + 0.7 * x[:, :20]).round()  # amounts
    x[:, 20:30] = np.floor(np.exp(x[:, 20:30]))  # counts
    x[rng.random(x.shape) < 0.05] = np.nan
    return np.asfortranarray(x)


def dictionary() -> DataDictionary:
    """50 numbers and an id."""
    lines = ['[fields.id]\nrole = "id"\ntype = "text"\nlabel = "id"']
    lines += [
        f'[fields.x{n}]\nrole = "feature"\ntype = "number"\nlabel = "column {n}"'
        for n in range(COLUMNS)
    ]
    return DataDictionary.parse("\n".join(lines), "dictionary.toml")


def write(path: Path, rows: int) -> None:
    """The portfolio as a Parquet file, chunk by chunk."""
    names = ["id", *(f"x{n}" for n in range(COLUMNS))]
    schema = pa.schema([(n, pa.string() if n == "id" else pa.float64()) for n in names])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, CHUNK):
            x = portfolio(min(CHUNK, rows - start), seed=1 + start)
            ids = pa.array(np.arange(start, start + len(x))).cast(pa.string())
            arrays = [ids, *(pa.array(x[:, n], from_pandas=True) for n in range(COLUMNS))]
            writer.write_table(pa.table(arrays, schema=schema))


def model() -> PDModel:
    """500 trees of 31 leaves, trained as `risk train` trains them."""
    x = portfolio(TRAINING_ROWS, seed=0)
    rng = np.random.default_rng(0)
    known = np.nan_to_num(np.where(x > 10, np.log(np.maximum(x, 1)) - 9, x))
    log_odds = known @ rng.normal(scale=0.3, size=COLUMNS) + np.sin(2 * known[:, 0]) - 2.5
    y = (rng.random(len(x)) < 1 / (1 + np.exp(-log_odds))).astype(float)
    parameters = {
        "objective": "binary", "num_leaves": LEAVES, "max_depth": 10, "learning_rate": 0.03,
        "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10.0,
        "min_data_in_leaf": 60, "verbosity": -1, "num_threads": cores(), "seed": 0,
    }  # fmt: skip
    names = booster_text.feature_names(COLUMNS)
    booster = lgb.train(parameters, lgb.Dataset(x, y, feature_name=names), TREES)
    described = dictionary()
    fields = zip(x.T, described.features, strict=True)
    parts = Parts(
        booster=booster_text.prepare(booster.model_to_string()),
        dictionary=described,
        calibration=Calibration(),
        scaling=Scaling(),
        reference=x[:REFERENCES].copy(),
        quantiles=np.nanpercentile(x, np.linspace(0, 100, QUANTILES), axis=0).T.copy(),
        characteristics=tuple(Baseline.of_field(values, field) for values, field in fields),
    )
    assert len(directions(parts.dictionary)) == COLUMNS
    return PDModel(parts)


class Ran(NamedTuple):
    """A run in a process of its own.

    Attributes:
        seconds: From the start of the job to its end; the interpreter's start and looking the
            model up in MLflow are left out.
        scoring_share: Of the time of all cores, the part in which a thread checked, encoded,
            scored or explained rows, by the clock of the thread: what it waits for is outside.
        rss_mb: Most memory of the process.
    """

    seconds: float
    scoring_share: float
    rss_mb: float


def job(folder: Path, rows: Path, reasons: str) -> None:
    """The child's side: run once and say what it took."""
    (folder / "risk.toml").write_text(CONFIG.format(reasons=reasons))
    config = RunConfig.read(folder / "risk.toml")
    stored = StoredModel(
        folder / "model", (folder / "digest").read_text(), "speed", version="1", run_id="0"
    )
    inside: list[float] = []
    whole = PartWorker._whole

    def timed(self: PartWorker, frame: Any) -> Any:
        start = time.thread_time()
        made = whole(self, frame)
        inside.append(time.thread_time() - start)
        return made

    PartWorker._whole = timed  # type: ignore[method-assign]
    assert not Tracking(config.tracking, config.name).champion_exists("speed")
    with tempfile.TemporaryDirectory(dir=folder) as output:
        start = time.perf_counter()
        options = score.ScoreOptions(Path(output) / "run", engine=LocalEngine())
        score.run(config, open_source(str(rows)), stored, options, Silent())
        seconds = time.perf_counter() - start
    share = sum(inside) / (seconds * cores())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Ran(seconds, share, most)._asdict()))


def run(folder: Path, rows: Path, reasons: str) -> Ran:
    """Run the job in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.scoring_speed", "--job", reasons]
    done = subprocess.run(
        [*command, "--folder", str(folder), "--input", str(rows)],
        check=True, capture_output=True, text=True, env={**os.environ, **SURROUNDINGS},
    )  # fmt: skip
    return Ran(**json.loads(done.stdout.splitlines()[-1]))


def rate(what: Callable[[], object], rows: int) -> float:
    """Rows a second of a call."""
    start = time.perf_counter()
    what()
    return rows / (time.perf_counter() - start)


def speed(folder: Path, rows: int, rounds: int) -> dict[str, float]:
    """Jobs and LightGBM in turns, and the slow ways to Shapley values on a few rows."""
    table = folder / "rows.parquet"
    write(table, rows)
    x, loaded = portfolio(CHUNK, seed=99), PDModel.load(folder / "model", _digest(folder))
    booster = lgb.Booster(model_str=loaded._parts.booster)
    threads = cores()
    rates: dict[str, list[float]] = {"predict": [], "pd": [], "reasons": []}
    shares = []
    for _ in range(rounds):
        rates["predict"].append(
            rate(lambda: booster.predict(x, raw_score=True, num_threads=threads), len(x))
        )
        rates["pd"].append(rows / run(folder, table, "none").seconds)
        explained = run(folder, table, "all")
        rates["reasons"].append(rows / explained.seconds)
        shares.append(explained.scoring_share)
    found = {name: statistics.median(each) for name, each in rates.items()}
    found["outside_scoring"] = 1 - statistics.median(shares)
    few = np.ascontiguousarray(x[:4000])
    found["pred_contrib"] = rate(
        lambda: booster.predict(few, pred_contrib=True, num_threads=threads), len(few)
    )
    found["shap"], found["gap_to_shap"] = _shap(booster, loaded, few[:40])
    found["shapash"] = _shapash(booster, few[:1000])
    return found


def _shap(booster: lgb.Booster, loaded: PDModel, x: FloatArray) -> tuple[float, float]:
    import shap

    masker = shap.maskers.Independent(loaded.reference, max_samples=REFERENCES)
    explainer = shap.TreeExplainer(booster, masker, feature_perturbation="interventional")
    values: list[FloatArray] = []
    speed_ = rate(lambda: values.append(explainer.shap_values(x, check_additivity=False)), len(x))
    return speed_, float(np.abs(values[0] - loaded.contributions(x)).max())


def _shapash(booster: lgb.Booster, x: FloatArray) -> float:
    """Its local reasons as a table, top four of each row; NaN where it is not installed."""
    try:
        from shapash import SmartExplainer
    except ImportError:
        return float("nan")
    import pandas as pd

    frame = pd.DataFrame(x, columns=booster.feature_name())
    explainer = SmartExplainer(model=booster)

    def explain() -> None:
        explainer.compile(x=frame)
        explainer.to_pandas(max_contrib=4)

    return rate(explain, len(x))


def memory(folder: Path) -> dict[str, float]:
    """Most memory of a run over 250,000 rows and over 10 million."""
    found = {}
    for rows in (250_000, 10_000_000):
        table = folder / f"rows-{rows}.parquet"
        write(table, rows)
        found[f"rss_mb_{rows}"] = run(folder, table, "all").rss_mb
        table.unlink()
    return found


def _digest(folder: Path) -> str:
    return (folder / "digest").read_text()


@contextmanager
def _prepared(folder: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as fresh:
        place = folder or Path(fresh)
        place.mkdir(parents=True, exist_ok=True)
        if not (place / "digest").exists():
            made = model()
            (place / "digest").write_text(made.save(place / "model"))
            (place / "dictionary.toml").write_text(_text(made.dictionary))
            del made
            gc.collect()
        yield place


def _text(of: DataDictionary) -> str:
    from features.rendering import render

    return render(of)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--folder", type=Path, help="where model and rows are made and kept")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--input", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        job(given.folder, given.input, given.job)
        return
    with _prepared(given.folder) as folder:
        found = memory(folder) if given.memory else speed(folder, given.rows, given.rounds)
    for name, value in found.items():
        print(f"{name:>20} {value:,.4g}")
    if not given.memory:
        for name, of in (("pd", "predict"), ("reasons", "predict"), ("reasons", "pred_contrib"),
                         ("reasons", "shap"), ("reasons", "shapash")):  # fmt: skip
            print(f"{name + ' / ' + of:>20} {found[name] / found[of]:,.3g}")


if __name__ == "__main__":
    main()
