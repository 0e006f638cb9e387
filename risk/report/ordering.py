"""Whether bad rates rise with the grade, and what approving the safest would have brought."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from risk.report.beside import beside
from risk.report.document import Chart, Figure, Kind, Section, Table
from risk.report.evidence import Evidence, Pair, Part
from risk.validation.multiplicity import holm
from risk.validation.ordering import inversions
from risk.validation.rates import bad_rates
from risk.validation.swapset import exchange, gains, swap_set

KEY = "ordering"
ONE_FILLED = "one-filled-grade"
_TENTHS = tuple(n / 10 for n in range(1, 11))
_PAIRS = 60


def validated(evidence: Evidence) -> Section:
    """Bad rate of each grade, pairs of grades that may be the wrong way round, and gains."""
    own = _ordered(evidence)
    return own.model_copy(update={"tables": (*own.tables, *_gains(evidence))})


def compared(pair: Pair) -> Section:
    """The same of both models, and their bad rates at equal approval rates."""
    both = beside(pair, _ordered)
    return both.model_copy(update={"tables": (*_equal_rates(pair), *both.tables)})


def _ordered(evidence: Evidence) -> Section:
    """The grades of one model by themselves."""
    part = evidence.current
    if part.lacks:
        return Section(key=KEY, figures=(_untold(part, part.lacks),))
    grades = _graded(evidence)
    pairs = _paired(evidence, grades)
    if not len(pairs):
        told = _untold(part, ONE_FILLED)
        return Section(key=KEY, figures=(told,), tables=(_rates(part, grades),))
    figure = _inverted(evidence, pairs)
    return Section(key=KEY, figures=(figure,), tables=(_rates(part, grades), _pairs(part, pairs)))


def _graded(evidence: Evidence) -> pd.DataFrame:
    """Rows and bad rate of each grade, the safest first, empty ones too."""
    ended = evidence.current.ended
    place = pd.Index(evidence.grades).get_indexer(pd.Index(ended.grade))
    known = place >= 0
    table = bad_rates(ended.y[known], place[known], len(evidence.grades))
    return table.assign(grade=evidence.grades)


def _paired(evidence: Evidence, grades: pd.DataFrame) -> pd.DataFrame:
    """Every pair of grades with rows, with its light; the surest inversion first."""
    pairs = inversions(grades["bads"], grades["rows"])
    limits, names = evidence.limits, np.array(evidence.grades, dtype=object)
    tests = zip(pairs["ratio"], pairs["p_adjusted"], strict=True)
    off = [limits.proven(max(1.0, ratio), p, limits.inversion, 1.0) for ratio, p in tests]
    table = pairs.assign(
        off=off,
        lights=[limits.inversion.light(each) for each in off],
        safer=names[pairs["safer"]],
        riskier=names[pairs["riskier"]],
    )
    return table.sort_values("p_value", kind="stable")


def _figure(part: Part) -> "partial[Figure]":
    return partial(
        Figure,
        key="inversions",
        kind="count",
        sample=part.name,
        rows=len(part.ended),
        bads=part.bads,
    )


def _untold(part: Part, lacks: str) -> Figure:
    return _figure(part)(because=lacks)


def _inverted(evidence: Evidence, pairs: pd.DataFrame) -> Figure:
    """Pairs of grades the wrong way round, judged by the farthest that is proven."""
    surest, inverted = float(pairs["p_adjusted"].min()), int((pairs["difference"] < 0).sum())
    told = _figure(evidence.current)(value=inverted, p_value=surest, method="mid-p-holm")
    return told.against(evidence.limits.inversion, float(pairs["off"].max()))


def _rates(part: Part, grades: pd.DataFrame) -> Table:
    kinds: dict[str, Kind] = {"grade": "text", "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("bad_rate", "low", "high"), "share")
    chart = Chart(kind="intervals", label="grade", values=("bad_rate",), low="low", high="high")
    return Table.of("grade_rates", grades, kinds, sample=part.name, chart=chart)


def _pairs(part: Part, pairs: pd.DataFrame) -> Table:
    """Neighbours, and whichever else are the wrong way round."""
    shown = pairs[pairs["adjacent"] | (pairs["difference"] < 0)]
    shown = shown.rename(columns={"low": "difference_low", "high": "difference_high"})
    shares = ("safer_rate", "riskier_rate", "difference", "difference_low", "difference_high")
    kinds: dict[str, Kind] = {"safer": "text", "riskier": "text"}
    kinds |= {**dict.fromkeys(shares, "share"), "p_value": "p", "p_adjusted": "p"}
    left_out = max(0, len(shown) - _PAIRS)
    return Table.of("grade_pairs", shown.head(_PAIRS), kinds, sample=part.name, left_out=left_out)


def _gains(evidence: Evidence) -> Iterator[Table]:
    part = evidence.current
    if part.lacks:
        return
    ended = part.ended
    table = gains(ended.y, ended.pd_, _TENTHS).rename(columns={"rate": "approval_rate"})
    kinds: dict[str, Kind] = {"approval_rate": "share", "rows": "count", "bads": "count"}
    shares = ("bad_rate", "low", "high", "bads_refused", "goods_refused")
    kinds |= dict.fromkeys(shares, "share")
    chart = Chart(
        kind="intervals", label="approval_rate", values=("bad_rate",), low="low", high="high"
    )
    yield Table.of("gains", table, kinds, sample=part.name, chart=chart)


def _equal_rates(pair: Pair) -> Iterator[Table]:
    """Both at the same approval rates, and the bads that the second keeps out of the book."""
    part = pair.b.current
    if part.lacks:
        return
    table = pd.DataFrame([_at(pair, rate) for rate in _TENTHS[:-1]])
    table = table.assign(p_adjusted=holm(table["p_value"]))
    kinds: dict[str, Kind] = {"approval_rate": "share", "rows": "count"}
    kinds |= dict.fromkeys(("bad_rate_a", "bad_rate_b"), "share")
    kinds |= dict.fromkeys(("avoided", "avoided_low", "avoided_high"), "count")
    kinds |= {"p_value": "p", "p_adjusted": "p"}
    chart = Chart(kind="lines", label="approval_rate", values=("bad_rate_a", "bad_rate_b"))
    yield Table.of("equal_rates", table, kinds, sample=part.name, chart=chart)


def _at(pair: Pair, rate: float) -> dict[str, float]:
    """Both models at one approval rate."""
    first, second = (part.ended for part in pair.current)
    swapped = swap_set(second.y, first.pd_, second.pd_, rate).table
    found, cells = exchange(swapped), swapped.set_index("cell")
    rows = int(cells.loc[["both", "swapped_in"], "rows"].sum())
    bads = [cells.loc[["both", own], "bads"].sum() for own in ("swapped_out", "swapped_in")]
    return {
        "approval_rate": rate,
        "rows": rows,
        "bad_rate_a": bads[0] / rows,
        "bad_rate_b": bads[1] / rows,
        "avoided": found.avoided,
        "avoided_low": found.low,
        "avoided_high": found.high,
        "p_value": found.p_value,
    }
