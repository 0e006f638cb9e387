"""How much personal data redaction takes out, and how many innocent numbers with it.

Run it with `python -m tests.benchmarks.redaction`. Names and addresses are those that the form
holds; of people who are in no field nothing is claimed.
"""

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from features.dictionary import DataDictionary
from risk.redaction import Redactor, clean, fold
from tests.benchmarks.personal_data import WAYS, Planted, planted

EACH = 5_000
DEMANDED = {"id": 1.0, "card": 0.99, "mobile": 0.99}
INNOCENT_DEMANDED = 0.01
FORM = DataDictionary.parse(
    """
    [fields.income]
    role = "feature"
    type = "number"
    [fields.name]
    role = "ignored"
    personal = "name"
    [fields.address]
    role = "ignored"
    personal = "address"
    """
)
_SEPARATORS = re.compile(r"[^0-9a-z㐀-鿿@]")


@dataclass
class Recall:
    """What became of the values of one kind.

    Attributes:
        kind: Of personal data.
        tried: Values planted.
        missed: Values of which the whole stands in the redacted text, by way of writing.
        innocent: Innocent numbers beside them.
        taken: Innocent numbers that went too.
        milliseconds: Time for each text.
    """

    kind: str
    tried: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    innocent: int = 0
    taken: int = 0
    milliseconds: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share taken out."""
        return 1 - self.missed.total() / self.tried

    @property
    def low(self) -> float:
        """Lower end of the exact one-sided 95 % interval of the share (Clopper-Pearson)."""
        hit = self.tried - self.missed.total()
        return float(stats.beta.ppf(0.05, hit, self.missed.total() + 1))

    @property
    def taken_share(self) -> float:
        """Share of the innocent numbers that went."""
        return self.taken / self.innocent

    @property
    def met(self) -> bool:
        """Whether what is demanded of the kind holds."""
        enough = self.share >= DEMANDED.get(self.kind, 0.0)
        return enough and self.taken_share <= INNOCENT_DEMANDED


def measure(kind: str, each: int = EACH, seed: int = 20) -> Recall:
    """Redact `each` texts with a value of a kind in them."""
    found = Recall(kind)
    for one in planted(kind, each, seed):
        began = time.perf_counter()
        redacted = Redactor(one.known, FORM).text(one.text)
        found.milliseconds.append(1000 * (time.perf_counter() - began))
        found.tried += 1
        forms = (one.value, one.shown, *one.shown.split("/"))
        found.missed[one.way] += any(stands_in(form, redacted) for form in forms)
        found.innocent += len(one.innocent)
        found.taken += _taken(one, redacted)
    return found


def stands_in(value: str, text: str) -> bool:
    """Whether a value stands in a text in whatever form, separators left out."""
    return bare(value) in bare(text)


def bare(text: str) -> str:
    """Letters and digits alone, in plain lower-case form."""
    return _SEPARATORS.sub("", fold(clean(text)).lower())


def _taken(one: Planted, redacted: str) -> int:
    """Innocent numbers that stand less often than around the value before."""
    rest = one.text.replace(one.shown, "\n")
    return sum(redacted.count(number) < rest.count(number) for number in one.innocent)


def markdown(figures: Iterable[Recall]) -> Iterator[str]:
    """The table, line by line."""
    titles = (
        "Kind", "Texts", "Taken out", "At least (95 %)", "Innocent numbers taken", "p95 ms",
        "Missed",
    )  # fmt: skip
    yield f"| {' | '.join(titles)} |"
    yield "|---" * 7 + "|"
    for one in figures:
        missed = ", ".join(f"{way} {count}" for way, count in one.missed.items() if count)
        slow = float(np.percentile(one.milliseconds, 95))
        yield (
            f"| {one.kind} | {one.tried:,} | {one.share:.2%} | {one.low:.2%} | "
            f"{one.taken_share:.2%} | {slow:.2f} | {missed} |"
        )


def main() -> int:
    """Measure every kind; 1 where a figure is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.redaction")
    parser.add_argument("--each", type=int, default=EACH, help="texts of each kind")
    asked = parser.parse_args()
    figures = [measure(kind, asked.each) for kind in WAYS]
    print("\n".join(markdown(figures)))
    return 0 if all(one.met for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
