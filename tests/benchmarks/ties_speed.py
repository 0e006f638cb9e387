"""How long ties take to build, what they take up, and what a night adds; and a hub of a million.

`python -m tests.benchmarks.ties_speed [--rows 10000000] [--night 20000]` makes applications of
three years with five keys (phone, address, employer, device, guarantor), some of them shared,
normalises and digests their values, builds what is remembered, writes it, and goes on by a night.
Then the same with one address that a million applications share. Making the values is not timed.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.associations.batch import Arrivals, Key
from features.associations.hubs import hubs
from features.associations.keys import digests, normalised
from features.associations.state import Ties
from pipelines.ties.storing import read, write

KEYS = (
    Key("phone", "phone", 20),
    Key("address", "address", 50),
    Key("employer", "employer", 0),
    Key("device", "device", 20),
    Key("guarantor", "person", 50, guarantor=True),
)
_AT_ONCE = 500_000
_DAYS = 3 * 365
_SECRET = b"benchmark"


class Clock:
    """Adds up the seconds of what is timed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._start


def main() -> None:
    """Measure and print, one line of JSON a step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--night", type=int, default=20_000)
    parser.add_argument("--hub", type=int, default=1_000_000)
    given = parser.parse_args()
    after(warm())
    with tempfile.TemporaryDirectory() as folder:
        for line in _measured(given.rows, given.night, Path(folder) / "ties"):
            print(json.dumps(line), flush=True)
    for line in _hub(given.hub):
        print(json.dumps(line), flush=True)


def warm() -> Arrivals:
    """A few applications, so that compiling is not timed."""
    return _arrivals(1_000, 0, 0, Clock())


def after(arrivals: Arrivals, ties: Ties | None = None) -> Ties:
    """What is remembered after a batch."""
    return (ties or Ties.none(KEYS)).after(arrivals)[0]


def _measured(rows: int, night: int, folder: Path) -> Iterator[dict[str, object]]:
    digesting, joining, storing = Clock(), Clock(), Clock()
    arrivals = _arrivals(rows, 0, _DAYS, digesting)
    with joining:
        ties = after(arrivals)
    with storing:
        write(ties, folder)
    whole = digesting.seconds + joining.seconds + storing.seconds
    yield {
        "rows": rows, "digest_s": round(digesting.seconds, 1), "join_s": round(joining.seconds, 1),
        "write_s": round(storing.seconds, 1), "whole_s": round(whole, 1), "peak_gb": _peak_gb(),
        "state_gb": round(sum(file.stat().st_size for file in folder.iterdir()) / 1e9, 2),
    }  # fmt: skip
    del ties, arrivals
    more = Clock()
    arrivals = _arrivals(night, rows, 0, more, first_day=_DAYS)
    with more:
        write(after(arrivals, read(KEYS, folder)), folder.with_name("next"))
    yield {
        "night": night, "night_s": round(more.seconds, 2),
        "of_whole": round(more.seconds / whole, 4), "peak_gb": _peak_gb(),
    }  # fmt: skip


def _hub(size: int) -> Iterator[dict[str, object]]:
    for name, shared in (("no hub", False), ("hub", True)):
        clock = Clock()
        arrivals = _arrivals(size, 0, _DAYS, Clock())
        if shared:
            arrivals.values[:, 1] = 12_345
        with clock:
            ties = after(arrivals)
        found = hubs(ties)
        largest = int(found["applications"].max()) if len(found) else 0
        yield {
            "applications": size, "with": name, "join_s": round(clock.seconds, 2),
            "hubs": len(found), "largest": largest, "peak_gb": _peak_gb(),
        }  # fmt: skip


def _arrivals(rows: int, first: int, days: int, clock: Clock, first_day: int = 0) -> Arrivals:
    rng = np.random.default_rng([rows, first])
    day = np.sort(rng.integers(first_day, first_day + days + 1, rows)).astype(np.int32)
    values = np.empty((rows, len(KEYS)), np.uint64)
    ids = np.empty(rows, np.uint64)
    for start in range(0, rows, _AT_ONCE):
        count = min(_AT_ONCE, rows - start)
        columns = list(_values(first + start, count, first + rows, rng))
        own = pa.array(np.arange(first + start, first + start + count)).cast(pa.string())
        with clock:
            ids[start : start + count] = digests(own, "id", _SECRET)
            for place, (key, column) in enumerate(zip(KEYS, columns, strict=True)):
                plain = normalised(column, key.kind)
                values[start : start + count, place] = digests(plain, key.kind, _SECRET)
    return Arrivals(ids, day, values)


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


def _peak_gb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


if __name__ == "__main__":
    main()
