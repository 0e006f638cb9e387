"""The case page whole: each part in the order in which an officer reads it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from features.errors import DataError
from pipelines.review.case.bar import Asked, Bar, decision_bar
from pipelines.review.case.conflicts import Conflict, conflicts
from pipelines.review.case.documents import Marks, Span, Token, tokens
from pipelines.review.case.given import Given, Reader, Voice
from pipelines.review.case.head import Head, head
from pipelines.review.case.history import Event, given_first_view, history
from pipelines.review.case.reasons import Unit, Waterfall, waterfall
from pipelines.review.case.scale import draw_scale
from pipelines.review.case.score import Standing, Verdict, distances, standing_of, verdict
from pipelines.review.case.telling import Telling, stands, telling
from pipelines.review.case.ties import Tie, draw_ties, ties
from pipelines.review.case.waterfall import draw_waterfall
from pipelines.review.rendering import headed
from risk.desk import Role
from risk.notice import Decided, notice
from risk.policy import Recommendation
from risk.tied import is_tie

NARROW = 340.0
"""Width of drawings where a page is narrow, in CSS pixels."""
_ACTING = (Role.OFFICER, Role.SENIOR)


class Picture(NamedTuple):
    """A drawing for wide pages and one for narrow ones."""

    wide: str
    narrow: str


class FormLine(NamedTuple):
    """A field of the application."""

    fact: str
    label: str
    value: str
    standing: str


@dataclass(frozen=True)
class Document:
    """A document as it is written.

    Attributes:
        label: What it is called.
        tokens: Its text and its marks.
        characters: Its length.
        suspects: Names of the marks of what seems to give orders to its reader.
    """

    label: str
    tokens: tuple[Token, ...]
    characters: int
    suspects: tuple[str, ...]


@dataclass(frozen=True)
class CaseView:
    """All that the page shows; `telling` is None as long as a first view is waited for.

    Attributes:
        backs: Numbers of the sentences that rest on a place, by its name.
        parts: Names of all marks of a place, where a passage is more than one.
        looked: Whether ties to earlier applications were looked for.
        first_view: Whether a first view has to be given before the rest is shown.
        marks: Whether the reader may say of sentences whether they are right.
        decided: What was decided; empty before.
        notice: Whether the applicant is to be sent an adverse-action notice: `reasons` by the
            reasons of model and rules, `own` where a person declined for reasons of the person's
            own, which no code knows; empty where it was not declined.
    """

    head: Head
    standing: Standing
    distances: tuple[str, ...]
    scale: Picture
    verdict: Verdict
    fall: Waterfall
    steps: Picture
    telling: Telling | None
    backs: Mapping[str, tuple[int, ...]]
    parts: Mapping[str, str]
    documents: tuple[Document, ...]
    form: tuple[FormLine, ...]
    omitted: tuple[tuple[str, str, str], ...]
    conflicts: tuple[Conflict, ...]
    ties: tuple[Tie, ...]
    looked: bool
    graph: Picture
    bar: Bar
    history: tuple[Event, ...]
    evidence: str
    first_view: bool
    marks: bool
    decided: str
    notice: Literal["", "reasons", "own"]


def case_view(given: Given, reader: Reader, asked: Asked) -> CaseView:
    """The page of a case for one reader."""
    voice = reader.voice
    hidden = first_view_wanted(given, reader)
    unit: Unit = "log-odds" if asked.unit == "log-odds" else "points"
    standing, fall, found = standing_of(given), waterfall(given, unit, voice), ties(given, voice)
    marks = Marks(given.record.case)
    suspects, broken = _suspects(given, marks), conflicts(given, marks, voice)
    told = None if hidden else telling(given, marks, voice)
    evidence = given.record.rationale.evidence_digest
    papers = tuple(_documents(given, marks, suspects, voice))
    answered = given.record.rationale.status == "answered"
    return CaseView(
        head=head(given, reader, hidden=hidden),
        standing=standing,
        distances=distances(standing, voice),
        scale=Picture(
            draw_scale(standing, given.basis, voice),
            draw_scale(standing, given.basis, voice, NARROW),
        ),
        verdict=verdict(given, voice, hidden=hidden),
        fall=fall,
        steps=Picture(draw_waterfall(fall, voice), draw_waterfall(fall, voice, NARROW)),
        telling=told,
        backs=_backs(told),
        parts=_parts(papers),
        documents=papers,
        form=tuple(_form(given, voice)),
        omitted=tuple(_omitted(given, voice)),
        conflicts=broken,
        ties=found,
        looked=any(map(is_tie, given.dictionary.fields)),
        graph=Picture(draw_ties(found, voice), draw_ties(found, voice, NARROW)),
        bar=decision_bar(given, reader, asked, hidden=hidden),
        history=history(given.reviews, given.settings, reader, evidence),
        evidence=evidence,
        first_view=hidden,
        marks=answered and reader.person.role in _ACTING,
        decided=given.row.outcome,
        notice=_notice(given),
    )


def _notice(given: Given) -> Literal["", "reasons", "own"]:
    if given.row.outcome != "decline":
        return ""
    decided = Decided(given.record.score, Recommendation.DECLINE, given.record.case)
    try:
        notice(decided, given.basis.policy)
    except DataError:
        return "own"
    return "reasons"


def first_view_wanted(given: Given, reader: Reader) -> bool:
    """Whether this reader has to say what the case looks like before seeing the model's view."""
    acts = reader.person.role in _ACTING
    undecided = given.row.state != "decided"
    asked_for = given.settings.first_view and acts and undecided
    return asked_for and not given_first_view(given, reader.person.name)


