"""How long `risk validate` and `risk compare` take on two cores, and in which memory.

`python -m tests.benchmarks.compare_speed` trains two models on a synthetic book, and has the real
commands judge and compare them on `--rows` other applications, PDF and MLflow included.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from features.rendering import render
from features.synthetic import make_book
from tests.pipelines.command import risk

TRAINING_ROWS = 20_000
CONFIG = """
name = "speed"
tracking = "mlruns"
[samples]
maturity_months = 12
[training]
seed = {seed}
threads = 2
[policy]
approve = 0.08
decline = 0.25
"""


def main() -> None:
    """Print seconds and megabytes of each command as one JSON line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=100_000)
    rows = asked.parse_args().rows
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder, rows)
        for seed in (0, 1):
            (folder / "risk.toml").write_text(CONFIG.format(seed=seed), "utf-8")
            command(folder, "train", "first.parquet")
        judged = ("--input", "other.parquet", "--rows", "all", "--pdf", "--lang", "en")
        found = {
            "validate": command(folder, "validate", "champion", *judged, "-o", "v"),
            "compare": command(folder, "compare", "champion", "challenger", *judged, "-o", "c"),
        }
        sections = len(json.loads((folder / "c/report.json").read_text("utf-8"))["sections"])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    told = {"rows": rows, "cores": os.cpu_count(), "seconds": found, "sections": sections}
    sys.stdout.write(json.dumps({**told, "peak_mb": peak}) + "\n")


def write(folder: Path, rows: int) -> None:
    """The book in two tables: what is trained on, and what judges."""
    book = make_book(TRAINING_ROWS + rows, seed=11)
    (folder / "dictionary.toml").write_text(render(book.dictionary), "utf-8")
    applications = book.applications.sort_values(["application_date", "application_id"])
    applications.iloc[:TRAINING_ROWS].to_parquet(folder / "first.parquet")
    applications.iloc[TRAINING_ROWS:].to_parquet(folder / "other.parquet")


def command(folder: Path, *words: str) -> float:
    """Seconds of a command, start of Python and all."""
    started = time.perf_counter()
    done = risk(*words, cwd=folder)
    if done.returncode not in (0, 10):
        raise SystemExit(done.stderr)
    return round(time.perf_counter() - started, 1)


if __name__ == "__main__":
    main()
