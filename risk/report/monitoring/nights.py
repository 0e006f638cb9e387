"""What is known of each night, in figures: what the sections of a monitoring report rest on.

Where the figures come from, folders and a store, is no affair of those who read them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd

from features.encoding import FloatArray
from features.language import Text
from risk.report.document import Light, Limits
from risk.report.limits import ValidationLimits
from risk.validation.change import Change, Share, change
from risk.validation.stability import Shift
from risk.validation.vintages import Days

LAST = "last_night"
"""Sample of a figure that is about the last night."""
BEFORE = 14
"""Nights that a night is held against, those before it."""
NO_NIGHTS, NO_BEFORE = "no-nights", "no-nights-before"
"""Why a figure has no value: keys `because.<key>` of the catalogue."""


class ScoreSpread(NamedTuple):
    """How the scores of a night lie: mean PD, and the 10th, 50th and 90th percentile of points."""

    mean_pd: float
    p10: float
    p50: float
    p90: float


class FieldMove(NamedTuple):
    """How far one input of the model has moved.

    Attributes:
        field: Its name.
        rows: Rows that were counted for it.
        moved: CSI in nats, its mean by chance, and the test.
    """

    field: str
    rows: int
    moved: Shift


@dataclass(frozen=True)
class Rationales:
    """What became of a night's cases, and how good what was said is.

    Attributes:
        cases: Cases of the night.
        answered: Those with an answer, be it of a later night.
        late: Those of them that a later night answered.
        failed: Those whose reply was no answer.
        moved: Those that reasoning moved.
        replied: Replies that this night brought, to cases of earlier nights too.
        verified: Those of them in which every check held.
        claims: Claims in them.
        struck: Claims struck.
        prompt_tokens: Tokens read for them.
        answer_tokens: Tokens written.
    """

    cases: int = 0
    answered: int = 0
    late: int = 0
    failed: int = 0
    moved: int = 0
    replied: int = 0
    verified: int = 0
    claims: int = 0
    struck: int = 0
    prompt_tokens: float = 0
    answer_tokens: float = 0

    @property
    def pending(self) -> int:
        """Cases that still wait for an answer."""
        return self.cases - self.answered - self.failed


NO_CASES = Rationales()


class Reviewed(NamedTuple):
    """Cases of a night that a person decided, and those decided otherwise than recommended."""

    decided: int = 0
    overridden: int = 0


NOBODY = Reviewed()


@dataclass(frozen=True)
class NightFigures:
    """One night.

    Attributes:
        day: Its business date, such as "2026-11-27".
        judged: Whether it has lights; False where it is read for comparison alone.
        made_with: Digests of model, policy and dictionary, by these names.
        read: Rows of the source.
        scored: Rows scored.
        rejected: Rows that broke a rule.
        decisions: Scored rows by what model and hard rules recommend.
        spread: How the scores lie; None without any.
        psi: How far the score has moved since development; None where that is not known.
        fields: The same of each input of the model.
        rationales: Its cases.
        reviewed: What people decided.
    """

    day: str
    judged: bool
    made_with: Mapping[str, str]
    read: int
    scored: int
    rejected: int
    decisions: Mapping[str, int]
    spread: ScoreSpread | None = None
    psi: Shift | None = None
    fields: tuple[FieldMove, ...] = ()
    rationales: Rationales = NO_CASES
    reviewed: Reviewed = NOBODY

    def decided(self, decision: str) -> Share:
        """Rows of one recommendation among those scored."""
        return Share(self.decisions.get(decision, 0), self.scored)

    @property
    def approved(self) -> Share:
        """Approvals among the rows scored."""
        return self.decided("approve")

    @property
    def broken(self) -> Share:
        """Rejected rows among those read."""
        return Share(self.rejected, self.read)

    @property
    def overridden(self) -> Share:
        """Decisions of people other than recommended, among all of theirs."""
        return Share(self.reviewed.overridden, self.reviewed.decided)

    @property
    def unanswered(self) -> Share:
        """Cases without an answer."""
        return Share(self.rationales.cases - self.rationales.answered, self.rationales.cases)

    @property
    def verified(self) -> Share:
        """Replies in which every check held."""
        return Share(self.rationales.verified, self.rationales.replied)

    @property
    def struck(self) -> Share:
        """Claims struck."""
        return Share(self.rationales.struck, self.rationales.claims)

    @property
    def moved(self) -> Share:
        """Cases that reasoning moved."""
        return Share(self.rationales.moved, self.rationales.cases)


class Unusable(NamedTuple):
    """A night that could not be read.

    Attributes:
        day: Its date.
        why: `missing`, `unfinished` or `damaged`.
        detail: What is wrong; empty where `why` says all.
    """

    day: str
    why: Literal["missing", "unfinished", "damaged"]
    detail: Text | str = ""


@dataclass(frozen=True)
class Outcomes:
    """What a labelled table says of applications that the nights have scored.

    Attributes:
        y: 1 for default, 0 for repaid, of applications whose outcome is final, shape (n,).
        pd_: PD of the model in the last night that scored each, shape (n,).
        days: Their application dates, shape (n,).
        read: Rows of the table.
        rejected: Those that broke a rule of the dictionary.
        unknown: Those that no night has scored.
        immature: Those whose outcome is not final yet.
        first_final: Date on which the first of them will be final; empty without any.
        last_final: The same of the last.
    """

    y: FloatArray
    pd_: FloatArray
    days: Days
    read: int
    rejected: int = 0
    unknown: int = 0
    immature: int = 0
    first_final: str = ""
    last_final: str = ""


@dataclass(frozen=True)
class Nights:
    """All that is known.

    Attributes:
        portfolio: Whose nights.
        limits: What is doubtful and what wrong.
        nights: The nights that could be read, the oldest first, those for comparison among them.
        rejects: Broken rules: `day`, `field` and `rule` as people call them, `lines`.
        labels: What people call each input of the model.
        unusable: Nights that could not be read, and days without one.
        outcomes: Of applications; None where no labels were given.
    """

    portfolio: str
    limits: ValidationLimits
    nights: tuple[NightFigures, ...]
    rejects: pd.DataFrame
    labels: Mapping[str, Text] = field(default_factory=dict)
    unusable: tuple[Unusable, ...] = ()
    outcomes: Outcomes | None = None

    @property
    def judged(self) -> tuple[NightFigures, ...]:
        """The nights that have lights."""
        return tuple(night for night in self.nights if night.judged)

    @property
    def last(self) -> NightFigures | None:
        """The last night that has lights; None where there is none."""
        return self.judged[-1] if self.judged else None

    def before(self, night: NightFigures) -> tuple[NightFigures, ...]:
        """The nights that one is held against."""
        place = self.nights.index(night)
        return self.nights[max(0, place - BEFORE) : place]

    def changed(self, night: NightFigures, share: Callable[[NightFigures], Share]) -> Change | None:
        """How a share differs from that of the nights before, all their rows together.

        None where there is nothing to compare.
        """
        then = [share(each) for each in self.before(night)]
        before = Share(sum(each.of for each in then), sum(each.rows for each in then))
        now = share(night)
        return change(now, before) if now.rows and before.rows else None

    def rate_light(self, found: Change | None) -> Light:
        """The light of such a difference."""
        return "none" if found is None else self.limits.rate_change.light(self.rate_judged(found))

    def rate_judged(self, found: Change) -> float:
        """What is held against its limits: as much of its size as is more than chance."""
        limits = self.limits
        return limits.proven(abs(found.difference), found.p_value, limits.rate_change)

    def moved_light(self, found: Shift | None, limits: Limits, p_value: float) -> Light:
        """The light of a stability index; of few rows it is large by chance."""
        if found is None:
            return "none"
        return self.limits.proven_light(found.psi, p_value, limits)
