"""A claim together with how it came about: its pattern, what fills it, and the facts behind it.

Whoever corrupts a claim changes one of these and lets the claim be made anew.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning import slots
from risk.reasoning.claims import Answer, Claim, ClaimKind, Direction, NoOpinion, Opinion, Quote
from tests.fake_r1.phrases import PLACE

MOST = {"zh": 110, "en": 42}  # a little less than what is asked for, as fills differ in length


class Draft(NamedTuple):
    """One claim in the making.

    Attributes:
        kind: The claim's kind.
        direction: What it is said to mean for the risk.
        pattern: The sentence with placeholders.
        fills: The words or slots for each placeholder of the pattern.
        facts: Facts it rests on.
        roles: What each fact is in the claim: S score, V value, D document, ...
        quotes: Passages it quotes, as pairs of fact and text.
        language: The language of the sentence.
    """

    kind: ClaimKind
    direction: Direction
    pattern: str
    fills: Mapping[str, str]
    facts: tuple[str, ...]
    roles: Mapping[str, str]
    quotes: tuple[tuple[str, str], ...]
    language: Language

    def filled(self, **fills: str) -> "Draft":
        """The draft with other fills."""
        return self._replace(fills={**self.fills, **fills})

    @property
    def sentence(self) -> str:
        """The pattern with its placeholders filled, and punctuation and capitals put right."""
        text = PLACE.sub(lambda place: self.fills[place[1]], self.pattern)
        if self.language == "en":
            return text[:1].upper() + text[1:]
        return text if text[-1] in "。？" else text + "。"

    @property
    def claim(self) -> Claim:
        """The claim it stands for."""
        return Claim(
            kind=self.kind, direction=self.direction, facts=self.facts, sentence=self.sentence,
            quotes=tuple(Quote(fact=fact, text=text) for fact, text in self.quotes),
        )  # fmt: skip


class Drafted(NamedTuple):
    """An answer in drafts."""

    drafts: tuple[Draft, ...]
    questions: tuple[str, ...]
    opinion: Opinion | NoOpinion

    @property
    def answer(self) -> Answer:
        """The answer they make."""
        claims = tuple(draft.claim for draft in self.drafts)
        return Answer(claims=claims, questions=self.questions, opinion=self.opinion)

    def with_draft(self, at: int, draft: Draft) -> "Drafted":
        """The answer with one draft replaced."""
        drafts = (*self.drafts[:at], draft, *self.drafts[at + 1 :])
        return self._replace(drafts=drafts)


def fits(sentence: str, case: CaseFile, quotes: Sequence[Quote], language: Language) -> bool:
    """Whether a sentence keeps to the asked length, open or filled."""
    filled = slots.fill(sentence, case, quotes, language)
    size = len(filled.split()) if language == "en" else len(filled)
    return size <= MOST[language]
