"""Observed over expected defaults of all rows together, as a figure with its light."""

from functools import partial

from features.encoding import FloatArray
from risk.report.document import Figure
from risk.report.limits import ValidationLimits
from risk.validation.calibration import level_p_values, observed_expected

LEVEL = "observed_expected"


def level_figure(
    figure: "partial[Figure]", y: FloatArray, pd_: FloatArray, limits: ValidationLimits
) -> Figure:
    """The ratio, how sure it is, and whether it is proven to be off.

    Args:
        figure: What the figure is of; sample, rows and bads.
        y: Shape (rows,); 1 for bad, 0 for good.
        pd_: Shape (rows,); default probabilities.
        limits: What the ratio and its test are held against.
    """
    found = observed_expected(y, pd_)
    p_value = float(level_p_values(int(y.sum()), len(y), found.expected))
    told = figure(
        key=LEVEL,
        kind="index",
        value=found.ratio,
        low=found.low,
        high=found.high,
        p_value=p_value,
        method="jeffreys-ratio",
    )
    return told.against(limits.observed_expected, limits.off(found.ratio, p_value))
