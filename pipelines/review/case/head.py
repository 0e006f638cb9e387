"""The head of a case: what it is, how long it has waited, who works on it, what to beware of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from pipelines.review.case.given import Given, Reader, Voice
from risk.desk import State
from risk.display import shown
from risk.reasoning.findings import suspects_instruction

_DIGITS = 12
"""Of a digest, as many as people compare."""

Tone = Literal["", "wary", "bad"]


class Notice(NamedTuple):
    """Something to know before reading on."""

    tone: Tone
    said: str


@dataclass(frozen=True)
class Waited:
    """How long a case has waited, in words.

    Attributes:
        said: Time waited and limit.
        over: Whether it is over its limit.
    """

    said: str
    over: bool


@dataclass(frozen=True)
class Head:
    """The head of a case.

    Attributes:
        application_id: The application.
        product: Its product; empty where nobody said which field holds it.
        amount: Amount applied for; empty where nobody said which field holds it.
        state: Where it stands on the desk.
        waited: How long it has waited; None once it is decided.
        holder: Who works on it; empty for nobody.
        mine: Whether the reader does.
        versions: What it was made by: name in words, and value.
        flags: What to beware of, by the names that all pages share, and `failed`.
        notices: What to know before reading on, the gravest first.
    """

    application_id: str
    product: str
    amount: str
    state: State
    waited: Waited | None
    holder: str
    mine: bool
    versions: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    notices: tuple[Notice, ...]


def head(given: Given, reader: Reader, *, hidden: bool = False) -> Head:
    """The head of a case.

    Args:
        given: The case.
        reader: Who reads it.
        hidden: Whether the reasoning pass is not to be seen yet.
    """
    row, voice = given.row, reader.voice
    state = State(row.state)
    return Head(
        application_id=row.application_id,
        product=_product(given, voice),
        amount=_amount(given, voice),
        state=state,
        waited=None if state is State.DECIDED else _waited(given, reader),
        holder=reader.named(row.holder),
        mine=row.holder == reader.person.name,
        versions=tuple(_versions(given, voice)),
        flags=tuple(_flags(given, reader, hidden=hidden)),
        notices=tuple(_notices(given, voice)),
    )


def _product(given: Given, voice: Voice) -> str:
    return _field(given, given.settings.product, given.row.product or None, voice)


def _amount(given: Given, voice: Voice) -> str:
    return _field(given, given.settings.amount, given.row.amount, voice)


def _field(given: Given, name: str, value: float | str | None, voice: Voice) -> str:
    """A value with its unit or label, as the field it comes from is written."""
    known = {field.name: field for field in given.dictionary.fields}
    if not name:
        return ""
    if value is None:
        return voice.say("head.unknown")
    return voice.of(shown(known[name], value)) if name in known else str(value)


def _waited(given: Given, reader: Reader) -> Waited:
    row, voice = given.row, reader.voice
    waited = max(reader.now - row.queued_at, timedelta())
    limit = row.due_at - row.queued_at
    over = reader.now - row.due_at
    said = voice.say("head.waited", waited=span(waited, voice), limit=span(limit, voice))
    if over <= timedelta():
        return Waited(said, over=False)
    late = voice.say("head.over", over=span(over, voice))
    return Waited(voice.say("head.waited.over", said=said, late=late), over=True)


def span(time: timedelta, voice: Voice) -> str:
    """A span of time, in the two largest units that it fills."""
    minutes = int(time.total_seconds() // 60)
    parts = (("days", minutes // 1440), ("hours", minutes // 60 % 24), ("minutes", minutes % 60))
    filled = [voice.shared(f"span.{unit}", n=n) for unit, n in parts if n]
    if not filled:
        return voice.shared("span.minutes", n=0)
    return filled[0] if len(filled) == 1 else voice.say("span", large=filled[0], small=filled[1])


def _versions(given: Given, voice: Voice) -> Iterator[tuple[str, str]]:
    basis, rationale = given.basis, given.record.rationale
    unknown = voice.say("head.unrecorded")
    yield voice.say("version.model"), basis.model[:_DIGITS] or unknown
    yield voice.say("version.prompt"), basis.prompt[:_DIGITS] or unknown
    by = rationale.model or voice.either(f"backend.{rationale.backend}", rationale.backend)
    yield voice.say("version.reasoner"), by
    if rationale.light_model:
        yield voice.say("version.light"), rationale.light_model
    yield voice.say("version.policy"), _policy(given, voice)
    yield voice.say("version.software"), basis.version or unknown
    yield voice.say("version.run"), given.row.run_key[:_DIGITS]
    yield voice.say("version.evidence"), rationale.evidence_digest[:_DIGITS]


def _policy(given: Given, voice: Voice) -> str:
    """A policy by its cut-offs."""
    policy = given.basis.policy
    form = "{:.2%}" if policy.scale == "pd" else "{:.0f}"
    cuts = {"approve": form.format(policy.approve), "decline": form.format(policy.decline)}
    said = voice.say(f"version.policy.{policy.scale}", rules=len(policy.rules), **cuts)
    return said if given.basis.recorded else voice.say("version.policy.today", policy=said)


def _flags(given: Given, reader: Reader, *, hidden: bool) -> Iterator[str]:
    record, row = given.record, given.row
    if suspects_instruction(record.case.findings):
        yield "suspected"
    if row.state != State.DECIDED and reader.now > row.due_at:
        yield "overdue"
    if record.rationale.status != "answered":
        yield record.rationale.status
    if not hidden and any(each.struck for each in record.rationale.narrative.sentences):
        yield "struck"
    if not hidden and record.moved:
        yield "moved"


def _notices(given: Given, voice: Voice) -> Iterator[Notice]:
    record = given.record
    if suspects_instruction(record.case.findings):
        count = sum(fact.suspect for fact in given.visible)
        yield Notice("bad", voice.say("notice.suspected", count=count))
    if record.score.application_id != record.case.application_id:
        yield Notice("bad", voice.say("notice.mixed"))
    if not given.basis.recorded:
        yield Notice("wary", voice.say("notice.unrecorded"))
