"""The score on a drawn scale: zones between the cut-offs, grades below, the case as a pointer."""

import math
from itertools import pairwise

from pipelines.pages.drawing import SIZE, Drawing
from pipelines.pages.numbers import written
from pipelines.pages.scales import Scale, text_width
from pipelines.review.case.given import Basis, Voice
from pipelines.review.case.score import Cuts, Standing, in_points
from risk.policy import RECOMMENDATIONS, Recommendation

_HEIGHT, _EDGE = 124.0, 10.0
_BAR, _THICK = 46.0, 14.0
_MARGIN = 0.2
_LOOKS = {
    Recommendation.DECLINE: "fill1",
    Recommendation.REFER: "fill5",
    Recommendation.APPROVE: "fill2",
}


def draw_scale(standing: Standing, basis: Basis, voice: Voice, width: float = 620.0) -> str:
    """The scale as an `svg` element; empty where there is nothing that could be placed.

    Args:
        standing: The score and the cut-offs.
        basis: Gives the grades.
        voice: The words.
        width: Width in CSS pixels.
    """
    cuts = standing.cuts
    if not standing.same_scale or not math.isfinite(standing.points):
        return ""
    scale = _scale(standing, width)
    name = voice.say("scale.name", points=written(round(standing.points), "count"))
    drawing = Drawing(width, _HEIGHT, name, voice.language)
    _zones(drawing, scale, cuts, voice)
    _grades(drawing, scale, basis)
    _pointer(drawing, scale, standing, voice)
    return drawing.svg()


def _scale(standing: Standing, width: float) -> Scale:
    """An axis on which score, interval and both cut-offs have room beside them."""
    shown = [standing.points, *(standing.range or ())]
    shown += [standing.cuts.approve, standing.cuts.decline]
    finite = [each for each in shown if math.isfinite(each)]
    low, high = min(finite), max(finite)
    room = max((high - low) * _MARGIN, 10.0)
    return Scale(low - room, high + room, _EDGE, width - _EDGE, room)


def _zones(drawing: Drawing, scale: Scale, cuts: Cuts, voice: Voice) -> None:
    edges = [scale.low, *(cut for cut in (cuts.decline, cuts.approve) if _within(cut, scale))]
    for low, high in pairwise([*edges, scale.high]):
        middle = (low + high) / 2
        place = 0 if middle >= cuts.approve else 2 if middle < cuts.decline else 1
        outcome = RECOMMENDATIONS[place]
        start, end = scale(low), scale(high)
        called = voice.shared(f"recommendation.{outcome}")
        drawing.box(_LOOKS[outcome], start, _BAR, (max(end - start - 1, 0), _THICK), called)
        # A name at either end of the scale may reach to the edge of the picture.
        left, right = start - _EDGE * (low == scale.low), end + _EDGE * (high == scale.high)
        if text_width(called, SIZE) > right - left:
            called = voice.say(f"scale.short.{outcome}")
        half = min(text_width(called, SIZE), right - left) / 2
        at = min(max((start + end) / 2, left + half), right - half)
        drawing.name(called, (at, _BAR + _THICK + 12), right - left, "middle")
    for cut in edges[1:]:
        drawing.line("mark", (scale(cut), _BAR - 5, scale(cut), _BAR + _THICK + 4))


def _within(cut: float, scale: Scale) -> bool:
    return scale.low < cut < scale.high


def _grades(drawing: Drawing, scale: Scale, basis: Basis) -> None:
    """Where one grade ends and the next begins; names and numbers without room are left out."""
    grades = basis.scaling.grades
    limits = [min(in_points(grade.pd_up_to, basis), scale.high) for grade in grades]
    y = _BAR + _THICK + 26
    drawing.line("grid", (scale.start, y, scale.end, y))
    for grade, high, low in zip(grades, [scale.high, *limits], limits, strict=False):
        start, end = scale(max(low, scale.low)), scale(high)
        if text_width(grade.name, SIZE) < end - start:
            drawing.name(grade.name, ((start + end) / 2, y + 12), end - start, "middle")
    free = scale.end
    for limit in filter(lambda limit: _within(limit, scale), limits):
        said = written(round(limit), "count")
        half = text_width(said, SIZE) / 2
        drawing.line("zero", (scale(limit), y - 4, scale(limit), y + 4))
        if scale(limit) + half <= free:
            drawing.text(said, scale(limit), y + 28, "middle")
            free = scale(limit) - half - 4


def _pointer(drawing: Drawing, scale: Scale, standing: Standing, voice: Voice) -> None:
    at = scale(standing.points)
    if standing.range is not None:
        low, high = (scale(each) for each in standing.range)
        y = _BAR - 8
        told = voice.say("scale.interval")
        drawing.line("rule0", (low, y, high, y), told)
        for end in (low, high):
            drawing.line("rule0", (end, y - 4, end, y + 4))
    drawing.path(
        "line0", [(at - 6, _BAR - 16), (at, _BAR - 4), (at + 6, _BAR - 16), (at - 6, _BAR - 16)]
    )
    drawing.line("rule0", (at, _BAR - 16, at, _BAR + _THICK))
    said = written(round(standing.points), "count")
    half = text_width(said, SIZE) / 2
    middle = min(max(at, scale.start + half), scale.end - half)
    drawing.text(said, middle, _BAR - 26, "middle", "ink")