def _suspects(given: Given, marks: Marks) -> frozenset[str]:
    """Marks of what seems to give orders to its reader; made first, to keep their look."""
    found = (
        marks.add(Span(fact.document, fact.start, fact.end), "suspect")
        for fact in given.visible
        if fact.suspect and fact.start is not None and fact.end is not None
    )
    return frozenset(name for name in found if name is not None)


def _backs(told: Telling | None) -> dict[str, tuple[int, ...]]:
    """Numbers of the sentences that rest on each mark."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    if told is not None:
        for sentence in (*told.sentences, *told.counter, *told.left_out):
            for target in dict.fromkeys(each.target for each in sentence.sources):
                found[target].append(sentence.number)
    return {target: tuple(numbers) for target, numbers in found.items()}


def _parts(documents: tuple[Document, ...]) -> dict[str, str]:
    """Names of all marks of each passage, with spaces between."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for document in documents:
        for token in document.tokens:
            if token.kind == "open":
                found[token.text].append(token.name)
    return {name: " ".join(names) for name, names in found.items()}


def _documents(
    given: Given, marks: Marks, suspects: frozenset[str], voice: Voice
) -> Iterator[Document]:
    labels = {f.document: f.label for f in given.visible if f.kind == "document"}
    protected = {field.name for field in given.dictionary.protected}
    for name, text in given.record.case.documents.items():
        if name in protected:
            continue
        own = marks.in_(name)
        yield Document(
            label=voice.headed(labels[name]) if name in labels else name,
            tokens=tuple(tokens(text, own)),
            characters=len(text),
            suspects=tuple(each.name for each in own if each.name in suspects),
        )


def _form(given: Given, voice: Voice) -> Iterator[FormLine]:
    for fact in given.visible:
        if fact.kind == "form":
            value = headed(voice.value(fact, given.dictionary))
            yield FormLine(fact.id, voice.headed(fact.label), value, stands(fact, voice))


def _omitted(given: Given, voice: Voice) -> Iterator[tuple[str, str, str]]:
    """Id, name and reason of what was handed in and is not in the file."""
    for fact in given.visible:
        if fact.kind == "omitted":
            yield fact.id, voice.headed(fact.label), voice.of(fact.display)
