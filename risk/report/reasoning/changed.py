"""Two reasoning passes over the same applications: what differs, and because of what.

The causes themselves are `risk.report.reasoning.causes`.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.language import Text, catalogue
from risk.report.document import Chart, Figure, Kind, Remark, Table
from risk.report.evidence import Part, Reasoned
from risk.report.reasoning.causes import causes, differing
from risk.report.reasoning.opinions import ENDED
from risk.report.reasoning.reasoned import SAMPLE, CaseRow, ended, outcomes, share
from risk.validation.paired import Gain
from risk.validation.paired_shares import share_difference

FIGURES = ("changed_by_reasoning", "changed_by_score", "verified_difference", "moved_difference")
"""Figures that are missed where one of two runs was not reasoned about."""
NO_BOTH, TOO_FEW_BOTH = "no-both", "too-few-both"
_LEAST, _SHOWN = 20, 200
_DIRECTIONS = ("approve_refer", "refer_approve", "decline_refer", "refer_decline")
Mask = npt.NDArray[np.bool_]


class Changes(NamedTuple):
    """What two passes have in common, and what not.

    Attributes:
        both: Cases of both, one row each: `application_id`, and the other columns of
            `risk.report.reasoning.reasoned.CaseRow` with `_a` and `_b` behind them.
        changed: Those with another recommendation, with `causes` as well, joined by ";".
        alone: Cases that only one of them reasoned about.
        moved_alone: Those whose recommendation it moved.
    """

    both: pd.DataFrame
    changed: pd.DataFrame
    alone: int
    moved_alone: int

    @property
    def by_reasoning(self) -> pd.DataFrame:
        """The changed ones that the score alone would not have changed."""
        return self.changed[self.changed["causes"] != "score"]


def changes(a: Reasoned, b: Reasoned) -> Changes:
    """Put two passes beside each other, case by case."""
    frames = [each.cases.drop_duplicates("application_id") for each in (a, b)]
    both = frames[0].merge(frames[1], on="application_id", suffixes=("_a", "_b"))
    ids = pd.Index(both["application_id"])
    alone = pd.concat(
        [frame[ids.get_indexer(pd.Index(frame["application_id"])) < 0] for frame in frames]
    )
    changed = both[both["recommendation_a"] != both["recommendation_b"]]
    runs = differing(a.identity, b.identity)
    pairs = zip(_rows(changed, "_a"), _rows(changed, "_b"), strict=True)
    found = pd.Series([";".join(causes(*pair, runs)) for pair in pairs], changed.index, dtype="str")
    moved = alone["recommendation"] != alone["model_recommendation"]
    return Changes(both, changed.assign(causes=found), len(alone), int(moved.sum()))


def figures(found: Changes) -> Iterator[Figure]:
    """How much changed because of reasoning, and what the checks found in one and the other."""
    both, by_reasoning = found.both, found.by_reasoning
    count = partial(Figure, kind="count", sample=SAMPLE)
    yield count(key="cases_of_both", value=len(both))
    yield count(key="cases_of_one", value=found.alone)
    yield count(key="moved_of_one", value=found.moved_alone, rows=found.alone)
    by_score = len(found.changed) - len(by_reasoning)
    yield share("changed_by_reasoning", len(by_reasoning), len(both), NO_BOTH)
    yield share("changed_by_score", by_score, len(both), NO_BOTH)
    yield count(key="several_causes", value=_several(by_reasoning), rows=len(by_reasoning))
    yield from _differences(both)


def tables(found: Changes) -> Iterator[Table]:
    """The changes by cause and direction, whole; and the first of the cases themselves."""
    changed = found.by_reasoning
    if not len(changed):
        return
    direction = changed["recommendation_a"] + "_" + changed["recommendation_b"]
    counted = pd.crosstab(changed["causes"], direction).reindex(columns=_DIRECTIONS, fill_value=0)
    by_cause = counted.assign(
        cases=changed.groupby("causes").size(), cause=counted.index.map(_worded)
    )
    by_cause = by_cause.sort_values("cases", ascending=False, kind="stable")
    kinds: dict[str, Kind] = {
        "cause": "text",
        "cases": "count",
        **dict.fromkeys(_DIRECTIONS, "count"),
    }
    chart = Chart(kind="bars", label="cause", values=("cases",))
    yield Table.of("changed_by_cause", by_cause, kinds, sample=SAMPLE, chart=chart)
    yield _cases(changed)


def outcome_tables(found: Changes, part: Part) -> Iterator[Table]:
    """How cases ended that one pass moved and the other did not."""
    same = found.both["model_recommendation_a"] == found.both["model_recommendation_b"]
    both = found.both[same]
    if not len(both):
        return
    by = pd.DataFrame(
        {
            "model_recommendation": "recommendation." + both["model_recommendation_b"],
            "moved_in": _moved_in(*(_moved(both, side) for side in ("_a", "_b"))),
            "pd_model": both["pd_model_b"],
            "y": outcomes(both["application_id"], part),
        }
    )
    names = ["model_recommendation", "moved_in"]
    kinds: dict[str, Kind] = {**dict.fromkeys(names, "word"), **ENDED}
    yield Table.of("moved_pairs", ended(by, names), kinds, sample=SAMPLE)


def remarks(found: Changes) -> Iterator[Remark]:
    """How the causes are to be read."""
    changed = found.by_reasoning
    if not len(found.both):
        return
    if not len(changed):
        yield Remark(key="same_by_reasoning", values={"rows": len(found.both)})
        return
    yield Remark(key="causes_by_records")
    if several := _several(changed):
        yield Remark(key="several_causes", values={"rows": several, "all": len(changed)})


def _rows(cases: pd.DataFrame, side: str) -> Iterator[CaseRow]:
    """The rows of one side as they were read."""
    names = [name if name == "application_id" else name + side for name in CaseRow._fields]
    return map(CaseRow._make, cases[names].itertuples(index=False, name=None))


def _differences(both: pd.DataFrame) -> Iterator[Figure]:
    """Shares of the second less those of the first, on the cases of both."""
    replied: Mask = ((both["status_a"] != "pending") & (both["status_b"] != "pending")).to_numpy()
    claimed: Mask = ((both["claims_a"] > 0) & (both["claims_b"] > 0)).to_numpy()
    for key, sides, chosen in (
        ("verified_first_difference", [_held_first(both, each) for each in _SIDES], replied),
        ("verified_difference", [both["verified" + each] for each in _SIDES], replied),
        ("repaired_difference", [both["repaired" + each] for each in _SIDES], replied),
        ("moved_difference", [_moved(both, each) for each in _SIDES], np.ones(len(both), bool)),
    ):
        a, b = (side[chosen] for side in sides)
        few = len(a) < _LEAST
        yield _difference(key, len(a), None if few else share_difference(b, a), "mcnemar")
    struck = [(both["struck" + each] / both["claims" + each])[claimed] for each in _SIDES]
    gain = None if claimed.sum() < _LEAST else Gain.of_rows((struck[1] - struck[0]).to_numpy())
    yield _difference("struck_difference", int(claimed.sum()), gain, "normal-paired")


_SIDES = ("_a", "_b")


def _difference(key: str, rows: int, found: Gain | None, method: str) -> Figure:
    figure = partial(Figure, key=key, kind="share", sample=SAMPLE, rows=rows)
    if found is None:
        return figure(because=TOO_FEW_BOTH)
    return figure(
        value=found.difference, low=found.low, high=found.high, p_value=found.p_value, method=method
    )


def _held_first(both: pd.DataFrame, side: str) -> pd.Series:
    return both["verified" + side] & ~both["repaired" + side]


def _moved(both: pd.DataFrame, side: str) -> pd.Series:
    return both["recommendation" + side] != both["model_recommendation" + side]


def _moved_in(first: pd.Series, second: pd.Series) -> npt.NDArray[np.str_]:
    names = ["moved_in.both", "moved_in.first", "moved_in.second"]
    return np.select([first & second, first, second], names, "moved_in.neither")


def _cases(changed: pd.DataFrame) -> Table:
    """The cases, those of rare causes first and then by falling PD."""
    often = changed.groupby("causes")["causes"].transform("size")
    order = changed.assign(often=often).sort_values(
        ["often", "pd_model_b"], ascending=[True, False], kind="stable"
    )
    shown = order.head(_SHOWN)
    shown = shown.assign(cause=shown["causes"].map(_worded))
    recommended = ("recommendation_a", "recommendation_b", "model_recommendation")
    shown["model_recommendation"] = shown["model_recommendation_b"]
    for name in recommended:
        shown[name] = "recommendation." + shown[name]
    for name in ("opinion_a", "opinion_b"):
        shown[name] = "opinion." + shown[name]
    kinds: dict[str, Kind] = {
        "application_id": "text",
        **dict.fromkeys(recommended, "word"),
        "cause": "text",
        **dict.fromkeys(("opinion_a", "opinion_b"), "word"),
        **dict.fromkeys(("struck_a", "struck_b"), "count"),
    }
    left_out = len(changed) - len(shown)
    return Table.of("changed_cases", shown, kinds, sample=SAMPLE, left_out=left_out)


def _several(changed: pd.DataFrame) -> int:
    """Cases with more than one cause."""
    return int(changed["causes"].str.contains(";", regex=False).sum())


def _worded(found: str) -> Text:
    """Joined causes as a cell: a word each, in both languages."""
    texts = catalogue("risk.report").texts
    words = [texts[f"word.cause.{cause}"] for cause in found.split(";")]
    return Text(zh="、".join(w.zh for w in words), en=", ".join(w.en for w in words))
