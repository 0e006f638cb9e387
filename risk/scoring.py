"""The fast path: accepted applications to scores, column by column, never row by row."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.encoding import FloatArray, encode
from risk.decision import Reason, Score
from risk.model import PDModel
from risk.policy import Policy, Recommendation
from risk.reasons import Reasons, check_additivity, groups, reasons


class Scorer:
    """A model and a policy, ready to score frames.

    Args:
        model: The PD model.
        policy: Where approval ends and decline begins, and the rules above both.
        reasons_for: `adverse` explains what is not approved; `all` explains every row, at a cost
            of rows x references x trees.
        count: Most reasons a row can have.

    Raises:
        DataError: A hard rule looks at a field it may not use.
        ModelError: A reason code of the dictionary is ambiguous.
    """

    def __init__(
        self,
        model: PDModel,
        policy: Policy,
        reasons_for: Literal["adverse", "all"] = "adverse",
        count: int = 4,
    ) -> None:
        """Check policy and dictionary against each other before the first row comes."""
        policy.fits(model.dictionary)
        groups(model.dictionary)
        self.model, self.policy = model, policy
        self.reasons_for, self.count = reasons_for, count

    def score(self, accepted: pd.DataFrame) -> pd.DataFrame:
        """Score the accepted frame of `features.intake.check`.

        Returns:
            One row for each of the given ones, under the same index: `application_id`, `pd`,
            `points`, `grade`, `decision`, `rules` (joined by ";"), `base` and `raw` (log-odds
            before calibration), `reason_1` .. (code, empty where there is none) and
            `contribution_1` .. (log-odds, NaN where there is none).

        Raises:
            DataError: A column is missing.
            ModelError: Contributions of a row do not add up to its score.
        """
        scored = self._score(accepted)
        explained = (scored.decision != Recommendation.APPROVE) | (self.reasons_for == "all")
        contributions = self._contributions(scored.x[explained], scored.raw[explained])
        found = reasons(contributions, scored.x[explained], self.model.dictionary, self.count)
        columns = {
            "application_id": accepted["application_id"].to_numpy(),
            "pd": scored.pd_,
            "points": scored.points,
            "grade": scored.grade,
            "decision": scored.decision,
            "rules": scored.rules,
            "base": np.full(len(accepted), self.model.base),
            "raw": scored.raw,
        }
        for rank in range(self.count):
            codes = np.full(len(accepted), "", dtype=object)
            values = np.full(len(accepted), np.nan)
            codes[explained], values[explained] = found.codes[:, rank], found.values[:, rank]
            columns |= {f"reason_{rank + 1}": codes, f"contribution_{rank + 1}": values}
        text = ["application_id", "grade", "decision", "rules"]
        text += [f"reason_{rank + 1}" for rank in range(self.count)]
        return pd.DataFrame(columns, index=accepted.index).astype(dict.fromkeys(text, "str"))

    def cases(self, accepted: pd.DataFrame) -> tuple[Score, ...]:
        """Full scores of a few applications, for the slow path; every one is explained.

        Raises:
            DataError: A column is missing.
            ModelError: Contributions of a row do not add up to its score.
        """
        scored = self._score(accepted)
        contributions = self._contributions(scored.x, scored.raw)
        dictionary = self.model.dictionary
        adverse = reasons(contributions, scored.x, dictionary, self.count)
        protective = reasons(contributions, scored.x, dictionary, self.count, "protective")
        return tuple(
            Score(
                application_id=str(application_id),
                pd_model=scored.pd_[row],
                points=scored.points[row],
                grade=str(scored.grade[row]),
                recommendation=Recommendation(scored.decision[row]),
                rules=tuple(name for name in scored.rules[row].split(";") if name),
                reasons=_listed(adverse, row),
                protective=_listed(protective, row),
            )
            for row, application_id in enumerate(accepted["application_id"])
        )

    def _score(self, accepted: pd.DataFrame) -> "_Scored":
        model = self.model
        x = encode(accepted, model.dictionary)
        raw = model.raw(x)
        pd_ = model.calibration.apply(raw)
        points = model.scaling.points(pd_)
        decision, rules = self.policy.recommend(pd_, points, accepted)
        return _Scored(x, raw, pd_, points, model.scaling.grade(pd_), decision, rules)

    def _contributions(self, x: FloatArray, raw: FloatArray) -> FloatArray:
        contributions = self.model.contributions(x)
        check_additivity(contributions, self.model.base, raw)
        return contributions


class _Scored(NamedTuple):
    x: FloatArray
    raw: FloatArray
    pd_: FloatArray
    points: FloatArray
    grade: NDArray[np.str_]
    decision: NDArray[np.str_]
    rules: NDArray[np.str_]


def _listed(found: Reasons, row: int) -> tuple[Reason, ...]:
    return tuple(
        Reason(rank=rank + 1, code=code, field=found.fields[row, rank], contribution=value)
        for rank, (code, value) in enumerate(zip(found.codes[row], found.values[row], strict=True))
        if code
    )
