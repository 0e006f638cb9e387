"""What a bank calls doubtful and what wrong: the `[validation]` table of `risk.toml`."""

import math
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic import Field as Described

from risk.report.document import Figure, Light, Limits


def away(ratio: float) -> float:
    """How far a ratio lies from 1, as a ratio at or above 1; infinitely far where it is 0."""
    return math.inf if ratio == 0 else max(ratio, 1 / ratio)


class ValidationLimits(BaseModel):
    """Traffic lights, each by two limits; a value on a limit is past it.

    The defaults are what is commonly read so (PSI, the four-fifths rule, 5 and 1 % of a test); a
    bank writes its own.

    Attributes:
        auc_fall: AUC at development less the AUC now.
        p_value: Of a test, adjusted where there are several.
        observed_expected: How far observed over expected defaults lies from 1, as a ratio at or
            above 1: 1.25 is 25 % too many, or 1 / 1.25 of what was expected.
        inversion: Bad rate of a safer grade over that of a riskier one, where it is higher.
        psi: Population stability index of the score, in nats.
        csi: The same of one field.
        herfindahl: Concentration of the grades, from 1 / grades to 1.
        approval_ratio: Approval rate of a group over that of the reference group, or the inverse
            where that is smaller: it may be either that is refused more often.
        error_gap: Gap of a group's error rate to the reference group's, either way.
        proxy_auc: How well the model's fields tell membership of a protected group.
        field_share: Gini of one field alone over the model's: near 1, the field is the model.
        field_odds: Odds of default in the riskiest bin of one field over those of all rows, lower
            bound: where nearly all turn bad, the field may tell what came after.
        swap_bads: Share by which the second model of a comparison lets more bads in at an equal
            approval rate, where that is no chance.
        gain_fall: What the second model of a comparison has less in AUC, where that is no chance.
        against_direction: Share of tries in which a contribution moves against the direction that
            the dictionary declares for its field; a monotone model has none.
        reason_agreement: Share of reasons that stay the same on retraining.
        verified: Share of the rationales in which every check held.
        rejected: Share of the rows that broke a rule of the dictionary.
        pending: Share of a night's cases that have no rationale.
        volume: Rows of a night over the mean of the nights before, or the inverse where that is
            larger.
        rate_change: Change of an approval or override rate since the nights before, either way.
        references: For each protected field, the group that others are held against; the largest
            group where a field is not named.
        bands: For each protected field that is a number, the rising inner bounds of its groups; a
            value on a bound is of the lower group. Four groups of about one size where a field
            is not named.
        least_rows: Rows below which a group is not compared, and the volume of a night not judged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc_fall: Limits = Limits(amber=0.02, red=0.05)
    p_value: Limits = Limits(amber=0.05, red=0.01)
    observed_expected: Limits = Limits(amber=1.1, red=1.25)
    inversion: Limits = Limits(amber=1.1, red=1.25)
    psi: Limits = Limits(amber=0.1, red=0.25)
    csi: Limits = Limits(amber=0.1, red=0.25)
    herfindahl: Limits = Limits(amber=0.3, red=0.5)
    approval_ratio: Limits = Limits(amber=0.9, red=0.8)
    error_gap: Limits = Limits(amber=0.05, red=0.1)
    proxy_auc: Limits = Limits(amber=0.7, red=0.9)
    field_share: Limits = Limits(amber=0.9, red=0.97)
    field_odds: Limits = Limits(amber=25.0, red=100.0)
    swap_bads: Limits = Limits(amber=0.02, red=0.1)
    gain_fall: Limits = Limits(amber=0.005, red=0.02)
    against_direction: Limits = Limits(amber=0.001, red=0.01)
    reason_agreement: Limits = Limits(amber=0.7, red=0.5)
    verified: Limits = Limits(amber=0.95, red=0.8)
    rejected: Limits = Limits(amber=0.01, red=0.05)
    pending: Limits = Limits(amber=0.02, red=0.1)
    volume: Limits = Limits(amber=2.0, red=5.0)
    rate_change: Limits = Limits(amber=0.05, red=0.1)
    references: dict[str, str] = Described(default_factory=dict)
    bands: dict[str, tuple[float, ...]] = Described(default_factory=dict)
    least_rows: int = Described(default=100, ge=1)

    def proven(self, size: float, p_value: float, limits: Limits, nothing: float = 0.0) -> float:
        """As much of a size as its test proves: what both are held against one limit by.

        Args:
            size: What is found.
            p_value: Of the test that there is nothing.
            limits: Of the size.
            nothing: The size where there is nothing.

        Returns:
            The size where the test is red, no more of it than is amber where the test is amber,
            `nothing` where it is green; NaN where there is no test.
        """
        light = self.p_value.light(p_value)
        if light == "none":
            return math.nan
        if light == "green":
            return nothing
        return limits.amber if light == "amber" and limits.light(size) == "red" else size

    def where_proven(self, figure: Figure, limits: Limits) -> Figure:
        """A figure with its light, by as much of its value as its test proves; 0 is nothing."""
        size, p_value = (math.nan if x is None else x for x in (figure.value, figure.p_value))
        return figure.against(limits, self.proven(size, p_value, limits))

    def proven_light(self, size: float, p_value: float, limits: Limits) -> Light:
        """The light of a size that is 0 where there is nothing; its test must hold too."""
        return limits.light(self.proven(size, p_value, limits))

    def off(self, ratio: float, p_value: float) -> float:
        """How far observed over expected is proven to lie from 1, as a ratio at or above 1."""
        return self.proven(away(ratio), p_value, self.observed_expected, 1.0)

    def level(self, ratio: float, p_value: float) -> Light:
        """The light of observed over expected; both its size and its test must hold."""
        return self.observed_expected.light(self.off(ratio, p_value))

    @field_validator("bands")
    @classmethod
    def _rising_bands(cls, bands: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        for name, edges in bands.items():
            if not all(math.isfinite(edge) for edge in edges) or list(edges) != sorted(set(edges)):
                raise ValueError(f'"bands" of {name} must be finite and rising')
        return bands

    @model_validator(mode="after")
    def _rising_or_falling(self) -> Self:
        falls = {"p_value", "approval_ratio", "reason_agreement", "verified"}
        for name, limits in self:
            if not isinstance(limits, Limits) or limits.amber == limits.red:
                continue
            if (limits.red < limits.amber) != (name in falls):
                side = "below" if name in falls else "above"
                raise ValueError(f'"red" of {name} must lie {side} its "amber"')
        return self
