"""How many rows one machine can train on.

`python -m tests.benchmarks.training_size` runs `risk train` itself on Parquet files of 50 columns
and growing length, each in a process of its own, and prints its most memory, the bytes that a row
takes by the line through them, and the rows that fit into `--memory` gigabytes. Trees beyond
`--rounds` take time and hardly any memory, so few are grown.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.scoring_speed import CHUNK, COLUMNS, portfolio

CONFIG = """
name = "size"
dictionary = "dictionary.toml"
tracking = "mlruns"
[training]
max_rounds = {rounds}
[policy]
approve = 0.05
decline = 0.2
"""
IDENTITY = """
[fields.id]
role = "id"
[fields.defaulted]
role = "target"
bad = ["1"]
good = ["0"]
"""
FEATURE = """
[fields.x{number}]
role = "feature"
type = "number"
"""


def write(path: Path, rows: int) -> None:
    """Applications with their outcomes, one in ten a default."""
    names = ["id", "defaulted", *(f"x{n}" for n in range(COLUMNS))]
    kinds = [pa.string(), pa.int64(), *[pa.float64()] * COLUMNS]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, CHUNK):
            x = portfolio(min(CHUNK, rows - start), seed=1 + start)
            risk = np.nan_to_num(x[:, 30]) + np.random.default_rng(start).normal(size=len(x))
            bad = (risk > np.quantile(risk, 0.9)).astype(np.int64)
            ids = pa.array(np.arange(start, start + len(x))).cast(pa.string())
            columns = [pa.array(x[:, n], from_pandas=True) for n in range(COLUMNS)]
            writer.write_table(pa.table([ids, pa.array(bad), *columns], schema=schema))


def trained(folder: Path, rows: int, rounds: int) -> tuple[float, float]:
    """Seconds that `risk train` took on so many rows, and its most memory in bytes."""
    write(folder / "rows.parquet", rows)
    (folder / "risk.toml").write_text(CONFIG.format(rounds=rounds))
    features = "".join(FEATURE.format(number=n) for n in range(COLUMNS))
    (folder / "dictionary.toml").write_text(IDENTITY + features)
    code = "import sys; from pipelines.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "train", "rows.parquet", "--json"]
    start = time.perf_counter()
    log = folder / "log"
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"risk train failed:\n{log.read_text()}")
    return seconds, usage.ru_maxrss * 1024.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[250_000, 500_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--memory", type=float, nargs="+", default=[16, 64, 256], help="in GB")
    given = parser.parse_args()
    most = []
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            seconds, memory = trained(Path(folder), rows, given.rounds)
        most.append(memory)
        print(f"{rows:>12,} rows {memory / 1e9:6.2f} GB {seconds:6.0f} s", flush=True)
    a_row, fixed = np.polyfit(given.rows, most, 1)
    print(f"{a_row:,.0f} bytes a row, and {fixed / 1e9:.2f} GB")
    for memory in given.memory:
        print(f"{memory:>6g} GB hold {(memory * 1e9 - fixed) / a_row / 1e6:,.1f} million rows")


if __name__ == "__main__":
    main()
