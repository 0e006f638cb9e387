"""The mutation benchmark of the verifier.

    python -m tests.benchmarks.verification --per-kind 1000 --faithful 5000

Faithful answers must pass, corrupted ones must be found. Of answers in held-out words only counts
are shown: what tunes the verifier must not look at them.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import beta

from features.language import LANGUAGES, Language
from risk.errors import AnswerError
from risk.reasoning.claims import Answer, parse
from risk.reasoning.findings import Finding
from risk.reasoning.verification import verify
from tests.benchmarks.mutators import KINDS, Corrupted, mutants
from tests.benchmarks.scene import Kind
from tests.fake_r1.answers import compose
from tests.fake_r1.cases import Known, known_cases
from tests.fake_r1.phrases import HALVES, Half

CASES = 400


class Tally(NamedTuple):
    """How many of how many."""

    kind: str
    language: Language
    half: Half
    n: int
    hits: int
    ways: Counter[str]

    @property
    def share(self) -> float:
        """The share of hits."""
        return self.hits / self.n if self.n else float("nan")

    @property
    def lower(self) -> float:
        """Lower end of the two-sided 95 % interval of Clopper and Pearson."""
        return bounds(self.hits, self.n)[0]

    @property
    def upper(self) -> float:
        """Upper end of the same interval."""
        return bounds(self.hits, self.n)[1]


def bounds(hits: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of a share.

    Example:
        >>> [round(x, 4) for x in bounds(990, 1000)]
        [0.9817, 0.9952]
    """
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def caught(mutant: Corrupted) -> bool:
    """Whether the verifier finds something that the faithful claim did not have.

    A claim that is not even an answer any more counts as caught.
    """
    try:
        answer = parse(mutant.answer.model_dump_json())
    except AnswerError:
        return True
    found, before = (
        {
            (finding.check, finding.detail, finding.fact, finding.words)
            for finding in verify(one, mutant.known.case, mutant.known.language)
            if finding.claim == mutant.claim
        }
        for one in (answer, mutant.faithful)
    )
    return bool(found - before)


def recall(
    known: tuple[Known, ...], kind: Kind, half: Half, how_many: int
) -> tuple[Tally, list[Corrupted]]:
    """Mutants of a kind caught, and those that were not."""
    ways, missed, n = Counter[str](), [], 0
    for mutant in mutants(known, kind, how_many, half):
        n += 1
        if not caught(mutant):
            missed.append(mutant)
            ways[mutant.way] += 1
    return Tally(kind, known[0].language, half, n, n - len(missed), ways), missed


class Alarm(NamedTuple):
    """A finding on a faithful answer."""

    known: Known
    answer: Answer
    finding: Finding

    @property
    def kind(self) -> str:
        """The kind of the claim that it is about."""
        at = self.finding.claim
        return "question" if at is None else str(self.answer.claims[at].kind)


def false_alarms(
    known: tuple[Known, ...], half: Half, how_many: int
) -> tuple[Tally, list[Alarm], list[float]]:
    """Faithful answers with any finding, the findings, and the seconds each answer took."""
    alarms: list[Alarm] = []
    seconds, struck = [], 0
    for seed in range(how_many):
        one = known[seed % len(known)]
        answer = compose(one.case, one.language, seed, half, one.truth).answer
        start = time.perf_counter()
        found = verify(answer, one.case, one.language)
        seconds.append(time.perf_counter() - start)
        struck += bool(found)
        alarms += [Alarm(one, answer, finding) for finding in found]
    ways = Counter(alarm.kind for alarm in alarms)
    tally = Tally("faithful", known[0].language, half, how_many, struck, ways)
    return tally, alarms, seconds


def _row(tally: Tally) -> str:
    ways = ", ".join(f"{way} {count}" for way, count in tally.ways.most_common(6))
    head = f"| {tally.kind} | {tally.language} | {tally.half} | {tally.n} | {tally.hits} "
    return f"{head}| {tally.share:.4f} | {tally.lower:.4f} | {tally.upper:.4f} | {ways} |"


_HEAD = "| kind | language | half | n | hits | share | lower | upper | missed by / alarmed at |"


def _show(missed: Sequence[Corrupted], how_many: int) -> Iterator[str]:
    for mutant in missed[:how_many]:
        claim = mutant.answer.claims[mutant.claim]
        yield f"[{mutant.way}] {mutant.faithful.claims[mutant.claim].sentence}"
        yield f"    -> {claim.model_dump_json()}"
        cited = [
            mutant.known.case.by_id[one] for one in claim.facts if one in mutant.known.case.by_id
        ]
        yield "    " + "; ".join(f"{f.id} {f.display.in_(mutant.known.language)}" for f in cited)


def _show_alarms(alarms: Sequence[Alarm], how_many: int) -> Iterator[str]:
    for alarm in alarms[:how_many]:
        at = alarm.finding.claim
        said = (
            alarm.answer.claims[at].model_dump_json() if at is not None else alarm.answer.questions
        )
        yield f"[{alarm.finding.check}.{alarm.finding.detail} {alarm.finding.words!r}] {said}"


def main() -> None:
    """Run the benchmark and print its tables."""
    asked = _arguments()
    show, count = (asked.show[0], int(asked.show[1])) if asked.show else ("", 0)
    print(_HEAD + "\n|" + "---|" * 9)
    seconds: list[float] = []
    for language in [asked.language] if asked.language else LANGUAGES:
        known = known_cases(CASES, language)
        for half in [asked.half] if asked.half else HALVES:
            shown = count if half == "development" else 0
            if asked.faithful and show in ("", "faithful"):
                tally, alarms, took = false_alarms(known, half, asked.faithful)
                seconds += took
                print(_row(tally))
                _print(_show_alarms(alarms, shown))
            for kind in KINDS:
                if show in ("", kind):
                    tally, missed = recall(known, kind, half, asked.per_kind)
                    print(_row(tally), flush=True)
                    _print(_show(missed, shown))
    if seconds:
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        print(f"\nverifier: p50 {p50:.2f} ms, p95 {p95:.2f} ms, max {max(seconds) * 1000:.2f} ms")


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        print(line)


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description="Mutation benchmark of the verifier.")
    asked.add_argument("--per-kind", type=int, default=1000)
    asked.add_argument("--faithful", type=int, default=5000)
    asked.add_argument("--language", choices=LANGUAGES)
    asked.add_argument("--half", choices=HALVES)
    asked.add_argument("--show", nargs=2, metavar=("KIND", "N"), help="misses, development only")
    return asked.parse_args()


if __name__ == "__main__":
    main()
