"""What reasoning adds over the model alone, by the paired contest of an evaluation."""

from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from risk.report.document import Cell, Figure, Kind, Remark, Table
from risk.validation.reasoning import Comparison, Gains, Standing

NO_EVALUATION, TOO_FEW_EVALUATED = "no-evaluation", "too-few-evaluated"
JUDGED, CONTESTANT = "later", "opinion"
"""The rows that judge, and who is judged on them."""
_SHOWN = ("auc", "brier_at_level")
_METHODS = {
    "auc": "delong-paired",
    "brier": "normal-paired",
    "brier_at_level": "normal-paired",
    "log_loss": "normal-paired",
}


def figures(comparisons: Sequence[Comparison]) -> Iterator[Figure]:
    """What opinions gain on the rows that judge; above 0 is for the better."""
    judged = _judged(comparisons)
    gains = _gains(judged)
    for name, method in _METHODS.items():
        figure = partial(Figure, key=f"opinion_{name}_gain", sample=f"evaluated_{JUDGED}")
        if judged is None:
            yield figure(because=NO_EVALUATION)
            continue
        figure = partial(figure, rows=judged.rows, bads=judged.bads)
        if gains is None:
            yield figure(because=TOO_FEW_EVALUATED)
            continue
        gain = gains.each()[name]
        yield figure(
            value=gain.difference,
            low=gain.low,
            high=gain.high,
            p_value=gain.p_value,
            method=method,
        )


def tables(comparisons: Sequence[Comparison]) -> Iterator[Table]:
    """Every contestant on every set of rows."""
    rows = [
        row
        for each in comparisons
        for one in each.standings
        if (row := _row(each, one)) is not None
    ]
    if rows:
        kinds: dict[str, Kind] = {
            "subset": "word",
            "contestant": "word",
            "rows": "count",
            "bads": "count",
            "concerns": "count",
            **{f"{gain}_{part}": "number" for gain in _SHOWN for part in ("gain", "low", "high")},
        }
        yield Table.of("added", pd.DataFrame(rows), kinds)


def remarks(comparisons: Sequence[Comparison]) -> Iterator[Remark]:
    """Whether anything is gained, in a sentence."""
    judged = _judged(comparisons)
    gains = _gains(judged)
    if judged is None or gains is None:
        return
    yield Remark(
        key=f"reasoning_{gains.verdict}",
        values={"rows": judged.rows, "bads": judged.bads, "concerns": judged.concerns},
        kinds={"rows": "count", "bads": "count", "concerns": "count"},
    )


def _judged(comparisons: Sequence[Comparison]) -> Comparison | None:
    return next((each for each in comparisons if each.subset == JUDGED), None)


def _gains(judged: Comparison | None) -> Gains | None:
    standing = judged.of(CONTESTANT) if judged else None
    return standing.gains if standing else None


def _row(compared: Comparison, one: Standing) -> dict[str, Cell] | None:
    """A contestant's gains; None for the model alone, which others are held against."""
    if one.gains is None:
        return None
    row: dict[str, Cell] = {
        "subset": f"sample.evaluated_{compared.subset}",
        "contestant": f"contestant.{one.contestant}",
        "rows": compared.rows,
        "bads": compared.bads,
        "concerns": compared.concerns,
    }
    for name in _SHOWN:
        gain = one.gains.each()[name]
        row |= {
            f"{name}_gain": gain.difference,
            f"{name}_low": gain.low,
            f"{name}_high": gain.high,
        }
    return row
