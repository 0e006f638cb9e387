"""The figures this product stands by, measured on public data by its own code path.

Intake, encoding, training and prediction are those of `risk train`; what belongs to one data set
is its dictionary and its published split, and nothing else. Run it with
`python -m tests.benchmarks.figures`; the data lie in `../shared/data` beside the repository, or
where the environment variable MINGJIAN_DATA says.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from risk.validation.discrimination import auc, compare, ks
from tests.benchmarks.protocols import Protocol, absent, protocols
from tests.benchmarks.runs import Outcome, learn, read

ALPHA = 0.05


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: Data set, split and what was left out.
        demanded: The figure demanded, in words; empty where it is only reported.
        measured: What was measured, in the same terms.
        met: Whether it is; None where nothing is demanded.
        rows: Rows of the table, training and test together.
        seconds: Training and prediction, all folds, scorecard left out.
        trees: Trees of each fold's model.
        auc: Mean AUC over the folds.
        ks: Mean KS over the folds.
        observed_expected: Defaults over expected defaults, all folds together.
        scorecard_auc: Mean AUC of the logistic scorecard on the same rows.
        difference: Mean AUC of the model less the scorecard's, with `low` and `high` at 95 %.
        p_value: Two-sided, paired DeLong; over folds, of the mean of their differences.
    """

    what: str
    demanded: str
    measured: str
    met: bool | None
    rows: int
    seconds: float
    trees: tuple[int, ...]
    auc: float
    ks: float
    observed_expected: float
    scorecard_auc: float
    difference: float
    low: float
    high: float
    p_value: float


def measure(protocol: Protocol) -> Figure:
    """Train and test as the protocol says."""
    table = read(protocol)
    folds = [learn(table, protocol, train, test) for train, test in protocol.split(table)]
    difference, low, high, p_value = _paired(folds)
    area = float(np.mean([auc(fold.y, fold.pd_model) for fold in folds]))
    gap = float(np.mean([ks(fold.y, fold.pd_model) for fold in folds]))
    level = sum(fold.y.sum() for fold in folds) / sum(fold.pd_model.sum() for fold in folds)
    beaten = difference > 0 and p_value < ALPHA
    said, met = _judge(protocol, area, gap, float(level), beaten)
    return Figure(
        what=protocol.what,
        demanded=protocol.demands.text(),
        measured=said,
        met=met,
        rows=len(table.y),
        seconds=sum(fold.seconds for fold in folds),
        trees=tuple(fold.trees for fold in folds),
        auc=area,
        ks=gap,
        observed_expected=float(level),
        scorecard_auc=float(np.mean([auc(fold.y, fold.pd_scorecard) for fold in folds])),
        difference=difference,
        low=low,
        high=high,
        p_value=p_value,
    )


def _paired(folds: list[Outcome]) -> tuple[float, float, float, float]:
    """Mean difference of the AUCs over folds with its interval and p-value.

    Test folds share no row; that their training rows overlap is left out of the interval.
    """
    each = [compare(fold.y, fold.pd_model, fold.pd_scorecard) for fold in folds]
    mean = float(np.mean([one.difference for one in each]))
    quantile = float(stats.norm.ppf(0.975))
    errors = np.array([(one.high - one.low) / (2 * quantile) for one in each])
    error = float(np.sqrt((errors**2).sum()) / len(each))
    p_value = float(2 * stats.norm.sf(abs(mean) / error))
    return mean, mean - quantile * error, mean + quantile * error, p_value


def _judge(
    protocol: Protocol, area: float, gap: float, level: float, beaten: bool
) -> tuple[str, bool | None]:
    demands = protocol.demands
    said, met = [f"AUC {area:.4f}"], [area >= demands.auc] if demands.auc else []
    if demands.ks:
        said.append(f"KS {gap:.4f}")
        met.append(gap >= demands.ks)
    if demands.level:
        said.append(f"O/E {level:.3f}")
        met.append(demands.level[0] <= level <= demands.level[1])
    if demands.beats_scorecard:
        said.append("scorecard beaten" if beaten else "scorecard not beaten")
        met.append(beaten)
    return ", ".join(said), all(met) if met else None


def markdown(figures: list[Figure]) -> Iterator[str]:
    """The table, line by line."""
    titles = (
        "What", "Demanded", "Measured", "Met", "Rows", "Seconds", "Trees", "KS", "O/E",
        "Scorecard AUC", "Model less scorecard", "p",
    )  # fmt: skip
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    for one in figures:
        cells = (
            one.what,
            one.demanded or "reported",
            one.measured,
            {True: "yes", False: "**no**", None: ""}[one.met],
            f"{one.rows:,}",
            f"{one.seconds:.1f}",
            f"{min(one.trees)}-{max(one.trees)}" if len(one.trees) > 1 else str(one.trees[0]),
            f"{one.ks:.4f}",
            f"{one.observed_expected:.3f}",
            f"{one.scorecard_auc:.4f}",
            f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]",
            f"{one.p_value:.3g}",
        )
        yield f"| {' | '.join(cells)} |"


def main() -> int:
    """Measure what was asked for; 1 where a figure is not met, 2 where data are absent."""
    names = sorted({protocol.name for protocol in protocols()})
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.figures")
    parser.add_argument("--only", choices=names, action="append", help="data set; may repeat")
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument("--more", action="store_true", help="other seeds of the splits as well")
    asked = parser.parse_args()
    chosen = [one for one in protocols(more=asked.more) if not asked.only or one.name in asked.only]
    missing = absent(chosen)
    if missing:
        print(missing, file=sys.stderr)
        return 2
    began = time.perf_counter()
    figures = []
    for protocol in chosen:
        print(f"{protocol.what} ...", file=sys.stderr, flush=True)
        figures.append(measure(protocol))
    print("\n".join(markdown(figures)))
    print(f"\n{time.perf_counter() - began:.0f} seconds in all.")
    for note in dict.fromkeys(one.note for one in chosen if one.note):
        print(f"\n{note}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in figures], indent=1), "utf-8")
    return 1 if any(one.met is False for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
