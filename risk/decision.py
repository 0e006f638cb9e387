"""From a score to a recommendation: the ratchet for opinions.

The model and the policy decide. A reasoning opinion can only hand a case to a person: approve to
refer and decline to refer. Nothing it says can approve, and it cannot decline what was approved.
"""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described

from risk.policy import Policy, Recommendation
from risk.reasoning.claims import NoOpinion, Opinion
from risk.reasoning.findings import Finding, suspects_instruction


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Strict):
    """One contribution to a score that is worth naming.

    Attributes:
        rank: 1 for the largest.
        code: Key of a group, or name of a field.
        field: The field that leads the group; the code itself where there is no group.
        contribution: Log-odds of default it adds; negative where it lowers the risk.
    """

    rank: int = Described(ge=1)
    code: str
    field: str
    contribution: float


class Score(_Strict):
    """The score of one application, as one case needs it; tables of scores stay columnar.

    Attributes:
        application_id: The application.
        pd_model: Calibrated probability of default, in [0, 1].
        points: Scorecard points; more is safer.
        grade: Grade of the master scale.
        recommendation: Of the model and the policy's hard rules together.
        rules: Names of the hard rules that were hit.
        reasons: What raises the risk, the largest first: the reason codes.
        protective: What lowers the risk, the largest first; contributions are negative.
    """

    application_id: str
    pd_model: float = Described(ge=0, le=1)
    points: float
    grade: str
    recommendation: Recommendation
    rules: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    protective: tuple[Reason, ...] = ()

    @model_validator(mode="after")
    def _rules_stand_above_the_model(self) -> Self:
        if self.rules and self.recommendation is Recommendation.APPROVE:
            raise ValueError("an application that hit a hard rule is not approved")
        return self


class Decision(_Strict):
    """A recommendation and how it came about.

    Attributes:
        recommendation: What is recommended in the end.
        model_recommendation: What model and hard rules recommended.
        causes: What led there, in order: `score`, `rule:<name>`, `opinion`,
            `suspected-instruction`.
    """

    recommendation: Recommendation
    model_recommendation: Recommendation
    causes: tuple[str, ...]


def decide(
    score: Score,
    opinion: Opinion | NoOpinion | None,
    findings: Sequence[Finding],
    policy: Policy,
) -> Decision:
    """Combine score, opinion and findings; the ratchet.

    A concern hands an approved case to a person unless it says that the file looks safer, and a
    declined one unless it says that the file looks riskier. A suspected instruction in a
    document does so for an approved case, and takes the opinion its voice on a declined one:
    whoever wrote the instruction may have written the opinion.

    Returns:
        `refer` or the score's own recommendation, never anything else; a decline by hard rule
        stands.
    """
    start = score.recommendation
    causes = ["score", *(f"rule:{name}" for name in score.rules)]
    suspected = suspects_instruction(tuple(findings))
    concern = isinstance(opinion, Opinion) and opinion.stance == "concern"
    side = opinion.direction if isinstance(opinion, Opinion) else "neutral"
    end = start
    if start is Recommendation.APPROVE:
        moved = [("suspected-instruction", suspected), ("opinion", concern and side != "lowers")]
        causes += [cause for cause, holds in moved if holds]
        end = Recommendation.REFER if any(holds for _, holds in moved) else start
    movable = start is Recommendation.DECLINE and not suspected and not _bound(score, policy)
    if movable and concern and side != "raises":
        causes.append("opinion")
        end = Recommendation.REFER
    return Decision(recommendation=end, model_recommendation=start, causes=tuple(causes))


def _bound(score: Score, policy: Policy) -> bool:
    """Whether a hard rule declined; a rule the policy does not know is taken to have."""
    referring = {r.name for r in policy.rules if r.decision == Recommendation.REFER}
    return any(name not in referring for name in score.rules)
