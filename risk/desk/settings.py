"""How a portfolio's desk works, and what follows from that for one case."""

import math
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described

from features.language import Text
from risk.policy import Recommendation

Outcome = Literal["approve", "decline"]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""What priorities count from; another moment would move all of them by the same."""


class OverrideReason(BaseModel):
    """Why people decide otherwise than the model.

    Attributes:
        code: Its name in the log and in reports.
        label: What people call it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Described(pattern=r"^[\w-]+$")
    label: Text


def _reason(code: str, zh: str, en: str) -> OverrideReason:
    return OverrideReason(code=code, label=Text(zh=zh, en=en))


_REASONS = (
    _reason("income-verified", "收入已另行核实", "Income verified by other evidence"),
    _reason("security", "抵质押或保证足以覆盖风险", "Collateral or guarantee covers the risk"),
    _reason("record", "在本行还款记录良好", "Good repayment record with this bank"),
    _reason("data-error", "申请或征信数据有误", "Application or credit bureau data are wrong"),
    _reason("hidden-debt", "存在未披露的负债", "Debts that were not disclosed"),
    _reason("documents", "申请材料真实性存疑", "Documents whose authenticity is in doubt"),
    _reason("policy", "不符合授信政策", "Outside the credit policy"),
    _reason("other", "其他(在审批意见中说明)", "Other, as the comment explains"),
)


class DeskSettings(BaseModel):
    """How a portfolio's desk works: the `[review]` table of `risk.toml`.

    Attributes:
        amount: Form field that holds the amount applied for; empty where there is none.
        product: Form field that holds the product; empty where there is none.
        second_above: Amounts above this need a second person, and so does an unknown amount;
            None for no such limit.
        second_for_overrides: Whether an override needs a second person.
        hours: How long a case may wait.
        doubling_hours: Hours of waiting that weigh as much as twice the expected loss.
        first_view: Whether an officer gives a view of the case before seeing the model's.
        most_held: Most cases that one person is given by automatic assignment.
        reasons: Why people may override.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: str = ""
    product: str = ""
    second_above: float | None = Described(default=None, ge=0, allow_inf_nan=False)
    second_for_overrides: bool = True
    hours: float = Described(default=24, gt=0, le=8_784, allow_inf_nan=False)
    doubling_hours: float = Described(default=24, gt=0, allow_inf_nan=False)
    first_view: bool = False
    most_held: int = Described(default=20, ge=1)
    reasons: tuple[OverrideReason, ...] = Described(default=_REASONS, min_length=1)

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        codes = [reason.code for reason in self.reasons]
        if len(set(codes)) < len(codes):
            raise ValueError("two reasons have the same code; give each its own")
        if self.second_above is not None and not self.amount:
            raise ValueError("second_above needs `amount`: the form field that holds it")
        return self


def is_override(model_recommendation: Recommendation, outcome: Outcome) -> bool:
    """Whether the model recommends something definite and the outcome is another.

    Example:
        >>> is_override(Recommendation.REFER, "decline")
        False
        >>> is_override(Recommendation.APPROVE, "decline")
        True
    """
    return model_recommendation not in (Recommendation.REFER, outcome)


def needs_second(settings: DeskSettings, amount: float | None, *, override: bool) -> bool:
    """Whether a second person has to confirm a decision about a case.

    Args:
        settings: The portfolio's.
        amount: Amount applied for; an unknown one may be above the limit.
        override: Whether the decision is an override.
    """
    if override and settings.second_for_overrides:
        return True
    limit = settings.second_above
    return limit is not None and (amount is None or amount > limit)


def priority(expected_loss: float, queued_at: datetime, settings: DeskSettings) -> float:
    """What a queue is sorted by, the largest first; it stays right as time goes by.

    A later time adds the same to every case, so it is left out: a case gains over those that come
    after it, and not over those beside it.

    Args:
        expected_loss: PD times amount, at least 0.
        queued_at: Since when the case waits.
        settings: How much waiting weighs against loss.

    Example:
        >>> day = datetime(2026, 1, 2, tzinfo=UTC)
        >>> priority(3, EPOCH, DeskSettings()), priority(7, day, DeskSettings())
        (2.0, 2.0)
    """
    hours = (queued_at - EPOCH).total_seconds() / 3_600
    return math.log2(1 + max(expected_loss, 0.0)) - hours / settings.doubling_hours
