"""Which reasons are given to those who are not approved, then and now, or by two models.

Its figures and tables stand in the section on explanations.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.language import Text
from risk.reasons import groups, ranked
from risk.report.document import Chart, Figure, Kind, Section, Table
from risk.report.evidence import NO_DEVELOPMENT, NO_MODEL, Evidence, Names, Pair, Part
from risk.validation.calibration import jeffreys_interval
from risk.validation.explanations import agreement, frequency, shift
from risk.validation.outcomes import LEAST_OF_EACH, mean_interval
from risk.wording import label

KEY = "given"
FEW_REFUSED = "few-refused"
_SHOWN = 20


def given(evidence: Evidence) -> Section:
    """How often each reason is given, and whether that has moved since development."""
    refused, development = _refused(evidence.current), evidence.development
    figure = partial(Figure, sample=refused.name, rows=len(refused))
    if lacks := _lacks(refused):
        names = ("reason_shift", "no_reason")
        return Section(key=KEY, figures=tuple(figure(key=each, because=lacks) for each in names))
    parts = {"current": refused}
    if development is not None and development is not evidence.current:
        parts = {"development": _refused(development), **parts}
    counted = {
        name: frequency(part.reasons, [*groups(evidence.dictionary), ""])
        for name, part in parts.items()
    }
    table = _table("reason_codes", parts, counted, evidence.dictionary)
    figures = (_shift(evidence, parts, counted), _without(refused))
    return Section(key=KEY, figures=figures, tables=(table,))


def both_given(pair: Pair) -> Section:
    """Whether both give the same reasons to those whom neither approves."""
    first, second = pair.current
    neither = ~first.approved & ~second.approved
    figure = partial(Figure, kind="share", sample=second.name, rows=int(neither.sum()))
    lacks = _lacks(first, second) or ("" if neither.sum() >= LEAST_OF_EACH else FEW_REFUSED)
    if lacks:
        names = ("same_first_pair", "same_overlap_pair")
        return Section(key=KEY, figures=tuple(figure(key=each, because=lacks) for each in names))
    same = agreement(first.reasons[neither], second.reasons[neither])
    figures = [
        figure(key=f"same_{key}_pair", method="mean-of-rows", **mean_interval(values)._asdict())
        for key, values in same._asdict().items()
    ]
    return Section(key=KEY, figures=tuple(figures), tables=(_side_by_side(pair),))


def told(contributions: FloatArray, dictionary: DataDictionary, count: int) -> Names:
    """Reason codes of each row, the largest first and empty where there is none, (n, count)."""
    codes = np.array([*groups(dictionary), ""], dtype=np.str_)
    named: Names = codes[ranked(contributions, dictionary, count).groups.T]
    return named


def _refused(part: Part) -> Part:
    return part.take(~part.approved)


def _lacks(*parts: Part) -> str:
    """Why nothing is known of the reasons of some rows."""
    if not all(part.reasons.shape[1] for part in parts):
        return NO_MODEL
    return FEW_REFUSED if any(len(part) < LEAST_OF_EACH for part in parts) else ""


def _shift(
    evidence: Evidence, parts: Mapping[str, Part], counted: Mapping[str, pd.DataFrame]
) -> Figure:
    """PSI of the first reasons, judged where it is no chance."""
    refused = parts["current"]
    figure = partial(Figure, key="reason_shift", kind="index", sample=refused.name)
    lacks = _lacks(parts["development"]) if "development" in parts else NO_DEVELOPMENT
    if lacks:
        return figure(rows=len(refused), because=lacks)
    found = shift(*(counted[each]["first"].to_numpy() for each in ("development", "current")))
    limits = evidence.limits
    told = figure(rows=len(refused), value=found.psi, p_value=found.p_value, method="homogeneity")
    return limits.where_proven(told, limits.psi)


def _without(refused: Part) -> Figure:
    """Refused without a reason of the model's: by a hard rule, or by many small ones."""
    none = int((refused.reasons == "").all(axis=1).sum())
    low, high = jeffreys_interval(none, len(refused))
    return Figure(
        key="no_reason",
        value=none / len(refused),
        kind="share",
        sample=refused.name,
        rows=len(refused),
        low=float(low),
        high=float(high),
        method="jeffreys",
    )


def _table(
    key: str,
    parts: Mapping[str, Part],
    counted: Mapping[str, pd.DataFrame],
    *dictionaries: DataDictionary,
) -> Table:
    """How often each code stands first, and among all that are given, most often first."""
    columns = {
        f"{which}_{name}": table[which] / max(len(parts[name]), 1)
        for which in ("first", "among")
        for name, table in counted.items()
    }
    frame = pd.DataFrame(columns).drop(index="")
    last = f"first_{[*parts][-1]}"
    frame = frame[(frame > 0).any(axis=1)].sort_values(last, ascending=False, kind="stable")
    frame["reason_code"] = frame.index.map(lambda code: _named(code, dictionaries))
    drawn = tuple(f"first_{name}" for name in parts)
    chart = Chart(kind="bars", label="reason_code", values=drawn)
    kinds: dict[str, Kind] = {"reason_code": "text", **dict.fromkeys(columns, "share")}
    sample, left_out = parts[[*parts][-1]].name, max(0, len(frame) - _SHOWN)
    return Table.of(key, frame.head(_SHOWN), kinds, sample=sample, chart=chart, left_out=left_out)


def _named(code: str, dictionaries: tuple[DataDictionary, ...]) -> Text | str:
    """By the first dictionary that knows it; a delivered run may give one that none knows now."""
    known = next((each for each in dictionaries if code in groups(each)), None)
    return code if known is None else label(code, known)


def _side_by_side(pair: Pair) -> Table:
    dictionaries = [side.dictionary for side in pair.sides]
    parts = dict(zip("ab", map(_refused, pair.current), strict=True))
    given = (code for part in parts.values() for code in np.unique(part.reasons).tolist())
    known = (code for each in dictionaries for code in groups(each))
    codes = [*dict.fromkeys([*known, *given, ""])]
    counted = {name: frequency(part.reasons, codes) for name, part in parts.items()}
    return _table("reason_codes_pair", parts, counted, *dictionaries)
