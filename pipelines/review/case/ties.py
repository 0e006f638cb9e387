"""Who else a case is tied to: what it shares, with how many, and with which one last."""

import math
from dataclasses import dataclass

from features.associations.columns import LAST
from pipelines.pages.drawing import SERIES, Drawing
from pipelines.review.case.given import Given, Voice
from risk.tied import names_another

_MOST_DRAWN = 12
_HEIGHT = 40.0
_REACH, _LEAST_REACH = 1 / 3, 132.0


@dataclass(frozen=True)
class Tie:
    """A tie to other applications.

    Attributes:
        fact: Id of the fact.
        field: The field the tie runs through.
        label: What the tie is called.
        value: How strong it is, as people read it.
        strength: The same as a number; None where it is none.
        other: Id of the last application that shares the field; empty where none is named.
        other_fact: Id of the fact that names it.
    """

    fact: str
    field: str
    label: str
    value: str
    strength: float | None
    other: str
    other_fact: str


def ties(given: Given, voice: Voice) -> tuple[Tie, ...]:
    """The ties of a case, in their order."""
    labels = {field.name: voice.headed(field.label) for field in given.dictionary.fields}
    facts = [fact for fact in given.visible if fact.kind == "association"]
    fields = {fact.field for fact in facts}
    named = {
        key: fact
        for fact in facts
        if names_another(fact.field) and (key := fact.field.removeprefix(LAST)) in fields
    }
    return tuple(
        Tie(
            fact=fact.id,
            field=labels.get(fact.field, fact.field),
            label=voice.headed(fact.label),
            value=voice.of(fact.display),
            strength=fact.value if isinstance(fact.value, float) else None,
            other=voice.of(last.display) if (last := named.get(fact.field)) else "",
            other_fact=last.id if last else "",
        )
        for fact in facts
        if fact.field.removeprefix(LAST) not in named or not names_another(fact.field)
    )


def draw_ties(found: tuple[Tie, ...], voice: Voice, width: float = 460.0) -> str:
    """The ties as an `svg` element: the application, and a line to what it shares with others.

    The stronger a tie, the larger its end. Empty without ties.
    """
    if not found:
        return ""
    drawn = found[:_MOST_DRAWN]
    height = _HEIGHT * len(drawn) + 16
    drawing = Drawing(width, height, voice.say("ties.name", count=len(found)), voice.language)
    hub, reach = (56.0, height / 2), max(_LEAST_REACH, _REACH * width)
    room = width - reach - 22
    strongest = max((tie.strength or 1.0 for tie in drawn), default=1.0)
    for row, tie in enumerate(drawn):
        end = (reach, 8 + _HEIGHT * (row + 0.5))
        drawing.line("zero", (*hub, *end), f"{tie.label}: {tie.value}")
        size = _size(tie.strength, strongest)
        look = f"fill{row % len(SERIES)}"
        drawing.box(look, end[0] - size / 2, end[1] - size / 2, (size, size), tie.label)
        drawing.name(tie.field, (end[0] + 18, end[1] - 7), room, "start")
        said = f"{tie.value} · {tie.other}" if tie.other else tie.value
        drawing.name(said, (end[0] + 18, end[1] + 9), room, "start", "muted")
    drawing.box("fill0", hub[0] - 48, hub[1] - 13, (96, 26))
    drawing.text(voice.say("ties.this"), hub[0], hub[1], "middle", "paper")
    return drawing.svg()


def _size(strength: float | None, strongest: float) -> float:
    """Side of a tie's end: its area grows with its strength."""
    share = 1.0 if strength is None or strongest <= 0 else max(strength, 0) / strongest
    return 8 + 12 * math.sqrt(share) if math.isfinite(share) else 8.0
