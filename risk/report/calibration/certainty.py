"""How sure a single PD is, and what deciding by it costs where it is not sure enough.

Its figures, tables and remarks stand in the section on calibration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from risk.report.beside import beside
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import Evidence, Mask, Pair, Part
from risk.uncertainty import PdInterval
from risk.validation.abstention import abstention, sides
from risk.validation.coverage import coverage
from risk.validation.outcomes import mean_interval

KEY = "certainty"
_CUTS = ("approve", "decline")
_ERRORS = ("bads_passed", "goods_stopped")
_NAMES = ("interval_width", "interval_held", *(f"unsure_{cut}" for cut in _CUTS))


@dataclass(frozen=True)
class _Halves:
    """The current sample in two: one makes the intervals, the other shows whether they hold.

    Validation rows make none: the trees of the final model may have grown on them, and PDs of rows
    that a model has seen are surer than those of new ones. The earlier half makes the intervals
    where dates are known, as it will be in use, and half of the rows by chance elsewhere.
    """

    made: Part
    measured: Part
    by_date: bool

    @property
    def lacks(self) -> str:
        return self.made.lacks or self.measured.lacks_level


def uncertainty(evidence: Evidence) -> Section:
    """Venn-Abers intervals of the PD: width, whether they hold, and the abstention zone."""
    halves = _halved(evidence)
    if halves.lacks:
        return Section(key=KEY, figures=tuple(_untold(evidence, halves.lacks)))
    interval = _interval(halves)
    tenths = _covered(evidence, halves, interval)
    figures = (_width(halves, interval), _held(evidence, halves, tenths))
    zones = _zones(evidence, halves, interval)
    return Section(
        key=KEY,
        figures=(*figures, *_unsure(halves, zones)),
        tables=(_tenths(evidence, halves, tenths), *_abstention(halves, zones)),
        remarks=(_basis(halves), Remark(key="venn_abers")),
    )


def uncertainties(pair: Pair) -> Section:
    """The figures of both models of a comparison, without their tables."""
    return Section(key=KEY, figures=beside(pair, uncertainty).figures)


def _halved(evidence: Evidence) -> _Halves:
    ended = evidence.current.ended
    order = np.random.default_rng(evidence.seed).permutation(len(ended))
    named = evidence.dictionary.date
    dates = None if named is None else ended.rows.get(named.name)
    if dates is not None:
        order = order[np.argsort(dates.to_numpy()[order], kind="stable")]
    early: Mask = np.zeros(len(ended), dtype=bool)
    early[order[: len(ended) // 2]] = True
    return _Halves(ended.take(early), ended.take(~early), dates is not None)


def _interval(halves: _Halves) -> tuple[FloatArray, FloatArray]:
    return PdInterval.of(halves.made.pd_, halves.made.y).apply(halves.measured.pd_)


def _untold(evidence: Evidence, lacks: str) -> Iterator[Figure]:
    current = evidence.current
    for key in _NAMES:
        yield Figure(
            key=key, sample=current.name, rows=len(current), bads=current.bads, because=lacks
        )


def _width(halves: _Halves, interval: tuple[FloatArray, FloatArray]) -> Figure:
    width = mean_interval(interval[1] - interval[0])
    return _figure(halves)(key="interval_width", method="venn-abers", **width._asdict())


def _covered(
    evidence: Evidence, halves: _Halves, interval: tuple[FloatArray, FloatArray]
) -> pd.DataFrame:
    """As `coverage`, with how far off each tenth is proven to be: `off`, as a ratio from 1."""
    tenths = coverage(halves.measured.y, halves.measured.pd_, interval, halves.made.pd_)
    tests = zip(tenths["beyond"], tenths["p_adjusted"], strict=True)
    return tenths.assign(off=[evidence.limits.off(*each) for each in tests])


def _held(evidence: Evidence, halves: _Halves, tenths: pd.DataFrame) -> Figure:
    inside = tenths["observed"].between(tenths["least"], tenths["most"])
    least, farthest = float(tenths["p_adjusted"].min()), float(tenths["off"].max())
    figure = _figure(halves)(
        key="interval_held", value=float(inside.mean()), p_value=least, method="predictive-holm"
    )
    return figure.against(evidence.limits.observed_expected, farthest)


def _zones(
    evidence: Evidence, halves: _Halves, interval: tuple[FloatArray, FloatArray]
) -> dict[str, pd.DataFrame]:
    measured = halves.measured
    return {
        name: abstention(measured.y, measured.pd_, sides(measured.pd_, interval, cut))
        for name, cut in cuts(evidence).items()
    }


def cuts(evidence: Evidence) -> dict[str, float]:
    """The policy's cut-offs `approve` and `decline` as PDs, whatever scale they are written in."""
    policy = evidence.policy
    at = np.array([policy.approve, policy.decline])
    if policy.scale == "points":
        at = evidence.scaling.pd_from_points(at)
    return dict(zip(_CUTS, at.tolist(), strict=True))


