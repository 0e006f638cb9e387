"""How long `risk ties` takes, what it takes up, and what a night adds; and a hub of a million.

`python -m tests.benchmarks.ties_speed [--rows 10000000] [--night 20000]` writes applications of
three years with five keys (phone, address, employer, device, guarantor), some of them shared, as
Parquet, and runs the command on them, then on a night more: from its start to the table with the
columns and the state on disk. Making the table is not timed. Then it joins a million applications
in memory, and the same with one address that all share.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.associations.batch import Arrivals, Key
from features.associations.hubs import hubs
from features.associations.keys import digests, normalised
from features.associations.names import Names
from features.associations.state import Ties
from pipelines.ties.remembering import STATE

KEYS = (
    Key("phone", "phone", 20),
    Key("address", "address", 50),
    Key("employer", "employer", 0),
    Key("device", "device", 20),
    Key("guarantor", "person", 50, guarantor=True),
)
_AT_ONCE = 500_000
_DAYS = 3 * 365
_FIRST = date(2023, 1, 1)
_SECRET = b"benchmark"
_DICTIONARY = "\n".join(
    (
        '[fields.application_id]\nrole = "id"',
        '[fields.applied_on]\nrole = "date"',
        *(f'[fields.{key.name}]\nrole = "association"\nkey = "{key.name}"' for key in KEYS),
        '[fields.amount]\nrole = "feature"\ntype = "number"\n',
    )
)


def main() -> None:
    """Measure and print, one line of JSON a step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--night", type=int, default=20_000)
    parser.add_argument("--hub", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for line in _measured(given.rows, given.night, Path(folder)):
            print(json.dumps(line), flush=True)
    for line in _hub(given.hub):
        print(json.dumps(line), flush=True)


def _measured(rows: int, night: int, folder: Path) -> Iterator[dict[str, object]]:
    (folder / "dictionary.toml").write_text(_DICTIONARY, "utf-8")
    (folder / "risk.toml").write_text("[policy]\napprove = 0.05\ndecline = 0.2\n", "utf-8")
    _write(folder / "warm.parquet", 1_000, 0, 0, 0)
    _command(folder, "warm.parquet", "warm")
    _write(folder / "book.parquet", rows, 0, 0, _DAYS)
    whole = _command(folder, "book.parquet", "ties")
    state = sum(file.stat().st_size for file in (folder / "ties" / STATE).iterdir())
    yield {
        "rows": rows, "whole_s": round(whole, 1), "peak_gb": _peak_gb(resource.RUSAGE_CHILDREN),
        "state_gb": round(state / 1e9, 2),
    }  # fmt: skip
    _write(folder / "night.parquet", night, rows, _DAYS, 0)
    more = _command(folder, "night.parquet", "ties")
    yield {"night": night, "night_s": round(more, 2), "of_whole": round(more / whole, 4)}


def _command(folder: Path, table: str, state: str) -> float:
    """Seconds of the command, from its start to its end."""
    risk = [sys.executable, "-m", "pipelines.cli", "ties", str(folder / table), "--json"]
    places = ["--output", str(folder / "out.parquet"), "--state", str(folder / state)]
    started = time.perf_counter()
    config = ["--config", str(folder / "risk.toml")]
    subprocess.run([*risk, *places, *config], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _hub(size: int) -> Iterator[dict[str, object]]:
    _in_memory(1_000, shared=False)
    for name, shared in (("no hub", False), ("hub", True)):
        ties, seconds = _in_memory(size, shared=shared)
        found = hubs(ties)
        largest = int(found["applications"].max()) if len(found) else 0
        yield {
            "applications": size, "with": name, "join_s": round(seconds, 2),
            "hubs": len(found), "largest": largest, "peak_gb": _peak_gb(resource.RUSAGE_SELF),
        }  # fmt: skip


def _in_memory(size: int, *, shared: bool) -> tuple[Ties, float]:
    """What is remembered of so many applications, and the seconds that joining them took."""
    rng = np.random.default_rng(size)
    day = np.sort(rng.integers(0, _DAYS + 1, size)).astype(np.int32)
    columns = [
        digests(normalised(column, key.kind), key.kind, _SECRET)
        for key, column in zip(KEYS, _values(0, size, size, rng), strict=True)
    ]
    if shared:
        columns[1][:] = 12_345
    ids = np.arange(1, size + 1).astype(np.uint64)
    names = Names.of(pa.array(ids).cast(pa.string()))
    started = time.perf_counter()
    ties, _ = Ties.none(KEYS).after(Arrivals(ids, day, np.column_stack(columns), names))
    return ties, time.perf_counter() - started


def _write(path: Path, rows: int, first: int, first_day: int, days: int) -> None:
    rng = np.random.default_rng([rows, first])
    day = np.sort(rng.integers(first_day, first_day + days + 1, rows))
    every = np.array([str(_FIRST + timedelta(n)) for n in range(first_day + days + 1)])
    writer = None
    for start in range(0, rows, _AT_ONCE):
        count = min(_AT_ONCE, rows - start)
        own = pa.array(np.arange(first + start, first + start + count)).cast(pa.string())
        part = pa.table(
            {
                "application_id": pc.binary_join_element_wise("A", own, ""),
                "applied_on": pa.array(every[day[start : start + count]]),
                **dict(
                    zip(
                        (key.name for key in KEYS),
                        _values(first + start, count, first + rows, rng),
                        strict=True,
                    )
                ),
                "amount": pa.array(rng.integers(1_000, 90_000, count)),
            }
        )
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    if writer:
        writer.close()


def _values(first: int, count: int, rows: int, rng: np.random.Generator) -> Iterator[pa.Array]:
    """Written values: mostly of one's own, some of an earlier applicant, employers of few."""
    own = np.arange(first, first + count)

    def numbers(share: float) -> pa.Array:
        earlier = rng.integers(0, np.maximum(own, 1))
        return pa.array(np.where(rng.random(count) < share, earlier, own)).cast(pa.string())

    def written(before: str, number: pa.Array, after: str = "") -> pa.Array:
        return pc.binary_join_element_wise(before, number, after, "")

    yield written("+86 139-", pc.utf8_lpad(numbers(0.02), 8, "0"))
    yield written("长沙市岳麓区麓山路", numbers(0.03), "号3号楼201室")
    firms: NDArray[np.int64] = (rng.random(count) ** 2 * max(rows // 12, 20)).astype(np.int64)
    yield written("长沙", pa.array(firms).cast(pa.string()), "科技有限公司")
    yield written("dev-", numbers(0.02))
    guarantor = written("G", numbers(0.02))
    yield pc.if_else(pa.array(rng.random(count) < 0.1), guarantor, pa.scalar(None, pa.string()))


def _peak_gb(whose: int) -> float:
    return round(resource.getrusage(whose).ru_maxrss / 1e6, 2)


if __name__ == "__main__":
    main()
