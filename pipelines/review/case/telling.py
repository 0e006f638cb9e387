"""The narrative as the page tells it: each sentence with its mark and the way to what it rests on.

Marks are the narrative's own (`risk.reasoning.narrative`). Evidence that is not where it is said
to be is named as such, and leads nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from features.language import Language
from pipelines.review.case.documents import Marks
from pipelines.review.case.given import Given, Voice
from pipelines.review.rendering import headed
from risk.casefile import Fact
from risk.display import standing
from risk.reasoning.claims import ClaimKind, Opinion
from risk.reasoning.narrative import Evidence, Question, Sentence

_LONGEST_QUOTE = 90


class Source(NamedTuple):
    """What a sentence rests on.

    Attributes:
        fact: Id of the fact; empty where the case has no such fact.
        label: What it is called.
        value: Its value, or the beginning of the passage.
        quoted: Whether the value is a passage of a document.
        target: Where it stands on this page; empty where it does not.
    """

    fact: str
    label: str
    value: str
    quoted: bool = False
    target: str = ""


@dataclass(frozen=True)
class Told:
    """A sentence as it is shown.

    Attributes:
        number: Its place on the page, from 1.
        claim: Its place in the answer, from 0; what marks of officers name it by.
        text: The sentence.
        mark: `cited`, `inferred`, `conflict` or `gap`.
        kind: What it is about.
        struck: Whether it failed a check.
        why: What it failed on.
        sources: What it rests on.
    """

    number: int
    claim: int
    text: str
    mark: str
    kind: str
    struck: bool
    why: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Telling:
    """All that the reasoning pass said of a case.

    Attributes:
        language: Language of the sentences.
        by: Who wrote them: `template`, or the name of the model.
        template: Whether the template wrote them.
        sentences: The text, what was struck in its place.
        counter: The strongest case against the score.
        left_out: What holds and found no room.
        questions: What to ask the applicant.
        opinion: The opinion in words; empty without one.
        notes: What there is to know of the text, in words.
    """

    language: Language
    by: str
    template: bool
    sentences: tuple[Told, ...]
    counter: tuple[Told, ...]
    left_out: tuple[Told, ...]
    questions: tuple[Question, ...]
    opinion: str
    notes: tuple[str, ...]


def telling(given: Given, marks: Marks, voice: Voice) -> Telling:
    """What the reasoning pass said; every passage that it rests on is marked in `marks`."""
    rationale = given.record.rationale
    finder = _Finder(given, marks, voice)
    numbered = list(enumerate(rationale.narrative.sentences, 1))
    told = [(each, finder.told(n, each)) for n, each in numbered]
    against = [t for s, t in told if s.kind is ClaimKind.COUNTER and not s.left_out]
    return Telling(
        language=rationale.narrative.language,
        by=rationale.model or rationale.narrative_by,
        template=rationale.narrative_by == "template",
        sentences=tuple(t for s, t in told if s.kind is not ClaimKind.COUNTER and not s.left_out),
        counter=tuple(against),
        left_out=tuple(t for s, t in told if s.left_out),
        questions=rationale.narrative.questions,
        opinion=_opinion(given, voice),
        notes=tuple(_notes(given, voice)),
    )


class _Finder:
    """Finds what sentences rest on among the facts that may be shown."""

    def __init__(self, given: Given, marks: Marks, voice: Voice) -> None:
        self._facts = {fact.id: fact for fact in given.visible}
        self._findings = given.record.rationale.findings
        self._dictionary, self._marks, self._voice = given.dictionary, marks, voice

    def told(self, number: int, sentence: Sentence) -> Told:
        return Told(
            number=number,
            claim=sentence.claim,
            text=sentence.text,
            mark=sentence.mark,
            kind=sentence.kind,
            struck=sentence.struck,
            why=self._why(sentence),
            sources=tuple(self._source(each) for each in sentence.evidence),
        )

    def _why(self, sentence: Sentence) -> tuple[str, ...]:
        """What a sentence failed on, for a reader of pages; the record says it to the back end."""
        failed = [each.check for each in self._findings if each.claim == sentence.claim]
        said = tuple(dict.fromkeys(self._voice.say(f"failed.{check}") for check in failed))
        return said if sentence.struck and said else sentence.why

    def _source(self, evidence: Evidence) -> Source:
        fact = self._facts.get(evidence.fact)
        if fact is None:
            return Source("", self._voice.say("source.unknown"), "")
        label = self._voice.headed(fact.label)
        if not evidence.document:
            # A score fact's wording names it; all others are named by their label.
            value, target = self._value(fact), f"fact-{fact.id}"
            if fact.kind == "score":
                return Source(fact.id, headed(value), headed(value), target=target)
            return Source(fact.id, label, value, target=target)
        name = self._marks.of(evidence)
        if name is None:
            return Source(fact.id, label, self._voice.say("source.moved"))
        quote = self._marks.text_of(name)
        return Source(fact.id, label, _short(quote), quoted=True, target=name)

    def _value(self, fact: Fact) -> str:
        form = fact.kind == "form"
        display = (
            self._voice.value(fact, self._dictionary) if form else self._voice.of(fact.display)
        )
        said = stands(fact, self._voice)
        if not said:
            return display
        return self._voice.say("source.standing", value=display, standing=said)


def stands(fact: Fact, voice: Voice) -> str:
    """Where a value stands among applicants; empty where that is not known."""
    if fact.below is None or fact.above is None:
        return ""
    return standing(fact.below, fact.above, voice.language)


def _short(text: str) -> str:
    flat = " ".join(text[: 2 * _LONGEST_QUOTE].split())
    return flat if len(flat) <= _LONGEST_QUOTE else flat[: _LONGEST_QUOTE - 1] + "…"


def _opinion(given: Given, voice: Voice) -> str:
    opinion = given.record.rationale.opinion
    if opinion is None:
        return ""
    if isinstance(opinion, Opinion):
        sure = voice.say(f"confidence.{opinion.confidence}")
        if opinion.stance == "agree":
            return voice.say("opinion.agree", confidence=sure)
        return voice.say(f"opinion.concern.{opinion.direction}", confidence=sure)
    return voice.say(f"opinion.none.{opinion.no_opinion}")


def _notes(given: Given, voice: Voice) -> Iterable[str]:
    """What there is to know of the text before it is read."""
    rationale = given.record.rationale
    if rationale.status != "answered":
        yield voice.say(f"note.{rationale.status}", code=rationale.code)
    elif rationale.narrative_by == "template":
        yield voice.say("note.template")
    if rationale.case_digest != given.record.case.digest:
        yield voice.say("note.other-case")
    if rationale.repaired:
        yield voice.say("note.repaired", count=len(rationale.first_findings))
    if rationale.narrative.language != voice.language:
        yield voice.say(f"note.language.{rationale.narrative.language}")
