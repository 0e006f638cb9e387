"""What the server back end costs: throughput against the ideal, and memory over many cases.

`python -m tests.benchmarks.client_overhead` starts a fake server of constant latency in a process
of its own. The ideal is concurrency / latency: as if asking, reading, checking and telling took
no time at all.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from features.encoding import encode
from features.intake import check
from features.synthetic import make_book
from risk.casefile import CaseFile
from risk.decision import Reason, Score
from risk.filing import Filing
from risk.policy import Recommendation
from risk.reasoning.backends.base import Answered, Request
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.reasoner import reason
from risk.reasons import reasons

ROOT = Path(__file__).parents[2]
MODEL = "fake-r1"
MARKS = (0.1, 0.5, 1.0)  # shares of all cases after which memory is read


class Load(NamedTuple):
    """How much is asked."""

    cases: int = 20_000
    concurrency: int = 256
    latency_s: float = 1.0

    @property
    def ideal(self) -> float:
        """Cases a second of a client that costs nothing."""
        return self.concurrency / self.latency_s


class Measured(NamedTuple):
    """One pass: cases a second, its share of the ideal, and memory in MB as it went."""

    what: str
    cases_a_second: float
    ratio: float
    cpu_ms_a_case: float
    rss_mb: tuple[float, ...]


@contextlib.contextmanager
def server(latency_s: float) -> Iterator[str]:
    """A fake server in a process of its own, by its address."""
    command = [sys.executable, "-m", "tests.fake_r1.server", "--latency", str(latency_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def case_files(rows: int = 150) -> list[CaseFile]:
    """Case files of the synthetic loan book, contributions drawn at random."""
    book = make_book(rows, seed=3)
    accepted = check(book.applications, book.dictionary).accepted
    x = encode(accepted, book.dictionary)
    found = reasons(np.random.default_rng(5).normal(size=x.shape), x, book.dictionary, 4)
    quantiles = np.nanpercentile(x, np.arange(101), axis=0).T
    filing = Filing(accepted, quantiles, book.dictionary)
    made = []
    for row, application_id in enumerate(accepted["application_id"]):
        told = zip(found.codes[row], found.fields[row], found.values[row], strict=True)
        ranked = enumerate(told, 1)
        score = Score(
            application_id=str(application_id), pd_model=0.1, points=600, grade="C",
            recommendation=Recommendation.REFER,
            reasons=tuple(
                Reason(rank=n, code=code, field=field, contribution=value)
                for n, (code, field, value) in ranked
                if code
            ),
        )  # fmt: skip
        made.append(filing.case(row, score))
    return made


def many(files: list[CaseFile], cases: int) -> Iterator[CaseFile]:
    """So many different cases, each made when it is wanted."""
    for number in range(cases):
        of = files[number % len(files)]
        yield CaseFile.model_construct(
            application_id=f"A{number}", facts=of.facts, documents=of.documents,
            findings=of.findings, protected=of.protected,
        )  # fmt: skip


def alone(backend: ServerBackend, files: list[CaseFile], load: Load) -> Measured:
    """The back end with requests that are ready: asking and reading replies."""
    ready = [Request.of(file, "zh", backend.identity) for file in files]
    serial = count()

    def requests() -> Iterator[Request]:
        for number in islice(serial, load.cases):
            yield ready[number % len(ready)]

    outcomes = (outcome for _, outcome in backend.answer(requests()))
    return _timed("back end alone", outcomes, load, lambda o: isinstance(o, Answered))


def whole(backend: ServerBackend, files: list[CaseFile], load: Load) -> Measured:
    """The whole pass: prompt, ask, parse, verify, narrate."""
    made = reason(many(files, load.cases), backend, "zh")
    return _timed("whole pass", made, load, lambda r: r.status == "answered" and not r.repaired)


def _timed(what: str, done: Iterable[object], load: Load, good: object) -> Measured:
    marks = {max(int(share * load.cases), 1) for share in MARKS}
    memory, number = [], 0
    began, cpu = time.perf_counter(), time.process_time()
    for number, each in enumerate(done, 1):
        if not good(each):
            raise RuntimeError(f"{what}: case {number} was not answered as it should")
        if number in marks:
            memory.append(_rss_mb())
    seconds = time.perf_counter() - began
    if number != load.cases:
        raise RuntimeError(f"{what}: {number} of {load.cases} cases came back")
    cpu_ms = 1_000 * (time.process_time() - cpu) / number
    return Measured(what, number / seconds, number / seconds / load.ideal, cpu_ms, tuple(memory))


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 / 1e6


def measure(
    load: Load, times: int = 1, parts: Iterable[str] = ("alone", "whole")
) -> list[Measured]:
    """Measure each part so many times against a server of its own."""
    files, found = case_files(), []
    passes = {"alone": alone, "whole": whole}
    with server(load.latency_s) as url:
        settings = ServerSettings(
            url=url, model=MODEL, profile="deepseek-r1", concurrency=load.concurrency
        )
        for _ in range(times):
            found += [passes[part](ServerBackend(settings), files, load) for part in parts]
    return found


def main() -> None:
    """Print each pass, and the best and the median of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=Load().cases)
    parser.add_argument("--concurrency", type=int, default=Load().concurrency)
    parser.add_argument("--latency", type=float, default=Load().latency_s, help="seconds")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--part", choices=["alone", "whole"], nargs="+", default=["alone", "whole"])
    asked = parser.parse_args()
    load = Load(asked.cases, asked.concurrency, asked.latency)
    found = measure(load, asked.times, asked.part)
    for each in found:
        memory = " / ".join(f"{mb:.0f}" for mb in each.rss_mb)
        print(
            f"{each.what}: {each.cases_a_second:.1f}/s of {load.ideal:.0f}/s, ratio "
            f"{each.ratio:.3f}, {each.cpu_ms_a_case:.2f} ms CPU a case, RSS {memory} MB"
        )
    for what in dict.fromkeys(each.what for each in found):
        ratios = [each.ratio for each in found if each.what == what]
        summary = {"best": max(ratios), "median": statistics.median(ratios), "passes": len(ratios)}
        print(what, json.dumps({key: round(value, 4) for key, value in summary.items()}))


if __name__ == "__main__":
    main()
