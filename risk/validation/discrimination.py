"""How well a score ranks bads above goods: AUC, Gini and KS, with their uncertainty.

Only ranks matter here; whether the level of a PD is right is `risk.validation.calibration`.
A higher score always means a riskier application.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage, stats

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.outcomes import normal_quantile, two_sided

_POINTS = 2_000
_SMOOTHED = 0.07  # of the rows: half the width of the threshold's neighbourhood


class AucInterval(NamedTuple):
    """An AUC and its DeLong confidence interval."""

    auc: float
    variance: float
    low: float
    high: float


class KsInterval(NamedTuple):
    """A KS and its confidence interval."""

    ks: float
    low: float
    high: float


class AucFall(NamedTuple):
    """What an AUC has lost on new rows, with the one-sided p-value of "it has not fallen"."""

    difference: float
    z: float
    p_value: float


class AucDifference(NamedTuple):
    """The first model's AUC less the second's, on the same rows, with a two-sided p-value."""

    difference: float
    low: float
    high: float
    z: float
    p_value: float


def auc(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Chance that a random bad scores above a random good; ties count one half.

    Raises:
        DataError: The sample has only one outcome, or a score is not finite.

    Example:
        >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        0.75
    """
    outcome, values = two_sided(target, score)
    bads = outcome.sum()
    ranks = stats.rankdata(values)[outcome == 1].sum()
    return float((ranks - bads * (bads + 1) / 2) / (bads * (len(outcome) - bads)))


def gini(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Gini coefficient, also called accuracy ratio: `2 * auc - 1`, in [-1, 1].

    Raises:
        DataError: As `auc`.
    """
    return 2 * auc(target, score) - 1


def ks(target: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Largest gap between the score's distribution among goods and among bads, in [0, 1].

    Raises:
        DataError: As `auc`.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter 11.
    """
    outcome, values = two_sided(target, score)
    return float(_curve(outcome, values).gap.max())


def ks_interval(
    target: npt.ArrayLike, score: npt.ArrayLike, confidence: float = 0.95
) -> KsInterval:
    """KS, with a normal interval of the gap between two shares at one threshold.

    The largest of many gaps is always too large by chance, and a bootstrap sees only half of that.
    So the threshold of the interval is where the gap, smoothed over ranks, is largest: it hardly
    follows the noise of the one gap that is then measured there.

    Raises:
        DataError: As `ks`.
    """
    outcome, values = two_sided(target, score)
    thresholds, bads, goods, gap = _curve(outcome, values)
    # Smooth as it is, the curve needs no more than so many of its points.
    grid = np.linspace(0, len(values), min(len(values) + 1, _POINTS))
    curve = np.interp(grid, thresholds, gap)
    smooth = ndimage.gaussian_filter1d(curve, _SMOOTHED * len(grid), mode="nearest", truncate=3)
    place = np.argmax(np.interp(thresholds, grid, smooth))
    # One more of each kind, as Agresti and Caffo: a share of 0 or 1 is not certain.
    variance = sum(
        (p := (counts[place] + 1) / (counts[-1] + 2)) * (1 - p) / counts[-1]
        for counts in (bads, goods)
    )
    half = normal_quantile(confidence) * np.sqrt(variance)
    found, middle = float(gap.max()), float(gap[place])
    return KsInterval(found, max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def delong(target: npt.ArrayLike, score: npt.ArrayLike, confidence: float = 0.95) -> AucInterval:
    """AUC with its DeLong variance and normal interval, cut off at 0 and 1.

    Raises:
        DataError: As `auc`, or fewer than two bads or goods.

    Source:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); the fast algorithm of Sun and
        Xu, IEEE Signal Processing Letters 21 (2014).
    """
    areas, covariance = _delong(target, (score,))
    variance = float(covariance[0, 0])
    half = normal_quantile(confidence) * np.sqrt(variance)
    area = float(areas[0])
    return AucInterval(area, variance, max(0.0, area - half), min(1.0, area + half))


def fallen(before: AucInterval, now: AucInterval) -> AucFall:
    """One-sided test whether the AUC is lower on new rows than it was on others, as at development.

    Args:
        before: The AUC at development, from `delong`.
        now: The AUC on other rows.

    Raises:
        DataError: Neither AUC has any variance.

    Source:
        ECB, Instructions for reporting the validation results of internal models: IRB Pillar I
        models for credit risk (2019), section 2.5.4.1.
    """
    variance = before.variance + now.variance
    if variance == 0:
        raise DataError("neither AUC has any variance; the samples are too small to compare")
    z = (before.auc - now.auc) / np.sqrt(variance)
    return AucFall(before.auc - now.auc, float(z), float(stats.norm.sf(z)))


def compare(
    target: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    confidence: float = 0.95,
) -> AucDifference:
    """Paired DeLong test of two scores on the same rows.

    Two scores of the same order have a difference of exactly 0 and a p-value of 1.

    Raises:
        DataError: As `delong`.

    Source:
        As `delong`.
    """
    areas, covariance = _delong(target, (first, second))
    difference = float(areas[0] - areas[1])
    error = float(np.sqrt(max(0.0, np.array([1, -1]) @ covariance @ np.array([1, -1]))))
    # Placements are sums of ranks, exact in halves: below this, the two orders are the same.
    if error < 1e-12:
        z = 0.0 if abs(difference) < 1e-12 else float(np.copysign(np.inf, difference))
    else:
        z = difference / error
    half = normal_quantile(confidence) * error
    p_value = float(2 * stats.norm.sf(abs(z)))
    return AucDifference(difference, difference - half, difference + half, z, p_value)


class _Curve(NamedTuple):
    """Rows, bads and goods below each threshold, from none to all, and the gap of their shares."""

    thresholds: npt.NDArray[np.intp]
    bads: FloatArray
    goods: FloatArray
    gap: FloatArray


def _curve(outcome: FloatArray, values: FloatArray) -> _Curve:
    """What lies below each score that occurs; equal scores lie on one side."""
    order = np.argsort(values, kind="stable")
    thresholds = np.flatnonzero(np.concatenate([[True], np.diff(values[order]) > 0, [True]]))
    bads = np.append(0, np.cumsum(outcome[order]))[thresholds]
    goods = thresholds - bads
    return _Curve(thresholds, bads, goods, np.abs(bads / bads[-1] - goods / goods[-1]))


def _delong(
    target: npt.ArrayLike, scores: tuple[npt.ArrayLike, ...]
) -> tuple[FloatArray, FloatArray]:
    """AUC of each score, and the covariance matrix of these AUCs."""
    pairs = [two_sided(target, score) for score in scores]
    bad = pairs[0][0] == 1
    if min(bad.sum(), (~bad).sum()) < 2:
        raise DataError("the variance of an AUC needs two bads and two goods; widen the sample")
    placements = [_placements(values[bad], values[~bad]) for _, values in pairs]
    of_bads = np.array([p[0] for p in placements])
    of_goods = np.array([p[1] for p in placements])
    covariance = _covariance(of_bads) / bad.sum() + _covariance(of_goods) / (~bad).sum()
    return of_bads.mean(axis=1), covariance


def _placements(bads: FloatArray, goods: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of goods below each bad and of bads above each good, from midranks (Sun and Xu)."""
    together = stats.rankdata(np.concatenate([bads, goods]))
    of_bads = (together[: len(bads)] - stats.rankdata(bads)) / len(goods)
    of_goods = 1 - (together[len(bads) :] - stats.rankdata(goods)) / len(bads)
    return of_bads, of_goods


def _covariance(rows: FloatArray) -> FloatArray:
    return np.atleast_2d(np.cov(rows)).astype(np.float64)
