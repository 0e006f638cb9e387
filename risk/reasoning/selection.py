"""Which scored applications are reasoned about, in which order of urgency, and why.

Looks at the table of scores and at alarms given with it; reading documents for alarms belongs to
`risk.alarms`, asking about the chosen cases to `risk.reasoning.reasoner`.
"""

from collections.abc import Collection
from typing import Literal

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


def select(
    scores: pd.DataFrame, selection: Selection, flagged: Collection[str] = ()
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
    lots = _lots(scores["application_id"], selection)
    why = np.where(lots < selection.audit_share, "audit", "").astype(object)
    decision = scores["decision"].to_numpy(dtype=str)
    why = np.where(np.isin(decision, selection.recommendations), decision, why)
    if selection.document_alarms and len(flagged):
        why = np.where(scores["application_id"].isin(list(flagged)), "document-alarm", why)
    if selection.alarms:
        why = np.where(scores["rules"].to_numpy(dtype=str) != "", "alarm", why)
    chosen = why != ""
    if selection.limit is not None and chosen.sum() > selection.limit:
        over = _by_urgency(why, scores["pd"].to_numpy(np.float64), lots)[selection.limit :]
        why[over] = np.where(chosen[over], "over-limit", "")
        chosen[over] = False
    table = {"application_id": scores["application_id"], "selected": chosen}
    return pd.DataFrame(
        {**table, "why": np.where(why == "", "not-chosen", why)}, index=scores.index
    )


def _by_urgency(
    why: NDArray[np.object_], pd_model: NDArray[np.float64], lots: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Places of all rows, the most urgent first."""
    places = [why == reason for reason in _PRIORITY]
    classes = np.select(places, range(len(places)), len(places))
    within = np.select([why == "audit", why == "decline"], [lots, pd_model], -pd_model)
    return np.lexsort((lots, within, classes))


def _lots(ids: pd.Series, selection: Selection) -> NDArray[np.float64]:
    """A lot in [0, 1) for each application: a keyed hash of its id, so that batches do not matter.

    Those below the audit share are the audit sample.
    """
    key = f"{selection.seed % 10**16:016d}"
    hashed = pd.util.hash_array(ids.to_numpy(dtype=object), hash_key=key, categorize=False)
    return np.asarray(hashed.astype(np.float64) / 2.0**64)
