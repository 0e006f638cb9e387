"""Verified claims as a short text, each sentence with the evidence it rests on.

Values, quotes and standings come from the case file. A struck claim is kept and marked, and is no
part of the text.
"""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning import slots
from risk.reasoning.claims import Answer, Claim, ClaimKind
from risk.reasoning.findings import Finding

MAX_CHARACTERS_ZH = 300
MAX_WORDS_EN = 150


class Mark(StrEnum):
    """What a sentence rests on."""

    CITED = "cited"
    INFERRED = "inferred"
    CONFLICT = "conflict"
    GAP = "gap"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Strict):
    """Where to look: a field of the form, or a span of a document kept in the case file."""

    fact: str
    field: str
    document: str = ""
    start: int | None = None
    end: int | None = None


class Sentence(_Strict):
    """One claim as people read it.

    Attributes:
        text: The sentence, values filled in.
        kind: What the claim is about.
        mark: What it rests on.
        claim: Position of the claim in the answer, from 0.
        evidence: What it rests on, fact by fact.
        struck: It failed a check and is no part of the text.
        why: What it failed on, in the language of the text.
        left_out: It holds, and there was no room for it.
    """

    text: str
    kind: ClaimKind
    mark: Mark
    claim: int
    evidence: tuple[Evidence, ...] = ()
    struck: bool = False
    why: tuple[str, ...] = ()
    left_out: bool = False


class Question(_Strict):
    """A question to the applicant; struck where it failed a check."""

    text: str
    struck: bool = False
    why: tuple[str, ...] = ()


class Narrative(_Strict):
    """The text on one case.

    Attributes:
        language: Its language.
        sentences: In reading order: drivers by rank, conflicts, documents, the rest; struck and
            left-out ones in their place.
        questions: What to ask the applicant.
    """

    language: Language
    sentences: tuple[Sentence, ...]
    questions: tuple[Question, ...] = ()

    @property
    def told(self) -> tuple[Sentence, ...]:
        """The sentences of the text."""
        return tuple(s for s in self.sentences if not s.struck and not s.left_out)

    @property
    def text(self) -> str:
        """The text: at most 300 characters of Chinese, or 150 words of English."""
        return _joined([sentence.text for sentence in self.told], self.language)


def narrate(
    answer: Answer, case: CaseFile, findings: Sequence[Finding], language: Language
) -> Narrative:
    """Turn an answer into the text people read.

    Args:
        answer: The answer.
        case: Its case file.
        findings: What `verify` found; each strikes the claim or question it names.
        language: The language it was asked and verified in.

    Returns:
        The text with its evidence; what is least important is left out where it is too long.
    """
    order = sorted(range(len(answer.claims)), key=lambda at: _place(answer.claims[at], at, case))
    told = [_sentence(answer.claims[at], at, case, findings, language) for at in order]
    weights = {at: _weight(answer.claims[at], case) for at in order}
    told = _shortened(told, weights, language)
    questions = tuple(
        Question(
            text=slots.fill(question, case, (), language),
            struck=bool(why := _why(findings, language, question=at)),
            why=why,
        )
        for at, question in enumerate(answer.questions)
    )
    return Narrative(language=language, sentences=tuple(told), questions=questions)


def _sentence(
    claim: Claim, at: int, case: CaseFile, findings: Sequence[Finding], language: Language
) -> Sentence:
    why = _why(findings, language, claim=at)
    return Sentence(
        text=_closed(slots.fill(claim.sentence, case, claim.quotes, language), language),
        kind=claim.kind,
        mark=_mark(claim),
        claim=at,
        evidence=tuple(_evidence(claim, case)),
        struck=bool(why),
        why=why,
    )


def _why(
    findings: Sequence[Finding],
    language: Language,
    *,
    claim: int | None = None,
    question: int | None = None,
) -> tuple[str, ...]:
    said = [f.worded(language) for f in findings if (f.claim, f.question) == (claim, question)]
    return tuple(dict.fromkeys(said))


def _mark(claim: Claim) -> Mark:
    """A sentence is cited where a value or a quote stands in it, not where it only could."""
    if claim.kind is ClaimKind.CONTRADICTION:
        return Mark.CONFLICT
    if claim.kind is ClaimKind.MISSING_INFORMATION:
        return Mark.GAP
    return Mark.CITED if slots.SLOT.search(claim.sentence) else Mark.INFERRED


def _evidence(claim: Claim, case: CaseFile) -> list[Evidence]:
    found: list[Evidence] = []
    for fact in (case.by_id[name] for name in claim.facts if name in case.by_id):
        quoted = [quote.text for quote in claim.quotes if quote.fact == fact.id]
        spans: list[tuple[int | None, int | None]] = [
            span for text in quoted if (span := _span(fact, text, case))
        ]
        for start, end in spans or [(fact.start, fact.end)]:
            found.append(
                Evidence(
                    fact=fact.id, field=fact.field, document=fact.document, start=start, end=end
                )
            )
    return found


def _span(fact: Fact, quote: str, case: CaseFile) -> tuple[int, int] | None:
    """Where a quote stands in its document; None where it does not."""
    if fact.start is None:
        return None
    at = case.documents.get(fact.document, "").find(quote, fact.start, fact.end)
    return (at, at + len(quote)) if at >= 0 else None


_READING = (
    ClaimKind.SCORE_DRIVER,
    ClaimKind.CONTRADICTION,
    ClaimKind.DOCUMENT,
    ClaimKind.ASSOCIATION,
    ClaimKind.COUNTER,
    ClaimKind.MISSING_INFORMATION,
)
_WEIGHTS = {
    ClaimKind.CONTRADICTION: 0.5,
    ClaimKind.COUNTER: 2.3,
    ClaimKind.DOCUMENT: 2.6,
    ClaimKind.ASSOCIATION: 3.4,
    ClaimKind.MISSING_INFORMATION: 3.6,
}


def _place(claim: Claim, at: int, case: CaseFile) -> tuple[int, float, int]:
    rank = _rank(claim, case) if claim.kind is ClaimKind.SCORE_DRIVER else 0.0
    return _READING.index(claim.kind), rank, at


def _weight(claim: Claim, case: CaseFile) -> float:
    """How soon a claim is left out; conflicts last, drivers by their rank."""
    return _WEIGHTS.get(claim.kind) or _rank(claim, case)


def _rank(claim: Claim, case: CaseFile) -> float:
    ranks = [f.rank for name in claim.facts if (f := case.by_id.get(name)) and f.rank]
    return float(min(ranks, default=99))


def _shortened(
    told: Sequence[Sentence], weights: dict[int, float], language: Language
) -> list[Sentence]:
    """Leave out the least important sentences until the rest fit."""
    kept = {s.claim: s for s in told if not s.struck}
    while kept and _size([s.text for s in kept.values()], language) > _limit(language):
        del kept[max(kept, key=lambda at: (weights[at], at))]
    return [
        s if s.struck or s.claim in kept else s.model_copy(update={"left_out": True}) for s in told
    ]


def _limit(language: Language) -> int:
    return MAX_CHARACTERS_ZH if language == "zh" else MAX_WORDS_EN


def _size(texts: Sequence[str], language: Language) -> int:
    joined = _joined(texts, language)
    return len(joined) if language == "zh" else len(joined.split())


def _joined(texts: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(texts)


def _closed(text: str, language: Language) -> str:
    """The sentence with its first letter raised and a mark at its end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    if text.endswith(("。", "！", "？", ".", "!", "?", "；")):
        return text
    return text + ("。" if language == "zh" else ".")