def _unsure(halves: _Halves, zones: dict[str, pd.DataFrame]) -> Iterator[Figure]:
    for name, table in zones.items():
        yield _figure(halves)(
            key=f"unsure_{name}", value=float(table["share"][0]), method="venn-abers"
        )


def _abstention(halves: _Halves, zones: dict[str, pd.DataFrame]) -> Iterator[Table]:
    """How large the zone is, and the errors inside and outside it, by cut-off."""
    frames = [table.assign(cut=f"cut.{name}") for name, table in zones.items()]
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.assign(zone="zone." + frame["zone"])[frame["rows"] > 0]
    frame = frame.rename(
        columns={"share": "zone_share", "bad_rate_low": "low", "bad_rate_high": "high"}
    )
    kinds: dict[str, Kind] = {"cut": "word", "zone": "word", "rows": "count"}
    kinds |= {"zone_share": "share", "bads": "count"}
    kinds |= dict.fromkeys(("bad_rate", "low", "high"), "share")
    yield Table.of("abstention", frame, kinds, sample=halves.measured.name)
    errors: dict[str, Kind] = {"cut": "word", "zone": "word"}
    names = [f"{name}{bound}" for name in _ERRORS for bound in ("", "_low", "_high")]
    errors |= dict.fromkeys(names, "share")
    yield Table.of("abstention_errors", frame, errors, sample=halves.measured.name)


def _tenths(evidence: Evidence, halves: _Halves, tenths: pd.DataFrame) -> Table:
    lights = [evidence.limits.observed_expected.light(each) for each in tenths["off"]]
    names = {
        "group": "tenth",
        "expected": "mean_pd",
        "observed": "bad_rate",
        "p_adjusted": "tenth_p",
    }
    names |= {"low": "interval_low", "high": "interval_high"}
    frame = tenths.rename(columns=names).assign(lights=lights)
    kinds: dict[str, Kind] = {"tenth": "count", "rows": "count", "bads": "count"}
    shares = ("mean_pd", "interval_low", "interval_high", "bad_rate", "least", "most")
    kinds |= dict.fromkeys(shares, "share")
    kinds |= {"tenth_p": "p"}
    drawn = ("bad_rate", "interval_low", "interval_high")
    chart = Chart(kind="lines", label="tenth", values=drawn)
    return Table.of("interval_tenths", frame, kinds, sample=halves.measured.name, chart=chart)


def _basis(halves: _Halves) -> Remark:
    key = "interval_basis_date" if halves.by_date else "interval_basis_chance"
    values = {
        "made": len(halves.made),
        "made_bads": halves.made.bads,
        "measured": len(halves.measured),
        "measured_bads": halves.measured.bads,
    }
    return Remark(key=key, values=dict(values), kinds=dict.fromkeys(values, "count"))


def _figure(halves: _Halves) -> "partial[Figure]":
    measured = halves.measured
    return partial(
        Figure, kind="share", sample=measured.name, rows=len(measured), bads=measured.bads
    )
