"""Overrides as a validator reads them: by reason, by direction, by who signed, and one by one.

They say what people did. Whether they were right only outcomes can say, which are not known here.
"""

import csv
import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from features.language import Language
from pipelines.review.rendering import words
from pipelines.spreadsheet import harmless
from pipelines.store.overrides import Decided, Override
from risk.desk import OverrideReason
from risk.report.reasoning.marked import Bounded, bounded

logger = logging.getLogger(__name__)

MOST = 100_000
"""Rows of an export at most."""
_COLUMNS = (
    "night", "application", "model", "decided", "code", "reason", "signed", "proposed", "at",
    "comment", "run",
)  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Overrides for one reason.

    Attributes:
        code: The reason; empty where none was given.
        label: What people call it; empty where it is none of the list any more.
        to_decline: Approvals of the model that were declined.
        to_approve: Its declines that were approved.
        share: Of all overrides.
    """

    code: str
    label: str
    to_decline: int
    to_approve: int
    share: float

    @property
    def cases(self) -> int:
        """All of them."""
        return self.to_decline + self.to_approve


@dataclass(frozen=True)
class Signer:
    """The decisions that one person signed.

    Attributes:
        name: The person.
        decisions: All of them.
        overrides: Those against the model.
        rate: The share of these, with its interval; None of too few decisions.
    """

    name: str
    decisions: int
    overrides: int
    rate: Bounded | None


@dataclass(frozen=True)
class Summary:
    """Decisions in figures.

    Attributes:
        decisions: All of them.
        reasons: Overrides by reason, the most frequent first.
        signers: Everyone who signed any, who signed the most overrides first; whatever is chosen
            among them.
        rate: Share of overrides; None of too few decisions.
    """

    decisions: int
    reasons: tuple[Reason, ...]
    signers: tuple[Signer, ...]
    rate: Bounded | None

    @property
    def overrides(self) -> int:
        """All overrides."""
        return sum(each.cases for each in self.reasons)

    @property
    def most(self) -> int:
        """Overrides for the most frequent reason."""
        return max((each.cases for each in self.reasons), default=0)


def labels_of(reasons: Iterable[OverrideReason], language: Language) -> dict[str, str]:
    """What people call the reasons, by code."""
    return {each.code: each.label.in_(language) for each in reasons}


def summary(counted: tuple[Decided, ...], by: str, labels: Mapping[str, str]) -> Summary:
    """Decisions in figures.

    Args:
        counted: All decisions, the like ones together.
        by: Whose are wanted; empty for everyone's.
        labels: What people call the reasons, by code.
    """
    ours = [each for each in counted if by in ("", each.reviewer)]
    overrides = [each for each in ours if each.override]
    decisions, against = (sum(each.cases for each in some) for some in (ours, overrides))
    codes = dict.fromkeys((*labels, *(each.reason_code for each in overrides)))
    reasons = [
        _reason(code, [each for each in overrides if each.reason_code == code], against, labels)
        for code in codes
    ]
    return Summary(
        decisions=decisions,
        reasons=tuple(sorted(reasons, key=lambda each: -each.cases)),
        signers=_signers(counted),
        rate=bounded(against, decisions),
    )


def _reason(
    code: str, some: Iterable[Decided], overrides: int, labels: Mapping[str, str]
) -> Reason:
    count = {"approve": 0, "decline": 0}
    for each in some:
        # The model recommends one or the other: an override is the opposite.
        count[each.outcome] = count.get(each.outcome, 0) + each.cases
    share = (count["approve"] + count["decline"]) / overrides if overrides else 0.0
    return Reason(code, labels.get(code, ""), count["decline"], count["approve"], share)


def _signers(counted: tuple[Decided, ...]) -> tuple[Signer, ...]:
    decisions: dict[str, int] = {}
    overrides: dict[str, int] = {}
    for each in counted:
        decisions[each.reviewer] = decisions.get(each.reviewer, 0) + each.cases
        if each.override:
            overrides[each.reviewer] = overrides.get(each.reviewer, 0) + each.cases
    found = [
        Signer(name, all_, overrides.get(name, 0), bounded(overrides.get(name, 0), all_))
        for name, all_ in decisions.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.overrides, each.name)))


def lines(
    found: Iterable[Override], labels: Mapping[str, str], names: Mapping[str, str], lang: Language
) -> Iterator[bytes]:
    """The overrides as a CSV file; UTF-8 with a mark, without which Excel garbles Chinese.

    Args:
        found: The overrides.
        labels: What people call the reasons, by code.
        names: What people are called, by the name they log in by.
        lang: Language of the file.
    """
    heads = [words().text(lang, f"validation.export.{name}") for name in _COLUMNS]
    yield "\ufeff".encode() + _written(heads)
    rows = 0
    for each in islice(found, MOST):
        rows += 1
        yield _written(_cells(each, labels, names, lang))
    logger.info("overrides exported: %d rows", rows)


def _cells(
    each: Override, labels: Mapping[str, str], names: Mapping[str, str], lang: Language
) -> list[object]:
    against = {"approve": "decline", "decline": "approve"}.get(each.outcome, "")
    return [
        each.business_date.isoformat(),
        each.application_id,
        words().text(lang, f"recommendation.{against}") if against else "",
        words().text(lang, f"outcome.{each.outcome}") if against else each.outcome,
        each.reason_code,
        labels.get(each.reason_code, ""),
        names.get(each.reviewer, each.reviewer),
        names.get(each.proposer, each.proposer),
        each.at.isoformat(timespec="seconds"),
        each.comment,
        each.run_key,
    ]


def _written(cells: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
