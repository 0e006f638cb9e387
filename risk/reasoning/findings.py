"""What deterministic checks found: one record for everything that speaks against a text.

Findings about a claim come from `risk.reasoning.verification`, findings about a document from
`risk.casefile`. No finding means that nothing was found.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from features.language import Language, catalogue


class Check(StrEnum):
    """What was checked."""

    IDS = "ids"
    SLOTS = "slots"
    DIGITS = "digits"
    UNIT = "unit"
    DIRECTION = "direction"
    RANK = "rank"
    LEVEL = "level"
    FEATURE = "feature"
    QUOTE = "quote"
    SOURCE = "source"
    SUBJECT = "subject"
    VERDICT = "verdict"
    CONTRADICTION = "contradiction"
    PROTECTED = "protected"
    LANGUAGE = "language"
    LENGTH = "length"
    FORM = "form"
    INSTRUCTION = "instruction"


class Finding(BaseModel):
    """One thing that a check found wrong.

    Attributes:
        check: The check that failed.
        detail: Which way it failed; with the check it names the message `verify.<check>.<detail>`.
        claim: Position of the claim in the answer, from 0, where a claim failed.
        question: Position of the question in the answer, from 0, where a question failed.
        fact: Id of the fact concerned, such as `F3`, or empty.
        words: The words of the answer that failed, cut short, or empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: Check
    detail: str
    claim: int | None = Described(default=None, ge=0)
    question: int | None = Described(default=None, ge=0)
    fact: str = ""
    words: str = ""

    def worded(self, language: Language) -> str:
        """What was wrong, for the officer who reads it and the back end that mends it."""
        key = f"verify.{self.check}.{self.detail}"
        return catalogue("risk").text(language, key, fact=self.fact, words=self.words)


def suspects_instruction(findings: tuple[Finding, ...]) -> bool:
    """Whether a document of the case seems to give orders to whoever reads it."""
    return any(finding.check is Check.INSTRUCTION for finding in findings)
