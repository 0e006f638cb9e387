"""How fast a run goes on Ray on one machine, against the plain loop.

`python -m tests.benchmarks.engine_speed` delivers a small and a large run with `risk score`'s own
job, on the threads of this process and on Ray's workers in turns, and compares the bytes. The time
a row takes is that of the rows by which the large run is larger, so that what each run has to do
before its first row drops out: loading the model, its tables, its compiled code, and on Ray the
workers' own processes. That is printed too, and so is the start of Ray. All ratios are of medians
within one run of this program.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from pathlib import Path

from pipelines import score
from pipelines.config import RunConfig
from pipelines.engines import Engine, LocalEngine, cores
from pipelines.job import Silent
from pipelines.ray_engine import RayEngine
from pipelines.sources import open_source
from pipelines.tracking import StoredModel
from tests.benchmarks.scoring_speed import CHUNK, CONFIG, _prepared, write


def delivered(folder: Path, rows: int, engine: Engine) -> tuple[float, str]:
    """Seconds that a run took, and the digest of all its files."""
    config = RunConfig.read(folder / "risk.toml")
    digest = (folder / "digest").read_text()
    stored = StoredModel(folder / "model", digest, "speed", version="1", run_id="0")
    source = open_source(str(folder / f"rows-{rows}.parquet"))
    with tempfile.TemporaryDirectory(dir=folder) as parent:
        output = Path(parent) / "run"
        start = time.perf_counter()
        score.deliver(config, source, stored, score.ScoreOptions(output, engine=engine), Silent())
        return time.perf_counter() - start, _digest(output)


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(f"{path.relative_to(folder)}\n".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=5, help=f"of {CHUNK} rows, for each worker")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reasons", choices=["none", "all"], default="all")
    parser.add_argument("--folder", type=Path, help="where model and rows are made and kept")
    given = parser.parse_args()
    sizes = (CHUNK * cores(), CHUNK * cores() * given.parts)
    with _prepared(given.folder) as folder:
        (folder / "risk.toml").write_text(CONFIG.format(reasons=given.reasons))
        for rows in sizes:
            write(folder / f"rows-{rows}.parquet", rows)
        start = time.perf_counter()
        ray = RayEngine()
        ray._begin()
        print(f"Ray began in {time.perf_counter() - start:.1f} s")
        report(folder, sizes, {"plain": LocalEngine(), "ray": ray}, given.rounds)
        ray._ray.shutdown()


def report(folder: Path, sizes: tuple[int, int], engines: dict[str, Engine], rounds: int) -> None:
    """Runs in turns, and what comes of them."""
    took: dict[tuple[str, int], list[float]] = {(e, n): [] for e in engines for n in sizes}
    digests: dict[int, set[str]] = {n: set() for n in sizes}
    for _ in range(rounds):
        for (name, rows), seconds in took.items():
            second, digest = delivered(folder, rows, engines[name])
            print(f"{name:>6} {rows:>9,} rows in {second:.1f} s", flush=True)
            seconds.append(second)
            digests[rows].add(digest)
    small, large = sizes
    rates = {}
    for name in engines:
        low, high = (statistics.median(took[name, rows]) for rows in sizes)
        rates[name] = (large - small) / (high - low)
        start_s = low - small / rates[name]
        print(f"{name:>6} {rates[name]:,.0f} rows/s, before the first row {start_s:.1f} s")
    print(f"ray / plain {rates['ray'] / rates['plain']:.3f}")
    print("bytes:", "the same" if all(len(d) == 1 for d in digests.values()) else "DIFFERENT")


if __name__ == "__main__":
    main()
