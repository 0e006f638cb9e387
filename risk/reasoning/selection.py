"""Which scored applications are reasoned about, in which order of urgency, and why.

Looks at the table of scores and at alarms given with it; reading documents for alarms belongs to
`risk.alarms`, asking about the chosen cases to `risk.reasoning.reasoner`.
"""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Why = Literal[
    "alarm", "document-alarm", "refer", "approve", "audit", "decline", "over-limit", "not-chosen"
]


class Selection(BaseModel):
    """Which scored applications are reasoned about.

    Attributes:
        recommendations: Those whose recommendation is one of these.
        alarms: Those that hit a hard rule, whatever came of it.
        document_alarms: Those whose documents seem to give orders to their reader, whatever is
            recommended; costs one more reading of the source.
        audit_share: A random share of all others, so that approvals are looked at too.
        seed: Of the random sample; an application is in it or not whatever batch it comes in.
        limit: Most cases per call; None for all. What is over it is recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recommendations: tuple[Literal["approve", "refer", "decline"], ...] = ("refer", "decline")
    alarms: bool = True
    document_alarms: bool = True
    audit_share: float = Field(default=0.02, ge=0, le=1)
    seed: int = Field(default=0, ge=0)
    limit: int | None = Field(default=None, ge=0)


# Under a limit the audit sample goes before declines, or it would never be looked at.
_PRIORITY: tuple[Why, ...] = ("alarm", "document-alarm", "refer", "approve", "audit", "decline")


class Urgency(NamedTuple):
    """How urgent a case is: the smaller, the more urgent.

    Attributes:
        place: Of its class.
        within: Its place in the class.
        lot: Parts those that are alike in both.
    """

    place: float
    within: float
    lot: float


_NOBODY, _EVERYBODY = Urgency(-np.inf, 0, 0), Urgency(np.inf, 0, 0)


def select(
    scores: pd.DataFrame,
    selection: Selection,
    flagged: Collection[str] = (),
    last: Urgency | None = None,
) -> pd.DataFrame:
    """Choose the cases to reason about.

    Under a limit the classes go in the order alarm, document alarm, refer, approve, audit,
    decline. Within a class the riskiest go first, and of the declined the least risky: nearest
    to the cut-off, where a look is most likely to change something. The audit sample goes by its
    own lot, so that it stays a random one. The order of the rows does not matter.

    Args:
        scores: `application_id`, `decision` and `rules` of n scored applications; under a limit
            also `pd`.
        selection: What to choose.
        flagged: Ids of applications whose documents raise an alarm, as found by `risk.alarms`.
        last: What is less urgent is over the limit, where these are a part of the scores only;
            None takes them for the whole.

    Returns:
        n rows with the index of `scores`: `application_id`, `selected`, and `why`: `alarm`,
        `document-alarm`, a recommendation, or `audit` where one is chosen; `over-limit` or
        `not-chosen` where not.

    Example:
        >>> scores = pd.DataFrame(
        ...     {"application_id": ["a", "b"], "decision": ["refer", "approve"], "rules": ["", ""]}
        ... )
        >>> select(scores, Selection(audit_share=0))["why"].tolist()
        ['refer', 'not-chosen']
    """
    why, lots = _classed(scores, selection, flagged)
    chosen = why != ""
    if selection.limit is not None:
        last = last or last_kept([scores], selection, flagged)
        over = chosen & _beyond(_urgency(why, scores, lots), last)
        why[over], chosen[over] = "over-limit", False
    table = {"application_id": scores["application_id"], "selected": chosen}
    return pd.DataFrame(
        {**table, "why": np.where(why == "", "not-chosen", why)}, index=scores.index
    )


def last_kept(
    parts: Iterable[pd.DataFrame], selection: Selection, flagged: Collection[str] = ()
) -> Urgency:
    """The least urgent case within the limit, over all parts of the scores, each read once.

    Holds no more cases than the limit, and one part.
    """
    limit = selection.limit
    if limit is None:
        return _EVERYBODY
    best = np.empty((0, 3))
    for part in parts:
        why, lots = _classed(part, selection, flagged)
        best = np.concatenate([best, _urgency(why, part, lots)[why != ""]])
        best = best[np.lexsort(best.T[::-1])][:limit]
    if limit == 0:
        return _NOBODY
    return Urgency(*best[-1]) if len(best) == limit else _EVERYBODY


def _classed(
    scores: pd.DataFrame, selection: Selection, flagged: Collection[str]
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Why each application would be chosen, empty where it would not, and its lot."""
    lots = _lots(scores["application_id"], selection)
    why = np.where(lots < selection.audit_share, "audit", "").astype(object)
    decision = scores["decision"].to_numpy(dtype=str)
    why = np.where(np.isin(decision, selection.recommendations), decision, why)
    if selection.document_alarms and len(flagged):
        why = np.where(scores["application_id"].isin(list(flagged)), "document-alarm", why)
    if selection.alarms:
        why = np.where(scores["rules"].to_numpy(dtype=str) != "", "alarm", why)
    return why.astype(object), lots


def _urgency(
    why: NDArray[np.object_], scores: pd.DataFrame, lots: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One `Urgency` a row, shape (n, 3)."""
    pd_model = scores["pd"].to_numpy(np.float64)
    places = [why == reason for reason in _PRIORITY]
    classes = np.select(places, range(len(places)), len(places))
    within = np.select([why == "audit", why == "decline"], [lots, pd_model], -pd_model)
    return np.column_stack([classes, within, lots])


def _beyond(urgency: NDArray[np.float64], last: Urgency) -> NDArray[np.bool_]:
    """Whether each row is less urgent than the last one kept."""
    place, within, lot = urgency.T
    later = (within > last.within) | ((within == last.within) & (lot > last.lot))
    beyond: NDArray[np.bool_] = (place > last.place) | ((place == last.place) & later)
    return beyond


def _lots(ids: pd.Series, selection: Selection) -> NDArray[np.float64]:
    """A lot in [0, 1) for each application: a keyed hash of its id, so that batches do not matter.

    Those below the audit share are the audit sample.
    """
    key = f"{selection.seed % 10**16:016d}"
    hashed = pd.util.hash_array(ids.to_numpy(dtype=object), hash_key=key, categorize=False)
    return np.asarray(hashed.astype(np.float64) / 2.0**64)
