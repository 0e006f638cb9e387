"""What became of the cases that were reasoned about, and how good what was said is."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Light, Section, Table
from risk.report.monitoring.figures import judged, share_light, shared, without_nights
from risk.report.monitoring.nights import LAST, NightFigures, Nights
from risk.report.reasoning.reasoned import NO_CASES

KEY = "night_rationales"
_NO_REPLIES = "no-replies"


def section(nights: Nights) -> Section:
    """Cases answered and waiting; replies in which every check held; what they take."""
    return Section(
        key=KEY,
        figures=tuple(_figures(nights)),
        tables=(*_cases(nights), *_quality(nights)),
    )


def _figures(nights: Nights) -> Iterator[Figure]:
    last = nights.last
    if last is None:
        names = ("unanswered", "moved", "verified", "struck", "tokens_per_reply")
        yield from without_nights(names)
        return
    yield judged("unanswered", last.unanswered, nights.limits.pending, NO_CASES)
    yield shared("moved", last.moved, NO_CASES)
    yield judged("verified", last.verified, nights.limits.verified, _NO_REPLIES)
    yield _struck(last)
    yield _tokens(last)


def _struck(night: NightFigures) -> Figure:
    """Claims of one case hang together, so without an interval."""
    figure = partial(Figure, key="struck", kind="share", sample=LAST, rows=night.struck.rows)
    if not night.struck.rows:
        return figure(because=_NO_REPLIES)
    return figure(value=night.struck.value, method="claims")


def _tokens(night: NightFigures) -> Figure:
    found = night.rationales
    figure = partial(Figure, key="tokens_per_reply", kind="count", sample=LAST, rows=found.replied)
    if not found.replied:
        return figure(because=_NO_REPLIES)
    return figure(value=round((found.prompt_tokens + found.answer_tokens) / found.replied))


def _cases(nights: Nights) -> Iterator[Table]:
    rows = nights.nights
    if not any(night.rationales.cases for night in rows):
        return
    names = ("cases", "answered", "late", "failed", "pending", "moved")
    frame = pd.DataFrame(
        {
            "day": [night.day for night in rows],
            **{name: [getattr(night.rationales, name) for night in rows] for name in names},
            "unanswered_share": [night.unanswered.value for night in rows],
            "lights": [_light(nights, night) for night in rows],
        }
    ).rename(columns={name: f"cases_{name}" for name in names[1:]})
    kinds: dict[str, Kind] = {
        "day": "text",
        "cases": "count",
        **{f"cases_{name}": "count" for name in names[1:]},
        "unanswered_share": "share",
    }
    chart = Chart(kind="lines", label="day", values=("cases", "cases_answered"))
    yield Table.of("night_cases", frame, kinds, chart=chart)


def _light(nights: Nights, night: NightFigures) -> Light:
    return share_light(night.unanswered, nights.limits.pending) if night.judged else "none"


def _quality(nights: Nights) -> Iterator[Table]:
    rows = nights.nights
    if not any(night.rationales.replied for night in rows):
        return
    frame = pd.DataFrame(
        {
            "day": [night.day for night in rows],
            "replied": [night.rationales.replied for night in rows],
            "verified_share": [night.verified.value for night in rows],
            "struck_share": [night.struck.value for night in rows],
            "prompt_tokens": [_each(night, night.rationales.prompt_tokens) for night in rows],
            "answer_tokens": [_each(night, night.rationales.answer_tokens) for night in rows],
            "lights": [
                share_light(night.verified, nights.limits.verified) if night.judged else "none"
                for night in rows
            ],
        }
    )
    kinds: dict[str, Kind] = {
        "day": "text",
        "replied": "count",
        "verified_share": "share",
        "struck_share": "share",
        "prompt_tokens": "points",
        "answer_tokens": "points",
    }
    chart = Chart(kind="lines", label="day", values=("verified_share", "struck_share"))
    yield Table.of("night_quality", frame, kinds, chart=chart)


def _each(night: NightFigures, tokens: float) -> float:
    """Tokens of one reply, on average."""
    replied = night.rationales.replied
    return round(tokens / replied) if replied else np.nan
