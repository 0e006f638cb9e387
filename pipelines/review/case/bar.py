"""What a person may do about a case: asked of the rules of the desk, action by action."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from pipelines.review.case.given import Given, Reader
from pipelines.store import StoredReview
from pipelines.store.desk import DeskRow
from risk.desk import (
    Act,
    Action,
    DeskError,
    Outcome,
    OverrideReason,
    Person,
    Proposal,
    Standing,
    State,
    claim,
    is_override,
    needs_second,
    release,
    step,
)

Decide = Literal[
    "approve", "decline", "confirm", "return", "ask", "hold", "escalate", "comment"
]  # fmt: skip
DECIDES: Final[tuple[Decide, ...]] = get_args(Decide)
VIEW: Final = "first-view"
"""The form that stands on the page itself, as long as a first view is waited for."""
KEYS: Final[Mapping[Decide, str]] = {
    "approve": "a", "decline": "d", "confirm": "y", "return": "r", "ask": "i", "hold": "h",
    "escalate": "e", "comment": "m",
}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """Something that the reader may do.

    Attributes:
        decide: What it is.
        action: Where its form goes.
        outcome: What it decides; None where it decides nothing.
        override: Whether it decides otherwise than the model.
        second: Whether another person has to confirm it.
        comment: Whether it needs a comment.
        agrees: Whether it decides what is recommended in the end.
    """

    decide: Decide
    action: Action
    outcome: Outcome | None = None
    override: bool = False
    second: bool = False
    comment: bool = False
    agrees: bool = False

    @property
    def key(self) -> str:
        """Its key."""
        return KEYS[self.decide]

    @property
    def name(self) -> str:
        """What follows `case.bar.` in the key of its words."""
        if self.action == "confirm" and self.outcome:
            return f"confirm.{self.outcome}"
        if self.action != "decide":
            return self.decide
        how = "override" if self.override else "accept" if self.agrees else "own"
        return f"{self.decide}.{how}"

    @property
    def leads(self) -> bool:
        """Whether it is what one does unless something speaks against it."""
        return self.agrees or self.action == "confirm"


@dataclass(frozen=True)
class Asked:
    """What the page was asked to show, and what was typed into it before.

    Attributes:
        decide: The form that is open; empty for none.
        unit: What the waterfall is counted in.
        typed: What was typed into the form.
        problem: Why it was not done, in words; empty where nothing is wrong.
    """

    decide: str = ""
    unit: str = "points"
    typed: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Bar:
    """The decision bar.

    Attributes:
        offers: What the reader may do.
        opened: The one whose form is open; None where none is.
        proposed: What is proposed and by whom, in words; empty where nothing is.
        said: What the proposer wrote; empty where that was nothing.
        why_not: Why no decision is offered, in words; empty where one is.
        reasons: Why a person may override.
        claims: Whether the reader may take the case.
        releases: Whether the reader may give it back.
    """

    offers: tuple[Offer, ...]
    opened: Offer | None
    proposed: str
    said: str
    why_not: str
    reasons: tuple[OverrideReason, ...]
    claims: bool
    releases: bool


def decision_bar(given: Given, reader: Reader, asked: Asked, *, hidden: bool = False) -> Bar:
    """What the reader may do now.

    Args:
        given: The case.
        reader: Who reads it.
        asked: Says which form is open.
        hidden: Whether a first view has to be given before anything is decided.
    """
    rules = _Rules(given, reader.person)
    offers = tuple(each for each in rules.offers() if not (hidden and each.outcome))
    decides = any(each.outcome for each in offers)
    why = "" if decides else "first-view" if hidden else rules.refused
    holder = reader.named(given.row.holder)
    return Bar(
        offers=offers,
        opened=next((each for each in offers if each.decide == asked.decide), None),
        proposed=_proposed(given, rules.standing, reader),
        said=_said(given) if rules.standing.proposal else "",
        why_not=reader.voice.say(f"bar.why.{why}", holder=holder) if why else "",
        reasons=given.settings.reasons,
        claims=given.row.holder != reader.person.name and rules.may_claim(),
        releases=given.row.holder != "" and rules.may_release(),
    )


class _Rules:
    """The rules of the desk, asked what one person may do about one case."""

    def __init__(self, given: Given, person: Person) -> None:
        self._settings, self._person = given.settings, person
        self.standing = standing_of(given)
        self._recommended = given.record.decision.recommendation
        self.refused = ""

    def offers(self) -> Iterator[Offer]:
        """Everything that would be done if it were asked for, whatever of it is to be filled in.

        `refused` holds afterwards why a decision would not be.
        """
        for decide in DECIDES:
            offer = self._offer(decide)
            if self._allows(offer):
                yield offer

    def _offer(self, decide: Decide) -> Offer:
        if decide == "confirm":
            proposal = self.standing.proposal
            return Offer(decide, "confirm", proposal.outcome if proposal else None)
        if decide != "approve" and decide != "decline":
            return Offer(decide, decide, comment=True)
        override = is_override(self.standing.model_recommendation, decide)
        second = needs_second(self._settings, self.standing.amount, override=override)
        agrees = self._recommended == decide
        return Offer(decide, "decide", decide, override, second, override, agrees)

    def _allows(self, offer: Offer) -> bool:
        act = Act(
            offer.action, offer.outcome, self._settings.reasons[0].code, "-", self.standing.evidence
        )
        try:
            step(self.standing, act, self._person, self._settings)
        except DeskError as error:
            # The reader of a proposal wants to know why it cannot be confirmed, and all others
            # why the case cannot be decided.
            wanted = "confirm" if self.standing.state is State.SECOND else "approve"
            if offer.decide == wanted:
                self.refused = "decided" if self.standing.state is State.DECIDED else error.why
            return False
        return True

    def may_claim(self) -> bool:
        try:
            claim(self.standing, self._person)
        except DeskError:
            return False
        return True

    def may_release(self) -> bool:
        try:
            release(self.standing, self._person)
        except DeskError:
            return False
        return True


def standing_of(given: Given) -> Standing:
    """How a case stands, with what its record says now: the desk may not have heard of it yet."""
    row, record = given.row, given.record
    return Standing(
        state=row.state,
        holder=row.holder,
        proposer=row.proposer,
        evidence=record.rationale.evidence_digest,
        amount=row.amount,
        model_recommendation=record.decision.model_recommendation,
        proposal=_proposal(row, given.reviews),
    )


def _proposal(row: DeskRow, reviews: tuple[StoredReview, ...]) -> Proposal | None:
    """The proposal that a second person looks at."""
    found = _proposing(row, reviews)
    if found is None or row.state is not State.SECOND:
        return None
    outcome: Outcome = "approve" if found.recommendation == "approve" else "decline"
    return Proposal(outcome, found.reason_code, found.evidence_digest)


def _proposing(row: DeskRow, reviews: tuple[StoredReview, ...]) -> StoredReview | None:
    return next((each for each in reviews if each.id == row.proposal), None)


def _said(given: Given) -> str:
    found = _proposing(given.row, given.reviews)
    return found.comment if found else ""


def _proposed(given: Given, standing: Standing, reader: Reader) -> str:
    if standing.proposal is None:
        return ""
    voice = reader.voice
    override = is_override(standing.model_recommendation, standing.proposal.outcome)
    said = voice.say(
        f"bar.proposed.{standing.proposal.outcome}", person=reader.named(standing.proposer)
    )
    labels = {each.code: voice.of(each.label) for each in given.settings.reasons}
    reason = labels.get(standing.proposal.reason_code, standing.proposal.reason_code)
    return voice.say("bar.proposed.override", said=said, reason=reason) if override else said
