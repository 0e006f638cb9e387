"""How exactly sums and dates are read from generated sentences, way of writing by way of writing.

Run it with `python -m tests.benchmarks.extraction`. A sentence counts as right only if every sum
and every date in it is found with its value, currency, period and exact place, and nothing else.
"""

import argparse
import sys
import time
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from scipy import stats

from features.extraction import Amount, Day, amounts, days
from features.language import LANGUAGES, Language
from tests.benchmarks.other_numbers import OTHERS
from tests.benchmarks.written_values import AMOUNTS, DATED, DATES, FRAMES, MONTH_WAYS

EACH = 400
DEMANDED = 0.99
_JOINTS: dict[Language, tuple[str, ...]] = {
    "zh": ("，", "。", "；", "\n", "，"),
    "en": (", ", ". ", "; ", "\n"),
}


class Sentence(NamedTuple):
    """A generated sentence and everything that is to be found in it."""

    kind: str
    way: str
    text: str
    amounts: tuple[Amount, ...] = ()
    days: tuple[Day, ...] = ()


@dataclass
class Share:
    """How many sentences of one way of writing were read right."""

    right: int = 0
    asked: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share read right."""
        return self.right / self.asked

    @property
    def low(self) -> float:
        """Lower end of the one-sided 95 % Clopper-Pearson bound."""
        if not self.right:
            return 0.0
        return float(stats.beta.ppf(0.05, self.right, self.asked - self.right + 1))


def sentences(each: int, seed: int = 0) -> Iterator[Sentence]:
    """So many sentences of every way of writing a sum, a date, a month, and of none."""
    rng = Random(seed)  # noqa: S311
    for language in LANGUAGES:
        for way in AMOUNTS[language]:
            yield from (_with_sum(rng, language, way) for _ in range(each))
        for way in DATES[language]:
            yield from (_with_date(rng, language, way) for _ in range(each))
        for way in MONTH_WAYS[language]:
            yield from (_with_month(rng, language, way) for _ in range(each))
        yield from (_with_none(rng, language) for _ in range(4 * each))


def _with_sum(rng: Random, language: Language, way: str) -> Sentence:
    frames = [frame for frame in FRAMES[language] if _fits(way, frame)]
    before, after, per, _ = rng.choice(frames)
    start = len(lead := _lead(rng, language) + before)
    found, text = [], lead
    for piece in AMOUNTS[language][way](rng):
        text += piece.shown
        if piece.value:
            found.append(Amount(piece.value, piece.currency, per, start, start + len(piece.shown)))
        start += len(piece.shown)
    return Sentence(
        "amount", f"{language} {way}", text + after + _tail(rng, language), tuple(found)
    )


def _fits(way: str, frame: tuple[str, str, str, bool]) -> bool:
    """Bare numbers need a word for money before them; debit balances a word that has a sign."""
    if way.startswith("-") and not frame[0].isascii():
        return "余额" in frame[0]
    return frame[3] or not way.startswith("bare")


def _with_date(rng: Random, language: Language, way: str) -> Sentence:
    day = date(1995, 1, 1) + timedelta(days=rng.randrange(11_300))
    return _dated(rng, language, ("date", way), DATES[language][way](day), (day, day))


def _with_month(rng: Random, language: Language, way: str) -> Sentence:
    first = date(rng.randrange(1995, 2026), rng.randrange(1, 13), 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return _dated(rng, language, ("month", way), MONTH_WAYS[language][way](first), (first, last))


def _dated(
    rng: Random, language: Language, kind: tuple[str, str], shown: str, span: tuple[date, date]
) -> Sentence:
    before, after = rng.choice(DATED[language])
    lead = _lead(rng, language) + before
    found = Day(*span, len(lead), len(lead) + len(shown))
    text = lead + shown + after + _tail(rng, language)
    return Sentence(kind[0], f"{language} {kind[1]}", text, days=(found,))


def _with_none(rng: Random, language: Language) -> Sentence:
    parts = [rng.choice(OTHERS[language])(rng) for _ in range(3)]
    return Sentence(
        "neither", f"{language} other numbers", rng.choice(_JOINTS[language]).join(parts)
    )


def _lead(rng: Random, language: Language) -> str:
    other, joint = rng.choice(OTHERS[language])(rng), rng.choice(_JOINTS[language])
    return other + joint if rng.random() < 0.8 else ""


def _tail(rng: Random, language: Language) -> str:
    other, joint = rng.choice(OTHERS[language])(rng), rng.choice(_JOINTS[language])
    return (
        joint + other if rng.random() < 0.8 else rng.choice(("", "。" if language == "zh" else "."))
    )


def measure(each: int, seed: int = 0) -> dict[tuple[str, str], Share]:
    """Read so many sentences of every way, and count those read right."""
    found: dict[tuple[str, str], Share] = {}
    for one in sentences(each, seed):
        share = found.setdefault((one.kind, one.way), Share())
        share.asked += 1
        if (amounts(one.text), days(one.text)) == (one.amounts, one.days):
            share.right += 1
        else:
            share.missed.append(one.text)
    return found


def total(found: dict[tuple[str, str], Share], kind: str) -> Share:
    """All ways of one kind together."""
    shares = [share for (its, _), share in found.items() if its == kind]
    return Share(sum(s.right for s in shares), sum(s.asked for s in shares))


def main() -> int:
    """Print the tables; 1 where a kind misses what is demanded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=EACH, help="sentences of each way of writing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--missed", action="store_true", help="show sentences that were read wrong")
    asked = parser.parse_args()
    begun = time.perf_counter()
    found = measure(asked.each, asked.seed)
    for (kind, way), share in found.items():
        print(f"{kind:8} {way:32} {share.right:6} of {share.asked:6}  {share.share:8.2%}")
        if asked.missed:
            for text in share.missed[:5]:
                print(f"    {text!r}")
    kinds = {kind: total(found, kind) for kind in dict.fromkeys(kind for kind, _ in found)}
    for kind, share in kinds.items():
        ways = sum(its == kind for its, _ in found)
        rate = f"{share.share:.2%}, at least {share.low:.2%}"
        print(f"{kind}: {ways} ways, {share.right} of {share.asked}, {rate}")
    print(f"{time.perf_counter() - begun:.1f} s")
    return int(any(share.share < DEMANDED for share in kinds.values()))


if __name__ == "__main__":
    sys.exit(main())
