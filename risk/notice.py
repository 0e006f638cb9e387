"""The adverse-action notice: why an application was declined, and what the applicant may do.

It rests on reason codes and hard rules alone; no word of a language model ever stands in it. Nor
does the PD, points or a grade: a number says nothing about why, and "the score was too low" is no
reason before the law. Which disclosures a lender owes beyond this, such as those about credit
reports, depends on the law it works under; it writes them into `further`.

Source:
    12 CFR 1002.9 (Regulation B) and its official interpretation; Regulation (EU) 2016/679,
    Articles 15(1)(h) and 22(3); Regulation (EU) 2024/1689, Article 86; Personal Information
    Protection Law of the People's Republic of China, Article 24.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described

from features.errors import DataError
from features.language import LANGUAGES, Language, Text, catalogue
from risk.casefile import CaseFile, Fact
from risk.decision import Score
from risk.display import day_shown
from risk.policy import Policy, Recommendation
from risk.sheet import Block, Heading, Pairs, Paragraph, Points, Sheet
from risk.wording import unworded

MOST_REASONS = 4
"""More are not likely to help an applicant (official interpretation of 12 CFR 1002.9(b)(2))."""
_NOTHING = Text(zh="", en="")


class NoticeSettings(BaseModel):
    """Who writes to applicants, and under which law: the `[notice]` table of `risk.toml`.

    The language of a notice says nothing about the law, so no law is named unless one is chosen.

    Attributes:
        lender: Name of the lender, which is responsible for the decision.
        contact: Where an applicant turns to: telephone, address, office.
        address: Postal address of the lender; needed under United States law.
        supervisor: Who supervises the lender, with its address; needed under United States law.
        law: Which rules the notice refers to: `eu`, `us`, `cn`, or `none`.
        review_days: Days after the notice within which a review can be asked for.
        further: What the lender has to add, such as disclosures about credit reports.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lender: Text
    contact: Text
    address: Text = _NOTHING
    supervisor: Text = _NOTHING
    law: Literal["eu", "us", "cn", "none"] = "none"
    review_days: int = Described(default=30, ge=1, le=365)
    further: Text = _NOTHING

    @model_validator(mode="after")
    def _says_who_and_where(self) -> Self:
        needed = {"lender": self.lender, "contact": self.contact}
        if self.law == "us":
            needed |= {"address": self.address, "supervisor": self.supervisor}
        for name, text in needed.items():
            if not all(text.in_(language).strip() for language in LANGUAGES):
                law = ' under law = "us"' if name in ("address", "supervisor") else ""
                raise ValueError(f"a notice needs {name}{law}; give it in Chinese and English")
        return self


class Decided(NamedTuple):
    """How an application stands.

    Attributes:
        score: Of the model and the hard rules.
        recommendation: What became of it in the end.
        case: Its case file; of it, only the reasons of its score are read.
    """

    score: Score
    recommendation: Recommendation
    case: CaseFile


@dataclass(frozen=True)
class Notice:
    """Why an application was declined.

    Attributes:
        application_id: The application.
        rules: Labels of the hard rules that declined it.
        drivers: What raised its risk, the largest first, where the model declined it; with the
            rules at most four.
        unworded: Of those drivers, the fields and groups that the dictionary has no wording for.
    """

    application_id: str
    rules: tuple[Text, ...]
    drivers: tuple[Text, ...]
    unworded: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[Text, ...]:
        """The principal reasons: rules first, since one of them is enough."""
        return (*self.rules, *self.drivers)


def notice(decided: Decided, policy: Policy) -> Notice:
    """The reasons for which an application was declined, and no others.

    A hard rule that declined is a reason; what the model says is one only where the model alone
    would have declined too. The words of a reason code are those of the dictionary, or a sentence
    with its label, and a missing value is said to be missing (`risk.wording.wording`).

    Args:
        decided: How it stands.
        policy: The policy by which it was scored.

    Raises:
        DataError: It was not declined, or nothing is known that speaks against it.
    """
    score = decided.score
    check_declined(score.application_id, decided.recommendation)
    rules = tuple(_rules(score, policy))[:MOST_REASONS]
    facts = tuple(_drivers(decided)) if _model_declines(score, policy) else ()
    facts = facts[: MOST_REASONS - len(rules)]
    bare = tuple(fact.code for fact in facts if _bare(fact))
    found = Notice(score.application_id, rules, tuple(map(_worded, facts)), bare)
    if not found.reasons:
        raise DataError(
            f"{score.application_id} was declined and no reason code says why, so there is nothing "
            "true to write; let a person look at it, and at the cut-offs in risk.toml"
        )
    return found


