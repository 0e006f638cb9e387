"""How a case stands, what a person does about it, and what that leads to: the records."""

from enum import StrEnum
from typing import Literal, NamedTuple

from risk.desk.settings import Outcome
from risk.policy import Recommendation

Action = Literal["decide", "confirm", "return", "ask", "hold", "escalate", "comment"]
Logged = Literal[
    "accept", "override", "propose", "return", "ask", "hold", "escalate", "comment", "claim",
    "release", "assign",
]  # fmt: skip


class State(StrEnum):
    """Where a case stands.

    `second`: one person has proposed an outcome and a second one is waited for. `replaced`: a
    later run of the same night has taken the place of the case's own before it was decided.
    """

    OPEN = "open"
    ASKED = "asked"
    HELD = "held"
    ESCALATED = "escalated"
    SECOND = "second"
    DECIDED = "decided"
    REPLACED = "replaced"

    @property
    def final(self) -> bool:
        """Whether nobody has anything left to do about the case."""
        return self in (State.DECIDED, State.REPLACED)


class Role(StrEnum):
    """What a person is at the desk for; the last two look on and never act on a case."""

    OFFICER = "officer"
    SENIOR = "senior"
    VALIDATOR = "validator"
    ADMINISTRATOR = "administrator"


class Person(NamedTuple):
    """Who acts, by the name that reviews are signed with, and in which role."""

    name: str
    role: Role


class Proposal(NamedTuple):
    """What a first person has proposed.

    Attributes:
        outcome: The outcome proposed.
        reason_code: Why, where it overrides the model.
        evidence: Evidence digest that the person was shown.
    """

    outcome: Outcome
    reason_code: str
    evidence: str


class Standing(NamedTuple):
    """How a case stands, as far as rules look at it.

    Attributes:
        state: Where it stands.
        holder: Who works on it; empty for nobody.
        proposer: Who proposed an outcome; empty for nobody.
        evidence: Evidence digest of the case as it is now.
        amount: Amount applied for; None where it is unknown.
        model_recommendation: Of model and hard rules.
        proposal: What is proposed, where a second person is waited for.
    """

    state: State
    holder: str
    proposer: str
    evidence: str
    amount: float | None
    model_recommendation: Recommendation
    proposal: Proposal | None = None


class Act(NamedTuple):
    """What a person does about a case.

    Attributes:
        action: What it is.
        outcome: What is decided; for `confirm` None, or the outcome that is to be confirmed.
        reason_code: Why, of the desk's list; needed to override.
        comment: Why, in words.
        evidence: Evidence digest that the person was shown.
    """

    action: Action
    outcome: Outcome | None = None
    reason_code: str = ""
    comment: str = ""
    evidence: str = ""


class Step(NamedTuple):
    """What follows from an act.

    Attributes:
        state: Where the case stands then.
        logged: What the review log calls it.
        holder: Who works on it then.
        proposer: Who has proposed an outcome then.
        outcome: What was proposed or decided; None where nothing was.
        reason_code: Why.
    """

    state: State
    logged: Logged
    holder: str
    proposer: str
    outcome: Outcome | None = None
    reason_code: str = ""
