"""Whether intervals cover and tests reject as often as they say, on samples whose truth is known.

`python -m tests.benchmarks.coverage` draws 10,000 samples for each line: scores of bads and goods
from two normal distributions, whose AUC and KS have closed forms, and outcomes drawn by their own
PD. An interval of 95 % should hold the truth in 94 to 96 % of the samples, and a test reject what
is true in 4 to 6 %; 10,000 samples tell a share of 5 % to 0.4 points.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy import stats

from features.encoding import FloatArray
from risk.validation import calibration, discrimination, grades
from risk.validation.brier import spiegelhalter

ROWS, BADS, APART = 5_000, 500, 1.2
AUC = float(stats.norm.cdf(APART / np.sqrt(2)))
KS = float(2 * stats.norm.cdf(APART / 2) - 1)

Trial = Callable[[np.random.Generator], bool]


class Line(NamedTuple):
    """One interval or test.

    Attributes:
        name: What it is.
        trial: Whether a fresh sample's interval holds the truth, or its test rejects it.
        low: Least share of the samples in which it should.
        high: Most.
    """

    name: str
    trial: Trial
    low: float
    high: float


def scores(rng: np.random.Generator, *, bads: int = BADS) -> tuple[FloatArray, FloatArray]:
    """Outcomes, and scores whose AUC and KS are known."""
    target = np.repeat([1.0, 0.0], [bads, ROWS - bads])
    return target, rng.normal(size=ROWS) + APART * target


def outcomes(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """PDs of a book, and outcomes drawn by them."""
    pd_ = 1 / (1 + np.exp(2.7 - rng.normal(size=ROWS)))
    return (rng.random(ROWS) < pd_).astype(float), pd_


def holds(low: float, truth: float, high: float) -> bool:
    """Whether an interval covers."""
    return bool(low <= truth <= high)


def _auc(rng: np.random.Generator) -> bool:
    found = discrimination.delong(*scores(rng))
    return holds(found.low, AUC, found.high)


def _ks(rng: np.random.Generator) -> bool:
    found = discrimination.ks_interval(*scores(rng))
    return holds(found.low, KS, found.high)


def _difference(rng: np.random.Generator) -> bool:
    target, first = scores(rng)
    second = first + rng.normal(size=ROWS)
    found = discrimination.compare(target, first, second)
    worse = stats.norm.cdf(APART / np.sqrt(4))
    return holds(found.low, AUC - worse, found.high)


def _equal(rng: np.random.Generator) -> bool:
    target, common = scores(rng)
    two = (common + rng.normal(size=ROWS) for _ in range(2))
    return discrimination.compare(target, *two).p_value < 0.05


def _fallen(rng: np.random.Generator) -> bool:
    samples = (discrimination.delong(*scores(rng)) for _ in range(2))
    return discrimination.fallen(*samples).p_value < 0.05


def _rate(rng: np.random.Generator) -> bool:
    # Over many rates: at any one the interval of a count covers in steps.
    rate = rng.uniform(0.01, 0.2)
    low, high = calibration.jeffreys_interval(rng.binomial(2_000, rate), 2_000)
    return holds(float(low), rate, float(high))


def _ratio(rng: np.random.Generator) -> bool:
    # The interval is that of equal PDs, and unequal ones vary less: here by less than 1 %.
    rate = rng.uniform(0.03, 0.1)
    pd_ = rate * rng.uniform(0.5, 1.5, ROWS)
    found = calibration.observed_expected((rng.random(ROWS) < pd_).astype(float), pd_)
    return holds(found.low, 1.0, found.high)


def _jeffreys(rng: np.random.Generator) -> bool:
    rate = rng.uniform(0.01, 0.2)
    return bool(calibration.jeffreys_test(rng.binomial(2_000, rate), 2_000, rate) < 0.05)


def _binomial(rng: np.random.Generator) -> bool:
    rate = rng.uniform(0.05, 0.2)
    return bool(calibration.binomial_test(rng.binomial(20_000, rate), 20_000, rate) < 0.05)


def _hosmer_lemeshow(rng: np.random.Generator) -> bool:
    return calibration.hosmer_lemeshow(*outcomes(rng)).p_value < 0.05


def _spiegelhalter(rng: np.random.Generator) -> bool:
    return spiegelhalter(*outcomes(rng)).p_value < 0.05


def _migration(rng: np.random.Generator) -> bool:
    moved = rng.choice(["a", "b", "c"], 2_000, p=[0.8, 0.1, 0.1])
    found = grades.migration(np.repeat("a", 2_000), moved, ["a", "b", "c"])
    return bool(found.p_value[0, 2] < 0.05)


LINES = (
    Line("interval of AUC (DeLong)", _auc, 0.94, 0.96),
    Line("interval of KS", _ks, 0.94, 0.96),
    Line("interval of an AUC difference (paired DeLong)", _difference, 0.94, 0.96),
    Line("interval of a default rate (Jeffreys)", _rate, 0.94, 0.96),
    Line("interval of observed / expected", _ratio, 0.94, 0.96),
    Line("test of equal AUC (paired DeLong)", _equal, 0.04, 0.06),
    Line("test of an AUC against development", _fallen, 0.04, 0.06),
    Line("test of a PD (Jeffreys)", _jeffreys, 0.04, 0.06),
    Line("test of a PD (binomial)", _binomial, 0.04, 0.06),
    Line("test of all PDs (Hosmer-Lemeshow)", _hosmer_lemeshow, 0.04, 0.06),
    Line("test of all PDs (Spiegelhalter)", _spiegelhalter, 0.04, 0.06),
    Line("test of a step of a migration", _migration, 0.04, 0.06),
)


def shares(samples: int, seed: int = 0) -> Iterator[tuple[Line, float]]:
    """Each line with the share of the samples in which it held."""
    for line in LINES:
        rng = np.random.default_rng(seed)
        yield line, sum(line.trial(rng) for _ in range(samples)) / samples


def main() -> None:
    """Draw, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    given = parser.parse_args()
    start = time.perf_counter()
    missed = 0
    for line, share in shares(given.samples):
        met = line.low <= share <= line.high
        missed += not met
        print(f"{line.name:<48} {share:7.2%}  {'' if met else 'MISSED'}", flush=True)
    print(f"{given.samples:,} samples a line, {time.perf_counter() - start:.0f} s")
    raise SystemExit(missed > 0)


if __name__ == "__main__":
    main()