def check_declined(application_id: str, recommendation: Recommendation) -> None:
    """Refuse an application that was not declined.

    Raises:
        DataError: It is approved, or referred to a person.
    """
    if recommendation is Recommendation.APPROVE:
        raise DataError(
            f"{application_id} is approved; a notice is for a declined application only"
        )
    if recommendation is Recommendation.REFER:
        raise DataError(
            f"{application_id} is referred to a person, and this run knows of no decision; a "
            "notice of one has to state the person's own reasons, which no reason code knows"
        )


def letter(found: Notice, settings: NoticeSettings, day: date, language: Language) -> Sheet:
    """The notice as an applicant reads it.

    Args:
        found: The reasons.
        settings: Who writes.
        day: Date of the notice.
        language: Its language.
    """
    say = _Words(settings, day, language)
    return Sheet(
        title=say("title"),
        language=language,
        blocks=tuple(_blocks(found, say)),
        head=tuple(line for line in (say.lender, *say.address.splitlines()) if line),
    )


class _Words:
    """The catalogue's words, with lender and day filled in."""

    def __init__(self, settings: NoticeSettings, day: date, language: Language) -> None:
        self.settings, self.language, self.day = settings, language, day
        self.lender = settings.lender.in_(language)
        self.address = settings.address.in_(language)

    def __call__(self, key: str, **values: str) -> str:
        texts = catalogue("risk")
        return texts.text(self.language, f"notice.{key}", lender=self.lender, **values)

    def date(self, days: int = 0) -> str:
        """A day after the notice's own."""
        return day_shown(self.day + timedelta(days=days), self.language)


def _blocks(found: Notice, say: _Words) -> Iterator[Block]:
    yield Pairs(((say("date"), say.date()), (say("application"), found.application_id)))
    yield Paragraph(say("greeting"))
    yield Paragraph(say("declined"))
    yield Heading(say("reasons"))
    yield Paragraph(say("principal"))
    yield Points(tuple(each.in_(say.language) for each in found.reasons), numbered=True)
    if found.drivers:
        yield Paragraph(say("compared"))
    yield Heading(say("decider"))
    yield Paragraph(say("responsible"))
    yield Heading(say("rights"))
    yield Points(tuple(say(f"right.{name}") for name in ("explanation", "person", "contest")))
    if say.settings.law in ("eu", "cn"):
        yield Paragraph(say(f"law.{say.settings.law}"))
    yield from _turning(say)


def _turning(say: _Words) -> Iterator[Block]:
    """Where to turn, until when, and what the lender has to add."""
    settings, language = say.settings, say.language
    yield Heading(say("turn"))
    yield Paragraph(say("until", until=say.date(settings.review_days)))
    yield Paragraph(settings.contact.in_(language))
    supervisor = settings.supervisor.in_(language)
    if supervisor and settings.law != "us":
        yield Paragraph(say("supervisor", supervisor=supervisor))
    if settings.law == "us":
        yield Heading(say("law.us.title"))
        yield Paragraph(say("law.us", supervisor=supervisor))
    if further := settings.further.in_(language):
        yield Paragraph(further)
    yield Paragraph(say("end"))


def _model_declines(score: Score, policy: Policy) -> bool:
    """Whether the model would have declined without any hard rule."""
    bare = policy.model_copy(update={"rules": ()})
    pd_, points = np.array([score.pd_model]), np.array([score.points])
    said, _ = bare.recommend(pd_, points, pd.DataFrame(index=[0]))
    return str(said[0]) == Recommendation.DECLINE


def _rules(score: Score, policy: Policy) -> Iterator[Text]:
    """Labels of the rules that declined; one that only referred is no reason for it."""
    known = {rule.name: rule for rule in policy.rules}
    if gone := sorted(set(score.rules) - known.keys()):
        raise DataError(
            f'{score.application_id} hit the hard rule "{gone[0]}", which the policy of its run '
            "does not have; give the run in which it was scored"
        )
    hit = (known[name] for name in score.rules)
    yield from (rule.label for rule in hit if rule.decision is Recommendation.DECLINE)


def _drivers(decided: Decided) -> Iterator[Fact]:
    """The adverse reasons as the case file has them, the largest first."""
    facts = decided.case.of_kind("score")
    words = {fact.code: fact for fact in facts if fact.direction == "raises"}
    for reason in sorted(decided.score.reasons, key=lambda reason: reason.rank):
        if reason.code not in words:
            raise DataError(
                f"the case file of {decided.score.application_id} lacks its reason {reason.code}; "
                "reason about it again"
            )
        yield words[reason.code]


def _bare(fact: Fact) -> bool:
    """Whether the dictionary has no wording for a reason, so that only its label can be told."""
    return fact.display == unworded(fact.label)


def _worded(fact: Fact) -> Text:
    """A reason as it is told to an applicant."""
    if not _bare(fact):
        return fact.display
    texts = catalogue("risk")
    return Text(
        **{
            each: texts.text(each, "notice.reason", label=fact.label.in_(each))
            for each in LANGUAGES
        }
    )
