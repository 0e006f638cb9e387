"""The monitoring report whole, and its figures as series over the nights."""

import math

from risk.report.document import Report
from risk.report.monitoring import decisions, matured, moves, rationales, volumes
from risk.report.monitoring.nights import NightFigures, Nights

_SECTIONS = (volumes, moves, decisions, rationales, matured)


def monitoring(nights: Nights) -> Report:
    """The report on the nights that are judged."""
    judged = nights.judged
    days = [judged[0].day, judged[-1].day] if judged else []
    span = " - ".join(dict.fromkeys(days))
    return Report(
        kind="monitoring",
        portfolio=nights.portfolio,
        subjects=(span,) if span else (),
        sections=tuple(room.section(nights) for room in _SECTIONS),
    )


def series(nights: Nights) -> dict[str, list[float]]:
    """Figures of the nights that are judged, one value a night, NaN where there is none.

    A figure that no night has is left out.
    """
    told = [_told(night) for night in nights.judged]
    found = {name: [each[name] for each in told] for name in (told[0] if told else ())}
    return {name: values for name, values in found.items() if not all(map(math.isnan, values))}


def _told(night: NightFigures) -> dict[str, float]:
    nothing = math.nan
    spread = night.spread
    largest = max((each.moved.psi for each in night.fields), default=nothing)
    return {
        "read": float(night.read),
        "scored": float(night.scored),
        "rejected_share": night.broken.value,
        "psi": nothing if night.psi is None else night.psi.psi,
        "csi_largest": largest,
        "mean_pd": nothing if spread is None else spread.mean_pd,
        "points_p10": nothing if spread is None else spread.p10,
        "points_p50": nothing if spread is None else spread.p50,
        "points_p90": nothing if spread is None else spread.p90,
        "approval_rate": night.approved.value,
        "referral_rate": night.decided("refer").value,
        "decline_rate": night.decided("decline").value,
        "override_rate": night.overridden.value,
        "cases": float(night.rationales.cases),
        "unanswered_share": night.unanswered.value,
        "moved_share": night.moved.value,
        "verified_share": night.verified.value,
        "struck_share": night.struck.value,
    }
